"""UC065: kubelets 1.35.0 to 1.35.3 never look at a sidecar with a startup probe that runs when they start."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, pod_itself
from upgradecheck.model.plan import Finding, Severity
from upgradecheck.model.reasons import Reason
from upgradecheck.model.rules import Upstream
from upgradecheck.model.version import Minor


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per sidecar."""
    for pod, container in upgrade.of_reason(Reason.STARTUP_PROBE_FORGOTTEN):
        yield RULE.finding(
            pod_itself(pod, container),
            f"Kubelet {upgrade.to_version} gets no result of this sidecar's startup probe, since it runs already. It is not compared, "
            "its liveness probe is not heeded, and behind it, as the last init container, no app container is started again once all "
            "have ended.",
        )


RULE = Rule(
    id="UC065",
    title="Sidecar with a startup probe",
    severity=Severity.WARNING,
    summary="A sidecar with a startup probe that runs when kubelet 1.35.0 to 1.35.3 starts is never looked at again by it, and app "
    "containers that end behind it may not be started again.",
    why="From 1.35 on a kubelet that starts leaves the results of probes of running containers open, so that what was ready stays ready. "
    "It goes on past a sidecar with a startup probe only once that has a result, which up to 1.35.3 it never makes for one that is older "
    "than itself. Such a sidecar keeps the hash of whichever kubelet created it; the next kubelet then compares it. See "
    "kubernetes/kubernetes issue 136910 and PR 137146.",
    look="`kubectl get pod POD -o json`: an init container with restartPolicy Always and a startupProbe.",
    remedy="Go to 1.35.4 or later instead; it takes the probe of what runs for passed.",
    since=Minor(1, 35),
    until=Minor(1, 35),
    sources=(
        Upstream("k8s.io/kubernetes", "v1.35.8", "pkg/kubelet/prober/worker.go", "doProbe"),
        Upstream("k8s.io/kubernetes", "v1.35.8", "pkg/kubelet/kuberuntime/kuberuntime_container.go", "computeInitContainerActions"),
    ),
    findings=findings,
)
