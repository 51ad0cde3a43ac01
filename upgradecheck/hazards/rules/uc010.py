"""UC010: a static pod gets another UID, and so is another pod to the new kubelet: the old one is killed, a new one made."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, grouped, workload_of
from upgradecheck.model.alike import those
from upgradecheck.model.plan import Finding, Severity
from upgradecheck.model.reasons import Reason
from upgradecheck.model.rules import Upstream
from upgradecheck.model.wording import count


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per static pod (the same on every node), with what makes the UID another one."""
    changed = ((workload_of(pod), pod) for pod in those(upgrade.pods, lambda pod: pod.reason is Reason.STATIC_UID_CHANGED))
    for found, pods in grouped(changed).items():
        why = "; ".join(dict.fromkeys(reason for pod in pods for reason in pod.details)) or "its directory or file is another one"
        yield RULE.finding(
            found,
            f"The static pod is recreated on {count(len(pods), 'node')}, init containers first: "
            f"kubelet {upgrade.to_version} makes another UID of it ({why}).",
        )


RULE = Rule(
    id="UC010",
    title="Static pod UID",
    severity=Severity.WARNING,
    summary="A static pod gets another UID, and so is another pod to the new kubelet: the old one is killed and a new one made, init "
    "containers first.",
    why="Without metadata.uid in its manifest a kubelet makes the UID of a dump of its own internal Pod struct, which nearly every minor "
    "changes (not 1.17 and 1.20; 1.22 and 1.29 for some manifests only). From 1.21 on the node's name and the manifest's path count as "
    "well, and from 1.35 on the hash function is another one. Neither equal container hashes nor an override of them help.",
    look="Give the manifests with `--static-pods DIR`, and the kubelet's configuration, which tells its directory: the UIDs that run are "
    "then made again, and the finding says what makes the new one another. Where others of the directory are made and this one is not, its "
    "manifest was edited or its file renamed since. `upgradecheck explain` prints the new UID; on the node, annotation "
    "kubernetes.io/config.hash of a static pod is the UID under which the running kubelet runs it.",
    remedy="Plan for its downtime, control-plane nodes one by one; or keep it: `upgradecheck override pin` writes the UID that it has into "
    "its manifest, while the old kubelet runs. Any other metadata.uid recreates the pod once, now.",
    sources=(
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/config/common.go", "applyDefaults"),
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/apis/core/types.go"),
    ),
    findings=findings,
)
