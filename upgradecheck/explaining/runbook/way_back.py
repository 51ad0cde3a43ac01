"""What the way back restarts, foretold of the plan's own hashes: nodes are upgraded as planned, and then the old kubelet runs again.

A kubelet leaves every container of a kind that it compares with its own hash, kept or started anew, so the old kubelet then finds the new
one's hash and makes its own of the same spec: both stand in the plan. An override that was put back shows the old hash again. A static pod
whose UID the step changes has it changed again, unless it is pinned: then it counts by its containers' hashes. Of a node whose
new kubelet cannot come up as it is set up nothing can be told. What refuses a pod, or resizes it, on the way back cannot be told either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from types import MappingProxyType

import msgspec

from upgradecheck.explaining.runbook.pins import goes_for_its_uid, moves
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.errors import UnknownMinor, UnknownVersion
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import CauseKind, Plan, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.pod import PodSource, Workload
from upgradecheck.model.reasons import CANNOT_COME_UP, Family
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.version import KubeletVersion

Compares = Callable[[PlannedPod, ContainerKind], "bool | None"]
"""Whether the old kubelet of a pod's node compares a kind; None where that is not known."""


class Back(Enum):
    """What the old kubelet does with what the new one left."""

    RESTART = "restart"
    UNKNOWN = "unknown"
    KEPT = "kept"


class WayBack(msgspec.Struct, frozen=True, gc=False):
    """How many containers restart, are unknown or kept on the way back; by workload those that restart, or may, most first.

    without_undo: how many restart where overrides that were applied are not put back; None where none is planned. pinned: how many static
    pods are counted as pinned.
    """

    numbers: Mapping[Back, int]
    workloads: tuple[tuple[str, Workload, int, int], ...]
    without_undo: int | None = None
    pinned: int = 0


Pinned = Mapping[str | None, bool]
"""The nodes whose static pods are pinned, and whether overrides hold their containers then."""


def way_back(plan: Plan, catalog: SchemaCatalog | None, pinned: Pinned = MappingProxyType({})) -> WayBack:
    """The prediction. catalog: what is known of versions; without it nobody knows which kinds the old kubelet compares."""
    numbers, restart, unknown = Counter[Back](), Counter[tuple[str, Workload]](), Counter[tuple[str, Workload]]()
    for pod, _, fate in fates(plan, catalog, pinned):
        numbers[fate] += pod.number
        if fate is not Back.KEPT:
            (restart if fate is Back.RESTART else unknown)[pod.namespace, pod.workload] += pod.number
    told = tuple((*key, restart[key], unknown[key]) for key in {**restart, **unknown})
    in_order = tuple(sorted(told, key=lambda one: (-one[2], -one[3], one[0], one[1].kind, one[1].name)))
    kept = sum(pod.node in pinned and goes_for_its_uid(pod) for pod in plan.pods)
    if not plan.overrides and not any(pinned.values()):
        return WayBack(numbers, in_order, pinned=kept)
    without = sum(pod.number for pod, _, fate in fates(plan, catalog, pinned, undone=False) if fate is Back.RESTART)
    return WayBack(numbers, in_order, without, kept)


def fates(
    plan: Plan, catalog: SchemaCatalog | None, pinned: Pinned = MappingProxyType({}), *, undone: bool = True
) -> Iterator[tuple[PlannedPod, PlannedContainer, Back]]:
    """Container by container. undone: overrides that were applied are put back first."""
    compares, stopped = _compares(plan, catalog), {node.name for node in plan.nodes if node.obstacle is not None}
    for pod in plan.pods:
        open_ = pod.node in stopped or pod.reason in CANNOT_COME_UP
        for container in pod.containers:
            if _runs_afterwards(container):
                yield pod, container, Back.UNKNOWN if open_ else _fate(pod, container, compares, pinned, undone=undone)


def _compares(plan: Plan, catalog: SchemaCatalog | None) -> Compares:
    versions = {node.name: node.from_version for node in plan.nodes}
    known = {version: _kinds(version, catalog) for version in {plan.from_version, *versions.values()}}

    def compares(pod: PlannedPod, kind: ContainerKind) -> bool | None:
        kinds = known[versions.get(pod.node or "", plan.from_version)]
        return None if kinds is None else kind in kinds

    return compares


def _kinds(version: KubeletVersion | None, catalog: SchemaCatalog | None) -> frozenset[ContainerKind] | None:
    if version is None or catalog is None:
        return None
    try:
        every = {one.schema.kinds_compared for one in catalog.resolve(version)}
    except (UnknownVersion, UnknownMinor):
        return None
    return every.pop() if len(every) == 1 else None


def _runs_afterwards(container: PlannedContainer) -> bool:
    """Whether there is one then: what has finished, or is refused, is not."""
    if container.fate is Verdict.REJECT:
        return False
    return container.fate is not Verdict.NOT_COMPARED or container.reason.family is not Family.AT_REST


def _fate(pod: PlannedPod, container: PlannedContainer, compares: Compares, pinned: Pinned, *, undone: bool) -> Back:
    kept = pod.node in pinned and goes_for_its_uid(pod)
    if pod.source is not PodSource.API and not kept and (uid := _uid(pod)) is not Back.KEPT:
        return uid
    compared = compares(pod, container.kind)
    if compared is False:
        return Back.KEPT
    held = container.fate is Verdict.OVERRIDDEN or (kept and pinned[pod.node] and moves(container))
    carried, made = _carried(container, put_back=held and undone), container.computed.from_hash
    if compared is None or carried is None or made is None:
        return Back.UNKNOWN
    return Back.KEPT if carried == made else Back.RESTART


def _uid(pod: PlannedPod) -> Back:
    """What becomes of a static pod by its UID: what one step changes, the step back changes again."""
    if any(cause.kind is CauseKind.STATIC_UID for one in pod.containers for cause in one.causes):
        return Back.RESTART
    return Back.UNKNOWN if pod.fate in (Verdict.UNKNOWN, Verdict.RECREATE) else Back.KEPT


def _carried(container: PlannedContainer, *, put_back: bool) -> Hash | None:
    """The hash that the container bears once the new kubelet has looked at it; None where nobody knows."""
    return container.evidence.hash if put_back or container.fate is Verdict.NOT_COMPARED else container.computed.to_hash


def in_order(numbers: Mapping[Back, int]) -> Iterator[tuple[Back, int]]:
    """What there is, the worst first."""
    return ((one, numbers[one]) for one in Back if numbers.get(one))
