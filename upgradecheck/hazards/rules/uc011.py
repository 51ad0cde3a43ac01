"""UC011: a pod goes as a whole, whatever its hashes say: its sandbox is not as the new kubelet wants it, or its cgroup is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, pod_itself
from upgradecheck.model.alike import those
from upgradecheck.model.plan import Finding, Severity
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.rules import Upstream

_SANDBOX = "Look at the pod: crictl pods shows its sandboxes. If it has recovered meanwhile, dump again and plan again."
_CGROUP = "Drain the node before its upgrade, or give the containers resources so that both versions find the same QoS class."
_CONFIGURED = "Drain the node before its upgrade, or leave cgroupDriver, cgroupRoot and cgroupsPerQOS as the running kubelet has them."
_REMEDY = {Family.SANDBOX: _SANDBOX, Family.CGROUP: _CGROUP}


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per pod."""
    for pod in those(upgrade.pods, lambda pod: pod.reason is Reason.CGROUPS_MOVE or pod.reason.family in _REMEDY):
        remedy = _CONFIGURED if pod.reason is Reason.CGROUPS_MOVE else _REMEDY.get(pod.reason.family)
        if remedy is not None:
            message = f"The whole pod is killed before any hash is looked at: {pod.reason.finding}."
            yield RULE.finding(pod_itself(pod), message, remedy)


RULE = Rule(
    id="UC011",
    title="Pod sandbox or cgroup",
    severity=Severity.WARNING,
    summary="A pod goes as a whole, whatever its hashes say: its sandbox is not as the new kubelet wants it, or the new kubelet looks "
    "for its cgroup elsewhere.",
    why="A kubelet looks at a pod's cgroup and its sandbox before it looks at any hash. It makes the pod anew if more than one sandbox "
    "is ready, if the newest is not, if it is in another network than the spec says, or has no address; the running kubelet tests that "
    "at every sync, so such a sandbox is about to be replaced anyway, or was seen at an unlucky moment. The cgroup stands below that of "
    "the pod's QoS class; resources of the pod as a whole, which 1.31 does not know, make it another class. "
    "The configuration moves the cgroups of all pods at once.",
    look="`crictl pods` shows the sandboxes; give `crictl pods -o json` to the plan. `upgradecheck explain POD` says which test decides.",
    remedy="Look at the pod's sandboxes (crictl pods), and plan again if it has recovered. Where the QoS class differs, drain the node "
    "before its upgrade, or give the containers resources so that both versions find the same class.",
    sources=(
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/kuberuntime/util/util.go", "PodSandboxChanged"),
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/kubelet.go", "SyncPod"),
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/apis/core/v1/helper/qos/qos.go", "GetPodQOS"),
    ),
    findings=findings,
)
