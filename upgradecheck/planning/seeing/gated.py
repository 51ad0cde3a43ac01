"""Whether a pod asks for what a gate gives; asked of its JSON, since fields that a gate is about are unknown to many minors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from upgradecheck.model.gates import MovedGate


def gates_touching(raw: bytes, moved: Sequence[MovedGate]) -> tuple[MovedGate, ...]:
    """The gates, of some that moved, for whose features a pod asks."""
    named = tuple(one for one in moved if any(_last(path) in raw for path in one.gate.paths))
    if not named:
        return ()
    try:
        pod = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError):
        return ()
    return tuple(one for one in named if any(_asks(pod, *_path(path)) for path in one.gate.paths))


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
