"""UC010: a static pod gets another UID, and so is another pod to the new kubelet: the old one is killed, a new one made.

Without metadata.uid the kubelet makes the UID of a dump of its internal Pod struct, which nearly every minor changes. Neither equal
container hashes nor an override of them help.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upgradecheck.hazards import Upgrade
from upgradecheck.model.plan import Finding, ObjectRef, PlannedPod, Severity
from upgradecheck.model.reasons import Reason


@dataclass(frozen=True, slots=True)
class StaticPodUIDs:
    id: str = "UC010"
    title: str = "Static pod UID"

    def findings(self, upgrade: Upgrade) -> Iterator[Finding]:
        """One finding per static pod (the same on every node), with what makes the UID another one."""
        found: dict[tuple[str, str], list[PlannedPod]] = {}
        for pod in upgrade.pods:
            if pod.reason is Reason.STATIC_UID_CHANGED:
                found.setdefault((pod.namespace, pod.workload.name), []).append(pod)
        for (namespace, name), pods in found.items():
            nodes = "1 node" if len(pods) == 1 else f"{len(pods)} nodes"
            why = "; ".join(dict.fromkeys(reason for pod in pods for reason in pod.details))
            yield Finding(
                self.id,
                Severity.WARNING,
                ObjectRef(pods[0].workload.kind, name, namespace),
                f"The static pod is recreated on {nodes}, init containers first: "
                f"kubelet {upgrade.to_version} makes another UID of it ({why}).",
                "Plan for its downtime, control-plane nodes one by one. A metadata.uid in the manifest keeps the UID from then on; "
                "adding one recreates the pod once, now.",
            )


RULE = StaticPodUIDs()
