"""Pods of a plan that are alike: decided once, kept as what is a pod's own, and looked at once and counted.

Most pods of a fleet are replicas: on them one decision was made, and what it says of them is the same but for names, places, hashes and
times. So of each no more is kept than these, in a row; the pod itself is made of its form and its row when somebody asks for it. Whatever
asks for nothing of a pod's own asks the form alone, which is what makes a plan of 150,000 pods no more work than one of its few hundred
kinds. Nothing hangs on it: a tuple of pods is a plan's as well, in which each is like no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import compress
from typing import Any, TypeAlias, overload

from msgspec.structs import replace

from upgradecheck.model.hash import Hash, hex_of
from upgradecheck.model.plan import Computed, Evidence, Grade, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.pod import Workload
from upgradecheck.model.times import from_rfc3339, rfc3339

Own: TypeAlias = "tuple[Any, ...]"
"""A row, what is a pod's own, as it is written: its name, UID and node, the name of its workload, and OF_EACH of each container: its ID,
its three hashes in hex, its start, the digits of its restarts; None where it has none. Whatever stands behind these is no matter here."""
FIRST, OF_EACH = 4, 6
_SEVERAL = 2


class Form:
    """What some pods have in common: everything but ``name``, ``uid``, ``node``, the name of their workload, and of each container its ID,
    hashes, start and number of restarts; of these, too, each or none has one. All that is a text among it is plain (``is_plain``).

    pod: one that has it.
    """

    __slots__ = ("pod",)

    def __init__(self, pod: PlannedPod) -> None:
        self.pod = pod

    def filled(self, own: Own) -> PlannedPod:
        """The pod of a row."""
        of = self.pod
        name, uid, node, workload, *of_each = own
        containers = tuple(
            _filled(one, *of_each[place : place + OF_EACH])
            for one, place in zip(of.containers, range(0, OF_EACH * len(of.containers), OF_EACH), strict=True)
        )
        its = of.workload if of.workload.name == workload else replace(of.workload, name=workload)
        return replace(of, name=name, uid=uid, node=node, workload=its, containers=containers)


def _filled(
    one: PlannedContainer,
    identity: str | None,
    carried: str | None,
    before: str | None,
    after: str | None,
    since: str | None,
    restarts: str | None,
) -> PlannedContainer:
    of = one.evidence
    return replace(
        one,
        container_id=identity,
        evidence=of if carried is None else Evidence(of.grade, _hash(carried), of.creator, of.by_history),
        computed=Computed(_hash(before), _hash(after)),
        started_at=None if since is None else _started(since),
        restart_count=None if restarts is None else int(restarts),
    )


def _hash(written: str | None) -> Hash | None:
    return None if written is None else Hash(int(written, 16))


_started = lru_cache(maxsize=1024)(from_rfc3339)
time_told = lru_cache(maxsize=1024)(rfc3339)
"""The containers of a pod start together, as a rule."""


def own_values(pod: PlannedPod) -> Own:
    """The row of a pod."""
    values: list[Any] = [pod.name, pod.uid, pod.node, pod.workload.name]
    for one in pod.containers:
        since, restarts, computed = one.started_at, one.restart_count, one.computed
        values += (
            one.container_id,
            *map(hex_of, (one.evidence.hash, computed.from_hash, computed.to_hash)),
            None if since is None else time_told(since),
            None if restarts is None else str(restarts),
        )
    return tuple(values)


class Pods(Sequence[PlannedPod]):
    """Pods, most of them rows of a form; each is made when it is asked for.

    rows: a pod, or the row of one. numbers: place by place the number of its form, a pod that has none having a number of its own; forms
    and counts: by number, that form, or the pod itself, and how many have it.
    """

    __slots__ = ("_asked", "_whole", "counts", "forms", "numbers", "rows")

    def __init__(self, rows: Iterable[tuple[PlannedPod, None] | tuple[Own, Form]]) -> None:
        """rows: pods, and rows with their forms."""
        self.rows: list[PlannedPod | Own] = []
        self.numbers: list[int] = []
        self.forms: list[PlannedPod | Form] = []
        self.counts: list[int] = []
        self._asked, self._whole = 0, list[PlannedPod]()
        known: dict[Form, int] = {}
        for row, form in rows:
            number = None if form is None else known.get(form)
            if number is None:
                number = len(self.forms)
                self.counts.append(0)
                if form is None:
                    assert isinstance(row, PlannedPod)
                    self.forms.append(row)
                else:
                    self.forms.append(form)
                    known[form] = number
            self.counts[number] += 1
            self.numbers.append(number)
            self.rows.append(row)

    @property
    def firsts(self) -> Sequence[PlannedPod]:
        """By number, one pod of each form."""
        return [one.pod if isinstance(one, Form) else one for one in self.forms]

    def made(self, row: PlannedPod | Own, number: int) -> PlannedPod:
        """The pod of a row that has the form of this number."""
        form = self.forms[number]
        if isinstance(row, PlannedPod):
            return row
        assert isinstance(form, Form)
        return form.filled(row)

    def nodes(self) -> Iterator[str | None]:
        """Place by place, its node."""
        return (row[2] if type(row) is tuple else row.node for row in self.rows)  # type: ignore[union-attr]

    def workloads(self) -> Iterator[tuple[str, Workload]]:
        """Place by place, its namespace and its workload."""
        firsts, last, told = self.firsts, -1, ("", Workload("", ""))
        for row, number in zip(self.rows, self.numbers, strict=True):
            pod = firsts[number]
            if isinstance(row, PlannedPod):
                last, told = -1, (pod.namespace, pod.workload)
            elif number != last or row[3] != told[1].name:
                last, told = number, (pod.namespace, Workload(pod.workload.kind, row[3]))
            yield told

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[PlannedPod]:
        """Each once; who asks for all of them again and again is given those that were made once."""
        if self._whole:
            return iter(self._whole)
        self._asked += 1
        if self._asked > _SEVERAL:
            self._whole = list(map(self.made, self.rows, self.numbers))
            return iter(self._whole)
        return map(self.made, self.rows, self.numbers)

    @overload
    def __getitem__(self, place: int) -> PlannedPod: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[PlannedPod, ...]: ...
    def __getitem__(self, place: int | slice) -> PlannedPod | tuple[PlannedPod, ...]:
        if isinstance(place, slice):
            return tuple(map(self.made, self.rows[place], self.numbers[place]))
        return self.made(self.rows[place], self.numbers[place])

    def __eq__(self, other: object) -> bool:
        """Whether they are the same pods."""
        return isinstance(other, (Pods, tuple)) and len(self) == len(other) and all(map(_is, self, other))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Pods({list(self)!r})"


def _is(one: PlannedPod, other: object) -> bool:
    return one == other


def weighed(pods: Iterable[PlannedPod]) -> Iterable[tuple[PlannedPod, int]]:
    """One pod of each form, and how many there are of it."""
    return zip(pods.firsts, pods.counts, strict=True) if isinstance(pods, Pods) else ((pod, 1) for pod in pods)


def firsts_of(pods: Sequence[PlannedPod]) -> Sequence[PlannedPod]:
    """One pod of each form, in the order of the numbers that the forms have."""
    return pods.firsts if isinstance(pods, Pods) else pods


def numbers_of(pods: Sequence[PlannedPod]) -> Sequence[int]:
    """Of each pod the number of its form."""
    return pods.numbers if isinstance(pods, Pods) else range(len(pods))


def nodes_of(pods: Iterable[PlannedPod]) -> Iterator[str | None]:
    """Of each pod its node."""
    return pods.nodes() if isinstance(pods, Pods) else (pod.node for pod in pods)


def workloads_of(pods: Iterable[PlannedPod]) -> Iterator[tuple[str, Workload]]:
    """Of each pod its namespace and its workload; alike ones of neighbours are one."""
    return pods.workloads() if isinstance(pods, Pods) else ((pod.namespace, pod.workload) for pod in pods)


def those(pods: Sequence[PlannedPod], holds: Callable[[PlannedPod], object]) -> Iterator[PlannedPod]:
    """The pods of which something holds, in their order; it is asked of one of each form, so it may ask for nothing of a pod's own."""
    if not isinstance(pods, Pods):
        return filter(holds, pods)
    return numbered(pods, {number for number, pod in enumerate(pods.firsts) if holds(pod)})


def numbered(pods: Sequence[PlannedPod], numbers: Collection[int]) -> Iterator[PlannedPod]:
    """The pods whose forms have these numbers, in their order."""
    if not numbers:
        return iter(())
    if not isinstance(pods, Pods):
        return compress(pods, map(numbers.__contains__, range(len(pods))))
    having = list(map(numbers.__contains__, pods.numbers))
    return map(pods.made, compress(pods.rows, having), compress(pods.numbers, having))


def is_plain(text: str) -> bool:
    """Whether a text stands in JSON, and on a terminal, as it is: ASCII that can be seen, without quotes and backslashes."""
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def grades(pods: Iterable[PlannedPod]) -> Counter[Grade]:
    """How many compared containers there are of each evidence grade, the best first."""
    return grades_of(weighed(pods))


def grades_of(pods: Iterable[tuple[PlannedPod, int]]) -> Counter[Grade]:
    """The same of one pod of each form, with how many there are of it."""
    counted = Counter[Grade]()
    for pod, times in pods:
        for container in pod.containers:
            if container.verdict is not Verdict.NOT_COMPARED:
                counted[container.evidence.grade] += pod.number * times
    return Counter({grade: counted[grade] for grade in Grade if counted[grade]})
