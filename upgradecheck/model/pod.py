"""Pods, containers and records as the plan needs them, reduced from what a source gave.

A pod is seen in up to three *views*. The API object (or a static pod's manifest) is the spec. A kubelet's ``/pods`` is the
spec as that kubelet decoded it, so fields that it does not know are gone; a mirror pod was written by a kubelet from such
a view and is as lossy. The container runtime's list is the record: the only place that shows the recorded hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

import msgspec

from upgradecheck.model.hash import Hash
from upgradecheck.model.version import ReportedVersion
from upgradecheck.model.words import Word


class PodSource(Word):
    """Where the kubelet got the pod from: annotation kubernetes.io/config.source."""

    API = "api"
    FILE = "file"
    HTTP = "http"


class View(Word):
    """Whose picture of the spec this is (design: views of a pod)."""

    SPEC = "spec"
    KUBELET = "kubelet"
    MIRROR = "mirror"


class RunState(Word):
    """State of a container. UNREPORTED: no status and no record says (a bare manifest); taken to run.

    STOPPED: it does not run, and nothing tells whether it has ended or was only created (docker's list).
    """

    RUNNING = "running"
    WAITING = "waiting"
    CREATED = "created"
    EXITED = "exited"
    STOPPED = "stopped"
    UNKNOWN = "unknown"
    UNREPORTED = "unreported"


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where a fact came from: the input as the user named it, the place in it (``item 3``), and the line where that begins.

    Of two that differ in the line alone each is the other: who tells of a place tells it by its words.
    """

    source: str
    place: str = ""
    line: int = 1

    def __eq__(self, other: object) -> bool:
        """Without line."""
        return (self.source, self.place) == (other.source, other.place) if isinstance(other, Origin) else NotImplemented

    def __hash__(self) -> int:
        """Without line."""
        return hash((self.source, self.place))

    def __str__(self) -> str:
        return f"{self.source} {self.place}".rstrip()


class Workload(msgspec.Struct, frozen=True, gc=False):
    """The controller that a person thinks of: Deployment, DaemonSet, CronJob …, by name; kind Pod for an unmanaged pod."""

    kind: str
    name: str


class Replicas(msgspec.Struct, frozen=True, gc=False):
    """How many pods a template stands for. per_node: that many on each node, and which take one is not told."""

    count: int = 1
    per_node: bool = False


class ContainerStatus(msgspec.Struct, frozen=True, gc=False):
    """One entry of status.containerStatuses (or of init or ephemeral ones).

    container_id is the runtime's ID without the ``containerd://`` prefix, None before the first start. started is the
    startup-probe flag. exit_code is set for EXITED.
    """

    name: str
    container_id: str | None
    state: RunState
    started: bool | None = None
    started_at: str | None = None
    exit_code: int | None = None
    restart_count: int = 0


class PodView(msgspec.Struct, frozen=True, gc=False):
    """One view of one pod, without its spec (the raw document travels beside it until it is hashed).

    uid is the kubelet's UID: for a mirror pod that is its config.hash, and mirror_uid is the API object's own. has_status
    is False for a manifest. deleting: metadata.deletionTimestamp is set. runtime: the one that its containers' IDs name, such as
    ``docker``. grace_seconds: how long its containers are waited for when they are stopped, None where the spec does not say;
    local_storage: it has an emptyDir, whose data goes with the pod.
    """

    uid: str
    namespace: str
    name: str
    view: View
    source: PodSource
    origin: Origin
    node: str | None = None
    mirror_uid: str | None = None
    config_hash: str | None = None
    workload: Workload | None = None
    labels: Mapping[str, str] = msgspec.field(default_factory=dict)
    phase: str | None = None
    has_status: bool = False
    deleting: bool = False
    runtime: str | None = None
    grace_seconds: int | None = None
    local_storage: bool = False
    statuses: tuple[ContainerStatus, ...] = ()
    replicas: Replicas | None = None
    """Of a template: how many pods it stands for; None where this is a pod."""

    @property
    def terminating(self) -> bool:
        """Whether somebody asked for this pod's end.

        Not for a mirror pod's, which its kubelet makes anew beside the static pod that runs on (kubelet.go, syncPod). An API server takes
        the field out of what it is asked to create, so of a document without status it tells nothing.
        """
        return self.deleting and self.has_status and self.view is not View.MIRROR


class _ByName:
    """The entries of a pod's statuses by container: those asked for last, as its containers are decided one after the other."""

    def __init__(self) -> None:
        self._statuses: tuple[ContainerStatus, ...] = ()
        self._found: dict[str, list[ContainerStatus]] = {}

    def of(self, statuses: tuple[ContainerStatus, ...]) -> Mapping[str, Sequence[ContainerStatus]]:
        if self._statuses is not statuses:
            found: dict[str, list[ContainerStatus]] = {}
            for one in statuses:
                found.setdefault(one.name, []).append(one)
            self._statuses, self._found = statuses, found
        return self._found


_BY_NAME = _ByName()


def statuses_of(pod: PodView, name: str) -> Sequence[ContainerStatus]:
    """The entries of a container in a pod's status; more than one only where an API server would not have taken it."""
    return _BY_NAME.of(pod.statuses).get(name, ())


def status_of(pod: PodView, name: str) -> ContainerStatus | None:
    """The first entry of a container in a pod's status."""
    return next(iter(statuses_of(pod, name)), None)


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """The hash that the running container carries, read from its runtime.

    as_written: its text is that which a kubelet writes; others read the same to a kubelet, not to who compares texts.
    """

    hash: Hash
    as_written: bool = True

    def __eq__(self, other: object) -> bool:
        """Without as_written."""
        return self.hash == other.hash if isinstance(other, Recorded) else NotImplemented

    def __hash__(self) -> int:
        """Without as_written."""
        return hash((self.hash,))


class Absent(msgspec.Struct, frozen=True, gc=False):
    """The runtime was read, and the annotation is missing or unreadable; the kubelet reads that as hash 0."""

    found: str | None = None


NO_SANDBOX = ""
"""The sandbox's ID of a container that ``crictl inspect`` told of, which does not say it."""


class ContainerRecord(msgspec.Struct, frozen=True, gc=False):
    """One container of the container runtime's list (``crictl ps -a``). created_at is in nanoseconds since the epoch.

    runtime is which runtime keeps it, where the form of the record tells that. hash is what kubelets see.
    Under an override natural is what the container's creator wrote, and kept what the runtime has on record
    where a proxy shows another hash; both are None where no override is in force.
    """

    container_id: str
    sandbox_id: str
    pod_uid: str
    pod_namespace: str
    pod_name: str
    name: str
    attempt: int
    state: RunState
    created_at: int
    hash: Recorded | Absent
    hash_without_resources: Recorded | Absent
    origin: Origin
    natural: Recorded | None = None
    kept: Recorded | None = None
    runtime: str | None = None

    def __eq__(self, other: object) -> bool:
        """Without runtime: two forms of one record differ in that alone."""
        return isinstance(other, ContainerRecord) and _record_facts(self) == _record_facts(other)

    def __hash__(self) -> int:
        """Of the container alone."""
        return hash((self.container_id, self.name, self.attempt))


def _record_facts(one: ContainerRecord) -> tuple[object, ...]:
    return tuple(getattr(one, name) for name in ContainerRecord.__struct_fields__[:-1])


class NetworkMode(Enum):
    """Whose network namespace a sandbox has: its own, or the node's."""

    POD = "pod"
    NODE = "node"


class SandboxNetwork(msgspec.Struct, frozen=True, gc=False):
    """What only a sandbox's own status shows (``crictl inspectp``), not the runtime's list.

    mode is None where the status names no namespace options, address None where it has no network part.
    """

    mode: NetworkMode | None
    address: str | None


class SandboxRecord(msgspec.Struct, frozen=True, gc=False):
    """One sandbox of the container runtime's list (``crictl pods``). network is None where nobody asked for it."""

    sandbox_id: str
    pod_uid: str
    pod_namespace: str
    pod_name: str
    attempt: int
    ready: bool
    created_at: int
    source: PodSource | None
    config_hash: str | None
    origin: Origin
    network: SandboxNetwork | None = None


class Taint(msgspec.Struct, frozen=True, gc=False):
    """One entry of a Node's spec.taints."""

    key: str
    value: str
    effect: str


class NodeCondition(msgspec.Struct, frozen=True, gc=False):
    """One entry of a Node's status.conditions; status is ``True``, ``False`` or ``Unknown``."""

    type: str
    status: str
    reason: str
    message: str


class NodeFacts(msgspec.Struct, frozen=True, gc=False):
    """What a Node object says. kubelet_version and runtime are as reported.

    allocatable and capacity hold quantities as text, None where the object does not have them. taints and unschedulable are the spec's;
    has_spec is False where the object has none, which then shows no taint. os and architecture are those that its kubelet was built for.
    strict_groups: the runtime supports supplementalGroupsPolicy Strict (status.features), None where a kubelet does not say.
    declared_features: status.declaredFeatures, None where a kubelet does not say.
    seen_at: when its kubelet last wrote its conditions, in nanoseconds since the epoch; 0 where the object does not say.
    boot_id: of the boot that the machine was in when its kubelet started; no two machines share one. virtual: a Virtual Kubelet's.
    ready_since: when its kubelet last said that it is ready after it had said, or left to be said, that it is not; 0 as with seen_at.
    configured_by_server: its kubelet has had its configuration from a ConfigMap (status.config), which only one up to 1.23 does.
    swap: bytes of swap that are on (nodeInfo.swap, kubelets from 1.33 on), None where a kubelet does not say; none says 0.
    """

    name: str
    kubelet_version: ReportedVersion | None
    runtime: str | None
    labels: Mapping[str, str]
    origin: Origin
    allocatable: Mapping[str, str] | None = None
    capacity: Mapping[str, str] | None = None
    has_spec: bool = False
    taints: tuple[Taint, ...] = ()
    conditions: tuple[NodeCondition, ...] = ()
    os: str | None = None
    architecture: str | None = None
    strict_groups: bool | None = None
    declared_features: tuple[str, ...] | None = None
    boot_id: str | None = None
    virtual: bool = False
    seen_at: int = 0
    ready_since: int = 0
    kernel: str | None = None
    configured_by_server: bool = False
    swap: int | None = None

    @property
    def is_unready(self) -> bool:
        """Whether its kubelet says that it is not ready, or has stopped to say anything; an object without the condition tells neither."""
        return any(one.type == "Ready" and one.status != "True" for one in self.conditions)
