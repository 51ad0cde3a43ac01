"""The Plan as JSON: what a kubelet upgrade does to every container in scope.

Hashes are lower hex without padding, as on the container's annotation. ``overrides`` is empty unless they were asked for, ``waves``
where no node is named, and in plans of older programs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta, field

from upgradecheck.contract.parts import Count, FormatVersion, Lines, Part, RowsSealable, members, said, taken
from upgradecheck.contract.v1.plan_pods import PodJson
from upgradecheck.contract.v1.plan_rows import PodRows
from upgradecheck.contract.v1.plan_waves import ApartJson, UnsolvedJson, WaveJson, WaveRulesJson, unsolved_rows
from upgradecheck.contract.values import HexHash, Instant, ReleaseName
from upgradecheck.model.gate import ConditionName
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.plan import Grade, IgnoreState, OverrideRefusal, Plan, Severity, Verdict
from upgradecheck.model.reasons import Reason

ExitCode = Literal[0, 2, 3, 4]


def _by(words: str) -> Meta:
    return Meta(extra_json_schema={"propertyNames": {"$ref": f"#/$defs/{words}"}})


ByVerdict = Annotated[dict[Verdict, Count], said("Numbers by verdict; a verdict that is not there counts 0"), _by("verdict")]


class ClusterReadJson(Part, frozen=True):
    """The live cluster that was read; not there where files were."""

    context: Annotated[str | None, said("Of the kubeconfig; null for the service account of a pod")]
    server: str
    read_at: Instant


class ScopeJson(Part, frozen=True):
    """What was looked at: the inputs as named by the user, and the filters in force."""

    inputs: tuple[str, ...]
    namespaces: tuple[str, ...]
    excluded_namespaces: tuple[str, ...]
    nodes: tuple[str, ...]
    selector: str | None
    node_selector: str | None
    cluster: ClusterReadJson | None = None


class ConditionJson(Part, frozen=True):
    """One condition that the exit code hangs on."""

    name: ConditionName
    value: Annotated[
        bool | int | float | None, said("A number of containers or findings, a share from 0 to 100 (null: of nothing), or a truth")
    ]
    limit: Annotated[
        bool | int | float | str,
        said("At most (restart, unknown, estimated, hazard) or at least; a share of a number as the text that was given: 5%"),
    ]
    met: bool


class GateJson(Part, frozen=True):
    """What the exit code is made of."""

    exit_code: ExitCode
    conditions: tuple[ConditionJson, ...]
    exit_zero: Annotated[bool, said("With --exit-zero: 0 whatever the conditions say; left out without it")] = False


class StaticUIDsJson(Part, frozen=True):
    """UIDs of static pods that run, as their kubelets made them, and how many of them the running version makes of the manifests."""

    reproduced: Count
    recorded: Count


class CalibrationJson(Part, frozen=True):
    """Recorded hashes, and how many of them the running version's schema reproduces."""

    reproduced: Count
    recorded: Count
    static_uids: Annotated[StaticUIDsJson | None, said("Not there where no UID of a static pod can be made again")] = None
    of_reported: Annotated[
        Count, said("Of those not reproduced: made by the kubelet that the node reports, where --from supposes another; left out for 0")
    ] = 0
    in_force: Annotated[
        Count, said("Beside them: records with what an override in force put there, which its journal or map tells of; left out for 0")
    ] = 0


class HistoryCheckJson(Part, frozen=True):
    """Only where checkpoints were asked for: recorded hashes, by what their histories say of them."""

    agrees: Count
    contradicts: Count
    silent: Count


class MissingJson(Part, frozen=True):
    """Something that should have been seen and was not, and why."""

    what: str
    reason: str


class CoverageJson(Part, frozen=True):
    """What was seen; nodes with evidence have at least one record of the runtime."""

    pods: Count
    nodes: Count
    nodes_with_evidence: Count
    missing: tuple[MissingJson, ...]


class CountsJson(Part, frozen=True):
    """Numbers of containers and of pods."""

    containers: ByVerdict
    pods: ByVerdict


class OverrideSummaryJson(Part, frozen=True):
    """With --override: for how many containers one is planned and, by reason, for how many not; and the numbers without it."""

    planned: Count
    refused: Annotated[dict[OverrideRefusal, Count], _by("override_refusal")]
    without: CountsJson
    pinnable: Annotated[
        Count, said("Static pods whose UID changes or may, and that `override pin` can keep where it reproduces it; left out for none")
    ] = 0


class SummaryJson(Part, frozen=True):
    """Numbers of containers and of pods, and what of them a drained node would still hold: DaemonSet, static and unmanaged pods."""

    containers: ByVerdict
    pods: ByVerdict
    after_drain: CountsJson
    override: OverrideSummaryJson | None = None
    may_be_refused: Annotated[
        Count, said("Pods of which nothing is foreseen, and that admission may refuse all the same; left out for none")
    ] = 0


class NodeJson(Part, frozen=True):
    """One node, its runtime as it reports it, and the worst verdict on it."""

    name: str
    from_version: ReleaseName | None
    to_version: ReleaseName
    runtime: str | None
    verdict: Verdict
    calibration: Annotated[CalibrationJson, said("Of this node's recorded hashes")]
    evidence: Annotated[
        dict[Grade, Annotated[int, Meta(ge=1)]],
        said("Compared containers on this node by grade; grades of none are left out"),
        _by("grade"),
    ]
    reported: Annotated[ReleaseName | None, said("What it says that it runs, where --from supposes another minor")] = None
    boot_id: Annotated[str | None, said("Of the boot that it was in: another one afterwards says that the machine was restarted")] = None
    pool: Annotated[str | None, said("By the label of --wave-by, or one that is well known")] = None
    zone: str | None = None
    control_plane: Annotated[bool, said("It has a part of the control plane; left out for false")] = False
    etcd: Annotated[bool, said("It has a member of etcd; left out for false")] = False
    labels: Annotated[dict[str, str], said("Of its Node object; left out where none was given")] = field(default_factory=dict)
    vendor: Annotated[str | None, said("The suffix of its kubelet's version, such as k3s1; left out for none")] = None
    obstacle: Annotated[Reason | None, said("Why the new kubelet cannot come up there as it is set up; left out for none")] = None
    docker_over_cri: Annotated[bool, said("Its docker is known to be spoken to over CRI (cri-dockerd); left out for false")] = False


class RewriteJson(Part, frozen=True, rename={"before": "from", "after": "to"}):
    """An annotation's value now, and what it is to be."""

    before: HexHash
    after: HexHash


class OverrideJson(Part, frozen=True, rename={"before": "from", "after": "to"}, kw_only=True):
    """What an override writes on one container."""

    before: HexHash
    after: HexHash
    namespace: str
    pod: str
    uid: str
    container: str
    node: str | None = None
    without_resources: Annotated[RewriteJson | None, said("Likewise io.kubernetes.container.hashWithoutResources")] = None

    @property
    def hash(self) -> Rewrite:
        """As the model has it."""
        return Rewrite(Hash(self.before.number), Hash(self.after.number))


class ObjectJson(Part, frozen=True, kw_only=True):
    """The Kubernetes object that a finding is about."""

    kind: str
    namespace: str | None = None
    name: str
    container: str | None = None


class FindingJson(Part, frozen=True):
    """One occurrence of a hazard rule."""

    rule: Annotated[str, Meta(pattern="^UC[0-9]{3}$")]
    severity: Severity
    object: ObjectJson
    message: str
    remedy: str
    ignored_by: Annotated[int | None, said("The number of the ignore entry that accepts it")] = None


class BudgetJson(Part, frozen=True):
    """A PodDisruptionBudget that selects pods of the plan: how many its controller counts and wants; null where it has not looked since
    the budget was changed.
    """

    namespace: str
    name: str
    healthy: int | None = None
    wanted: int | None = None


class AuditedIgnoreJson(Part, frozen=True, kw_only=True):
    """One entry of an ignore file. Numbers are of what it accepts, or would if it were heeded, as expired and disallowed ones are not."""

    entry: Annotated[int, said("Its number in the file, from 1")]
    state: IgnoreState
    match: Annotated[str, said("Its conditions")]
    reason: str
    owner: str | None = None
    expires: Annotated[str | None, said("Its last day, in UTC")] = None
    containers: Count
    pods: Annotated[Count, said("Those whose containers are not known")]
    findings: Count
    left: Annotated[dict[Verdict, Count], said("Containers and such pods that it matches and does not accept"), _by("verdict")]


class IgnoreAuditJson(Part, frozen=True):
    """The ignore file that was given, entry by entry. allowed: it was heeded."""

    file: str
    allowed: bool
    entries: tuple[AuditedIgnoreJson, ...]


class PlanJson(Part, frozen=True, kw_only=True):
    """What a kubelet upgrade does to every container in scope. What is unknown is null."""

    format_version: FormatVersion
    kind: Literal["Plan"]
    from_version: Annotated[ReleaseName | None, said("Release that runs now; null if nodes differ or it is not known")]
    to_version: ReleaseName
    downgrade: bool
    complete: Annotated[bool, said("False when something could not be seen or trusted")]
    exit_code: ExitCode
    gate: GateJson
    plan_hash: str
    scope: ScopeJson
    calibration: CalibrationJson
    history: HistoryCheckJson | None = None
    coverage: CoverageJson
    summary: SummaryJson
    nodes: Lines[NodeJson]
    pods: Lines[PodJson]
    overrides: Annotated[dict[str, OverrideJson], said("By container ID")]
    findings: Lines[FindingJson]
    budgets: Annotated[tuple[BudgetJson, ...], said("Those that select a pod; left out for none")] = ()
    ignores: Annotated[IgnoreAuditJson | None, said("Left out where no ignore file was given")] = None
    waves: Annotated[Lines[WaveJson], said("Every node once, but for waves_apart; empty where none is named, and in older plans")]
    notices: Lines[str]
    waves_unsolved: Annotated[Lines[UnsolvedJson], said("What no wave can help; left out for nothing")] = ()
    wave_rules: Annotated[WaveRulesJson | None, said("Left out where nothing was asked of the waves")] = None
    waves_apart: Annotated[tuple[ApartJson, ...], said("To be mended before they are in any wave; left out for none")] = ()
    made_at: Annotated[Instant | None, said("All that it tells was seen by then; no part of plan_hash")] = None
    document_hash: Annotated[
        str | None, said("A checksum over all other members, whatever their order and layout; not there in plans of older programs")
    ] = None


DOCUMENT = PlanJson


def of(plan: Plan) -> Iterator[tuple[str, object]]:
    """The members of the plan, pod by pod; without its gate where no condition of it is known (``plan_reading``), and not yet sealed."""
    overrides = {container_id: _override(one) for container_id, one in (plan.overrides or {}).items()}
    pods = RowsSealable(PodRows().of(plan.pods))
    unsolved = RowsSealable(unsolved_rows(plan.waves_unsolved)) if plan.waves_unsolved else ()
    told = members(PlanJson, plan, overrides=overrides, pods=pods, waves_unsolved=unsolved, document_hash=None)
    return (one for one in told if one[0] != "gate" or plan.gate.conditions)


def _override(one: Override) -> OverrideJson:
    rewrite = taken(one.hash, RewriteJson)
    return OverrideJson(
        before=rewrite.before,
        after=rewrite.after,
        namespace=one.namespace,
        pod=one.pod,
        uid=one.uid,
        container=one.container,
        node=one.node,
        without_resources=None if one.without_resources is None else taken(one.without_resources, RewriteJson),
    )
