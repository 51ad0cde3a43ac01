"""UC011: a pod goes as a whole, whatever its hashes say: its sandbox is not as the new kubelet wants it, or its cgroup is elsewhere.

The running kubelet tests sandboxes at every sync, so a bad one is about to be replaced anyway, or was seen at an unlucky moment. The pod's
cgroup stands below that of its QoS class; resources of the pod as a whole, which 1.31 does not know, make it another class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upgradecheck.hazards import Upgrade
from upgradecheck.model.plan import Finding, ObjectRef, Reason, Severity

_SANDBOX = "Look at the pod: crictl pods shows its sandboxes. If it has recovered meanwhile, dump again and plan again."
_CGROUP = "Drain the node before its upgrade, or give the containers resources so that both versions find the same QoS class."
_WHAT = {
    Reason.SANDBOXES_READY: ("more than one of its sandboxes is ready", _SANDBOX),
    Reason.SANDBOX_NOT_READY: ("its newest sandbox is not ready", _SANDBOX),
    Reason.NETWORK_MODE_CHANGED: ("its sandbox is in another network (the pod's own, or the node's) than the spec says", _SANDBOX),
    Reason.SANDBOX_WITHOUT_ADDRESS: ("its sandbox has no IP address", _SANDBOX),
    Reason.CGROUP_MISSING: ("the two versions find different QoS classes for it, hence its cgroup in different places", _CGROUP),
}


@dataclass(frozen=True, slots=True)
class Sandboxes:
    id: str = "UC011"
    title: str = "Pod sandbox or cgroup"

    def findings(self, upgrade: Upgrade) -> Iterator[Finding]:
        """One finding per pod."""
        for pod in upgrade.pods:
            if pod.reason in _WHAT:
                what, remedy = _WHAT[pod.reason]
                message = f"The whole pod is killed before any hash is looked at: {what}."
                yield Finding(self.id, Severity.WARNING, ObjectRef("Pod", pod.name, pod.namespace), message, remedy)


RULE = Sandboxes()
