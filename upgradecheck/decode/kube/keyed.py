"""A ConfigMap or Secret to its name and keys; of values nothing is read.

An environment is made of data alone, not of binaryData, which a volume shows too; stringData stands in manifests of Secrets, and becomes
data.

Mirrors makeEnvironmentVariables in pkg/kubelet/kubelet_pods.go, and MakePayload in pkg/volume/configmap/configmap.go.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw

from upgradecheck.decode.text.typed import typed
from upgradecheck.model.keyed import Keyed


class _Metadata(msgspec.Struct, gc=False):
    name: str | None = None
    namespace: str | None = None


class _Keyed(msgspec.Struct, gc=False, rename="camel"):
    metadata: _Metadata | None = None
    data: dict[str, Raw] | None = None
    string_data: dict[str, Raw] | None = None
    binary_data: dict[str, Raw] | None = None


_KEYED = msgspec.json.Decoder(_Keyed)


def keyed(kind: str, raw: bytes) -> Keyed | None:
    """The object; None of one without a name.

    Raises:
        SpecRefused: something in it has a wrong type.
    """
    found = typed(_KEYED, raw)
    metadata = found.metadata or _Metadata()
    keys = frozenset((*(found.data or ()), *((found.string_data or ()) if kind == "Secret" else ())))
    binary = frozenset(found.binary_data or () if kind == "ConfigMap" else ())
    return Keyed(kind, metadata.namespace or "default", metadata.name, keys, binary) if metadata.name else None
