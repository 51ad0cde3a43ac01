"""The rows of a plan's pods as JSON, remembered: replicas' rows are one text, but for names, IDs, times and hashes.

A text is made of a row as always, with marks where these stand (model to contract to JSON), and cut at the marks. It holds for every pod
that is the same in all else (the key has each member of the model but those), as it is written and, for the checksum, with sorted members.
Whatever holds a character that JSON or a terminal would have escaped is written by itself, and so is what comes once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter, itemgetter
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import fields, replace

from upgradecheck.contract.parts import taken
from upgradecheck.contract.v1.plan_pods import ContainerJson, PodJson
from upgradecheck.contract.values import encoded
from upgradecheck.model.hash import Hash
from upgradecheck.model.patterns import pattern
from upgradecheck.model.plan import PlannedContainer, PlannedPod
from upgradecheck.model.times import rfc3339

Key: TypeAlias = "tuple[Any, ...]"
_Pick: TypeAlias = "Callable[[Any], tuple[Any, ...]]"

_OWN = ("name", "uid", "node", "workload", "containers")
_CONTAINERS_OWN = ("container_id", "evidence", "computed", "started_at", "restart_count")
_OF_EACH = 6
"""So many values are a container's own."""
_BEGIN, _END = "\ue000", "\ue001"
_MARK = pattern(f'"{_BEGIN}([0-9]+){_END}"')
_SORTED = msgspec.json.Encoder(order="sorted")
_MOST = 4096
_MOST_MET = 1 << 16


def _all_but(kind: type[msgspec.Struct], own: tuple[str, ...]) -> _Pick:
    picked: _Pick = attrgetter(*(one.name for one in fields(kind) if one.name not in own))
    return picked


_shared = _all_but(PlannedPod, _OWN)
_shared_of_container = _all_but(PlannedContainer, _CONTAINERS_OWN)


class _Text(msgspec.Struct, frozen=True, gc=False):
    """A text with holes, and which values stand in them."""

    text: str
    values: _Pick

    def filled(self, values: list[str]) -> str:
        return self.text % self.values(values)


class _Texts(msgspec.Struct, frozen=True, gc=False):
    """A row as it is written, and with its members sorted."""

    written: _Text
    by_name: _Text


class PodRow:
    """The row of a pod, which may be one of several that are alike."""

    __slots__ = ("_pod", "_texts", "_values")

    def __init__(self, pod: PlannedPod, texts: _Texts | None, values: list[str]) -> None:
        self._pod, self._texts, self._values = pod, texts, values

    def text(self, between: str, fits: Callable[[str], bool]) -> str | None:
        """Its JSON, compactly; None where it is to be made of its element."""
        return None if self._texts is None else self._texts.written.filled(self._values)

    def sealed(self) -> bytes | None:
        """Its JSON, compactly and with sorted members; None as of text."""
        return None if self._texts is None else self._texts.by_name.filled(self._values).encode() + b"\n"

    def elements(self) -> Iterator[PodJson]:
        """Itself, in the contract's types."""
        yield taken(self._pod, PodJson)


class PodRows:
    """The rows of pods, one after the other."""

    def __init__(self) -> None:
        self._known: dict[Key, _Texts | None] = {}
        self._met: set[int] = set()

    def of(self, pods: Iterable[PlannedPod]) -> Iterator[PodRow]:
        """A row for each."""
        for pod in pods:
            values, own = _values(pod)
            texts = None
            if own.isascii() and own.isprintable() and '"' not in own and "\\" not in own:
                key = _key(pod, values)
                texts = self._known.get(key)
                if texts is None and key not in self._known and self._is_met(key):
                    texts = self._known[key] = _texts(pod)
            yield PodRow(pod, texts, values)

    def _is_met(self, key: Key) -> bool:
        """Whether it was met before, as far as that is kept; a mistake costs time alone."""
        known = hash(key)
        if known in self._met:
            return len(self._known) < _MOST
        if len(self._met) >= _MOST_MET:
            self._met.clear()
        self._met.add(known)
        return False


def _values(pod: PlannedPod) -> tuple[list[str], str]:
    """What is a pod's own, as JSON, ``null`` where it has none; and all texts of others' among it."""
    name, uid, node, workload = pod.name, pod.uid, pod.node, pod.workload.name
    values = [f'"{name}"', f'"{uid}"', "null" if node is None else f'"{node}"', f'"{workload}"']
    told_by_others = [name, uid, node or "", workload]
    for one in pod.containers:
        identity, since, restarts, computed = one.container_id, one.started_at, one.restart_count, one.computed
        if identity is not None:
            told_by_others.append(identity)
        values += (
            "null" if identity is None else f'"{identity}"',
            _hash(one.evidence.hash),
            _hash(computed.from_hash),
            _hash(computed.to_hash),
            "null" if since is None else f'"{rfc3339(since)}"',
            "null" if restarts is None else str(restarts),
        )
    return values, "".join(told_by_others)


def _hash(known: Hash | None) -> str:
    return "null" if known is None else f'"{known.number:x}"'


def _key(pod: PlannedPod, values: list[str]) -> Key:
    """All that is not a pod's own, and which of its own it lacks."""
    parts: list[Any] = [_shared(pod), pod.workload.kind]
    for one in pod.containers:
        evidence = one.evidence
        parts.append((_shared_of_container(one), evidence.grade, evidence.creator, evidence.by_history))
    return (*parts, tuple([value == "null" for value in values]))


def _texts(pod: PlannedPod) -> _Texts | None:
    """The texts of a pod, and of all that are like it; None where not all of it is ASCII that can be seen."""
    row = taken(pod, PodJson)
    try:
        plain = encoded(row)
    except UnicodeEncodeError:
        return None
    if not (plain.isascii() and plain.decode().isprintable()):
        return None
    containers = tuple(_marked(one, place) for place, one in enumerate(row.containers))
    marks: dict[str, Any] = {"name": _mark(0), "uid": _mark(1)}
    if row.node is not None:
        marks["node"] = _mark(2)
    workload = replace(row.workload, name=_mark(3))
    content = encoded(replace(row, **marks, workload=workload, containers=containers))
    return _Texts(_cut(content.decode()), _cut(_SORTED.encode(msgspec.json.decode(content)).decode()))


def _marked(one: ContainerJson, place: int) -> ContainerJson:
    """A container with marks in place of what is its own; the types of the contract do not matter to who writes it."""
    first = 4 + _OF_EACH * place
    evidence, computed = one.evidence, one.computed
    marks: dict[str, Any] = {
        "evidence": evidence if evidence.hash is None else replace(evidence, hash=_mark(first + 1)),
        "computed": replace(
            computed,
            from_hash=None if computed.from_hash is None else _mark(first + 2),
            to_hash=None if computed.to_hash is None else _mark(first + 3),
        ),
    }
    own = (("container_id", first), ("started_at", first + 4), ("restart_count", first + 5))
    marks |= {name: _mark(number) for name, number in own if getattr(one, name) is not None}
    return replace(one, **marks)


def _mark(number: int) -> Any:
    return f"{_BEGIN}{number}{_END}"


def _cut(text: str) -> _Text:
    """A text with marks as one with holes."""
    parts = _MARK.split(text)
    places = [int(one) for one in parts[1::2]]
    return _Text("%s".join(part.replace("%", "%%") for part in parts[::2]), itemgetter(*places))
