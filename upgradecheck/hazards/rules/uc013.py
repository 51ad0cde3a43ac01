"""UC013: the new kubelet does not take the manifest of a static pod, or finds none any more, and so stops the pod that runs from it."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, pod_itself
from upgradecheck.model.alike import those
from upgradecheck.model.plan import Finding, PlannedPod, Severity, Verdict
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.rules import Upstream

_PUT_BACK = "Put the manifest back, or check that --static-pods is the directory that the kubelet reads."
_MOVED = "Look whether it is there, and give that directory (--static-pods), or leave staticPodPath as it is."
_NO_DELETION = "Take metadata.deletionTimestamp out of the manifest: a pod that is to end has its manifest moved away."

_TOLD = (Reason.MANIFEST_GONE, Reason.MANIFEST_DELETED, Reason.MANIFESTS_MOVE)


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per pod."""
    for pod in those(upgrade.pods, lambda pod: pod.reason in _TOLD or pod.reason.family is Family.MANIFEST):
        if pod.reason is Reason.MANIFEST_GONE:
            message = f"The static pod runs, and {pod.reason.finding}: a kubelet that starts does not want it any more."
            yield RULE.finding(pod_itself(pod), message, _PUT_BACK)
        elif pod.reason is Reason.MANIFEST_DELETED:
            ends = (
                "the pod is ended" if pod.verdict is Verdict.REJECT else "what runs of the pod is ended, or runs on and is not looked after"
            )
            message = f"Of the static pod {pod.reason.finding}: {ends}, and no kubelet starts it again."
            yield RULE.finding(pod_itself(pod), message, _NO_DELETION)
        elif pod.reason is Reason.MANIFESTS_MOVE:
            message = f"The static pod runs, and {pod.reason.finding}: it is stopped if its manifest is not in the new one."
            yield RULE.finding(pod_itself(pod), message, _MOVED, Severity.WARNING)
        elif pod.reason.family is Family.MANIFEST:
            yield RULE.finding(pod_itself(pod), _refused(pod, upgrade))


def _refused(pod: PlannedPod, upgrade: Upgrade) -> str:
    where = f" ({'; '.join(pod.details)})" if pod.details else ""
    return f"Kubelet {upgrade.to_version} {pod.reason.finding}{where}: the pod is stopped and not started again."


RULE = Rule(
    id="UC013",
    title="Manifest of a static pod",
    severity=Severity.ERROR,
    summary="The new kubelet does not take the manifest of a static pod, or finds none any more, and stops the pod that runs from it.",
    why="A kubelet that starts reads its manifests anew, and decodes, defaults and validates them as its version and gates say. What it "
    "refuses is not wanted any more, so the pod that runs from it is stopped. One with a deletionTimestamp is never started: what runs "
    "under its UID is ended up to 1.21 (seen on 1.20.15), and from 1.22 on it runs on and nobody looks after it (seen on 1.22.17, 1.31.0 "
    "and 1.34.1). A probe whose only handler a version does not know is a probe without handler; 1.22 refuses "
    "windowsOptions.hostProcess, 1.34 every reference to an object of the API.",
    look="Give the manifests with `--static-pods DIR`; the finding says what is wrong, and with which field.",
    remedy="Change the manifest so that both versions take it, and plan again.",
    sources=(
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/config/common.go", "tryDecodeSinglePod"),
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/apis/core/validation/validation.go", "ValidatePodCreate"),
    ),
    findings=findings,
)
