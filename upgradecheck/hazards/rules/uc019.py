"""UC019: a kubelet is told to come up under another name than that of its Node object."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, grouped
from upgradecheck.hazards.settings import sets, where_set
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.starting import TroubleKind
from upgradecheck.model.wording import form, listed


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per flag and name, with the nodes that are called otherwise."""
    told = ((one.value, one) for one in upgrade.troubles if one.kind is TroubleKind.OTHER_NAME)
    for name, found in grouped(told).items():
        nodes = tuple(dict.fromkeys(one.node or "?" for one in found))
        text = (
            f"{where_set(found)} {sets(found)} {found[0].name} to {name}, and the {form(len(nodes), 'Node is', 'Nodes are')} called "
            f"{listed(nodes)}: a kubelet of that name knows none of the pods there, and ends what it finds running."
        )
        yield RULE.finding(ObjectRef("Node", nodes[0]), text)


RULE = Rule(
    id="UC019",
    title="Kubelet under another name",
    severity=Severity.ERROR,
    summary="The command line of a kubelet gives it another node name than that of the Node object whose pods run there.",
    why="A kubelet takes its name of --hostname-override, trimmed and in lower case, registers under it, and lists only the pods whose "
    "spec.nodeName it is. What else it finds running it ends, static pods get other names and UIDs, and the old Node object becomes "
    "NotReady. The running kubelet has the flag not yet, or is given its name by something else (a cloud provider within it, up to 1.28), "
    "so what the new one does is not known.",
    look="`kubectl get nodes` shows the names; /proc/PID/cmdline shows what the running kubelet was started with. k3s and rke2 call it "
    "node-name. A flag whose value a variable holds is not looked at.",
    remedy="Take the flag out, or give it the name that the Node object has, before the kubelet starts again; then plan again.",
    sources=(Upstream("k8s.io/kubernetes", "v1.37.1", "cmd/kubelet/app/options"),),
    findings=findings,
)
