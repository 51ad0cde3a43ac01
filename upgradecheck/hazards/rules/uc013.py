"""UC013: the new kubelet does not take the manifest of a static pod, or finds none any more, and so stops the pod that runs from it.

What a manifest may hold differs by version and gates: a probe whose only handler a version does not know is a probe without handler, 1.22
refuses windowsOptions.hostProcess, 1.34 every reference to an object of the API.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upgradecheck.hazards import Upgrade
from upgradecheck.model.plan import Finding, ObjectRef, PlannedPod, Severity
from upgradecheck.model.reasons import Family, Reason


@dataclass(frozen=True, slots=True)
class RefusedManifests:
    id: str = "UC013"
    title: str = "Manifest of a static pod"

    def findings(self, upgrade: Upgrade) -> Iterator[Finding]:
        """One finding per pod."""
        for pod in upgrade.pods:
            if pod.reason is Reason.MANIFEST_GONE:
                yield self._gone(pod)
            elif pod.reason.family is Family.MANIFEST:
                yield self._refused(pod, upgrade)

    def _gone(self, pod: PlannedPod) -> Finding:
        return Finding(
            self.id,
            Severity.ERROR,
            ObjectRef("Pod", pod.name, pod.namespace),
            f"The static pod runs, and {pod.reason.finding}: a kubelet that starts does not want it any more.",
            "Put the manifest back, or check that --static-pods is the directory that the kubelet reads.",
        )

    def _refused(self, pod: PlannedPod, upgrade: Upgrade) -> Finding:
        where = f" ({'; '.join(pod.details)})" if pod.details else ""
        return Finding(
            self.id,
            Severity.ERROR,
            ObjectRef("Pod", pod.name, pod.namespace),
            f"Kubelet {upgrade.to_version} {pod.reason.finding}{where}: the pod is stopped and not started again.",
            "Change the manifest so that both versions take it, and plan again.",
        )


RULE = RefusedManifests()
