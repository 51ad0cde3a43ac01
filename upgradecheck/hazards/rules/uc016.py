"""UC016: the manifest of a static pod was edited and the pod goes on under it, since the manifest gives its UID."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, pod_itself
from upgradecheck.model.plan import Finding, Severity
from upgradecheck.model.rules import Upstream

_NAMED = 5


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per pod, with the fields."""
    for pod, paths in upgrade.noted.get("UC016", ()):
        more = f" and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else ""
        yield RULE.finding(
            pod_itself(pod),
            f"The manifest is not what runs: {', '.join(paths[:_NAMED])}{more}. The kubelet that starts takes it for the same pod, and "
            "restarts the containers whose hash it changes.",
        )


RULE = Rule(
    id="UC016",
    title="Manifest edited",
    severity=Severity.WARNING,
    summary="The manifest of a static pod is not what runs, and gives the pod its UID: the kubelet that starts goes on with the pod as the "
    "manifest now has it.",
    why="A kubelet takes an edit of a manifest at once, and while none runs the next one takes it when it starts. Under a metadata.uid of "
    "its own it stays the same pod: containers restart whose hash is another now, from 1.31 on those with another image, and the rest of "
    "the edit waits until they restart for another reason. Without metadata.uid the edit makes another pod, which UC010 tells.",
    look="The finding names the fields in which the manifest and the kubelet's own view of the pod (or its mirror pod) differ, both as the "
    "running kubelet's version reads them.",
    remedy="Take back the edit, or let the running kubelet take it before the upgrade, so that one change is made at a time.",
    sources=(
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/config/common.go", "applyDefaults"),
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/kuberuntime/kuberuntime_manager.go", "computePodActions"),
    ),
    findings=findings,
)
