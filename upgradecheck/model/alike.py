"""Pods of a plan that are alike: looked at once, and counted.

Most pods of a fleet are replicas: on them one decision was made, and what it says of them is the same but for names, places, hashes and
times. Whatever asks for nothing of that asks the first of them alone, which is what makes a plan of 150,000 pods no more work than one of
its few hundred kinds. Nothing hangs on it: a tuple of pods that says nothing of forms is one in which each is like no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import compress

import msgspec

from upgradecheck.model.plan import Grade, PlannedPod, Verdict


class Form:
    """What some pods have in common: everything but ``name``, ``uid``, ``node``, the name of their workload, and of each container its ID,
    hashes, start and number of restarts; of these, too, each or none has one. All that is a text among it is plain (``is_plain``).
    """

    __slots__ = ()


class Mark(msgspec.Struct, frozen=True, gc=False, eq=False):
    """Which form a pod has, and the very pod of which that was said: of one that was changed since it says nothing.

    It is no part of what was decided: one is as good as any other, where decisions are compared.
    """

    form: Form | None = None
    pod: PlannedPod | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mark)

    def __hash__(self) -> int:
        return 0


UNMARKED = Mark()


class Pods(tuple[PlannedPod, ...]):
    """Pods with, place by place, the number of their form; firsts: the first pod of each, counts: how many have it."""

    numbers: Sequence[int]
    firsts: Sequence[PlannedPod]
    counts: Sequence[int]

    @classmethod
    def of(cls, pods: Iterable[PlannedPod], forms: Iterable[Form | None]) -> Pods:
        """These pods, whose forms were told."""
        found = cls(pods)
        known: dict[Form, int] = {}
        firsts, counts, numbers = list[PlannedPod](), list[int](), list[int]()
        for pod, form in zip(found, forms, strict=True):
            number = None if form is None else known.get(form)
            if number is None:
                number = len(firsts)
                firsts.append(pod)
                counts.append(0)
                if form is not None:
                    known[form] = number
            counts[number] += 1
            numbers.append(number)
        found.numbers, found.firsts, found.counts = numbers, firsts, counts
        return found


def marked(pods: Iterable[tuple[PlannedPod, Mark]]) -> Pods:
    """Pods with the marks that were put on them."""
    both = list(pods)
    return Pods.of([pod for pod, _ in both], [mark.form if mark.pod is pod else None for pod, mark in both])


def weighed(pods: Iterable[PlannedPod]) -> Iterable[tuple[PlannedPod, int]]:
    """One pod of each form, and how many there are of it."""
    return zip(pods.firsts, pods.counts, strict=True) if isinstance(pods, Pods) else ((pod, 1) for pod in pods)


def firsts_of(pods: Sequence[PlannedPod]) -> Sequence[PlannedPod]:
    """One pod of each form, in the order of the numbers that the forms have."""
    return pods.firsts if isinstance(pods, Pods) else pods


def numbers_of(pods: Sequence[PlannedPod]) -> Sequence[int]:
    """Of each pod the number of its form."""
    return pods.numbers if isinstance(pods, Pods) else range(len(pods))


def those(pods: Sequence[PlannedPod], holds: Callable[[PlannedPod], object]) -> Iterator[PlannedPod]:
    """The pods of which something holds, in their order; it is asked of one of each form, so it may ask for nothing of a pod's own."""
    if not isinstance(pods, Pods):
        return filter(holds, pods)
    return numbered(pods, {number for number, pod in enumerate(pods.firsts) if holds(pod)})


def numbered(pods: Sequence[PlannedPod], numbers: Collection[int]) -> Iterator[PlannedPod]:
    """The pods whose forms have these numbers, in their order."""
    if not numbers:
        return iter(())
    return compress(pods, map(numbers.__contains__, numbers_of(pods)))


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
