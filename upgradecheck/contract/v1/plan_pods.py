"""Pods of a plan as JSON: their containers, each with its verdict, on what evidence, and why."""

from __future__ import annotations

from typing import Annotated, Literal

from upgradecheck.contract.parts import Part, said
from upgradecheck.contract.values import HexHash, Instant
from upgradecheck.model.checkpoint import FactKind
from upgradecheck.model.plan import CauseKind, Grade, OverrideRefusal, Verdict
from upgradecheck.model.pod import PodSource, RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind


class EvidenceJson(Part, frozen=True):
    """The hash on the running container, how well it is known, and the minor that made it."""

    grade: Grade
    hash: HexHash | None
    creator: str | None = None


class ComputedJson(Part, frozen=True):
    """What both kubelets make of the spec."""

    from_hash: HexHash | None
    to_hash: HexHash | None


class CauseJson(Part, frozen=True):
    """One cause of a difference: a field path inside the container, and the first minor that has it.

    printed: the hash holds the field whether the spec sets it or not.
    """

    kind: CauseKind
    path: str | None = None
    since: str | None = None
    printed: bool = False


class FactJson(Part, frozen=True, rename={"kind": "fact", "version": "kubelet"}):
    """One of the two that leave open which kubelet created a container."""

    kind: FactKind
    time: Instant | None = None
    version: str | None = None


class ContainerJson(Part, frozen=True, kw_only=True):
    """One container and what the new kubelet will do with it."""

    name: str
    kind: ContainerKind
    container_id: str | None
    verdict: Verdict
    reason: Reason
    override: Literal["planned", "in-force"] | None = None
    override_refused: Annotated[OverrideRefusal | None, said("With --override: why no override holds it, or needs to")] = None
    evidence: EvidenceJson
    computed: ComputedJson
    causes: tuple[CauseJson, ...]
    facts: Annotated[tuple[FactJson, ...], said("What leaves open which kubelet created it")] = ()
    would_be: Annotated[Verdict | None, said("What an ignore entry suppresses")] = None
    ignored_by: Annotated[int | None, said("The number of that entry in its file")] = None
    state: Annotated[RunState | None, said("When the plan was made; verify compares what it sees with this and the next two")] = None
    started_at: Annotated[Instant | None, said("Its start, or its creation where no status tells")] = None
    restart_count: Annotated[int | None, said("How often it had been started anew by then")] = None


class WorkloadJson(Part, frozen=True):
    """The controller that a person thinks of."""

    kind: str
    name: str


class PodJson(Part, frozen=True, kw_only=True):
    """One pod; its verdict is the worst of its containers', unless the pod as a whole is decided on."""

    namespace: str
    name: str
    uid: str
    mirror_uid: str | None = None
    node: str | None
    workload: WorkloadJson
    owner: Annotated[str | None, said("Its label that --owner-label names")] = None
    file: Annotated[str | None, said("What its manifest or template stands in; left out of what a cluster or a dump shows")] = None
    line: Annotated[int | None, said("The line where that begins in the file")] = None
    replicas: Annotated[int | None, said("Of a workload's template: how many pods it stands for, which the gate counts")] = None
    source: PodSource
    verdict: Verdict
    reason: Reason
    details: tuple[str, ...] = ()
    grace_seconds: Annotated[int | None, said("How long its containers are waited for; left out where its spec does not say")] = None
    local_storage: Annotated[bool, said("It has an emptyDir, whose data goes with the pod")] = False
    ends: Annotated[bool, said("By its restart policy it comes to an end by itself; left out for false")] = False
    budgets: Annotated[tuple[str, ...], said("The PodDisruptionBudgets of its namespace that select it")] = ()
    would_be: Annotated[Verdict | None, said("Its verdict, if no ignore entry suppressed anything of it")] = None
    ignored_by: Annotated[int | None, said("The number of that entry in its file")] = None
    containers: tuple[ContainerJson, ...]
