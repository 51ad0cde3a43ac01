"""UC018: the UIDs of a node's static pods are those that another kubelet makes of them than the node is said to run."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, grouped
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.wording import count, listed

_PINNED = "Give the manifests (`--static-pods DIR`): if they give the UIDs, the pods are pinned, and all is well; else look what runs."
_UNMADE = (
    "Give the kubelet's configuration (-f, staticPodPath) and the manifests (--static-pods DIR). If there is still none, ask the vendor "
    "what was changed, and take what this plan computes for the node with care."
)


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding for each pair of versions."""
    pairs = (((upgrade.said[node], one.minors, one.perhaps_pinned), node) for node, one in sorted(upgrade.others.items()))
    for (said, minors, perhaps_pinned), nodes in grouped(pairs).items():
        pods = count(sum(upgrade.others[node].pods for node in nodes), "static pod runs", "static pods run")
        unless = ", unless their manifests give them" if perhaps_pinned else ""
        yield RULE.finding(
            ObjectRef("Kubelet", said),
            f"On {listed(nodes)} {pods} under UIDs that kubelet {' or '.join(minors)} makes of their manifests, "
            f"and kubelet {said} does not{unless}.",
            _PINNED if perhaps_pinned else None,
        )
    unmade = ((upgrade.said[node], node) for node in sorted(upgrade.nobodys) if node in upgrade.said)
    for said, nodes in grouped(unmade).items():
        pods = count(sum(upgrade.nobodys[node] for node in nodes), "static pod")
        yield RULE.finding(
            ObjectRef("Kubelet", said),
            f"On {listed(nodes)} no minor makes the UID of any of {pods}: their manifests stand in a directory, or under a "
            f"node name, that was not found, or all of them are edited or give UIDs, or a vendor built kubelet {said} of other types.",
            _UNMADE,
            Severity.INFO,
        )


RULE = Rule(
    id="UC018",
    title="Another kubelet by its UIDs",
    severity=Severity.WARNING,
    summary="Static pods run under UIDs that another minor makes of them than the one that their node reports or --from gives: another "
    "kubelet runs there, or one whose types a vendor took from another minor. Where no minor makes any, a note says what that can be.",
    why="When a kubelet starts it makes the UIDs of all static pods anew, of its own internal types, so that they tell which kubelet that "
    "was. From 1.31 on container hashes cannot tell it. What this plan takes from the version that is said to run (hashes that no record "
    "shows, what survival proves) is then wrong, so the plan is not complete. Minors that make the same UIDs of a pod (1.16 and 1.17, "
    "1.19 and 1.20, 1.21 and 1.22, most of 1.28 and 1.29) contradict nothing.",
    look="`upgradecheck explain` of one of the pods shows the UIDs; `kubectl get nodes` and `kubelet --version` on the node show what is "
    "said to run, and the start time of the process whether that binary was put there later.",
    remedy="Look which kubelet runs on the node, restart it if its binary was replaced under it, and plan from that version (`--from`).",
    sources=(
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/config/common.go", "applyDefaults"),
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/apis/core/types.go"),
    ),
    findings=findings,
)
