"""Lists of containers without those texts that nothing but a hash hangs on: what they run and with which arguments and variables.

Workloads differ in these most of all. So what is found of one (what it asks for, its class of quality, its probes, whose keys it needs)
holds for all that have the same skeleton, and of each its hashes alone are made. An image counts where it may be pulled at each start, for
then its name tells from where. A variable that is no plain text counts, and so does its place among the others.

Only for kubelets that hash JSON or less of it: of a printed struct whatever stands in it may be why its hash changes. Keys that come twice
and values that are not of their types are for whoever makes the hashes to find.
"""

from __future__ import annotations

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
_EMPTY = (b"[]", b"null", b"{}", b'""')


class _Variable(msgspec.Struct, gc=False, forbid_unknown_fields=True, rename={"source": "valueFrom"}):
    name: Raw = _NONE
    value: Raw = _NONE
    source: Raw = _NONE


_VARIABLES = msgspec.json.Decoder(list[_Variable])


def skeleton(lists: tuple[bytes, ...], hole: bytes) -> Skeleton:
    """What of some lists counts; hole: what is open in them.

    Raises:
        MsgspecError, UnicodeDecodeError: one of them is none.
    """
    kept, named = list[bytes | str](), STEM + hole
    for raw in lists:
        for container in _LISTS.decode(raw) if raw else ():
            _take(container, named, kept)
            kept.append(b"}")
        kept.append(b"]")
    return tuple(kept)


def _take(container: dict[str, Raw], named: bytes, kept: list[bytes | str]) -> None:
    """Adds what counts of a container: names of members, and their texts, each of which is followed by a name or closed."""
    free = _FREE_WITH_IMAGE if bytes(container.get("imagePullPolicy", _NONE)) in _NOT_PULLED else _FREE
    for name, value in container.items():
        text = bytes(value)
        kept.append(name)
        if text in _EMPTY:
            kept.append(text)
        elif name == "env":
            kept += _variables(text)
        elif name in free:
            kept.append(free[name])
        else:
            kept.append(text.replace(named, STEM) if STEM in text else text)


def _variables(raw: bytes) -> list[bytes]:
    """What counts of variables: those with a source, and the places of the plain ones before them."""
    try:
        variables = _VARIABLES.decode(raw)
    except msgspec.ValidationError:  # with a member that is not known here
        return [raw]
    kept = [b"%b=%b%b" % (one.name, one.value, one.source) if _counts(one) else b"" for one in variables]
    while kept and not kept[-1]:
        kept.pop()
    return [*kept, b"env]"]


def _counts(variable: _Variable) -> bool:
    """Whether it is no plain text."""
    return bool(variable.source)
