"""UC011: a pod goes as a whole, whatever its hashes say: its sandbox is not as the new kubelet wants it, or its cgroup is elsewhere.

The running kubelet tests sandboxes at every sync, so a bad one is about to be replaced anyway, or was seen at an unlucky moment. The pod's
cgroup stands below that of its QoS class; resources of the pod as a whole, which 1.31 does not know, make it another class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upgradecheck.hazards import Upgrade
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.reasons import Family

_SANDBOX = "Look at the pod: crictl pods shows its sandboxes. If it has recovered meanwhile, dump again and plan again."
_CGROUP = "Drain the node before its upgrade, or give the containers resources so that both versions find the same QoS class."
_REMEDY = {Family.SANDBOX: _SANDBOX, Family.CGROUP: _CGROUP}


@dataclass(frozen=True, slots=True)
class Sandboxes:
    id: str = "UC011"
    title: str = "Pod sandbox or cgroup"

    def findings(self, upgrade: Upgrade) -> Iterator[Finding]:
        """One finding per pod."""
        for pod in upgrade.pods:
            remedy = _REMEDY.get(pod.reason.family)
            if remedy is not None:
                message = f"The whole pod is killed before any hash is looked at: {pod.reason.finding}."
                yield Finding(self.id, Severity.WARNING, ObjectRef("Pod", pod.name, pod.namespace), message, remedy)


RULE = Sandboxes()
