"""What a kubelet's configuration file says, as far as a restarted kubelet's decisions hang on it.

Mirrors KubeletConfiguration in k8s.io/kubelet/config/v1beta1/types.go, and its defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum

import msgspec

from upgradecheck.model.kinds import Value, Written


class Nulls(Enum):
    """What kubelets make of null in a drop-in, for which a setting is taken that a file before it has.

    PASSED_OVER: nothing; AMONG_DROP_INS: what drop-ins before it say is gone, and the file of --config holds; BACK: what that says is gone,
    too, so that the default holds.
    """

    PASSED_OVER = "passed-over"
    AMONG_DROP_INS = "among-drop-ins"
    BACK = "back"


class KubeletConfig(msgspec.Struct, frozen=True, gc=False):
    """One KubeletConfiguration. gates are those that it sets. cgroup_root, runtime_endpoint, static_pod_path and
    static_pod_url are empty for the default.

    eviction_hard is None for the default thresholds; reserved_cpus are a list of cpus (``0-1,4``), which count instead of reserved cpu.
    given: paths of all fields that it sets, also of those that are not read here; values: of those that are words or numbers; forms: how
    the others are written. whole: it shows all settings, those by default, too.
    sets_room: it sets something that changes what of the node pods can have. fail_cgroup_v1: None where it leaves that to the kubelet.
    verifies_images: it wants credentials proved anew for images that it has no record of, whoever pulled them (1.35 on).
    told_policies: the state files whose policies it sets itself. beneath: the file by itself, where drop-ins or gates of flags lie over it.
    by_nulls: what it is to kubelets to whom null in a drop-in says something, where that makes a difference. names_alone: which values
    given fields have was not told (by bundles of older programs).
    """

    cgroups_per_qos: bool = True
    cgroup_root: str = ""
    cgroup_driver: str = "cgroupfs"
    feature_gates: Mapping[str, bool] = msgspec.field(default_factory=dict)
    runtime_endpoint: str = ""
    kube_reserved: Mapping[str, str] = msgspec.field(default_factory=dict)
    system_reserved: Mapping[str, str] = msgspec.field(default_factory=dict)
    eviction_hard: Mapping[str, str] | None = None
    reserved_cpus: str = ""
    max_pods: int = 110
    pods_per_core: int = 0
    sets_room: bool = False
    cpu_manager: str = "none"
    memory_manager: str = "None"
    topology_manager: str = "none"
    allowed_unsafe_sysctls: tuple[str, ...] = ()
    static_pod_path: str = ""
    static_pod_url: str = ""
    fail_cgroup_v1: bool | None = None
    verifies_images: bool = False
    cpu_manager_options: Mapping[str, str] = msgspec.field(default_factory=dict)
    told_policies: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    values: Mapping[str, Value] = msgspec.field(default_factory=dict)
    forms: Mapping[str, Written] = msgspec.field(default_factory=dict)
    whole: bool = False
    beneath: KubeletConfig | None = None
    by_nulls: Mapping[Nulls, KubeletConfig] = msgspec.field(default_factory=dict)
    names_alone: bool = False

    def __hash__(self) -> int:
        """Without what is a mapping."""
        return hash((self.cgroups_per_qos, self.cgroup_root, self.cgroup_driver))

    def under(self, nulls: Nulls) -> KubeletConfig:
        """What it is to kubelets that take null in a drop-in so."""
        return self.by_nulls.get(nulls, self)

    def each(self) -> Iterator[KubeletConfig]:
        """All that it can be."""
        yield self
        yield from self.by_nulls.values()


class Configs(msgspec.Struct, frozen=True, gc=False):
    """The configuration of the running kubelet and that of the new one, which is usually the same.

    old_told: the running kubelet's was given, or read; new_told: another one was given for the new kubelet. Else they are the defaults.
    """

    old: KubeletConfig
    new: KubeletConfig
    old_told: bool = False
    new_told: bool = False

    def __hash__(self) -> int:
        """By what of them can be hashed."""
        return hash((self.old, self.new, self.old_told, self.new_told))

    @property
    def cgroups_move(self) -> bool:
        """Whether the new kubelet looks for every pod's cgroup where the running one did not make it."""
        old, new = self.old, self.new
        if not new.cgroups_per_qos:
            return False
        return not old.cgroups_per_qos or (old.cgroup_root, old.cgroup_driver) != (new.cgroup_root, new.cgroup_driver)


SAME_CONFIG = Configs(KubeletConfig(), KubeletConfig())
