"""Nodes that go the same way, together; those whose recorded hashes and static UIDs are not all reproduced stand apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from upgradecheck.model.plan import GONE, SEVERITY, Calibration, Grade, PlannedNode, PlannedPod, Verdict, together
from upgradecheck.model.version import release_of
from upgradecheck.model.wording import count
from upgradecheck.reporting.lines import Arrow, Line, Name
from upgradecheck.reporting.words import GRADE


class NodeGroup(msgspec.Struct, frozen=True, gc=False):
    """Nodes of one step, runtime and worst verdict. evidence: their containers by grade, and the hashes and UIDs of static pods that are
    reproduced; stops: how many containers and bare pods stop on each, empty where none does.
    """

    verdict: Verdict
    step: Line
    runtime: str
    names: tuple[str, ...]
    evidence: str
    stops: str = ""


class NodeRow(msgspec.Struct, frozen=True, gc=False):
    """One node by itself; stops: how many containers and bare pods stop on it, pods: how many it has of the plan's."""

    name: str
    verdict: Verdict
    step: Line
    runtime: str
    stops: int
    pods: int
    evidence: str


def node_rows(nodes: Iterable[PlannedNode], pods: Sequence[PlannedPod]) -> tuple[NodeRow, ...]:
    """Every node, the worst first, then the one on which most stops."""
    stopping, numbers = _stopping(pods), Counter(pod.node for pod in pods)
    rows = (
        NodeRow(
            node.name,
            node.verdict,
            _step(release_of(node.from_version), node.to_version.release),
            node.runtime or "unknown runtime",
            stopping[node.name],
            numbers[node.name],
            _evidence([node]),
        )
        for node in nodes
    )
    return tuple(sorted(rows, key=lambda row: (SEVERITY[row.verdict], -row.stops, row.name)))


def node_groups(nodes: Iterable[PlannedNode], pods: Iterable[PlannedPod]) -> Iterator[NodeGroup]:
    """The groups, the worst first, else in the order of their first nodes."""
    stopping = _stopping(pods)
    pools: dict[tuple[str | None, str, str | None, Verdict, bool], list[PlannedNode]] = defaultdict(list)
    for node in nodes:
        whole = _is_whole(node.calibration)
        pools[release_of(node.from_version), node.to_version.release, node.runtime, node.verdict, whole].append(node)
    for (start, end, runtime, verdict, _), members in sorted(pools.items(), key=lambda item: SEVERITY[item[0][3]]):
        names = tuple(sorted((node.name for node in members), key=lambda name: -stopping[name]))
        stops = _stops([stopping[name] for name in names])
        yield NodeGroup(verdict, _step(start, end), runtime or "unknown runtime", names, _evidence(members), stops)


def _is_whole(calibration: Calibration) -> bool:
    """Whether all that could be reproduced is."""
    uids = calibration.static_uids
    return calibration.reproduced == calibration.recorded and (uids is None or uids.reproduced == uids.recorded)


def _stopping(pods: Iterable[PlannedPod]) -> Counter[str]:
    """By node, how many containers stop, and pods as a whole."""
    found = Counter[str]()
    for pod in pods:
        if pod.node is not None:
            found[pod.node] += sum(one.verdict in GONE for one in pod.containers) if pod.containers else pod.verdict in GONE
    return found


def _stops(numbers: list[int]) -> str:
    """The first number is the greatest."""
    most, least = numbers[0], numbers[-1]
    if not most:
        return ""
    return f"{count(most, 'stop')}{' each' if len(numbers) > 1 else ''}" if most == least else f"{least:,} to {most:,} stops each"


def _step(start: str | None, end: str) -> Line:
    if start == end:
        return "already ", Name(end), ", planned all the same"
    return "unknown version" if start is None else Name(start), Arrow(), Name(end)


def _evidence(nodes: Sequence[PlannedNode]) -> str:
    evidence = Counter[Grade]()
    for node in nodes:
        evidence.update(node.evidence)
    parts = [f"{evidence[grade]:,} {GRADE[grade]}" for grade in Grade if evidence[grade]]
    return "; ".join((", ".join(parts), *reproduced(together([node.calibration for node in nodes])))) if parts else ""


def reproduced(calibration: Calibration) -> Iterator[str]:
    """What of it the running version reproduces, in a few words each; nothing where there is nothing to reproduce."""
    if calibration.recorded:
        yield f"{calibration.reproduced:,}/{calibration.recorded:,} reproduced"
    if calibration.in_force:
        yield f"{calibration.in_force:,} overridden before"
    if calibration.static_uids is not None:
        yield f"{calibration.static_uids.reproduced:,}/{calibration.static_uids.recorded:,} static UIDs"
