"""The canaries: of each pool and version the node whose failure costs least, upgraded before any other of them.

A canary is there for what no plan foresees: that the new kubelet does not start, or that the node does not come back. So what counts is
what runs on it, not what is predicted to stop: first the workloads that have nothing elsewhere, then the budgets that its loss would
exceed, then the pods that no DaemonSet and no manifest puts on every node. Nodes that run the new version already need none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from upgradecheck.model.plan import PlannedNode
from upgradecheck.model.waves import WaveStops
from upgradecheck.planning.waves.standing import Standing, numbers

Cost = tuple[int, int, int]
"""Workloads that run nowhere else, budgets that are exceeded, pods."""

NOTHING: Cost = (0, 0, 0)


def costs_of(standing: Standing) -> Mapping[str, Cost]:
    """What the failure of each node costs; those that cost nothing are left out."""
    alone, over, pods = Counter[str](), Counter[str](), Counter[str]()
    for group in standing.workloads:
        if group.per_node:
            continue
        if len(group.pods) == 1:
            one = group.pods[0]
            alone[one.node] += 1
            pods[one.node] += one.number
        else:
            on_node = numbers(group.pods)
            alone.update(list(on_node) if len(on_node) == 1 else ())
            pods.update(on_node)
    for budget in standing.budgets:
        over.update(node for node, number in numbers(budget.pods).items() if number > (budget.allowed or 0))
    return {node: (alone[node], over[node], pods[node]) for node in over.keys() | pods.keys()}


def canaries_of(workers: Iterable[PlannedNode], costs: Mapping[str, Cost], stops: Mapping[str, WaveStops]) -> tuple[PlannedNode, ...]:
    """One node of each pool and version. Of those that cost as little, one in a zone that has such nodes of the most other pools, so that
    few waves hold all canaries; then one on which something is predicted to stop, so that it shows whether that is right.
    """
    pools: dict[tuple[str, str], list[PlannedNode]] = defaultdict(list)
    for node in workers:
        if not node.done:
            version = "" if node.from_version is None else node.from_version.release
            pools[node.pool or "", version].append(node)
    cheapest = [_cheapest(nodes, costs) for _, nodes in sorted(pools.items())]
    return tuple(_chosen(cheapest, stops))


def _cheapest(nodes: Sequence[PlannedNode], costs: Mapping[str, Cost]) -> list[PlannedNode]:
    least = min(costs.get(node.name, NOTHING) for node in nodes)
    return [node for node in nodes if costs.get(node.name, NOTHING) == least]


def _chosen(pools: Sequence[Sequence[PlannedNode]], stops: Mapping[str, WaveStops]) -> Iterator[PlannedNode]:
    """Zone by zone, the one that serves the most pools that are left first."""
    left = list(pools)
    while left:
        served = Counter(zone for pool in left for zone in {node.zone for node in pool})
        zone = min(served, key=lambda one: (-served[one], one is None, one or ""))
        for pool in left:
            if here := [node for node in pool if node.zone == zone]:
                yield min(here, key=lambda node: (node.name not in stops, node.name))
        left = [pool for pool in left if all(node.zone != zone for node in pool)]
