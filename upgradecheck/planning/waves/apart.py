"""Nodes that are in no wave: their new kubelet cannot come up as they are set up, least of all as a canary.

It would not be a canary of anything but that, and its wave would wait for ever. What runs there goes on, and keeps its workloads up: so it
counts as running, and not as stopping.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from upgradecheck.model.alike import those
from upgradecheck.model.plan import Plan, PlannedNode, PlannedPod
from upgradecheck.model.reasons import CANNOT_COME_UP, Reason
from upgradecheck.model.waves import Apart


def obstacle_of(node: PlannedNode, pods: Iterable[PlannedPod]) -> Reason | None:
    """Why the new kubelet of a node, on which these pods are, cannot come up; the first plans of 1.0 say it of its pods alone."""
    return node.obstacle or next((pod.reason for pod in pods if pod.reason in CANNOT_COME_UP), None)


def apart_of(plan: Plan) -> tuple[Apart, ...]:
    """By what is to be mended, in the order of the nodes."""
    stuck: Mapping[str | None, list[PlannedPod]] = defaultdict(list)
    for pod in those(plan.pods, lambda pod: pod.reason in CANNOT_COME_UP):
        stuck[pod.node].append(pod)
    found: dict[Reason, list[str]] = {}
    for node in plan.nodes:
        if (why := obstacle_of(node, stuck.get(node.name, ()))) is not None:
            found.setdefault(why, []).append(node.name)
    return tuple(Apart(reason, tuple(names)) for reason, names in found.items())


def names_of(apart: Iterable[Apart]) -> frozenset[str]:
    """All of them."""
    return frozenset(name for one in apart for name in one.nodes)
