"""A node's bundle: what ``collect`` writes and publishes, and ``-f`` and ``--fleet`` read (docs/fleet.md).

It is written compactly, members in this order, and ends with a checksum of all that stands before that; so it is refused as soon as anybody
edits it. ``formats.bundle`` writes and reads it. It holds names, IDs, times, hashes, versions and settings of the kubelet; of a pod's spec
it holds nothing but what kubelets make of a static pod's: hashes, and its UID.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Literal

from msgspec import Meta, field

from upgradecheck.contract.parts import Count, FormatVersion, Part, said
from upgradecheck.contract.v1.checkpoint import CheckpointJson, Time
from upgradecheck.model.kinds import Form
from upgradecheck.model.pod import NetworkMode, PodSource
from upgradecheck.model.statefiles import StateFormat, StateName

_HASH = r"^(0|[1-9a-f][0-9a-f]{0,15})$"
_DIGEST = r"^[0-9a-f]{64}$"

HashText = Annotated[str, Meta(pattern=_HASH, description="Lower hex without padding, as on the container's annotation")]
Digest = Annotated[str, Meta(pattern=_DIGEST)]
Nanoseconds = Annotated[int, Meta(description="Since the epoch, as the runtime says; 0 where it does not")]
MinorText = Annotated[str, Meta(pattern=r"^[0-9]{1,3}\.[0-9]{1,3}$", description="Such as 1.31")]
Id = Annotated[str, Meta(min_length=1)]
Attempt = Annotated[int, Meta(ge=0, le=(1 << 32) - 1)]


class BundledState(str, Enum):
    """State of a container, as its runtime has it."""

    RUNNING = "running"
    CREATED = "created"
    EXITED = "exited"
    STOPPED = "stopped"
    UNKNOWN = "unknown"
    UNREPORTED = "unreported"
    WAITING = "waiting"


class BundledContainerJson(Part, frozen=True):
    """A container of the runtime's list."""

    id: Id
    name: str
    state: BundledState
    created_at: Nanoseconds
    hash: Annotated[HashText | None, said("The recorded one; null: the runtime has none, or none that can be read")]
    attempt: Attempt = 0
    hash_without_resources: HashText | None = None
    unreadable: Annotated[bool, said("There is a recorded hash, and it is none that can be read")] = False
    padded: Annotated[bool, said("The hash is written otherwise than kubelets write it")] = False
    sandbox: Annotated[Id | None, said("Of one whose sandbox is not listed")] = None


class BundledNetworkJson(Part, frozen=True):
    """What a sandbox's own status shows."""

    mode: NetworkMode | None = None
    address: str | None = None


class BundledSandboxJson(Part, frozen=True):
    """A sandbox of the runtime's list, with its containers."""

    id: Id
    ready: bool
    created_at: Nanoseconds
    attempt: Attempt = 0
    source: PodSource | None = None
    config_hash: Annotated[str | None, said("The UID that a kubelet made of a static pod's manifest")] = None
    network: BundledNetworkJson | None = None
    containers: tuple[BundledContainerJson, ...] = ()


class BundledPodJson(Part, frozen=True):
    """A pod that the runtime knows."""

    uid: Id
    namespace: str
    name: str
    sandboxes: tuple[BundledSandboxJson, ...] = ()
    containers: Annotated[tuple[BundledContainerJson, ...], said("Those whose sandbox is not listed")] = ()


class BundledNodeJson(Part, frozen=True):
    """Whose bundle it is."""

    name: Annotated[str, Meta(min_length=1, max_length=253)]
    machine_id: str | None = None
    system_uuid: str | None = None
    boot_id: str | None = None


class BundledFormJson(Part, frozen=True):
    """How a field is written that is no plain value."""

    form: Form
    members: Annotated[tuple[Form, ...], said("How those of a list or a map are")] = ()
    fields: Annotated[bool, said("False: a map of nothing where fields are wanted")] = True


class BundledConfigJson(Part, frozen=True):
    """What the kubelet is configured with by its files and flags together, as far as rules ask for it; defaults are left out.

    Of fields of the files there are: the paths of all of them, how each is written, and the values that rules judge.
    """

    cgroups_per_qos: bool = True
    cgroup_root: str = ""
    cgroup_driver: str = "cgroupfs"
    feature_gates: dict[str, bool] = field(default_factory=dict)
    runtime_endpoint: str = ""
    kube_reserved: dict[str, str] = field(default_factory=dict)
    system_reserved: dict[str, str] = field(default_factory=dict)
    eviction_hard: dict[str, str] | None = None
    reserved_cpus: str = ""
    max_pods: int = 110
    pods_per_core: int = 0
    sets_room: bool = False
    cpu_manager: str = "none"
    memory_manager: str = "None"
    topology_manager: str = "none"
    allowed_unsafe_sysctls: tuple[str, ...] = ()
    static_pod_path: str = ""
    fail_cgroup_v1: bool | None = None
    verifies_images: bool = False
    cpu_manager_options: dict[str, str] = field(default_factory=dict)
    told_policies: Annotated[tuple[str, ...], said("State files whose policies it sets itself")] = ()
    given: Annotated[tuple[str, ...], said("Paths of all fields that are set")] = ()
    values: Annotated[
        dict[str, str | int | float | bool] | None,
        said("By path; of texts those alone that rules judge. Absent where an older program collected it, which told none"),
    ] = None
    forms: Annotated[dict[str, BundledFormJson], said("By path, of what is no plain value")] = field(default_factory=dict)
    from_url: Annotated[bool, said("It takes static pods from a URL, which is not told")] = False
    beneath: Annotated[BundledConfigJson | None, said("Its file by itself, where drop-ins or gates of flags lie over it")] = None
    by_nulls: Annotated[
        dict[str, BundledConfigJson],
        said("What else it is where null in a drop-in takes back what is set before it: among-drop-ins, back"),
    ] = field(default_factory=dict)


class BundledUserIdsJson(Part, frozen=True):
    """IDs for user namespaces that the node's user kubelet has."""

    user: Annotated[bool, said("There is that user")]
    tool: Annotated[bool, said("getsubids is where the kubelet looks for programs")] = False
    users: Annotated[tuple[tuple[int, int], ...], said("Ranges of IDs of users: the first, and how many")] = ()
    groups: Annotated[tuple[tuple[int, int], ...], said("Likewise of groups")] = ()
    place: str = ""


class BundledPodIdsJson(Part, frozen=True):
    """IDs that a pod was given."""

    uid: Annotated[str, Meta(max_length=253)]
    first: int | None = None
    length: int = 0
    problem: str = ""


class BundledProviderFileJson(Part, frozen=True):
    """What a kubelet's start hangs on of a file of image credential providers."""

    name: Annotated[str, said("Its own, in a directory of several")] = ""
    api_version: str = ""
    fields: Annotated[tuple[str, ...], said("Paths of all its fields")] = ()
    repeats: Annotated[bool, said("One of them is there twice")] = False
    plugins: Annotated[dict[str, str], said("By provider, the version of plugins that it wants")] = field(default_factory=dict)
    caches: Annotated[dict[str, str], said("By provider with tokenAttributes, their cacheType")] = field(default_factory=dict)
    problem: Annotated[str, said("What no kubelet takes in it")] = ""
    token_problem: Annotated[str, said("What no kubelet takes that knows tokenAttributes")] = ""
    idle: Annotated[tuple[str, ...], said("Providers that name no program, or one that may not be executed")] = ()


class BundledProvidersJson(Part, frozen=True):
    """What --image-credential-provider-config leads to. Names of providers, images, arguments and variables are not told."""

    place: str
    files: tuple[BundledProviderFileJson, ...] = ()
    directory: bool = False
    problem: Annotated[str, said("What no kubelet takes in all of them together")] = ""
    unread: Annotated[str, said("Why they could not be read; nothing else is told then")] = ""


class BundledKubeletJson(Part, frozen=True):
    """The node's kubelet."""

    version: Annotated[str | None, said("As it says itself, such as v1.30.4; null where none was found")]
    runs: bool
    problem: Annotated[str, said("Why its version is not known")] = ""
    started_at: Time | None = None
    arguments: Annotated[tuple[str, ...], said("Its command line; values that may be secret are left out")] = ()
    config: BundledConfigJson | None = None
    config_problem: str = ""
    config_refused: Annotated[bool, said("A file of it can be read, and is none that a kubelet reads")] = False
    cgroup_v1: bool | None = None
    since_boot_milliseconds: Annotated[int | None, said("Its start, on the clock that nobody can set")] = None
    user_ids: BundledUserIdsJson | None = None
    pod_ids: tuple[BundledPodIdsJson, ...] = ()
    providers: Annotated[
        BundledProvidersJson | None, said("Absent where its command line names none, or an older program collected it")
    ] = None


class OutlinedFormJson(Part, frozen=True):
    """What a state file says in one of its forms."""

    form: StateFormat
    problem: Annotated[str, said("Why it cannot be read in that form; nothing else is told then")] = ""
    sealed: Annotated[bool, said("No older form is looked for behind it")] = False
    policy: str | None = None
    default_cpus: str = ""
    cpus: Annotated[tuple[tuple[tuple[str, ...], str], ...], said("By pod and container, or by container ID")] = ()
    nodes: Annotated[tuple[tuple[int, ...], ...], said("NUMA nodes that serve containers together")] = ()
    unopened: str = ""


class OutlinedFileJson(Part, frozen=True):
    """The outline of a file in which the kubelet keeps its state."""

    name: StateName
    place: str
    absent: Annotated[bool, said("The kubelet's directory was seen, and it is not in there")] = False
    problem: Annotated[str, said("Why it cannot be read")] = ""
    size: Count | None = None
    blank: Annotated[bool, said("It holds nothing but blanks")] = False
    forms: tuple[OutlinedFormJson, ...] = ()


class BundledProblemJson(Part, frozen=True):
    """Why the node's checkpoint cannot be used."""

    kind: str
    found: str
    remedy: str = ""


class BundledOverrideJson(Part, frozen=True):
    """The hash that an override wrote into a container's record, or may have written."""

    id: Id
    before: Annotated[HashText | None, said("What stood there; null: there was none")]
    after: HashText


class BundledJournalJson(Part, frozen=True):
    """A journal of override apply, by which what a container's creator wrote is told from what stands in its record now."""

    digests: Annotated[
        tuple[Digest, ...], said("SHA-256 of its file, and of earlier states of it that the history or another journal names")
    ]
    follows: Annotated[Digest | None, said("The digest of the journal that was in force before")] = None
    overrides: tuple[BundledOverrideJson, ...] = ()


class MadeUidJson(Part, frozen=True):
    """The UID that the kubelets of some minors make of a manifest."""

    oldest: MinorText
    newest: MinorText
    uid: Id


class MadeHashJson(Part, frozen=True):
    """The hash that the kubelets of some minors make of a container."""

    oldest: MinorText
    newest: MinorText
    hash: HashText


class ComputedContainerJson(Part, frozen=True):
    """A container of a static pod."""

    name: str
    hashes: tuple[MadeHashJson, ...]
    hashes_without_resources: Annotated[tuple[MadeHashJson, ...], said("As 1.27 to 1.30 record them, too")] = ()
    init: Annotated[bool, said("It stands among the init containers")] = False


class MinorsJson(Part, frozen=True):
    """Minors that follow one another."""

    oldest: MinorText
    newest: MinorText


class ComputedStaticJson(Part, frozen=True):
    """What kubelets make of a static pod's manifest. Minors that nobody can answer for are left out."""

    namespace: str
    name: Annotated[str, said("The kubelet's, with the node's")]
    file: Annotated[str, said("The manifest, where the kubelet has it")]
    uids: tuple[MadeUidJson, ...] = ()
    containers: tuple[ComputedContainerJson, ...] = ()
    read_alike: Annotated[tuple[MinorsJson, ...], said("Those that see the same fields of it; none where an older program looked")] = ()


class ComputedStaticsJson(Part, frozen=True):
    """What kubelets make of the manifests of the node's static pods."""

    feature_gates: Annotated[dict[str, bool], said("Those that the node's kubelet is given, with which all of it is made")]
    pods: tuple[ComputedStaticJson, ...] = ()


class BundleJson(Part, frozen=True):
    """What one node shows of itself, at one moment."""

    format_version: FormatVersion
    kind: Literal["NodeBundle"]
    node: BundledNodeJson
    collected_at: Time
    runtime: Annotated[str, said("As Nodes name it, such as containerd://1.7.2")]
    kubelet: BundledKubeletJson
    digest: Annotated[
        Digest,
        said("SHA-256 of all but times of now, writer and sums: two of one digest say the same"),
    ]
    pods: tuple[BundledPodJson, ...]
    writer: str = ""
    state_files: tuple[OutlinedFileJson, ...] = ()
    checkpoint: Annotated[CheckpointJson | None, said("The node's history of kubelets")] = None
    checkpoint_problem: BundledProblemJson | None = None
    journals: Annotated[tuple[BundledJournalJson, ...], said("Of overrides on the node, the oldest first")] = ()
    journals_problem: Annotated[str, said("Why they cannot be read")] = ""
    shown: Annotated[
        tuple[BundledOverrideJson, ...],
        said("What a proxy of ours shows the kubelet in place of recorded hashes: before is the record's, after what is shown"),
    ] = ()
    in_swarm: Annotated[bool, said("The runtime is a docker that says that it is part of a swarm")] = False
    polled: Annotated[CheckpointJson | None, said("Kubelets that the agent which publishes bundles has seen, now and then")] = None
    static_pods: Annotated[ComputedStaticsJson | None, said("Absent where nobody could look at their manifests")] = None
    sha256: Annotated[Digest, said("Of all bytes that stand before this member")] = ""


DOCUMENT = BundleJson
