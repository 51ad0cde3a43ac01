"""A kubelet's configuration: the file (kind KubeletConfiguration), or the merged one that ``/configz`` of a kubelet shows.

Nothing but what is named here is read: headers for a static pod URL may hold a secret.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from upgradecheck.decode.text.typed import typed
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.statefiles import StateName

_MAX_PODS = 110
_OF_ROOM = ("kube_reserved", "system_reserved", "eviction_hard", "reserved_cpus", "max_pods", "pods_per_core")


class Settings(msgspec.Struct, rename="camel"):
    """What one file or command line sets; None where it leaves a setting alone."""

    cgroups_per_qos: bool | None = msgspec.field(default=None, name="cgroupsPerQOS")
    cgroup_root: str | None = None
    cgroup_driver: str | None = None
    feature_gates: dict[str, bool] | None = None
    static_pod_path: str | None = None
    static_pod_url: str | None = msgspec.field(default=None, name="staticPodURL")
    container_runtime_endpoint: str | None = None
    kube_reserved: dict[str, str] | None = None
    system_reserved: dict[str, str] | None = None
    eviction_hard: dict[str, str] | None = None
    reserved_cpus: str | None = msgspec.field(default=None, name="reservedSystemCPUs")
    max_pods: int | None = None
    pods_per_core: int | None = None
    cpu_manager_policy: str | None = None
    cpu_manager_policy_options: dict[str, str] | None = None
    memory_manager_policy: str | None = None
    topology_manager_policy: str | None = None
    allowed_unsafe_sysctls: list[str] | None = None
    fail_cgroup_v1: bool | None = msgspec.field(default=None, name="failCgroupV1")

    def config(self) -> KubeletConfig:
        """With the kubelet's defaults for what is left alone."""
        return KubeletConfig(
            cgroups_per_qos=self.cgroups_per_qos is not False,
            cgroup_root=self.cgroup_root or "",
            cgroup_driver=self.cgroup_driver or "cgroupfs",
            static_pod_path=self.static_pod_path or "",
            runtime_endpoint=self.container_runtime_endpoint or "",
            kube_reserved=self.kube_reserved or {},
            system_reserved=self.system_reserved or {},
            eviction_hard=self.eviction_hard,
            reserved_cpus=self.reserved_cpus or "",
            max_pods=_MAX_PODS if self.max_pods is None else self.max_pods,
            pods_per_core=self.pods_per_core or 0,
            sets_room=any(getattr(self, name) is not None for name in _OF_ROOM),
            cpu_manager=self.cpu_manager_policy or "none",
            memory_manager=self.memory_manager_policy or "None",
            topology_manager=self.topology_manager_policy or "none",
            allowed_unsafe_sysctls=tuple(self.allowed_unsafe_sysctls or ()),
            feature_gates=self.feature_gates or {},
            fail_cgroup_v1=self.fail_cgroup_v1,
            cpu_manager_options=self.cpu_manager_policy_options or {},
            told_policies=tuple(name.value for name, policy in self._policies() if policy is not None),
        )

    def _policies(self) -> tuple[tuple[StateName, str | None], ...]:
        return (StateName.CPUS, self.cpu_manager_policy), (StateName.MEMORY, self.memory_manager_policy)


class _Configz(msgspec.Struct):
    kubeletconfig: msgspec.Raw = msgspec.Raw()


_SETTINGS = msgspec.json.Decoder(Settings)
_CONFIGZ = msgspec.json.Decoder(_Configz)


def kubelet_config(raw: bytes) -> KubeletConfig:
    """What a KubeletConfiguration says, in either form.

    Raises:
        SpecRefused: no JSON, or a value that is read here has a wrong type.
    """
    return kubelet_settings(raw).config()


def kubelet_settings(raw: bytes) -> Settings:
    """What a KubeletConfiguration sets, in either form.

    Raises:
        SpecRefused: no JSON, or a value that is read here has a wrong type.
    """
    inner = bytes(typed(_CONFIGZ, raw).kubeletconfig)
    return typed(_SETTINGS, inner or raw, "kubeletconfig" if inner else "")


def merged(parts: Iterable[Settings]) -> Settings:
    """What parts set together: of each setting the last word counts, of gates the last word on each."""
    whole = Settings()
    for part in parts:
        for name in Settings.__struct_fields__:
            if (value := getattr(part, name)) is not None:
                setattr(whole, name, {**(getattr(whole, name) or {}), **value} if isinstance(value, dict) else value)
    return whole
