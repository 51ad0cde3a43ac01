"""UC014: a pod ends, or is restarted as a whole, in a sandbox that stays: because of how containers of it have ended."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, pod_itself
from upgradecheck.model.alike import those
from upgradecheck.model.plan import Finding, Severity, Verdict
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.rules import Upstream

_REMEDIES = {
    Reason.POD_MAY_END: "Give the pod as the API server has it: its status says how each container ended.",
    Reason.RESTARTS_ALL: "Let the container end otherwise, or take the rule out, before the upgrade; or count the pod as restarted.",
}


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per pod; a warning where it is only possible."""
    for pod in those(upgrade.pods, lambda pod: pod.reason.family is Family.POD_END):
        remedy = _REMEDIES.get(pod.reason)
        if pod.verdict is Verdict.UNKNOWN:
            yield RULE.finding(pod_itself(pod), f"What runs in the pod may be killed: {pod.reason.finding}.", remedy, Severity.WARNING)
        elif pod.reason is Reason.RESTARTS_ALL:
            yield RULE.finding(pod_itself(pod), f"All that runs in the pod is restarted: {pod.reason.finding}.", remedy)
        else:
            message = f"What runs in the pod is killed and does not come back: {pod.reason.finding}."
            yield RULE.finding(pod_itself(pod), message)


RULE = Rule(
    id="UC014",
    title="Pod that ends",
    severity=Severity.ERROR,
    summary="The new kubelet finds that a pod has come to its end, kills what still runs in it, and does not start it again.",
    why="A kubelet kills a pod of which no app container runs or is started again, with its sidecars and debug containers, and one of "
    "which an init container has failed that must not run again. What is started again differs between versions: from 1.35 on a "
    "container's own restartPolicy and its rules by exit code count; up to 1.20 a failed or unknown init container ends a pod with "
    "restartPolicy Never although its app containers run. From 1.36 on a rule can restart all of a pod.",
    look="`kubectl get pod POD -o yaml` shows how each container ended; `upgradecheck explain POD` says what the new kubelet makes of it.",
    remedy="Let the pod be made anew by its controller before the upgrade, or change the restartPolicy of the container that has ended.",
    sources=(
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/kuberuntime/kuberuntime_manager.go", "computePodActions"),
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/kuberuntime/kuberuntime_container.go", "computeInitContainerActions"),
        Upstream("k8s.io/kubernetes", "v1.20.15", "pkg/kubelet/kuberuntime/kuberuntime_container.go", "findNextInitContainerToRun"),
    ),
    findings=findings,
)
