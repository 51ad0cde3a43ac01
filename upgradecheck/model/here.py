"""The kubelet of the machine that the program runs on, where that machine is a node (``--cri``, ``--docker``)."""

from __future__ import annotations

import msgspec

from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.credentialproviders import ProviderTexts
from upgradecheck.model.statefiles import StateFile
from upgradecheck.model.usernamespaces import PodMapping, SubordinateIDs
from upgradecheck.model.version import KubeletVersion


class LocalKubelet(msgspec.Struct, frozen=True, gc=False):
    """What this machine tells of its kubelet.

    name is how that kubelet would call its node, as far as this machine shows; boot_id as status.nodeInfo has it. version is None, and
    why_unknown says why, where none was found. runs: a process has it, so whatever runs and it compares has survived its first sync.
    told is where the version is from, as a clause. endpoint is the runtime's socket that a running kubelet was told, None for none.
    started_at is when its process was started, in nanoseconds, None where none runs. config is None where its files cannot be read, and
    then config_problem says why (config_refused: one can be read, and not understood); static_pods likewise, or where it has none.
    command_line: of its process, or of the unit that would start it; none of a kubelet that is a part of another program. cgroup_v1:
    whether this machine has version 1 of cgroups, None where that cannot be seen. state_files: what its directory holds of them, and lacks.
    subordinate: what this machine has of IDs for user namespaces, None where it cannot be told; mappings: those that pods were given.
    container: the ID of the container that its process is in, empty for none.
    providers: what its --image-credential-provider-config leads to, None where it is told of none, or nobody sees what it is told.
    since_boot_ms: when its process was started, on the clock that nobody can set.
    """

    name: str
    boot_id: str | None = None
    version: KubeletVersion | None = None
    why_unknown: str = ""
    runs: bool = False
    told: str = ""
    endpoint: str | None = None
    config: KubeletConfig | None = None
    config_problem: str = ""
    config_refused: bool = False
    static_pods: str | None = None
    static_pods_problem: str = ""
    command_line: tuple[str, ...] = ()
    cgroup_v1: bool | None = None
    started_at: int | None = None
    state_files: tuple[StateFile, ...] = ()
    subordinate: SubordinateIDs | None = None
    mappings: tuple[PodMapping, ...] = ()
    providers: ProviderTexts | None = None
    container: str = ""
    since_boot_ms: int | None = None
