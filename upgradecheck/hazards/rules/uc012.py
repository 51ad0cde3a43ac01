"""UC012: init containers run again although the pod's app containers run, since the runtime no longer has their records.

Up to 1.20 a kubelet tells from these records alone whether a pod is initialised. ``docker container prune`` and the like remove them; the
running kubelet finds out at its next sync of the pod, a restarted one at its first. From 1.21 on a running app container is proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upgradecheck.hazards import Upgrade
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.reasons import Reason


@dataclass(frozen=True, slots=True)
class InitReruns:
    id: str = "UC012"
    title: str = "Init containers run again"

    def findings(self, upgrade: Upgrade) -> Iterator[Finding]:
        """One finding per init container."""
        for pod, container in upgrade.containers():
            if container.reason is Reason.INIT_RERUNS:
                yield Finding(
                    self.id,
                    Severity.WARNING,
                    ObjectRef("Pod", pod.name, pod.namespace, container.name),
                    f"The runtime has no record of this init container any more, so kubelet {upgrade.to_version} runs it again, "
                    "beside the app containers that go on.",
                    "Check that it does no harm when it runs again, or go to 1.21 or later, which does not run it.",
                )


RULE = InitReruns()
