"""Decided pods that are alike, as rows: of each of them no more is kept than what is its own.

Whatever is laid over decided pods goes through rows; one that it changes is a pod by itself from then on. What asks for nothing of a pod's
own asks the first of those that are alike, and counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, overload

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.admission import PodRequest
from upgradecheck.model.alike import Form, Own, Pods
from upgradecheck.model.plan import PlannedPod
from upgradecheck.planning.deciding import DecidedPod


class Alike:
    """What was decided on pods that are alike: on the first of them, with the form that all have."""

    __slots__ = ("first", "form")

    def __init__(self, first: DecidedPod) -> None:
        self.first, self.form = first, Form(first.pod)


class Row(msgspec.Struct, frozen=True, gc=False):
    """A decided pod that is like others. own: its row, as of ``model/alike.py``, and behind that when it was created, as it is written."""

    alike: Alike
    own: Own

    @property
    def pod(self) -> PlannedPod:
        """As planned."""
        return self.alike.form.filled(self.own)

    @property
    def request(self) -> PodRequest | None:
        """What it asks of admission."""
        request = self.alike.first.request
        return None if request is None else replace(request, uid=self.own[1], created=self.own[-1], node_name=self.own[2])

    @property
    def decided(self) -> DecidedPod:
        """Made whole."""
        return replace(self.alike.first, pod=self.pod, request=self.request)


class Laying:
    """Lays over rows what hangs on labels and on nothing else of a pod's own: once for those that are alike and have the same."""

    __slots__ = ("_known", "_lay")

    def __init__(self, lay: Callable[[DecidedPod, Mapping[str, str]], DecidedPod]) -> None:
        self._lay = lay
        self._known: dict[tuple[Alike, int], tuple[Mapping[str, str], Alike]] = {}

    def of(self, row: Row, labels: Mapping[str, str]) -> Row:
        """The row of a pod that has these labels."""
        key = row.alike, id(labels)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = labels, self._laid(row.alike, labels)
        return row if found[1] is row.alike else Row(found[1], row.own)

    def _laid(self, alike: Alike, labels: Mapping[str, str]) -> Alike:
        made = self._lay(alike.first, labels)
        return alike if made is alike.first else Alike(made)


AnyRow: TypeAlias = "DecidedPod | Row"


def decided(row: AnyRow) -> DecidedPod:
    """The decided pod."""
    return row.decided if isinstance(row, Row) else row


def first_of(row: AnyRow) -> DecidedPod:
    """One that says the same of it, but for what is a pod's own."""
    return row.alike.first if isinstance(row, Row) else row


def node_of(row: AnyRow) -> str | None:
    """Its node."""
    node: str | None = row.own[2] if isinstance(row, Row) else row.pod.node
    return node


def uid_of(row: AnyRow) -> str:
    """Its UID."""
    uid: str = row.own[1] if isinstance(row, Row) else row.pod.uid
    return uid


def in_order(rows: Iterable[AnyRow]) -> Iterator[AnyRow]:
    """Rows as plans have them, by namespace, name, node and UID; one namespace after the other, so that few keys are held at once."""
    by_namespace: dict[str, list[AnyRow]] = {}
    for row in rows:
        by_namespace.setdefault(first_of(row).pod.namespace, []).append(row)
    for namespace in sorted(by_namespace):
        yield from sorted(by_namespace.pop(namespace), key=order_of)


def order_of(row: AnyRow) -> tuple[str, str, str]:
    """What pods of one namespace are sorted by."""
    if isinstance(row, Row):
        own = row.own
        return own[0], own[2] or "", own[1]
    pod = row.pod
    return pod.name, pod.node or "", pod.uid


class DecidedPods(Sequence[DecidedPod]):
    """Decided pods, each made whole when it is asked for."""

    __slots__ = ("_firsts", "rows")

    def __init__(self, rows: Iterable[AnyRow]) -> None:
        self.rows = list(rows)
        self._firsts: list[tuple[DecidedPod, int]] | None = None

    @property
    def firsts(self) -> Sequence[tuple[DecidedPod, int]]:
        """One of those that are alike, and how many there are of them."""
        if self._firsts is None:
            counted = Counter([row.alike for row in self.rows if isinstance(row, Row)])
            self._firsts = [(alike.first, times) for alike, times in counted.items()]
            self._firsts += [(row, 1) for row in self.rows if not isinstance(row, Row)]
        return self._firsts

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[DecidedPod]:
        return map(decided, self.rows)

    @overload
    def __getitem__(self, place: int) -> DecidedPod: ...
    @overload
    def __getitem__(self, place: slice) -> DecidedPods: ...
    def __getitem__(self, place: int | slice) -> DecidedPod | DecidedPods:
        return DecidedPods(self.rows[place]) if isinstance(place, slice) else decided(self.rows[place])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (DecidedPods, tuple)) and len(self) == len(other) and all(map(_is, self, other))

    __hash__ = None  # type: ignore[assignment]


def _is(one: DecidedPod, other: object) -> bool:
    return one == other


def rows_of(pods: Iterable[DecidedPod]) -> Iterable[AnyRow]:
    """Decided pods as they are kept."""
    return pods.rows if isinstance(pods, DecidedPods) else pods


def weighed(pods: Iterable[DecidedPod]) -> Iterable[tuple[DecidedPod, int]]:
    """One of those that are alike, and how many there are of them, in no order."""
    return pods.firsts if isinstance(pods, DecidedPods) else ((one, 1) for one in pods)


def by_node(pods: Iterable[DecidedPod], counts: Callable[[DecidedPod], object]) -> Iterator[tuple[str | None, DecidedPod, int]]:
    """On each node one of those that are alike and of which something holds, and how many there are of them.

    counts: may ask for nothing of a pod's own.
    """
    its = pods if isinstance(pods, DecidedPods) else DecidedPods(pods)
    counting = {id(one) for one, _ in its.firsts if counts(one)}
    found: dict[tuple[str | None, int], tuple[DecidedPod, int]] = {}
    for row in its.rows if counting else ():
        first = first_of(row)
        number = id(first)
        if number in counting:
            key = node_of(row), number
            found[key] = first, found[key][1] + 1 if key in found else 1
    return ((node, first, times) for (node, _), (first, times) in found.items())


def planned_pods(pods: Iterable[DecidedPod]) -> Pods:
    """The pods of a plan, as they are kept."""
    return Pods((row.own, row.alike.form) if isinstance(row, Row) else (row.pod, None) for row in rows_of(pods))
