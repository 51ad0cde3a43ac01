"""What a kubelet's configuration file says, as far as a restarted kubelet's decisions hang on it.

Mirrors KubeletConfiguration in k8s.io/kubelet/config/v1beta1/types.go, and its defaults.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class KubeletConfig(msgspec.Struct, frozen=True, gc=False):
    """One KubeletConfiguration. gates are those that it sets. cgroup_root and runtime_endpoint are empty for the default."""

    cgroups_per_qos: bool = True
    cgroup_root: str = ""
    cgroup_driver: str = "cgroupfs"
    feature_gates: Mapping[str, bool] = msgspec.field(default_factory=dict)
    runtime_endpoint: str = ""

    def __hash__(self) -> int:
        """Without feature_gates."""
        return hash((self.cgroups_per_qos, self.cgroup_root, self.cgroup_driver))


class Configs(msgspec.Struct, frozen=True, gc=False):
    """The configuration of the running kubelet and that of the new one, which is usually the same."""

    old: KubeletConfig
    new: KubeletConfig

    @property
    def cgroups_move(self) -> bool:
        """Whether the new kubelet looks for every pod's cgroup where the running one did not make it."""
        old, new = self.old, self.new
        if not new.cgroups_per_qos:
            return False
        return not old.cgroups_per_qos or (old.cgroup_root, old.cgroup_driver) != (new.cgroup_root, new.cgroup_driver)


SAME_CONFIG = Configs(KubeletConfig(), KubeletConfig())
