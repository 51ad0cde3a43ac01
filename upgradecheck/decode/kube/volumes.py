"""A PersistentVolume to the claim that it is bound to, and to what kind of volume it is; nothing else of it is read."""

from __future__ import annotations

import msgspec
from msgspec import Raw

from upgradecheck.decode.text.typed import typed
from upgradecheck.model.claims import BoundVolume


class _Named(msgspec.Struct, gc=False):
    name: str | None = None
    namespace: str | None = None


class _Csi(msgspec.Struct, gc=False):
    driver: str | None = None


class _Volume(msgspec.Struct, gc=False):
    metadata: _Named | None = None
    spec: dict[str, Raw] | None = None


_VOLUME, _NAMED, _CSI = msgspec.json.Decoder(_Volume), msgspec.json.Decoder(_Named), msgspec.json.Decoder(_Csi)


def bound_volume(raw: bytes) -> BoundVolume | None:
    """The volume; None of one that is bound to no claim.

    Raises:
        SpecRefused: something in it has a wrong type.
    """
    found = typed(_VOLUME, raw)
    spec = {name: bytes(value) for name, value in (found.spec or {}).items() if bytes(value) != b"null"}
    claim = typed(_NAMED, spec["claimRef"], "spec.claimRef") if "claimRef" in spec else _Named()
    if not claim.name:
        return None
    driver = typed(_CSI, spec["csi"], "spec.csi").driver if "csi" in spec else None
    name = "" if found.metadata is None else found.metadata.name or ""
    return BoundVolume(name, claim.namespace or "", claim.name, frozenset(spec), driver or "")
