"""The Explanation as JSON: pod and containers as in the plan's contract, with more about each hash, the steps, and what would avoid it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
from msgspec import UNSET, UnsetType

from upgradecheck.model.explanation import (
    Announcement,
    Avoidance,
    BuildHash,
    Difference,
    ExplainedContainer,
    ExplainedStep,
    Explanation,
)
from upgradecheck.model.plan import Cause, PlannedContainer
from upgradecheck.renderers import hex_hash
from upgradecheck.renderers.json.plan import FORMAT_VERSION, CauseOut, WorkloadOut
from upgradecheck.renderers.json.stream import Rows, Write, json_object


class HashOut(msgspec.Struct, frozen=True):
    """A hash, as on the annotation and as kubelets up to 1.13 print it."""

    hex: str
    decimal: int


class EvidenceOut(msgspec.Struct, frozen=True):
    """The hash on the running container."""

    grade: str
    hash: HashOut | None
    creator: str | UnsetType


class BuildHashOut(msgspec.Struct, frozen=True):
    """What one kubelet makes of the container."""

    release: str
    hash: HashOut


class ComputedOut(msgspec.Struct, frozen=True, rename={"from_hashes": "from", "to_hashes": "to"}):
    """One for each kubelet that the version can be; none where the spec cannot be used."""

    from_hashes: tuple[BuildHashOut, ...]
    to_hashes: tuple[BuildHashOut, ...]


class DifferenceOut(msgspec.Struct, frozen=True):
    """A path that is hashed otherwise; before and after only with --show-values."""

    change: str
    path: str
    before: object
    after: object


class PlaceOut(msgspec.Struct, frozen=True):
    """Where the new kubelet does it, in k8s.io/kubernetes."""

    file: str
    function: str
    tag: str


class StepOut(msgspec.Struct, frozen=True):
    """One step of the decision."""

    step: str
    outcome: str
    detail: str
    place: PlaceOut


class AnnouncementOut(msgspec.Struct, frozen=True):
    """What a kubelet writes when it kills the container for its hash."""

    releases: tuple[str, ...]
    event: str
    log: str | None


class AvoidOut(msgspec.Struct, frozen=True):
    """A way and whether it helps."""

    way: str
    possible: bool
    detail: str


class ContainerOut(msgspec.Struct, frozen=True):
    """One container."""

    name: str
    kind: str
    container_id: str | None
    verdict: str
    reason: str
    evidence: EvidenceOut
    computed: ComputedOut
    causes: tuple[CauseOut, ...]
    differences: tuple[DifferenceOut, ...]
    steps: tuple[StepOut, ...]
    announcements: tuple[AnnouncementOut, ...]
    avoid: tuple[AvoidOut, ...]


class PodOut(msgspec.Struct, frozen=True):
    """The pod."""

    namespace: str
    name: str
    uid: str
    mirror_uid: str | UnsetType
    node: str | None
    runtime: str | None
    workload: WorkloadOut
    source: str
    verdict: str
    reason: str
    details: tuple[str, ...] | UnsetType
    steps: tuple[StepOut, ...]


def render_explanation(explanation: Explanation, write: Write = json_object) -> Iterator[str]:
    """The text of the explanation, member by member."""
    return write(
        (
            ("format_version", FORMAT_VERSION),
            ("kind", "Explanation"),
            ("from", explanation.from_version),
            ("to", explanation.to_version),
            ("to_releases", explanation.to_releases),
            ("pod", _pod(explanation)),
            ("containers", Rows(map(_container, explanation.containers))),
            ("notices", Rows(explanation.notices)),
        )
    )


def _pod(explanation: Explanation) -> PodOut:
    pod = explanation.pod
    return PodOut(
        namespace=pod.namespace,
        name=pod.name,
        uid=pod.uid,
        mirror_uid=UNSET if pod.mirror_uid is None else pod.mirror_uid,
        node=pod.node,
        runtime=explanation.runtime,
        workload=WorkloadOut(pod.workload.kind, pod.workload.name),
        source=pod.source.value,
        verdict=pod.verdict.value,
        reason=pod.reason.value,
        details=pod.details or UNSET,
        steps=tuple(map(_step, explanation.steps)),
    )


def _container(told: ExplainedContainer) -> ContainerOut:
    planned = told.planned
    return ContainerOut(
        name=planned.name,
        kind=planned.kind.value,
        container_id=planned.container_id,
        verdict=planned.verdict.value,
        reason=planned.reason.value,
        evidence=_evidence(planned),
        computed=ComputedOut(tuple(map(_build, told.under_from)), tuple(map(_build, told.under_to))),
        causes=tuple(map(_cause, planned.causes)),
        differences=tuple(map(_difference, told.differences)),
        steps=tuple(map(_step, told.steps)),
        announcements=tuple(map(_announcement, told.announcements)),
        avoid=tuple(map(_avoid, told.avoid)),
    )


def _hash(number: int) -> HashOut:
    return HashOut(hex_hash(number), number)


def _evidence(planned: PlannedContainer) -> EvidenceOut:
    evidence = planned.evidence
    number = None if evidence.hash is None else _hash(evidence.hash)
    return EvidenceOut(evidence.grade.value, number, UNSET if evidence.creator is None else evidence.creator)


def _build(made: BuildHash) -> BuildHashOut:
    return BuildHashOut(made.release, _hash(made.hash))


def _cause(cause: Cause) -> CauseOut:
    return CauseOut(cause.kind.value, UNSET if cause.path is None else cause.path, UNSET if cause.since is None else cause.since)


def _difference(found: Difference) -> DifferenceOut:
    before, after = (UNSET if text is None else json.loads(text) for text in (found.before, found.after))
    return DifferenceOut(found.change.value, found.path, before, after)


def _step(told: ExplainedStep) -> StepOut:
    return StepOut(told.step.value, told.outcome.value, told.detail, PlaceOut(told.place.file, told.place.function, told.tag))


def _announcement(told: Announcement) -> AnnouncementOut:
    return AnnouncementOut(told.releases, told.event, told.log)


def _avoid(told: Avoidance) -> AvoidOut:
    return AvoidOut(told.way.value, told.possible, told.detail)
