"""Whether a pod's document holds containers at all, each under a name.

An API server takes no pod without (pkg/apis/core/validation: validateContainers), so a document that shows none was cut down, broke off or
has a member's name mistyped; what such a pod runs, it does not tell. Members of a wrong type are not judged here: a kubelet's decoder
refuses them, and says more of them.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw

from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused


class _Named(msgspec.Struct, gc=False):
    name: str | None = None


class _Spec(msgspec.Struct, gc=False, rename="camel"):
    containers: Raw = Raw()
    init_containers: Raw = Raw()
    ephemeral_containers: Raw = Raw()


class _Pod(msgspec.Struct, gc=False):
    spec: _Spec | None = None


_POD = msgspec.json.Decoder(_Pod)
_NAMES = msgspec.json.Decoder(list[_Named | None] | None)


def check_containers(raw: bytes) -> None:
    """That a raw Pod holds containers, and each of them a name.

    Raises:
        SpecRefused: it does not; the path starts at the pod's root.
    """
    try:
        spec = typed(_POD, raw).spec or _Spec()
    except SpecRefused:
        return
    lists = ("containers", spec.containers), ("initContainers", spec.init_containers), ("ephemeralContainers", spec.ephemeral_containers)
    for member, found in lists:
        _check_names(f"spec.{member}", bytes(found), needed=member == "containers")


def _check_names(path: str, raw: bytes, *, needed: bool) -> None:
    try:
        names = typed(_NAMES, raw) if raw else None
    except SpecRefused:
        return
    if needed and not names:
        raise SpecRefused("expected containers, found none, with which no API server takes a pod: the document is cut or mistyped", path)
    for index, one in enumerate(names or ()):
        if one is None or not one.name:
            found = "null" if one is None else "none"
            raise SpecRefused(f"expected a container with a name, found {found}, with which no API server takes a pod", f"{path}[{index}]")
