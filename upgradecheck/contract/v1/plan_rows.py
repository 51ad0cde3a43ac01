"""The rows of a plan's pods as JSON, remembered: replicas' rows are one text, but for names, IDs, times and hashes.

A text is made of a pod as always, with marks where these stand (model to contract to JSON), and cut at the marks. It holds for every row
of one form (``model/alike.py``); of plans that tell no forms, for every pod that is the same in all else (the key has each member of the
model but those). It is there as it is written and, for the checksum, with sorted members. Whatever holds a character that JSON or a
terminal would have escaped is written by itself, and so is what comes once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import fields, replace

from upgradecheck.contract.holes import Marked, Text, cut, mark
from upgradecheck.contract.parts import taken
from upgradecheck.contract.v1.plan_pods import ContainerJson, PodJson
from upgradecheck.contract.values import encoded
from upgradecheck.model.alike import FIRST, OF_EACH, Form, Own, Pods, is_plain, own_values
from upgradecheck.model.plan import PlannedContainer, PlannedPod

Key: TypeAlias = "tuple[Any, ...]"
_Pick: TypeAlias = "Callable[[Any], tuple[Any, ...]]"

_OWN = ("name", "uid", "node", "workload", "containers")
_CONTAINERS_OWN = ("container_id", "evidence", "computed", "started_at", "restart_count")
_SORTED = msgspec.json.Encoder(order="sorted")
_MOST = 4096
_MOST_MET = 1 << 16
_AT_ONCE = 64


def _all_but(kind: type[msgspec.Struct], own: tuple[str, ...]) -> _Pick:
    picked: _Pick = attrgetter(*(one.name for one in fields(kind) if one.name not in own))
    return picked


_shared = _all_but(PlannedPod, _OWN)
_shared_of_container = _all_but(PlannedContainer, _CONTAINERS_OWN)


class _Texts(msgspec.Struct, frozen=True, gc=False):
    """A row as it is written, and with its members sorted; marked: of what both were cut."""

    written: Text
    by_name: Text
    marked: Marked


class PodRow:
    """The row of a pod, which may be one of several that are alike."""

    __slots__ = ("_pod", "_texts", "_values")

    def __init__(self, pod: PlannedPod, texts: _Texts | None, values: Own) -> None:
        self._pod, self._texts, self._values = pod, texts, values

    def text(self, between: str, fits: Callable[[str], bool]) -> str | None:
        """Its JSON, compactly; None where it is to be made of its element."""
        return None if self._texts is None else self._texts.written(self._values)

    def sealed(self) -> bytes | None:
        """Its JSON, compactly and with sorted members; None as of text."""
        return None if self._texts is None else self._texts.by_name(self._values).encode() + b"\n"

    def elements(self) -> Iterator[PodJson]:
        """Itself, in the contract's types."""
        yield taken(self._pod, PodJson)


class _PodRun:
    """The rows of some pods, one after the other, with the forms and texts of each."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Sequence[tuple[Form, _Texts, Own]]) -> None:
        self._rows = rows

    def text(self, between: str, fits: Callable[[str], bool]) -> str | None:
        """Their JSON, compactly."""
        return between.join([texts.written(own) for _, texts, own in self._rows])

    def sealed(self) -> bytes | None:
        """The same with sorted members, a line each."""
        return "\n".join([*[texts.by_name(own) for _, texts, own in self._rows], ""]).encode()

    def elements(self) -> Iterator[PodJson]:
        """Each, in the contract's types."""
        return (taken(form.filled(own), PodJson) for form, _, own in self._rows)

    def by_form(self) -> Iterator[tuple[Marked, Own]]:
        """Each as what it has in common with others, and its values."""
        return ((texts.marked, own) for _, texts, own in self._rows)


class PodRows:
    """The rows of pods, one after the other."""

    def __init__(self) -> None:
        self._known: dict[Key, _Texts | None] = {}
        self._met: set[int] = set()

    def of(self, pods: Iterable[PlannedPod]) -> Iterator[PodRow | _PodRun]:
        """A row for each; where forms are told, some of them at once."""
        if isinstance(pods, Pods):
            yield from self._by_form(pods)
        else:
            yield from map(self._row, pods)

    def _by_form(self, pods: Pods) -> Iterator[PodRow | _PodRun]:
        texts = [_texts(of.pod) if isinstance(of, Form) and times > 1 else None for of, times in zip(pods.forms, pods.counts, strict=True)]
        run = list[tuple[Form, _Texts, Own]]()
        for row, number in zip(pods.rows, pods.numbers, strict=True):
            form, text = pods.forms[number], texts[number]
            if isinstance(form, Form) and text is not None and not isinstance(row, PlannedPod):
                run.append((form, text, row))
                if len(run) < _AT_ONCE:
                    continue
            if run:
                yield _PodRun(run)
                run = []
            if text is None:
                yield self._row(pods.made(row, number))
        if run:
            yield _PodRun(run)

    def _row(self, pod: PlannedPod) -> PodRow:
        values = own_values(pod)
        texts = None
        if is_plain("".join([value for value in values if isinstance(value, str)])):
            key = _key(pod, values)
            texts = self._known.get(key)
            if texts is None and key not in self._known and self._is_met(key):
                texts = self._known[key] = _texts(pod)
        return PodRow(pod, texts, values)

    def _is_met(self, key: Key) -> bool:
        """Whether it was met before, as far as that is kept; a mistake costs time alone."""
        known = hash(key)
        if known in self._met:
            return len(self._known) < _MOST
        if len(self._met) >= _MOST_MET:
            self._met.clear()
        self._met.add(known)
        return False


def _key(pod: PlannedPod, values: Sequence[Any]) -> Key:
    """All that is not a pod's own, and which of its own it lacks."""
    parts: list[Any] = [_shared(pod), pod.workload.kind]
    for one in pod.containers:
        evidence = one.evidence
        parts.append((_shared_of_container(one), evidence.grade, evidence.creator, evidence.by_history))
    return (*parts, tuple([value is None for value in values]))


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
    marks: dict[str, Any] = {"name": mark(0, "s"), "uid": mark(1, "s")}
    if row.node is not None:
        marks["node"] = mark(2, "s")
    workload = replace(row.workload, name=mark(3, "s"))
    marked = replace(row, **marks, workload=workload, containers=containers)
    content = encoded(marked)
    return _Texts(cut(content.decode()), cut(_SORTED.encode(msgspec.json.decode(content)).decode()), Marked(marked))


def _marked(one: ContainerJson, place: int) -> ContainerJson:
    """A container with marks in place of what is its own; the types of the contract do not matter to who writes it."""
    first = FIRST + OF_EACH * place
    evidence, computed = one.evidence, one.computed
    marks: dict[str, Any] = {
        "evidence": evidence if evidence.hash is None else replace(evidence, hash=mark(first + 1, "s")),
        "computed": replace(
            computed,
            from_hash=None if computed.from_hash is None else mark(first + 2, "s"),
            to_hash=None if computed.to_hash is None else mark(first + 3, "s"),
        ),
    }
    own = (("container_id", first, "s"), ("started_at", first + 4, "s"), ("restart_count", first + 5, "d"))
    marks |= {name: mark(number, written) for name, number, written in own if getattr(one, name) is not None}
    return replace(one, **marks)
