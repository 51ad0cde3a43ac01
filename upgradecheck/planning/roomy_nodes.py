"""Nodes on which a restarted kubelet surely admits all pods again, as it does nearly everywhere: told without asking pod by pod.

Where all pods of a node have room at once each is judged by itself (decisions/admission/roomy.py), and those that are alike on nodes that
are alike once: nodes alike are those of which admission sees the same, but for their names and labels.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from msgspec.structs import replace

from upgradecheck.decisions.admission import PodRequest, allocatable_under
from upgradecheck.decisions.admission.roomy import Door, goes_by_labels
from upgradecheck.model.pod import NodeFacts
from upgradecheck.planning.rows import Alike, AnyRow, Row
from upgradecheck.planning.seeing.facts import Step


class OnNode:
    """What asks for admission on a node: rows, those of alike pods counted, and pods by themselves."""

    __slots__ = ("_beside", "_rows", "alike", "alone")

    def __init__(self, beside: Iterable[PodRequest] = ()) -> None:
        self._rows, self._beside = list[AnyRow](), list(beside)
        self.alike, self.alone = dict[Alike, int](), list(self._beside)

    def add(self, row: AnyRow) -> None:
        """Takes one, if it asks."""
        if isinstance(row, Row):
            if row.alike.first.request is None:
                return
            self.alike[row.alike] = self.alike.get(row.alike, 0) + 1
        elif row.request is None:
            return
        else:
            self.alone.append(row.request)
        self._rows.append(row)

    @property
    def requests(self) -> list[PodRequest]:
        """All of them."""
        return [*self._beside, *(request for row in self._rows if (request := row.request) is not None)]


class RoomyNodes:
    """Tells which nodes admit all that asks."""

    def __init__(self) -> None:
        self._numbers = list[tuple[Any, ...]]()
        self._known = dict[tuple[Hashable, Alike], bool]()

    def admit_all(self, asked: OnNode, node: NodeFacts, step: Step) -> bool:
        """Whether all are surely admitted, by each kubelet that the new one can be; no also where it is not soon told."""
        allocatable = allocatable_under(node, step.configs)
        ways = (node,) if allocatable is None else (node, replace(node, allocatable=allocatable))
        number = self._number(step)
        return all(self._admits(asked, way, step, (number, at)) for way in ways for at in range(len(step.target.builds)))

    def _admits(self, asked: OnNode, node: NodeFacts, step: Step, which: tuple[int, int]) -> bool:
        running = step.start.builds[-1] if step.start is not None else None
        build = step.target.builds[which[1]]
        door = Door(node, build, running, step.configs, docker_over_cri=step.docker_over_cri)
        alike = [(request, times, one) for one, times in asked.alike.items() if (request := one.first.request) is not None]
        if not door.has_room((*((one.needs, times) for one, times, _ in alike), *((one.needs, 1) for one in asked.alone))):
            return False
        seen = which, _seen_of(node)
        return all(self._admits_alike(one, request, door, node.name, seen) for request, _, one in alike) and all(
            map(door.admits, asked.alone)
        )

    def _admits_alike(self, alike: Alike, request: PodRequest, door: Door, node: str, seen: Hashable) -> bool:
        if goes_by_labels(request):
            return door.admits(replace(request, node_name=node))
        known = self._known.get((seen, alike))
        if known is None:
            known = self._known[seen, alike] = door.admits(replace(request, node_name=node))
        return known

    def _number(self, step: Step) -> int:
        """Of what admission asks of a step, the same for the same."""
        told = step.start, step.target, step.configs, step.docker_over_cri
        for number, one in enumerate(self._numbers):
            if all(its is other or its == other for its, other in zip(one, told, strict=True)):
                return number
        self._numbers.append(told)
        return len(self._numbers) - 1


def _seen_of(node: NodeFacts) -> Hashable:
    """All that admission sees of a node, but for its name and labels."""
    conditions = tuple([(one.type, one.status, one.message) for one in node.conditions])
    room = None if node.allocatable is None else tuple(node.allocatable.items())
    return room, node.os, node.strict_groups, node.taints, conditions, node.runtime
