"""What a source tells beside the pods, which is small, in one record: a new kind of fact is a field of it, and nothing on the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.budget import Budget
from upgradecheck.model.bundle import NOTHING_COLLECTED, Bundle, Collected
from upgradecheck.model.claims import BoundVolume
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.credentialproviders import ProviderFiles
from upgradecheck.model.keyed import Keyed
from upgradecheck.model.plan import ClusterRead, Missing
from upgradecheck.model.pod import ContainerRecord, NodeFacts, Origin, SandboxRecord
from upgradecheck.model.statefiles import StateFile
from upgradecheck.model.version import ReportedVersion


class SetAside(msgspec.Struct, frozen=True, gc=False):
    """An input, or a document of one, that could not be used. What hangs on it is unknown, and not as if nobody had asked.

    pods: UIDs of those that its records are of, as far as they could be read. records: whether it may hold records of a runtime;
    sandboxes: whether these may be of sandboxes. node: whose it is, where it says so itself.
    """

    source: str
    pods: frozenset[str] = frozenset()
    records: bool = True
    sandboxes: bool = True
    node: str | None = None


class EmptyList(msgspec.Struct, frozen=True, gc=False):
    """An input that is a list such as a runtime's, and holds nothing of any pod. sandboxes: it may be one of sandboxes.

    node: whose it is, where it says so itself.
    """

    name: str
    sandboxes: bool = False
    node: str | None = None


class ListRead(msgspec.Struct, frozen=True, gc=False):
    """A list that is written as one request's answer is, by its source and place.

    version: its resourceVersion, which no item of it is later than; None where kubectl has left that out.
    """

    source: str
    place: str
    version: int | None = None


class Facts(msgspec.Struct, frozen=True, gc=False):
    """A source fills what it has; what it does not show is empty, or None.

    names: the inputs, as the user named them. cluster: which one was read, and when; None where files were. containers and sandboxes: the
    runtime's records, those of bundles packed. configs: kubelets' configurations; drop_ins: the files of them that are laid over others.
    server: the API server's version, such as ``v1.31.0``;
    None where there is none to ask, or it does not say. missing: what should have been there and was not; notices: what else is to be
    said of the reading. set_aside: what was given and could not be used, each named in missing, too. empty_lists: lists such as a
    runtime's that hold nothing of any pod. arguments: what kubelets are started with. state_files: those of kubelets. providers: what
    kubelets are to read of image credential providers. keyed: ConfigMaps and Secrets that were given, volumes: PersistentVolumes that are
    bound; no source asks for these. listed_again: by the ID of a container or sandbox, the inputs that tell of it what the one in its
    origin had told. lists: those that were made at once. bundles: those of nodes, as they were given; collected: by node, what of them is
    used, once that is known (planning.asking.bundles). swarms: inputs that list a swarm's containers, so that their docker is part of one.
    """

    names: tuple[str, ...] = ()
    cluster: ClusterRead | None = None
    nodes: tuple[NodeFacts, ...] = ()
    containers: Collection[ContainerRecord] = ()
    sandboxes: Collection[SandboxRecord] = ()
    configs: tuple[tuple[KubeletConfig, Origin], ...] = ()
    drop_ins: tuple[str, ...] = ()
    budgets: tuple[Budget, ...] = ()
    server: ReportedVersion | None = None
    missing: tuple[Missing, ...] = ()
    notices: tuple[str, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    empty_lists: tuple[EmptyList, ...] = ()
    arguments: tuple[KubeletArguments, ...] = ()
    state_files: tuple[StateFile, ...] = ()
    providers: tuple[ProviderFiles, ...] = ()
    keyed: tuple[Keyed, ...] = ()
    volumes: tuple[BoundVolume, ...] = ()
    listed_again: Mapping[str, tuple[str, ...]] = {}
    lists: tuple[ListRead, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    collected: Mapping[str, Collected] = NOTHING_COLLECTED
    swarms: tuple[str, ...] = ()
