"""Lists of containers without those texts that nothing but a hash hangs on: what they run and with which arguments and variables.

Workloads differ in these most of all. So what is found of one (what it asks for, its class of quality, its probes, whose keys it needs)
holds for all that have the same skeleton, and of each its hashes alone are made. An image counts where it may be pulled at each start, for
then its name tells from where. A variable that is no plain text counts, and so does its place among the others.

Only for kubelets that hash JSON or less of it: of a printed struct whatever stands in it may be why its hash changes. Keys that come twice
and values that are not of their types are for whoever makes the hashes to find.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec
from msgspec import Raw

from upgradecheck.hashing.fast.templates import STEM

Skeleton: TypeAlias = "tuple[bytes | str, ...]"

_LISTS = msgspec.json.Decoder(list[dict[str, Raw]])
_FREE: dict[str, bytes] = dict.fromkeys(("args", "command"), b"")
_FREE_WITH_IMAGE = {**_FREE, "image": b""}
_NONE = Raw()
_NOT_PULLED = (b'"IfNotPresent"', b'"Never"')
_PLAIN = frozenset(("name", "value"))
_EMPTY = (b"[]", b"null", b"{}", b'""')


def skeleton(lists: tuple[bytes, ...], hole: bytes) -> Skeleton:
    """What of some lists counts; hole: what is open in them.

    Raises:
        MsgspecError, UnicodeDecodeError: one of them is none.
    """
    return tuple([part for raw in lists for part in _parts(raw, STEM + hole)])


def _parts(raw: bytes, named: bytes) -> Iterator[bytes | str]:
    """Those of a list, each container and the list closed by a text that is no member's."""
    for container in _LISTS.decode(raw) if raw else ():
        free = _FREE_WITH_IMAGE if bytes(container.get("imagePullPolicy", _NONE)) in _NOT_PULLED else _FREE
        for name, value in container.items():
            text = bytes(value)
            yield name
            if text in _EMPTY:
                yield text
            elif name == "env":
                yield from _variables(text)
            else:
                kept = free.get(name, text)
                yield kept.replace(named, STEM) if STEM in kept else kept
        yield b"}"
    yield b"]"


def _variables(raw: bytes) -> list[bytes]:
    """What counts of variables: those with a source, and the places of the plain ones before them."""
    kept = list[bytes]()
    for variable in _LISTS.decode(raw):
        members = (b"%b:%b" % (name.encode(), value) for name, value in variable.items())
        kept.append(b"" if variable.keys() <= _PLAIN else b"{%b}" % b",".join(members))
    while kept and not kept[-1]:
        kept.pop()
    return [*kept, b"env]"]
