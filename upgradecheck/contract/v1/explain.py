"""The Explanation as JSON: pod and containers as in the plan's contract, with more about each hash, the steps, and what would avoid it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from upgradecheck.contract.parts import FormatVersion, Lines, Part, members, said, taken
from upgradecheck.contract.v1.plan_pods import CauseJson, WorkloadJson
from upgradecheck.contract.values import HashTwice, ReleaseName
from upgradecheck.model.explanation import (
    Difference,
    ExplainedContainer,
    ExplainedStep,
    Explanation,
    StepOutcome,
    ValueChange,
)
from upgradecheck.model.plan import Grade, Verdict
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import Reason
from upgradecheck.model.remedies import Way
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.steps import StepName

_DIFFERENCES = "Paths that the two versions hash otherwise; before and after, which may be secret, only with --show-values"
_LOG = "The line in the kubelet's log, without its head; null where it writes none"
_STEPS = "In the kubelet's order: those of the pod, then the container's; none decides for a container that is kept"


class CarriedJson(Part, frozen=True):
    """The hash on the running container, how well it is known, and the minor that made it."""

    grade: Grade
    hash: HashTwice | None
    creator: str | None = None


class BuildHashJson(Part, frozen=True):
    """What one kubelet makes of the container."""

    release: str
    hash: HashTwice


class UnderJson(Part, frozen=True, rename={"under_from": "from", "under_to": "to"}):
    """One for each kubelet that the version can be; none where the spec cannot be used."""

    under_from: tuple[BuildHashJson, ...]
    under_to: tuple[BuildHashJson, ...]


class DifferenceJson(Part, frozen=True):
    """A path that is hashed otherwise."""

    change: ValueChange
    path: str
    before: Any | UnsetType = UNSET
    after: Any | UnsetType = UNSET


class PlaceJson(Part, frozen=True):
    """Where the new kubelet does it, in k8s.io/kubernetes."""

    file: str
    function: str
    tag: str


class StepJson(Part, frozen=True):
    """One step of the decision."""

    step: StepName
    outcome: Annotated[StepOutcome, said("not-seen: the evidence does not show it, and it counts as passed")]
    detail: str
    place: PlaceJson


class AnnouncementJson(Part, frozen=True):
    """What a kubelet writes when it kills the container for its hash."""

    releases: tuple[str, ...]
    event: Annotated[str, said("The message of the event Killing")]
    log: Annotated[str | None, said(_LOG)]


class AvoidanceJson(Part, frozen=True):
    """A way, whether it would help here, and why."""

    way: Way
    possible: bool
    detail: str


class ExplainedContainerJson(Part, frozen=True):
    """One container."""

    name: str
    kind: ContainerKind
    container_id: str | None
    verdict: Verdict
    reason: Reason
    evidence: CarriedJson
    computed: UnderJson
    causes: tuple[CauseJson, ...]
    differences: Annotated[tuple[DifferenceJson, ...], said(_DIFFERENCES)]
    steps: Annotated[tuple[StepJson, ...], said(_STEPS)]
    announcements: Annotated[tuple[AnnouncementJson, ...], said("What kubelets write if they kill it for its hash")]
    avoid: tuple[AvoidanceJson, ...]


class ExplainedPodJson(Part, frozen=True, kw_only=True):
    """The pod."""

    namespace: str
    name: str
    uid: str
    mirror_uid: str | None = None
    node: str | None
    runtime: Annotated[str | None, said("As the node reports it")]
    workload: WorkloadJson
    source: PodSource
    verdict: Verdict
    reason: Reason
    details: tuple[str, ...] = ()
    steps: Annotated[tuple[StepJson, ...], said("Those of the pod as a whole; if none decides, its containers do")]


class ExplanationJson(Part, frozen=True):
    """One pod of a plan: its decision step by step, both hashes of its containers, and what would avoid the verdict."""

    format_version: FormatVersion
    kind: Literal["Explanation"]
    from_version: Annotated[ReleaseName | None, said("The kubelet that runs now; null where nobody says")]
    to_version: ReleaseName
    to_releases: Annotated[
        tuple[str, ...], Meta(min_length=1), said("The kubelets that the new version can be; steps are told of the last")
    ]
    pod: ExplainedPodJson
    containers: Annotated[Lines[ExplainedContainerJson], said("All of the pod, or the one asked for")]
    notices: Lines[str]


DOCUMENT = ExplanationJson


def of(explanation: Explanation) -> Iterator[tuple[str, object]]:
    """The members of the explanation, container by container."""
    return members(ExplanationJson, explanation, pod=_pod(explanation), containers=map(_container, explanation.containers))


def _pod(explanation: Explanation) -> ExplainedPodJson:
    pod = explanation.pod
    return ExplainedPodJson(
        namespace=pod.namespace,
        name=pod.name,
        uid=pod.uid,
        mirror_uid=pod.mirror_uid,
        node=pod.node,
        runtime=explanation.runtime,
        workload=taken(pod.workload, WorkloadJson),
        source=pod.source,
        verdict=pod.verdict,
        reason=pod.reason,
        details=pod.details,
        steps=tuple(map(_step, explanation.steps)),
    )


def _container(told: ExplainedContainer) -> ExplainedContainerJson:
    planned = told.planned
    return ExplainedContainerJson(
        name=planned.name,
        kind=planned.kind,
        container_id=planned.container_id,
        verdict=planned.verdict,
        reason=planned.reason,
        evidence=taken(planned.evidence, CarriedJson),
        computed=taken(told, UnderJson),
        causes=taken(planned.causes, tuple[CauseJson, ...]),
        differences=tuple(map(_difference, told.differences)),
        steps=tuple(map(_step, told.steps)),
        announcements=taken(told.announcements, tuple[AnnouncementJson, ...]),
        avoid=taken(told.avoid, tuple[AvoidanceJson, ...]),
    )


def _step(told: ExplainedStep) -> StepJson:
    return StepJson(told.step, told.outcome, told.detail, PlaceJson(told.place.file, told.place.function, told.tag))


def _difference(found: Difference) -> DifferenceJson:
    before, after = (UNSET if text is None else json.loads(text) for text in (found.before, found.after))
    return DifferenceJson(found.change, found.path, before, after)
