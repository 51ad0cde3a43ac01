"""UC012: init containers run again although the pod's app containers run, since the runtime no longer has their records."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, pod_itself
from upgradecheck.model.plan import Finding, Severity
from upgradecheck.model.reasons import Reason
from upgradecheck.model.rules import Upstream
from upgradecheck.model.version import Minor


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per init container."""
    for pod, container in upgrade.of_reason(Reason.INIT_RERUNS, Reason.INIT_MAY_RERUN):
        if container.reason is Reason.INIT_RERUNS:
            yield RULE.finding(
                pod_itself(pod, container),
                f"The runtime has no record of this init container any more, so kubelet {upgrade.to_version} runs it again, "
                "beside the app containers that go on.",
            )
        else:
            yield RULE.finding(
                pod_itself(pod, container),
                f"Kubelet {upgrade.to_version} runs this init container again if the runtime has lost its record; "
                "the list at hand shows no container that has ended.",
                Reason.INIT_MAY_RERUN.next_step,
            )


RULE = Rule(
    id="UC012",
    title="Init containers run again",
    severity=Severity.WARNING,
    summary="Init containers run again although the pod's app containers run, since the runtime no longer has their records.",
    why="Up to 1.20 a kubelet tells from the runtime's records of init containers alone whether a pod is initialised. `docker container "
    "prune` and the like remove them; the running kubelet finds out at its next sync of the pod, a restarted one at its first. From 1.21 "
    "on a running app container is proof.",
    look="`crictl ps -a` (or `docker ps -a`) on the node lists no init container of the pod; `upgradecheck explain POD/CONTAINER` says so.",
    remedy="Check that it does no harm when it runs again, or go to 1.21 or later, which does not run it.",
    until=Minor(1, 20),
    sources=(Upstream("k8s.io/kubernetes", "v1.20.15", "pkg/kubelet/kuberuntime/kuberuntime_container.go", "findNextInitContainerToRun"),),
    findings=findings,
)
