"""The Plan: every decision and finding for one kubelet upgrade, as data. Renderers turn it into text and compute nothing.

Words and codes are those of the JSON contract (design, section 4), so a value here is what a script sees. The JSON report
has output types of its own (renderers), so that this model can change without breaking scripts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import Enum

import msgspec

from upgradecheck.model.checkpoint import Fact
from upgradecheck.model.gate import Gate
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Override
from upgradecheck.model.pod import PodSource, RunState, Workload
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.steps import StepName
from upgradecheck.model.version import KubeletVersion
from upgradecheck.model.waves import Apart, Unsolved, Wave, WaveRules
from upgradecheck.model.words import Word


class Verdict(Word):
    """What happens to a container or pod, worst first."""

    REJECT = "reject"
    RECREATE = "recreate"
    RESTART = "restart"
    UNKNOWN = "unknown"
    OVERRIDDEN = "overridden"
    SUPPRESSED = "suppressed"
    SAFE = "safe"
    NOT_COMPARED = "not-compared"


SEVERITY: Mapping[Verdict, int] = {verdict: rank for rank, verdict in enumerate(Verdict)}


GONE = (Verdict.REJECT, Verdict.RECREATE, Verdict.RESTART)
"""What ends running containers."""


def worst(verdicts: tuple[Verdict, ...]) -> Verdict:
    """The worst of some verdicts; not-compared for none."""
    return min(verdicts, key=SEVERITY.__getitem__, default=Verdict.NOT_COMPARED)


class Grade(Word):
    """How well the hash that a running container carries is known (design: evidence grade).

    ESTIMATED: it is taken on trust, or it is known and a rule that could not be tested keeps its static pod's UID.
    """

    RECORDED = "recorded"
    ABSENT = "absent"
    INFERRED = "inferred"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"


class Oddity(Word):
    """Why a container carries another hash than its kubelet makes of it, though its spec is known to be right.

    NOT_COMPARED: that kubelet does not compare it. FIELD_ADDED: an API server has added a field since it was created.
    RESIZED: its resources were changed in place, which that kubelet leaves out of its comparison.
    """

    NOT_COMPARED = "not-compared"
    FIELD_ADDED = "field-added"
    RESIZED = "resized"


class CauseKind(Word):
    """What makes two computed hashes differ. FEATURE_GATE, API_SERVER: a field that an API server sets in specs that are stored
    already, by a gate or by its version."""

    ALGORITHM = "algorithm"
    FIELD_ADDED = "field_added"
    FIELD_VALUE = "field_value"
    STATIC_UID = "static_uid"
    FEATURE_GATE = "gate"
    RESIZE = "resize"
    RECORD_ABSENT = "record_absent"
    API_SERVER = "api_server"


class Cause(msgspec.Struct, frozen=True, gc=False):
    """One cause; path is the field path inside the container, since the first minor that has it.

    printed: the hash holds the field whether the spec sets it or not, as in the typed era, where whole structs are printed.
    """

    kind: CauseKind
    path: str | None = None
    since: str | None = None
    printed: bool = False


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """The hash that the running container carries (None if unknown or absent), its grade, and the minor that made it.

    by_history: a checkpoint tells it, or is what leaves it open; without the checkpoint it would be otherwise.
    """

    grade: Grade
    hash: Hash | None = None
    creator: str | None = None
    by_history: bool = False


class Computed(msgspec.Struct, frozen=True, gc=False):
    """What the two kubelets make of the spec; None where that cannot be said."""

    from_hash: Hash | None = None
    to_hash: Hash | None = None


class OverrideRefusal(Word):
    """Why an override of its hash does not hold a container, or is not needed.

    ALREADY: it is kept without one. NO_RECORD: no recorded hash was seen that could show that today's spec is what runs. UNPROVEN: one was
    seen, and shows too little, or the spec at hand does. POD_STOPPED: its pod goes as a whole, before any hash is looked at. OUT_OF_REACH:
    docker, which one of the two kubelets has inside itself and the other has not. IN_SWARM: both have, and no container of it outlives
    a stop of dockerd.
    """

    SPEC_CHANGED = "spec_changed"
    UNPROVEN = "unproven"
    UID_CHANGES = "uid_changes"
    POD_STOPPED = "pod_stopped"
    RESIZED = "resized"
    NO_RECORD = "no_record"
    NOT_COMPARED = "not_compared"
    NOT_RUNNING = "not_running"
    ALREADY = "already"
    UNDECIDED = "undecided"
    OUT_OF_REACH = "out_of_reach"
    IN_SWARM = "in_swarm"


class PlannedContainer(msgspec.Struct, frozen=True, gc=False):
    """One container and what the new kubelet will do with it."""

    name: str
    kind: ContainerKind
    container_id: str | None
    verdict: Verdict
    reason: Reason
    evidence: Evidence
    computed: Computed
    causes: tuple[Cause, ...] = ()
    override: str | None = None
    facts: tuple[Fact, ...] = ()
    """The two that leave open who created it: that do not go together, or of which one is missing."""
    override_refused: OverrideRefusal | None = None
    """None where no override was asked for, or one is planned."""
    decided_at: StepName | None = None
    """The step that the verdict comes from, where the reason alone does not tell it."""
    would_be: Verdict | None = None
    """What is suppressed; None where nothing is."""
    ignored_by: int | None = None
    """The number of the ignore entry that suppresses it."""
    state: RunState | None = None
    """How it was when the plan was made, which is what is seen afterwards is compared with; None where nothing told."""
    started_at: int | None = None
    """When what runs was started, or created where no status tells, in nanoseconds; None where neither is known."""
    restart_count: int | None = None
    """How often it had been started anew by then."""

    @property
    def fate(self) -> Verdict:
        """What the kubelet does, ignored or not."""
        return self.verdict if self.would_be is None else self.would_be

    @property
    def step(self) -> StepName | None:
        """The step that the verdict comes from; None where nobody told."""
        return self.decided_at or self.reason.step


_STAYS_ON_A_DRAINED_NODE = frozenset({"DaemonSet", "Pod", "Node"})


class PlannedPod(msgspec.Struct, frozen=True, gc=False):
    """One pod; its verdict is the worst of its containers', unless the pod as a whole is decided on."""

    namespace: str
    name: str
    uid: str
    node: str | None
    workload: Workload
    source: PodSource
    verdict: Verdict
    reason: Reason
    containers: tuple[PlannedContainer, ...]
    mirror_uid: str | None = None
    details: tuple[str, ...] = ()
    """What stands behind the verdict on the pod as a whole: where in a manifest, why another UID, what admission asks for."""
    decided_at: StepName | None = None
    """As of a container."""
    replicas: int | None = None
    """Of a template: how many pods it stands for; None where this is a pod."""
    grace_seconds: int | None = None
    """How long its containers are waited for when they are stopped; None where its spec does not say."""
    local_storage: bool = False
    """It has an emptyDir, whose data goes with the pod."""
    ends: bool = False
    """By its restart policy it comes to an end by itself, and is then not Ready again."""
    budgets: tuple[str, ...] = ()
    """The PodDisruptionBudgets of its namespace that select it."""
    would_be: Verdict | None = None
    """Its verdict, if nothing of it were suppressed; None where nothing is."""
    ignored_by: int | None = None
    """As of a container."""
    owner: str | None = None
    """What the label says that --owner-label names; None where it has none, or nobody asked."""
    file: str | None = None
    """The file that its manifest or its workload's template stands in, as the user gave it; None of what a cluster or a dump shows."""
    line: int | None = None
    """Where in that file it begins."""

    @property
    def fate(self) -> Verdict:
        """What the kubelet does, ignored or not."""
        return self.verdict if self.would_be is None else self.would_be

    @property
    def step(self) -> StepName | None:
        """The step that the verdict comes from; None where nobody told."""
        return self.decided_at or self.reason.step

    @property
    def number(self) -> int:
        """How many pods this is."""
        return 1 if self.replicas is None else self.replicas

    @property
    def stops(self) -> bool:
        """Whether anything of it that runs is ended by the new kubelet, ignored or not."""
        return self.fate in GONE or any(container.fate in GONE for container in self.containers)

    @property
    def may_stop(self) -> bool:
        """Whether anything of it is ended by the new kubelet, or may be for all that is known."""
        return self.stops or self.fate is Verdict.UNKNOWN or any(container.fate is Verdict.UNKNOWN for container in self.containers)

    @property
    def runs(self) -> bool:
        """Whether something of it runs, as far as is known."""
        if self.containers:
            return any(one.verdict is not Verdict.NOT_COMPARED or one.reason.family is not Family.AT_REST for one in self.containers)
        return self.verdict is not Verdict.NOT_COMPARED or self.reason.family is not Family.AT_REST

    @property
    def drained(self) -> bool:
        """Whether draining the node would move this pod away (not DaemonSet, static or unmanaged)."""
        return self.source is PodSource.API and self.workload.kind not in _STAYS_ON_A_DRAINED_NODE


class StaticUIDs(msgspec.Struct, frozen=True, gc=False):
    """How many UIDs of static pods that run the running version makes of what is known of their manifests."""

    reproduced: int
    recorded: int


class Calibration(msgspec.Struct, frozen=True, gc=False):
    """How many recorded hashes the schema of the running version reproduces. static_uids: None where there is no UID to be made again.

    of_reported: of those that are not, how many are of the kubelet that their node reports, where --from supposes another one.
    in_force: records beside all these that carry, or are shown with, what an override put there; its journal or map tells what was before.
    """

    reproduced: int = 0
    recorded: int = 0
    static_uids: StaticUIDs | None = None
    of_reported: int = 0
    in_force: int = 0

    @property
    def proves_no_uid(self) -> bool:
        """Whether there were UIDs of static pods to be made again, and none was."""
        return self.static_uids is not None and self.static_uids.recorded > 0 and not self.static_uids.reproduced


def together(some: Collection[Calibration]) -> Calibration:
    """Of several pods or nodes."""
    uids = [one.static_uids for one in some if one.static_uids is not None]
    made = StaticUIDs(sum(one.reproduced for one in uids), sum(one.recorded for one in uids)) if uids else None
    of_reported = sum(one.of_reported for one in some)
    in_force = sum(one.in_force for one in some)
    return Calibration(sum(one.reproduced for one in some), sum(one.recorded for one in some), made, of_reported, in_force)


class PlannedNode(msgspec.Struct, frozen=True, gc=False):
    """One node: the versions it goes from and to, its runtime as reported, and the worst verdict on it.

    calibration is of its recorded hashes alone; evidence counts its compared containers by grade. reported: what it says that it runs,
    where --from supposes another minor, which from_version is then. pool and zone: by its labels, None where they tell none.
    control_plane and etcd: it has a part of either, by its labels or by the static pods on it. boot_id: of the boot that it was in, None
    where it did not say.
    """

    name: str
    from_version: KubeletVersion | None
    to_version: KubeletVersion
    runtime: str | None
    verdict: Verdict
    calibration: Calibration = Calibration()
    evidence: Mapping[Grade, int] = msgspec.field(default_factory=dict)
    reported: KubeletVersion | None = None
    boot_id: str | None = None
    pool: str | None = None
    zone: str | None = None
    control_plane: bool = False
    etcd: bool = False
    labels: Mapping[str, str] = msgspec.field(default_factory=dict)
    vendor: str | None = None
    """Whose build of the kubelet it runs, by the suffix of its version: ``k3s1``; None for upstream's, or where nobody says."""
    obstacle: Reason | None = None
    """Why its new kubelet cannot come up as the node is set up, whatever pods are there; None where nothing says so."""
    docker_over_cri: bool = False
    """Its docker is known to be spoken to over CRI (cri-dockerd)."""

    @property
    def done(self) -> bool:
        """Whether it is at the new version already; it is planned all the same."""
        return self.from_version is not None and self.from_version.release == self.to_version.release

    def __hash__(self) -> int:
        """Without what follows calibration."""
        return hash((self.name, self.from_version, self.to_version, self.runtime, self.verdict, self.calibration))


class Severity(Enum):
    """Of a finding."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class ObjectRef(msgspec.Struct, frozen=True, gc=False):
    """The Kubernetes object that a finding is about."""

    kind: str
    name: str
    namespace: str | None = None
    container: str | None = None


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One occurrence of a hazard rule: what is the matter and what to do about it."""

    rule: str
    severity: Severity
    object: ObjectRef
    message: str
    remedy: str
    ignored_by: int | None = None
    """The number of the ignore entry that accepts it."""


class HistoryCheck(msgspec.Struct, frozen=True, gc=False):
    """Recorded hashes, by what the checkpoint's history says of them: the same, another one, or nothing certain."""

    agrees: int = 0
    contradicts: int = 0
    silent: int = 0


class Missing(msgspec.Struct, frozen=True, gc=False):
    """Something that should have been seen and was not: named, with the reason."""

    what: str
    reason: str


class Coverage(msgspec.Struct, frozen=True, gc=False):
    """What the plan has seen. Pods are those in scope; nodes_with_evidence have at least one record of the runtime."""

    pods: int = 0
    nodes: int = 0
    nodes_with_evidence: int = 0
    missing: tuple[Missing, ...] = ()


class Counts(msgspec.Struct, frozen=True, gc=False):
    """Numbers by verdict, the worst first; a verdict that is not there counts 0."""

    containers: Mapping[Verdict, int] = msgspec.field(default_factory=dict)
    pods: Mapping[Verdict, int] = msgspec.field(default_factory=dict)


class OverrideSummary(msgspec.Struct, frozen=True, gc=False):
    """What overrides change: how many are planned, why not the others, and the counts as they are without.

    pinnable: static pods that go, or may, for their UID alone, which ``override pin`` can keep once it has reproduced it on the node.
    """

    planned: int
    refused: Mapping[OverrideRefusal, int]
    without: Counts
    pinnable: int = 0


class Summary(msgspec.Struct, frozen=True, gc=False):
    """Counts by verdict, of containers and pods, of templates by their replicas; after_drain counts what a drained node would still hold.

    override: None where none was asked for. may_be_refused: pods that go on as far as can be foreseen, and that a race or something that no
    dump shows may refuse at admission all the same.
    """

    containers: Mapping[Verdict, int] = msgspec.field(default_factory=dict)
    pods: Mapping[Verdict, int] = msgspec.field(default_factory=dict)
    after_drain: Counts = msgspec.field(default_factory=Counts)
    override: OverrideSummary | None = None
    may_be_refused: int = 0


class ClusterRead(msgspec.Struct, frozen=True, gc=False):
    """The live cluster that was read: the kubeconfig's context (None: the service account of a pod), the server, and when it was begun.

    read_at is in nanoseconds, of whole seconds.
    """

    context: str | None
    server: str
    read_at: int


class Scope(msgspec.Struct, frozen=True, gc=False):
    """What was looked at: the inputs as named by the user, and the filters in force. cluster: None where files were read."""

    inputs: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    excluded_namespaces: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    selector: str | None = None
    node_selector: str | None = None
    cluster: ClusterRead | None = None


class PlannedBudget(msgspec.Struct, frozen=True, gc=False):
    """A PodDisruptionBudget that selects pods of the plan. healthy and wanted count pods, as its controller saw them last; None where it
    has not looked since the budget was changed.
    """

    namespace: str
    name: str
    healthy: int | None = None
    wanted: int | None = None

    @property
    def allowed(self) -> int | None:
        """How many pods may go at once."""
        return None if self.healthy is None or self.wanted is None else max(0, self.healthy - self.wanted)


class IgnoreState(Enum):
    """What became of an ignore entry. EXPIRED and DISALLOWED ones ignore nothing."""

    MATCHED = "matched"
    UNUSED = "unused"
    EXPIRED = "expired"
    DISALLOWED = "disallowed"


class AuditedIgnore(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One entry of an ignore file, by its number in it. match: its conditions; expires: its last day.

    containers, pods and findings: how many it accepts, or would if it were heeded; pods are those whose containers are not known. left:
    those that it matches and does not accept, by verdict.
    """

    entry: int
    state: IgnoreState
    match: str
    reason: str
    owner: str | None = None
    expires: str | None = None
    containers: int = 0
    pods: int = 0
    findings: int = 0
    left: Mapping[Verdict, int] = msgspec.field(default_factory=dict)


class IgnoreAudit(msgspec.Struct, frozen=True, gc=False):
    """An ignore file that was given, entry by entry. allowed: it was heeded."""

    file: str
    allowed: bool
    entries: tuple[AuditedIgnore, ...]


class Plan(msgspec.Struct, frozen=True, gc=False):
    """All of it. from_version is None where nodes differ; complete is False when something could not be seen or trusted."""

    from_version: KubeletVersion | None
    to_version: KubeletVersion
    downgrade: bool
    complete: bool
    scope: Scope
    calibration: Calibration
    coverage: Coverage
    summary: Summary
    nodes: tuple[PlannedNode, ...]
    pods: Sequence[PlannedPod]
    """A tuple, or the rows of ``model/alike.py``."""
    findings: tuple[Finding, ...]
    notices: tuple[str, ...]
    plan_hash: str
    gate: Gate
    history: HistoryCheck | None = None
    """None where no checkpoint was given."""
    overrides: Mapping[str, Override] | None = None
    """By container ID; None where none was asked for."""
    budgets: tuple[PlannedBudget, ...] = ()
    """Those that select a pod of the plan."""
    ignores: IgnoreAudit | None = None
    """None where no ignore file was given."""
    waves: tuple[Wave, ...] = ()
    """Every node once, but for those that are apart; none where no node is named, or an older program made the plan."""
    waves_unsolved: tuple[Unsolved, ...] = ()
    wave_rules: WaveRules | None = None
    """What was asked of the waves; None for nothing."""
    waves_apart: tuple[Apart, ...] = ()
    made_at: int | None = None
    """In nanoseconds: what it says was seen by then. None in plans of older programs."""

    @property
    def exit_code(self) -> int:
        """What the gate says."""
        return self.gate.exit_code
