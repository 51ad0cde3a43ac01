"""UC060: a recorded hash is not what the running version makes of the spec at hand, so nothing may be concluded from it.

Either the spec is not the one that the kubelet sees (another cluster, an older dump, fields dropped on the way, a change
that has not been synced), or the node runs another kubelet than assumed (a vendor's patch, a wrong --from).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upgradecheck.hazards import Upgrade, told_hash
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.reasons import Reason


@dataclass(frozen=True, slots=True)
class NotCalibrated:
    id: str = "UC060"
    title: str = "Recorded hash not reproduced"

    def findings(self, upgrade: Upgrade) -> Iterator[Finding]:
        """One finding per container whose recorded hash is not reproduced and whose verdict hangs on it."""
        for pod, container in upgrade.containers():
            if container.reason is not Reason.NOT_REPRODUCED:
                continue
            yield Finding(
                self.id,
                Severity.ERROR,
                ObjectRef("Pod", pod.name, pod.namespace, container.name),
                f"The container carries hash {told_hash(container.evidence.hash)}, "
                f"its spec gives {told_hash(container.computed.from_hash)} "
                f"under {', '.join(upgrade.from_versions) or 'the running version'}: "
                "the spec or the version at hand is not what the kubelet has.",
                "Take the pods, the node and the runtime's list at one moment, and check --from against what the node reports.",
            )


RULE = NotCalibrated()
