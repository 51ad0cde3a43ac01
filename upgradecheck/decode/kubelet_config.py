"""A kubelet's configuration: the file (kind KubeletConfiguration), or the merged one that ``/configz`` of a kubelet shows.

Nothing but what is named here is read: headers for a static pod URL may hold a secret.
"""

from __future__ import annotations

import msgspec

from upgradecheck.decode.typed import typed
from upgradecheck.model.config import KubeletConfig


class _Settings(msgspec.Struct, rename="camel"):
    cgroups_per_qos: bool | None = msgspec.field(default=None, name="cgroupsPerQOS")
    cgroup_root: str | None = None
    cgroup_driver: str | None = None
    feature_gates: dict[str, bool] | None = None


class _Configz(msgspec.Struct):
    kubeletconfig: msgspec.Raw = msgspec.Raw()


_SETTINGS = msgspec.json.Decoder(_Settings)
_CONFIGZ = msgspec.json.Decoder(_Configz)


def kubelet_config(raw: bytes) -> KubeletConfig:
    """What a KubeletConfiguration says, in either form.

    Raises:
        SpecRefused: no JSON, or a value that is read here has a wrong type.
    """
    inner = bytes(typed(_CONFIGZ, raw).kubeletconfig)
    settings = typed(_SETTINGS, inner or raw, "kubeletconfig" if inner else "")
    return KubeletConfig(
        cgroups_per_qos=settings.cgroups_per_qos is not False,
        cgroup_root=settings.cgroup_root or "",
        cgroup_driver=settings.cgroup_driver or "cgroupfs",
        gates=settings.feature_gates or {},
    )
