"""Whether a pod asks for what a gate gives; asked of its JSON, since fields that a gate is about are unknown to many minors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import msgspec
from msgspec.structs import replace

from upgradecheck.model.claims import Claim
from upgradecheck.model.gates import MovedGate

_BY_CLAIM = (b"persistentVolumeClaim", b"ephemeral")


def gates_touching(raw: bytes, moved: Sequence[MovedGate]) -> tuple[MovedGate, ...]:
    """The gates, of some that moved, for whose features a pod asks; or may ask by its claims, which are then told."""
    claims = any(word in raw for word in _BY_CLAIM)
    named = tuple(one for one in moved if (claims and one.gate.claimed) or any(_last(path) in raw for path in one.gate.paths))
    if not named:
        return ()
    try:
        pod = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError):
        return ()
    found = (_asked(pod, one) for one in named)
    return tuple(one for one in found if one is not None)


def _asked(pod: Any, moved: MovedGate) -> MovedGate | None:
    gate = moved.gate
    if gate.beside and not _asks_one(pod, gate.beside):
        return None
    if _asks_one(pod, gate.paths):
        return moved
    claims = tuple(_claims(pod)) if gate.claimed else ()
    return replace(moved, claims=claims) if claims else None


def _asks_one(pod: Any, paths: Sequence[str]) -> bool:
    return any(_asks(pod, *_path(path)) for path in paths)


def _claims(pod: Any) -> Iterator[Claim]:
    """The claims of a pod: those that it names, and those that are made for its volumes."""
    spec = pod.get("spec") if isinstance(pod, dict) else None
    volumes = spec.get("volumes") if isinstance(spec, dict) else None
    for volume in volumes if isinstance(volumes, list) else ():
        if isinstance(volume, dict):
            claim, ephemeral, name = (volume.get(member) for member in ("persistentVolumeClaim", "ephemeral", "name"))
            if isinstance(claim, dict) and isinstance(claim.get("claimName"), str):
                yield Claim(claim["claimName"])
            elif isinstance(ephemeral, dict) and isinstance(name, str):
                yield Claim(name, of_pod=True)


@cache
def _last(path: str) -> bytes:
    """The last member of a path: a document without it has none of it. An escape in its name is taken for another name."""
    return path.partition("=")[0].rpartition(".")[2].encode()


@cache
def _path(text: str) -> tuple[tuple[str, ...], Any]:
    """The members to go through, and the value that counts; any value that is not null where none is named."""
    path, equals, value = text.partition("=")
    return tuple(path.split(".")), msgspec.json.decode(value) if equals else msgspec.UNSET


def _asks(here: Any, path: Sequence[str], value: Any) -> bool:
    if not path:
        return here is not None if value is msgspec.UNSET else here == value and type(here) is type(value)
    if not isinstance(here, dict):
        return False
    found = here.get(path[0].removesuffix("[]"))
    if not path[0].endswith("[]"):
        return _asks(found, path[1:], value)
    return isinstance(found, list) and any(_asks(one, path[1:], value) for one in found)
