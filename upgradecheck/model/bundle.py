"""A node's bundle: what only the node can see of itself, taken at one moment (``collect``), to be read where its cluster is planned.

It holds recorded hashes, IDs, names and times, which kubelet ran since when, and what that was told, as far as rules ask for it; of pods'
specs it holds nothing but what kubelets make of static ones. It names its node, so its evidence belongs to that node and to no other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from upgradecheck.model.checkpoint import Checkpoint, NodeIdentity, Problem
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.credentialproviders import ProviderFiles
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.pod import ContainerRecord, SandboxRecord
from upgradecheck.model.statefiles import StateFile
from upgradecheck.model.usernamespaces import PodMapping, SubordinateIDs
from upgradecheck.model.version import KubeletVersion, Minor


class BundledKubelet(msgspec.Struct, frozen=True, gc=False):
    """The kubelet of the node, as the machine shows it. version: None where none was found, and then problem says why.

    runs: a process has it; started_at: since when, in nanoseconds since the epoch. arguments: its command line, with the values that may be
    told. config: what it is configured with, None where that was not seen. config_problem, config_refused, cgroup_v1, since_boot_ms: as of
    LocalKubelet.
    user_ids, pod_ids: IDs for user namespaces, as its subordinate and mappings. providers: what its
    --image-credential-provider-config leads to, None where it is told of none, or nobody looked.
    """

    version: KubeletVersion | None = None
    problem: str = ""
    runs: bool = False
    started_at: int | None = None
    arguments: tuple[str, ...] = ()
    config: KubeletConfig | None = None
    config_problem: str = ""
    config_refused: bool = False
    cgroup_v1: bool | None = None
    since_boot_ms: int | None = None
    user_ids: SubordinateIDs | None = None
    pod_ids: tuple[PodMapping, ...] = ()
    providers: ProviderFiles | None = None


class BundledJournal(msgspec.Struct, frozen=True, gc=False):
    """A journal of ``override apply``. follows: the digest of the one that was in force before; digests: its last one, and those of its
    states that the node's history or another journal names. overrides: by container ID, what stands in the records that the bundle has.
    """

    follows: str | None = None
    digests: tuple[str, ...] = ()
    overrides: Mapping[str, Rewrite] = msgspec.field(default_factory=dict)


class OfMinors(msgspec.Struct, frozen=True, gc=False):
    """What the kubelets of all minors from the oldest to the newest make alike: a UID, or a hash as it stands in a record."""

    oldest: Minor
    newest: Minor
    made: str


class ComputedContainer(msgspec.Struct, frozen=True, gc=False):
    """What kubelets make of a container of a static pod, by minors, the oldest first. init: it stands among the init containers."""

    hashes: tuple[OfMinors, ...] = ()
    without_resources: tuple[OfMinors, ...] = ()
    init: bool = False


class ComputedStatic(msgspec.Struct, frozen=True, gc=False):
    """What kubelets make of a static pod's manifest. name: the kubelet's, with the node; file: the manifest, where the kubelet has it.

    uids, containers: by minors, the oldest first. A minor is in none of these where its patches do not make the same of it, where one of
    them refuses the manifest, or where nobody can tell. containers: the init and the app containers, by name. read_alike: the oldest and
    the newest of minors that follow one another, and see the same fields of the manifest: what one of them has seen hides nothing from
    another one.
    """

    namespace: str
    name: str
    file: str
    uids: tuple[OfMinors, ...] = ()
    containers: Mapping[str, ComputedContainer] = msgspec.field(default_factory=dict)
    read_alike: tuple[tuple[Minor, Minor], ...] = ()


class ComputedStatics(msgspec.Struct, frozen=True, gc=False):
    """What kubelets make of the manifests of a node, with the feature gates that its own is given."""

    feature_gates: Mapping[str, bool] = msgspec.field(default_factory=dict)
    pods: tuple[ComputedStatic, ...] = ()


class Bundle(msgspec.Struct, frozen=True, gc=False):
    """All of it. source: the input that it was read from; place: as a report names it. collected_at: in nanoseconds since the epoch.

    digest: of its content without the time, so that two of equal digests say the same. runtime: as Nodes name it. checkpoint: the node's
    history, None where none is kept, or checkpoint_problem says why it cannot be used. polled: the history that the agent keeps which
    publishes bundles, of what it has seen. journals: of overrides, the oldest first; journals_problem: why they cannot be read. shown: by
    container ID, what a proxy of ours shows the kubelet in place of the record's hash. in_swarm: the runtime is a docker that says that it
    is part of a swarm. static_pods: what is made of their manifests; None where nobody looked, or could.
    """

    source: str
    node: NodeIdentity
    collected_at: int
    runtime: str
    boot_id: str | None = None
    writer: str = ""
    digest: str = ""
    kubelet: BundledKubelet = BundledKubelet()
    containers: Collection[ContainerRecord] = ()
    sandboxes: Collection[SandboxRecord] = ()
    state_files: tuple[StateFile, ...] = ()
    checkpoint: Checkpoint | None = None
    checkpoint_problem: Problem | None = None
    journals: tuple[BundledJournal, ...] = ()
    journals_problem: str = ""
    shown: Mapping[str, Rewrite] = msgspec.field(default_factory=dict)
    in_swarm: bool = False
    polled: Checkpoint | None = None
    static_pods: ComputedStatics | None = None

    @property
    def name(self) -> str:
        """Of its node."""
        return self.node.name

    @property
    def kubelet_version(self) -> KubeletVersion | None:
        """Of the kubelet that runs: as it told itself, else as a history in here has it of the same process; None where neither does."""
        kubelet = self.kubelet
        if not kubelet.runs or kubelet.version is not None or kubelet.since_boot_ms is None or self.boot_id is None:
            return kubelet.version if kubelet.runs else None
        histories = (one.newest for one in (self.checkpoint, self.polled) if one is not None and one.node.name == self.name)
        process = (self.boot_id, kubelet.since_boot_ms)
        return next((one.kubelet_version for one in histories if (one.boot_id, one.since_boot_ms) == process), None)


class Collected(msgspec.Struct, frozen=True, gc=False):
    """What a bundle that is used tells beside the runtime's records, by the node that it is of. source: where these records stand."""

    node: str
    source: str
    config: KubeletConfig | None = None
    config_problem: str = ""
    config_refused: bool = False
    cgroup_v1: bool | None = None
    user_ids: SubordinateIDs | None = None
    pod_ids: tuple[PodMapping, ...] = ()
    providers: ProviderFiles | None = None
    checkpoint: Checkpoint | None = None
    checkpoint_problem: Problem | None = None
    journals: tuple[BundledJournal, ...] = ()
    shown: Mapping[str, Override] = msgspec.field(default_factory=dict)
    in_swarm: bool = False
    polled: Checkpoint | None = None
    static_pods: ComputedStatics | None = None


NOTHING_COLLECTED: Mapping[str, Collected] = {}
