"""Whether a pod without UID and status was nevertheless made by an API server: dumps are shared with both removed.

Every server since 1.8 stores the v1 defaults with a pod, and people do not write all of them. What its admission mounts is then there, too,
or is not for a reason. A template in a cluster has the defaults as well, and no more of what makes a pod.

Mirrors SetDefaults_PodSpec and SetDefaults_Container in pkg/apis/core/v1/defaults.go.
"""

from __future__ import annotations

import msgspec


class _Container(msgspec.Struct, gc=False, rename="camel"):
    image_pull_policy: object = None
    termination_message_path: object = None
    termination_message_policy: object = None

    def is_defaulted(self) -> bool:
        return None not in (self.image_pull_policy, self.termination_message_path, self.termination_message_policy)


class _Spec(msgspec.Struct, gc=False, rename="camel"):
    containers: list[_Container] | None = None
    dns_policy: object = None
    restart_policy: object = None
    scheduler_name: object = None
    termination_grace_period_seconds: object = None

    def is_defaulted(self) -> bool:
        own = (self.dns_policy, self.restart_policy, self.scheduler_name, self.termination_grace_period_seconds)
        return None not in own and bool(self.containers) and all(one.is_defaulted() for one in self.containers or ())


class _Pod(msgspec.Struct, gc=False):
    spec: _Spec | None = None


_DECODER = msgspec.json.Decoder(_Pod)


def is_defaulted(raw: bytes) -> bool:
    """Whether a pod's spec has all defaults; one that is not read for it has none."""
    try:
        spec = _DECODER.decode(raw).spec
    except msgspec.MsgspecError:
        return False
    return spec is not None and spec.is_defaulted()
