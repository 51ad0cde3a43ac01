"""UC017: a static pod is pinned: its manifest gives it the UID that a kubelet once made of it, so that edits make no new pod."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.decisions.manifests.outcomes import Pin
from upgradecheck.hazards import Rule, Upgrade, grouped, workload_of
from upgradecheck.model.plan import Finding, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.wording import count

_MADE = "The static pod is pinned on {}: no kubelet gives it another UID, and no edit of its manifest makes a new pod of it."
_UNTESTED = "On {} the manifest gives its static pod a UID as kubelets make them: if that is a pin, no edit of it makes a new pod."
_NOT_MADE = (
    "On {} the manifest gives its static pod a UID as kubelets make them, and none makes it of the manifest as it is: if it is pinned, it "
    "was edited or its file renamed since, which makes no new pod of it, or the kubelet has another directory."
)


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per static pod (the same on every node), and others where its manifest does not make the UID, or nobody can tell."""
    noted = (((workload_of(pod), _told(pin)), pod) for pod, pin in upgrade.noted.get("UC017", ()))
    for (found, told), pods in grouped(noted).items():
        yield RULE.finding(found, told.format(count(len(pods), "node")))


def _told(pin: Pin) -> str:
    return _MADE if pin is Pin.MADE else _UNTESTED if pin is Pin.NONE else _NOT_MADE


RULE = Rule(
    id="UC017",
    title="Pinned static pod",
    severity=Severity.INFO,
    summary="The manifest of a static pod gives it the UID that a kubelet once made of it (`override pin` writes that): the pod goes on "
    "under every kubelet, and under every edit.",
    why="A kubelet makes a UID only where the manifest has none. With the one that the pod has, it stays the same pod: neither another "
    "kubelet nor an edit makes it anew. Of an edit only the containers' hashes count then, from 1.31 on those of name and image. kubeadm "
    "writes the manifests of a control plane anew, without the pin: under another kubelet the pod is then made anew at once. Whether a "
    "manifest was edited since it was pinned is told by the UID that it makes without metadata.uid.",
    look="`upgradecheck override status` on the node lists the pins, and which of these manifests were edited or written anew since.",
    remedy="Take the pin out (`upgradecheck override unpin`) with the next restart that is wanted.",
    sources=(Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/config/common.go", "applyDefaults"),),
    findings=findings,
)
