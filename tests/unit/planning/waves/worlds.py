"""Fleets to part into waves: plans of drawn nodes, workloads and budgets."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from msgspec.structs import replace

from tests.builders import as_version
from tests.builders_plan import container, plan, pod, restarting, unknown
from upgradecheck.model.plan import Plan, PlannedBudget, PlannedContainer, PlannedNode, PlannedPod, Verdict, worst
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.waves.places import POOL_LABELS, places_of

OLD, NEW = as_version("1.30.14"), as_version("1.31.0")
NO_POOL: dict[str, str] = {}


def node(
    name: str, *pods: PlannedPod, zone: str | None = None, pool: str | None = None, role: str | None = None, **changes: Any
) -> PlannedNode:
    """A node of 1.30.14 that goes to 1.31.0, with the labels of these."""
    told = {POOL_LABELS[0]: pool, "topology.kubernetes.io/zone": zone, f"node-role.kubernetes.io/{role}": role and ""}
    labels = {label: value for label, value in told.items() if value is not None}
    verdict = worst(tuple(one.verdict for one in pods))
    return PlannedNode(name, changes.pop("from_version", OLD), NEW, None, verdict, **{**places_of(labels)._asdict(), **changes})


def fleet(nodes: tuple[PlannedNode, ...], pods: tuple[PlannedPod, ...], *budgets: PlannedBudget, **changes: Any) -> Plan:
    return plan(*pods, from_version=OLD, to_version=NEW, nodes=nodes, budgets=budgets, **changes)


def runs_on(where: str, workload: str = "Deployment/web", what: PlannedContainer | None = None, **changes: Any) -> PlannedPod:
    """One pod of a workload on a node; it restarts unless said otherwise."""
    return pod(f"{workload.partition('/')[2]}-on-{where}", what or restarting(), workload=workload, node=where, **changes)


def suppressed() -> PlannedContainer:
    return container(verdict=Verdict.SUPPRESSED, reason=Reason.HASH_CHANGED, would_be=Verdict.RESTART, ignored_by=1)


def drawn_fleet(seed: int, most_nodes: int) -> Plan:
    """Some fleet: a few zones, pools and versions, control planes or none, replicas that share nodes, budgets that are tight or unknown."""
    random = Random(seed)
    names = [f"node-{number}" for number in range(random.randint(1, most_nodes))]
    budgets = [
        PlannedBudget("shop", f"pdb-{number}", *random.choice([(None, None), (9, 9), (9, 8), (9, 7), (9, 5)])) for number in range(3)
    ]
    etcd = _drawn_etcd(random, names)
    pods = [
        *etcd,
        *(one for number in range(random.randint(0, 5 if most_nodes < 20 else 20)) for one in _drawn_workload(random, number, names)),
    ]
    stuck = {name for name in names if random.random() < random.choice([0, 0, 0.2, 0.5])}
    pods = [_stuck(one) if one.node in stuck else one for one in pods]
    nodes = (_drawn_node(random, name, pods, Reason.KUBELET_WILL_NOT_START if name in stuck else None) for name in names)
    return fleet(tuple(nodes), tuple(pods), *budgets)


def _stuck(one: PlannedPod) -> PlannedPod:
    """A pod of a node whose new kubelet will not start."""
    changed = (replace(each, verdict=Verdict.UNKNOWN, would_be=None, reason=Reason.KUBELET_WILL_NOT_START) for each in one.containers)
    return replace(one, verdict=Verdict.UNKNOWN, would_be=None, reason=Reason.KUBELET_WILL_NOT_START, containers=tuple(changed))


def _drawn_node(random: Random, name: str, pods: list[PlannedPod], obstacle: Reason | None) -> PlannedNode:
    zones, role = random.choice([("a",), ("a", "b"), (None, "a", "b")]), random.choice([None, None, None, "control-plane", "etcd"])
    here = [one for one in pods if one.node == name]
    return node(
        name,
        *here,
        zone=random.choice(zones),
        pool=random.choice([None, "one"]),
        role=role,
        from_version=random.choice([OLD, OLD, OLD, NEW, None]),
        obstacle=obstacle,
    )


def _drawn_etcd(random: Random, names: list[str]) -> list[PlannedPod]:
    """None, or an etcd of a few members on nodes of their own, whose roles may not say so."""
    members = random.sample(names, min(len(names), random.choice([0, 0, 1, 2, 3, 5])))
    likely: tuple[Callable[[], PlannedContainer], ...] = (restarting, container, unknown)
    return [runs_on(name, "StaticPod/etcd", random.choice(likely)(), source=PodSource.FILE) for name in members]


def _drawn_workload(random: Random, number: int, names: list[str]) -> list[PlannedPod]:
    kind = random.choice(["Deployment", "Deployment", "Deployment", "StatefulSet", "DaemonSet", "StaticPod"])
    on = names if kind == "DaemonSet" else [random.choice(names) for _ in range(random.randint(1, 6))]
    source = PodSource.FILE if kind == "StaticPod" else PodSource.API
    selecting = tuple(sorted({f"pdb-{random.randrange(4)}" for _ in range(random.choice([0, 0, 1, 1, 2]))}))
    likely: tuple[Callable[[], PlannedContainer], ...] = random.choice(
        [(restarting,), (container,), (restarting, container, unknown, suppressed, _finished)]
    )
    return [
        runs_on(where, f"{kind}/app-{number}", random.choice(likely)(), uid=f"{number}-{place}", source=source, budgets=selecting)
        for place, where in enumerate(on)
    ]


def _finished() -> PlannedContainer:
    return container(verdict=Verdict.NOT_COMPARED, reason=Reason.FINISHED)
