"""The Plan as JSON: output types of their own, so that the model can change and the contract does not (design, section 4).

Key order is that of the contract. Hashes are lower hex without padding, as on the container's annotation; what is unknown
is null; members marked ``?`` in the contract are left out where they do not apply. ``overrides`` is empty unless they were asked for,
and ``waves`` as long as no plan has any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import UNSET, UnsetType

from upgradecheck.model.checkpoint import Fact
from upgradecheck.model.gate import Gate
from upgradecheck.model.override import Override
from upgradecheck.model.plan import (
    Cause,
    Finding,
    Grade,
    OverrideSummary,
    Plan,
    PlannedContainer,
    PlannedNode,
    PlannedPod,
    Scope,
    Summary,
    Verdict,
)
from upgradecheck.model.times import rfc3339
from upgradecheck.renderers import hex_hash
from upgradecheck.renderers.json.stream import Rows, Write, json_object

FORMAT_VERSION = "1.0"


class ScopeOut(msgspec.Struct, frozen=True):
    """What was looked at."""

    inputs: tuple[str, ...]
    namespaces: tuple[str, ...]
    excluded_namespaces: tuple[str, ...]
    nodes: tuple[str, ...]
    selector: str | None
    node_selector: str | None


class ConditionOut(msgspec.Struct, frozen=True):
    """One condition of the gate; null where there is nothing to have a share of."""

    name: str
    value: bool | int | float | None
    limit: bool | int | float | str
    met: bool


class GateOut(msgspec.Struct, frozen=True):
    """The exit code, and every condition that was asked for."""

    exit_code: int
    conditions: tuple[ConditionOut, ...]


class CalibrationOut(msgspec.Struct, frozen=True):
    """Recorded hashes, and how many of them the running version's schema reproduces."""

    reproduced: int
    recorded: int


class MissingOut(msgspec.Struct, frozen=True):
    """Something not seen, and why."""

    what: str
    reason: str


class CoverageOut(msgspec.Struct, frozen=True):
    """What was seen."""

    pods: int
    nodes: int
    nodes_with_evidence: int
    missing: tuple[MissingOut, ...]


class CountsOut(msgspec.Struct, frozen=True):
    """Numbers by verdict."""

    containers: dict[str, int]
    pods: dict[str, int]


class OverrideSummaryOut(msgspec.Struct, frozen=True):
    """For how many containers an override is planned and, by reason, for how many not; and the numbers by verdict without it."""

    planned: int
    refused: dict[str, int]
    without: CountsOut


class SummaryOut(msgspec.Struct, frozen=True):
    """Numbers by verdict, and what of them a drained node would still hold."""

    containers: dict[str, int]
    pods: dict[str, int]
    after_drain: CountsOut
    override: OverrideSummaryOut | UnsetType = UNSET


class NodeOut(msgspec.Struct, frozen=True, rename={"from_version": "from", "to_version": "to"}):
    """One node."""

    name: str
    from_version: str | None
    to_version: str
    runtime: str | None
    verdict: str
    calibration: CalibrationOut
    evidence: dict[str, int]


class EvidenceOut(msgspec.Struct, frozen=True):
    """The hash on the running container."""

    grade: str
    hash: str | None
    creator: str | UnsetType = UNSET


class ComputedOut(msgspec.Struct, frozen=True, rename={"from_hash": "from", "to_hash": "to"}):
    """What both kubelets make of the spec."""

    from_hash: str | None
    to_hash: str | None


class CauseOut(msgspec.Struct, frozen=True):
    """One cause of a difference."""

    kind: str
    path: str | UnsetType = UNSET
    since: str | UnsetType = UNSET


class ContainerOut(msgspec.Struct, frozen=True):
    """One container."""

    name: str
    kind: str
    container_id: str | None
    verdict: str
    reason: str
    override: str | UnsetType
    override_refused: str | UnsetType
    evidence: EvidenceOut
    computed: ComputedOut
    causes: tuple[CauseOut, ...]
    facts: tuple[FactOut, ...] | UnsetType = UNSET


class HistoryOut(msgspec.Struct, frozen=True):
    """Recorded hashes, by what checkpoints say of them."""

    agrees: int
    contradicts: int
    silent: int


class FactOut(msgspec.Struct, frozen=True):
    """One of the two facts that leave open who created a container."""

    fact: str
    time: str | UnsetType = UNSET
    kubelet: str | UnsetType = UNSET


class RewriteOut(msgspec.Struct, frozen=True, rename={"before": "from", "after": "to"}):
    """An annotation's value now, and what it is to be."""

    before: str | None
    after: str


class OverrideOut(msgspec.Struct, frozen=True, rename={"before": "from", "after": "to"}):
    """What an override writes on one container."""

    before: str | None
    after: str
    namespace: str
    pod: str
    uid: str
    container: str
    node: str | UnsetType
    without_resources: RewriteOut | UnsetType


class WorkloadOut(msgspec.Struct, frozen=True):
    """The controller."""

    kind: str
    name: str


class PodOut(msgspec.Struct, frozen=True):
    """One pod."""

    namespace: str
    name: str
    uid: str
    mirror_uid: str | UnsetType
    node: str | None
    workload: WorkloadOut
    source: str
    verdict: str
    reason: str
    details: tuple[str, ...] | UnsetType
    containers: tuple[ContainerOut, ...]


class ObjectOut(msgspec.Struct, frozen=True):
    """What a finding is about."""

    kind: str
    namespace: str | UnsetType
    name: str
    container: str | UnsetType


class FindingOut(msgspec.Struct, frozen=True):
    """One finding."""

    rule: str
    severity: str
    object: ObjectOut
    message: str
    remedy: str


def render_plan(plan: Plan, write: Write = json_object) -> Iterator[str]:
    """The text of the plan, member by member and pod by pod."""
    return write(_members(plan))


def _members(plan: Plan) -> Iterator[tuple[str, object]]:
    yield "format_version", FORMAT_VERSION
    yield "kind", "Plan"
    yield "from", plan.from_version
    yield "to", plan.to_version
    yield "downgrade", plan.downgrade
    yield "complete", plan.complete
    yield "exit_code", plan.exit_code
    yield "gate", _gate(plan.gate)
    yield "plan_hash", plan.plan_hash
    yield "scope", _scope(plan.scope)
    yield "calibration", CalibrationOut(plan.calibration.reproduced, plan.calibration.recorded)
    if plan.history is not None:
        yield "history", HistoryOut(plan.history.agrees, plan.history.contradicts, plan.history.silent)
    yield "coverage", _coverage(plan)
    yield "summary", _summary(plan.summary)
    yield "nodes", Rows(map(_node, plan.nodes))
    yield "pods", Rows(map(_pod, plan.pods))
    yield "overrides", {container_id: _override(one) for container_id, one in (plan.overrides or {}).items()}
    yield "findings", Rows(map(_finding, plan.findings))
    yield "waves", ()
    yield "notices", Rows(plan.notices)


def _hash(number: int | None) -> str | None:
    return None if number is None else hex_hash(number)


def _optional(text: str | None) -> str | UnsetType:
    return UNSET if text is None else text


def _gate(gate: Gate) -> GateOut:
    return GateOut(gate.exit_code, tuple(ConditionOut(one.name.value, one.value, one.limit, one.met) for one in gate.conditions))


def _scope(scope: Scope) -> ScopeOut:
    return ScopeOut(scope.inputs, scope.namespaces, scope.excluded_namespaces, scope.nodes, scope.selector, scope.node_selector)


def _coverage(plan: Plan) -> CoverageOut:
    seen = plan.coverage
    missing = tuple(MissingOut(item.what, item.reason) for item in seen.missing)
    return CoverageOut(seen.pods, seen.nodes, seen.nodes_with_evidence, missing)


def _counts(numbers: Mapping[Verdict, int]) -> dict[str, int]:
    return {verdict.value: numbers[verdict] for verdict in Verdict if verdict in numbers}


def _summary(summary: Summary) -> SummaryOut:
    after_drain = CountsOut(_counts(summary.after_drain.containers), _counts(summary.after_drain.pods))
    override = UNSET if summary.override is None else _override_summary(summary.override)
    return SummaryOut(_counts(summary.containers), _counts(summary.pods), after_drain, override)


def _override_summary(told: OverrideSummary) -> OverrideSummaryOut:
    refused = {refusal.value: number for refusal, number in told.refused.items()}
    return OverrideSummaryOut(told.planned, refused, CountsOut(_counts(told.without.containers), _counts(told.without.pods)))


def _node(node: PlannedNode) -> NodeOut:
    calibration = CalibrationOut(node.calibration.reproduced, node.calibration.recorded)
    evidence = {grade.value: node.evidence[grade] for grade in Grade if node.evidence.get(grade)}
    return NodeOut(node.name, node.from_version, node.to_version, node.runtime, node.verdict.value, calibration, evidence)


def _pod(pod: PlannedPod) -> PodOut:
    return PodOut(
        namespace=pod.namespace,
        name=pod.name,
        uid=pod.uid,
        mirror_uid=_optional(pod.mirror_uid),
        node=pod.node,
        workload=WorkloadOut(pod.workload.kind, pod.workload.name),
        source=pod.source.value,
        verdict=pod.verdict.value,
        reason=pod.reason.value,
        details=pod.details or UNSET,
        containers=tuple(map(_container, pod.containers)),
    )


def _container(container: PlannedContainer) -> ContainerOut:
    evidence = container.evidence
    return ContainerOut(
        name=container.name,
        kind=container.kind.value,
        container_id=container.container_id,
        verdict=container.verdict.value,
        reason=container.reason.value,
        override=_optional(container.override),
        override_refused=UNSET if container.override_refused is None else container.override_refused.value,
        evidence=EvidenceOut(evidence.grade.value, _hash(evidence.hash), _optional(evidence.creator)),
        computed=ComputedOut(_hash(container.computed.from_hash), _hash(container.computed.to_hash)),
        causes=tuple(map(_cause, container.causes)),
        facts=tuple(map(_fact, container.facts)) or UNSET,
    )


def _fact(fact: Fact) -> FactOut:
    return FactOut(fact.kind.value, rfc3339(fact.time) if fact.time is not None else UNSET, _optional(fact.version))


def _override(one: Override) -> OverrideOut:
    beside = UNSET if one.without_resources is None else RewriteOut(one.without_resources.before, one.without_resources.after)
    return OverrideOut(one.hash.before, one.hash.after, one.namespace, one.pod, one.uid, one.container, _optional(one.node), beside)


def _cause(cause: Cause) -> CauseOut:
    return CauseOut(cause.kind.value, _optional(cause.path), _optional(cause.since))


def _finding(finding: Finding) -> FindingOut:
    about = finding.object
    return FindingOut(
        rule=finding.rule,
        severity=finding.severity.value,
        object=ObjectOut(about.kind, _optional(about.namespace), about.name, _optional(about.container)),
        message=finding.message,
        remedy=finding.remedy,
    )
