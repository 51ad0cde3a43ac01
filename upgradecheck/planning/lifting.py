"""A plan as it is without its ignore entries: what they suppress is again what it would be. The rest of the plan stands.

Every verdict that is suppressed keeps what it would be, so a saved plan needs neither its inputs nor the ignore file for that. The gate is
judged anew, under the conditions that it had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.model.plan import IgnoreAudit, IgnoreState, Plan, PlannedContainer, PlannedNode, PlannedPod, Verdict, worst
from upgradecheck.planning.asking.exit_codes import judged_by, judged_without_gate, limits_of
from upgradecheck.planning.building import summary_of
from upgradecheck.planning.verdicts import worst_of


def without_ignores(plan: Plan) -> Plan:
    """The plan with nothing suppressed."""
    if plan.ignores is None:
        return plan
    pods = tuple(map(_lifted, plan.pods))
    counted = summary_of(pods)
    summary = replace(plan.summary, containers=counted.containers, pods=counted.pods, after_drain=counted.after_drain)
    lifted = replace(
        plan,
        pods=pods,
        nodes=tuple(_nodes(plan.nodes, pods)),
        findings=tuple(replace(one, ignored_by=None) for one in plan.findings),
        summary=summary,
        ignores=_disallowed(plan.ignores),
        plan_hash=plan_digest(plan.to_version.release, pods, plan.overrides or {}),
    )
    return judged_by(lifted, limits_of(plan.gate)) if plan.gate.conditions else judged_without_gate(lifted)


def _lifted(pod: PlannedPod) -> PlannedPod:
    containers = tuple(map(_container, pod.containers))
    if pod.would_be is None and containers == pod.containers:
        return pod
    verdict = pod.verdict if pod.would_be is None else pod.would_be
    told = worst_of(containers)
    by_containers = pod.verdict is not Verdict.SUPPRESSED and told.verdict is verdict
    return replace(
        pod, verdict=verdict, reason=told.reason if by_containers else pod.reason, containers=containers, would_be=None, ignored_by=None
    )


def _container(one: PlannedContainer) -> PlannedContainer:
    return one if one.would_be is None else replace(one, verdict=one.would_be, would_be=None, ignored_by=None)


def _nodes(nodes: Iterable[PlannedNode], pods: Iterable[PlannedPod]) -> Iterator[PlannedNode]:
    found: dict[str | None, set[Verdict]] = {}
    for pod in pods:
        found.setdefault(pod.node, set()).add(pod.verdict)
    for node in nodes:
        yield replace(node, verdict=worst(tuple(found.get(node.name, ()))))


def _disallowed(audit: IgnoreAudit) -> IgnoreAudit:
    entries = (one if one.state is IgnoreState.EXPIRED else replace(one, state=IgnoreState.DISALLOWED) for one in audit.entries)
    return IgnoreAudit(audit.file, allowed=False, entries=tuple(entries))
