"""UC017: a static pod is pinned: its manifest gives it the UID that a kubelet once made of it, so that edits make no new pod."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, grouped, workload_of
from upgradecheck.model.plan import Finding, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.wording import count


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per static pod (the same on every node)."""
    for found, pods in grouped((workload_of(pod), pod) for pod, _ in upgrade.noted.get("UC017", ())).items():
        yield RULE.finding(
            found,
            f"The static pod is pinned on {count(len(pods), 'node')}: no kubelet gives it another UID, and no edit of its manifest makes a "
            "new pod of it.",
        )


RULE = Rule(
    id="UC017",
    title="Pinned static pod",
    severity=Severity.INFO,
    summary="The manifest of a static pod gives it the UID that a kubelet once made of it (`override pin` writes that): the pod goes on "
    "under every kubelet, and under every edit.",
    why="A kubelet makes a UID only where the manifest has none. With the one that the pod has, it stays the same pod: neither another "
    "kubelet nor an edit makes it anew. Of an edit only the containers' hashes count then, from 1.31 on those of name and image. kubeadm "
    "writes the manifests of a control plane anew, without the pin: under another kubelet the pod is then made anew at once.",
    look="`upgradecheck override status` on the node lists the pins, and which of these manifests were edited or written anew since.",
    remedy="Take the pin out (`upgradecheck override unpin`) with the next restart that is wanted.",
    sources=(Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/config/common.go", "applyDefaults"),),
    findings=findings,
)
