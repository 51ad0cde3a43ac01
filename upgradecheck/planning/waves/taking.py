"""What the upgrade of each node takes away, and how much may be taken at once: of PodDisruptionBudgets and of workloads.

A pod counts once, however many of its containers stop; as rule UC041 counts, but that a pod of which it is not known whether anything stops
counts too. What runs in one pod, or on one node, no order of nodes can keep up: it binds nothing here (``unsolved``). DaemonSets and static
pods are workloads of many pods as well: an ingress on three nodes is down where all three stop.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from upgradecheck.model.plan import GONE, Verdict
from upgradecheck.model.waves import WaveObject, WaveStops, WaveWhy
from upgradecheck.planning.waves.standing import BUDGET, Group, Standing, StandingPod, numbers

Takes = Mapping[int, int]
"""Of each thing that binds, by its place among the rooms, how many of its pods stop or may."""


class Room(msgspec.Struct, frozen=True, gc=False):
    """How many pods of one thing may stop at once where more than one node takes of it, and what says so."""

    about: WaveObject
    why: WaveWhy
    at_once: int


Rooms = Sequence[Room]


class Takings(msgspec.Struct, frozen=True, gc=False):
    """By node, what it takes of all that binds, and how much stops on it. A node that takes nothing is not in by_node."""

    rooms: Rooms
    by_node: Mapping[str, Takes]
    stops: Mapping[str, WaveStops]


def takings_of(standing: Standing) -> Takings:
    """What the nodes of a plan take. Of what can never be too much, and of what is on one node, nothing binds."""
    rooms: list[Room] = []
    by_node: dict[str, dict[int, int]] = defaultdict(dict)
    for group in (*standing.workloads, *standing.budgets):
        if len(group.pods) < 2:
            continue
        taken, room = numbers(one for one in group.pods if one.may_stop), _room(group)
        if len(taken) > 1 and sum(taken.values()) > room.at_once:
            for node, number in taken.items():
                by_node[node][len(rooms)] = number
            rooms.append(room)
    return Takings(rooms, by_node, stops_of(standing.pods))


def _room(group: Group) -> Room:
    if group.about.kind != BUDGET:
        return Room(group.about, WaveWhy.REPLICAS, sum(one.number for one in group.pods) - 1)
    if group.allowed is None:
        return Room(group.about, WaveWhy.BUDGET_UNKNOWN, 0)
    return Room(group.about, WaveWhy.BUDGET, group.allowed)


def stops_of(pods: Sequence[StandingPod]) -> Mapping[str, WaveStops]:
    """How much stops on each node, and of how much that is not known."""
    several = {id(one): one for one in pods}
    times = Counter(map(id, pods))
    counted: dict[str, list[int]] = {}
    for one in several.values():
        if not one.may_stop:
            continue
        number = one.number * times[id(one)]
        found = counted.setdefault(one.node, [0, 0, 0, 0])
        found[0 if one.stops else 2] += number
        for container in one.pod.containers:
            fate = container.fate
            if fate in GONE:
                found[1] += number
            elif fate is Verdict.UNKNOWN:
                found[3] += number
    return {node: WaveStops(*found) for node, found in counted.items()}


def together(some: Iterable[WaveStops]) -> WaveStops:
    """Of several nodes."""
    found = tuple(some)
    return WaveStops(
        sum(one.pods for one in found),
        sum(one.containers for one in found),
        sum(one.unknown_pods for one in found),
        sum(one.unknown_containers for one in found),
    )
