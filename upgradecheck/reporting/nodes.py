"""Nodes that go the same way, together; those whose recorded hashes are not all reproduced stand apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from upgradecheck.model.plan import Grade, PlannedNode, Verdict
from upgradecheck.model.version import release_of
from upgradecheck.reporting.lines import Arrow, Line, Name
from upgradecheck.reporting.words import GRADE


class NodeGroup(msgspec.Struct, frozen=True, gc=False):
    """Nodes of one step, runtime and worst verdict. evidence: their containers by grade, and the hashes reproduced."""

    verdict: Verdict
    step: Line
    runtime: str
    names: tuple[str, ...]
    evidence: str


def node_groups(nodes: Iterable[PlannedNode]) -> Iterator[NodeGroup]:
    """The groups, in the order of their first nodes."""
    pools: dict[tuple[str | None, str, str | None, Verdict, bool], list[PlannedNode]] = defaultdict(list)
    for node in nodes:
        whole = node.calibration.reproduced == node.calibration.recorded
        pools[release_of(node.from_version), node.to_version.release, node.runtime, node.verdict, whole].append(node)
    for (start, end, runtime, verdict, _), members in pools.items():
        names = tuple(node.name for node in members)
        yield NodeGroup(verdict, _step(start, end), runtime or "unknown runtime", names, _evidence(members))


def _step(start: str | None, end: str) -> Line:
    if start == end:
        return "already ", Name(end), ", planned all the same"
    return "unknown version" if start is None else Name(start), Arrow(), Name(end)


def _evidence(nodes: Iterable[PlannedNode]) -> str:
    evidence, made, all_of = Counter[Grade](), 0, 0
    for node in nodes:
        evidence.update(node.evidence)
        made, all_of = made + node.calibration.reproduced, all_of + node.calibration.recorded
    parts = [f"{evidence[grade]} {GRADE[grade]}" for grade in Grade if evidence[grade]]
    return f"{', '.join(parts)}{f'; {made}/{all_of} reproduced' if all_of else ''}" if parts else ""
