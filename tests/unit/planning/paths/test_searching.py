"""The cheapest ways are those that brute force over all ways finds: on drawn containers, each followed by itself in every life it may have had."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from itertools import combinations, pairwise

import msgspec
import pytest

from tests.builders import CATALOG
from upgradecheck.hashing.difference import knows_more
from upgradecheck.hashing.schemas.changes import newest_build
from upgradecheck.hashing.schemas.hops import ABSENT, CHANGED, KEPT, Hops, Tracked
from upgradecheck.hashing.schemas.makers import UNKNOWN
from upgradecheck.hashing.schemas.pairs import REFUSED
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import Workload
from upgradecheck.model.schema import ContainerKind, Era
from upgradecheck.model.version import Minor
from upgradecheck.planning.paths.building import ControlPlane, onward, upgrade_paths
from upgradecheck.planning.paths.counting import Fleet
from upgradecheck.planning.paths.searching import cheapest, how_many

CASES = 200 * int(os.environ.get("TESTS_TIMES", "1"))
KNOWN = {minor: newest_build(minor, CATALOG) for minor in CATALOG.minors()}
OWNER = ("shop", Workload("Deployment", "web"))


class Case(msgspec.Struct):
    """Kubelets minor by minor, the place of the one that runs now, the control plane, and containers with how many there are of each."""

    builds: list[KubeletBuild]
    first: int
    server: Minor
    containers: dict[Tracked, int]

    @property
    def minors(self) -> list[Minor]:
        return [build.minor for build in self.builds[self.first :]]


def drawn(seed: int) -> Case:
    draw = random.Random(seed)
    longest = draw.randint(3, 8)
    last = draw.randint(8 + longest, 37) if draw.random() < 0.3 else draw.randint(32, 35)  # most about where sidecars begin to be compared
    builds = [KNOWN[Minor(1, number)] for number in range(last - longest + 1, last + 1)]
    first = draw.randint(0, longest - 2)
    server = Minor(1, min(builds[first].minor.minor + draw.choice([0, 0, 0, 1, 2, 3, 4]), last))
    return Case(builds, first, server, {container(draw, builds): draw.randint(1, 5) for _ in range(draw.randint(1, 6))})


def container(draw: random.Random, builds: list[KubeletBuild]) -> Tracked:
    """One that is the same kind to all kubelets but those that do not know sidecars; hashes change now and then, and change back."""
    kind = draw.choice([ContainerKind.APP, ContainerKind.APP, ContainerKind.SIDECAR, ContainerKind.SIDECAR, ContainerKind.EPHEMERAL])
    numbers: list[int] = []
    profile: list[tuple[ContainerKind, int] | str | None] = []
    for build in builds:
        numbers.append(draw.randint(0, 2) if draw.random() < 0.4 or not numbers else numbers[-1])
        seen = kind if kind in build.schema.kinds_known or kind is ContainerKind.EPHEMERAL else ContainerKind.INIT
        refused = draw.random() < 0.05
        profile.append(REFUSED if refused else None if seen not in build.schema.kinds_known else (seen, numbers[-1]))
    uids = None
    if draw.random() < 0.3:
        uids = tuple(tuple(draw.choice([KEPT, CHANGED, UNKNOWN]) for _ in builds) for _ in builds)
    recorded = frozenset({draw.choice([ABSENT, *range(3)])}) if draw.random() < 0.3 else None
    return Tracked(tuple(profile), draw.random() < 0.2, uids, recorded)


def fleet_of(case: Case) -> Fleet:
    fleet = Fleet(Hops(tuple(build.hash_class for build in case.builds)))
    for one, number in case.containers.items():
        for _ in range(number):
            fleet.add((one,), OWNER)
    return fleet


# -- brute force: nothing below knows of states, sets or costs of pairs --


def legal_ways(case: Case) -> Iterator[tuple[Minor, ...]]:
    """Every way for which the control plane can go one minor at a time, and no kubelet is newer, or further behind than it was allowed to be."""
    inner = case.minors[1:-1]
    for length in range(len(inner) + 1):
        for chosen in combinations(inner, length):
            if walks([case.minors[0], *chosen, case.minors[-1]], case.server.minor):
                yield (case.minors[0], *chosen, case.minors[-1])


def walks(way: list[Minor], server: int) -> bool:
    for old, new in pairwise(way):
        while server < new.minor:  # one step of the control plane, beside kubelets that wait
            server += 1
            if server - old.minor > CATALOG.schema(old).kubelet_lag:
                return False
    return True


def restarts(case: Case, way: tuple[Minor, ...]) -> tuple[int, int]:
    """How many restart, or may, on a way, and how many do for sure."""
    counted = [(verdict, number) for one, number in case.containers.items() for verdict in life(case, one, way)]
    return sum(number for verdict, number in counted if verdict != "safe"), sum(n for verdict, n in counted if verdict == "restart")


def life(case: Case, one: Tracked, way: tuple[Minor, ...]) -> list[str]:
    """What each hop makes of one container: its verdict in all worlds, a world being what it may carry now; None in it: anything."""
    places = {build.minor: place for place, build in enumerate(case.builds)}
    worlds = beginnings(case, one)
    told = []
    for old, new in pairwise(places[minor] for minor in way):
        outcomes = [each for world in worlds for each in one_hop(case, one, world, old, new)]
        worlds = {left for _, left in outcomes}
        verdicts = {verdict for verdict, _ in outcomes}
        if verdicts != {None}:
            told.append(next(iter(verdicts)) or "" if len(verdicts) == 1 else "unknown")
    return told


def beginnings(case: Case, one: Tracked) -> set[int | None]:
    if one.recorded is not None:
        return set(one.recorded)
    seen = one.profile[case.first]
    if not isinstance(seen, tuple):
        return {None}
    if seen[0] in case.builds[case.first].schema.kinds_compared:
        return {seen[1]}
    return {entry[1] for entry in one.profile[: case.first + 1] if isinstance(entry, tuple) and entry[0] is seen[0]}


def one_hop(case: Case, one: Tracked, world: int | None, old: int, new: int) -> list[tuple[str | None, int | None]]:
    """Verdicts that a hop can have in a world, with what is carried after each."""
    before, after, kinds = one.profile[old], one.profile[new], case.builds[new].schema.kinds_compared
    if after is None:
        return [(None, world)]
    if before is None:
        return [(None, after[1] if isinstance(after, tuple) and after[0] in kinds else None if after == REFUSED else world)]
    if after == REFUSED:
        kind = before[0] if isinstance(before, tuple) else ContainerKind.APP
        return [("unknown" if kind in kinds else None, None)]
    assert isinstance(after, tuple)
    pods = (KEPT,) if one.uids is None or before == REFUSED else (KEPT, CHANGED) if one.uids[old][new] == UNKNOWN else (one.uids[old][new],)
    found: list[tuple[str | None, int | None]] = []
    for pod in pods:
        if after[0] not in kinds:
            found.append((None, after[1] if pod == CHANGED else world))
        elif pod == CHANGED or (world is not None and world != after[1]):
            found.append(("restart", after[1]))
        else:
            found.append(("unknown" if world is None or hides(case, one, old, new) else "safe", after[1]))
    return found


def hides(case: Case, one: Tracked, old: int, new: int) -> bool:
    low, high = case.builds[old].schema, case.builds[new].schema
    return (
        one.lossy and high.era is not Era.IMAGE_NAME and low.era is not Era.IMAGE_NAME and (knows_more(low, high) or knows_more(high, low))
    )


@pytest.mark.parametrize("seed", range(CASES))
def test_the_cheapest_are_those_of_brute_force(seed: int) -> None:
    case = drawn(seed)
    fleet = fleet_of(case)
    ways = sorted(((*restarts(case, way), len(way) - 1), way) for way in legal_ways(case))
    allowed = onward(case.builds[case.first :], case.server)
    assert how_many(case.minors, allowed) == len(ways)
    found = cheapest(case.minors, allowed, fleet.start(case.minors[0]), fleet.cost, 5)
    assert [(way.cost, way.minors) for way in found] == ways[:5]


@pytest.mark.parametrize("seed", range(CASES // 20))
def test_a_way_there_and_back_is_told_as_it_was_searched(seed: int) -> None:
    case = drawn(seed)
    servers = ControlPlane(case.server, max(case.server, case.minors[-1]), known=True)
    told = upgrade_paths(("a", "b"), case.builds[case.first :], servers, CATALOG, fleet_of(case))
    for path in told.paths:
        way = (path.hops[0].old, *(hop.new for hop in path.hops))
        there, back = restarts(case, way), restarts(case, way + way[-2::-1])
        assert ((path.restart or 0) + (path.unknown or 0), path.restart) == there
        assert sum(hop.counts.restart for hop in path.back if hop.counts) == back[1] - there[1]
        assert path.within_policy == walks(list(way), case.server.minor)
        assert [one.name for hop in path.hops for one in hop.workloads] == [
            "web" for hop in path.hops if hop.counts and hop.counts.restart + hop.counts.unknown
        ]


def test_ways_of_versions_alone_are_those_of_brute_force() -> None:
    for first in range(8, 32):
        builds = [KNOWN[Minor(1, number)] for number in range(first, first + 6)]
        case = Case(builds, 0, builds[0].minor, {})
        found = cheapest(case.minors, onward(builds, case.server), (), lambda state, old, new: (((new.minor - old.minor) ** 2,), state), 3)
        costs = sorted((sum((new.minor - old.minor) ** 2 for old, new in pairwise(way)), way) for way in legal_ways(case))
        assert [(way.cost[0], way.minors) for way in found] == costs[:3]


def test_the_longest_way_takes_no_time() -> None:
    """From the oldest to the newest there are millions of ways."""
    builds = list(KNOWN.values())
    told = upgrade_paths(("1.8.15", "1.37.1"), builds, ControlPlane(builds[0].minor, builds[-1].minor, known=True), CATALOG, None)
    assert told.legal > 1_000_000
    assert len(told.paths) == 7
