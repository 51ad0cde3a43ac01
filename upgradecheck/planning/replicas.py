"""Pods of templates, each of which stands for as many as its workload makes; for none, where that was scaled to zero or suspended."""

from __future__ import annotations

from msgspec.structs import replace

from upgradecheck.model.plan import PlannedContainer, Verdict
from upgradecheck.model.pod import Replicas
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.deciding import DecidedPod


def counted(one: DecidedPod, replicas: Replicas, nodes: int) -> DecidedPod:
    """The pod, and how many it stands for. nodes: how many are known, on each of which a DaemonSet may have one."""
    number = number_of(replicas, nodes)
    if number:
        return replace(one, pod=replace(one.pod, replicas=number))
    containers = tuple(map(_not_there, one.pod.containers))
    pod = replace(
        one.pod, replicas=0, containers=containers, verdict=Verdict.NOT_COMPARED, reason=Reason.NO_REPLICAS, details=(), decided_at=None
    )
    return replace(one, pod=pod, request=None, by_containers=False, chances={})


def number_of(replicas: Replicas | None, nodes: int) -> int:
    """How many pods a template stands for, and 1 of what is a pod. nodes: as of counted."""
    if replicas is None:
        return 1
    return max(1, nodes) * replicas.count if replicas.per_node else replicas.count


def _not_there(container: PlannedContainer) -> PlannedContainer:
    return replace(container, verdict=Verdict.NOT_COMPARED, reason=Reason.NO_REPLICAS, causes=(), decided_at=None)
