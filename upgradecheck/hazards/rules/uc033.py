"""UC033: the new kubelet cannot use the container runtime of a node: dockershim is gone, or so is the version of CRI that it speaks."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, grouped
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.reasons import Reason
from upgradecheck.model.rules import Upstream
from upgradecheck.model.runtimes import DOCKER, is_of_no_version, lacks_cri_v1, runtime_name
from upgradecheck.model.version import Minor
from upgradecheck.model.wording import count

_NAMED = 3
_TO_DO_DOCKER = (
    "Put cri-dockerd in before the upgrade and point the running kubelet at it (containers stay), or drain the node and give it containerd "
    "or CRI-O; then show the endpoint with --to-config or --cri."
)
_TO_DO_UNTOLD = "Look which runtime serves (crictl version) and take the Node object again; containerd has v1 from 1.6 on."
_TO_DO_CONTAINERD = "Upgrade containerd to 1.6 or later first; with the shims that it has, its containers go on running."


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per runtime, with the nodes that have it."""
    runtimes = {node.name: node.runtime or "" for node in upgrade.facts.nodes}
    found = ((_lost(runtimes.get(pod.node or "")), pod.node) for pod in upgrade.pods if pod.reason is Reason.RUNTIME_REMOVED)
    for runtime, on in grouped(found).items():
        nodes = tuple(dict.fromkeys(node or "?" for node in on))
        more = f" and {len(nodes) - _NAMED:,} more" if len(nodes) > _NAMED else ""
        where = f"{count(len(nodes), 'node')} ({', '.join(nodes[:_NAMED])}{more})"
        why, to_do = _why(runtime)
        end = f"does not come up, or with another runtime makes {count(len(on), 'pod')} anew"
        told = f"with {runtime}" if runtime else "whose Node object names no runtime"
        yield RULE.finding(ObjectRef("Node", nodes[0]), f"{where} {told}: kubelet {upgrade.to_version} {why} {end}.", to_do)


def _why(runtime: str) -> tuple[str, str]:
    """What the new kubelet lacks for a runtime, and what is to be done."""
    if runtime.startswith("docker"):
        return "has no dockershim any more. It", _TO_DO_DOCKER
    if is_of_no_version(runtime):
        return "wants a runtime that speaks CRI v1, and whether this one does is not told. If not, it", _TO_DO_UNTOLD
    return "speaks CRI v1 alone, which this runtime does not. It", _TO_DO_CONTAINERD


def _lost(runtime: str | None) -> str:
    """The runtime that cannot be used, empty where a Node object names none; where it is not the one that this names, pods name docker."""
    if runtime is None:
        return DOCKER
    return runtime if runtime_name(runtime) == DOCKER or lacks_cri_v1(runtime) or is_of_no_version(runtime) else DOCKER


RULE = Rule(
    id="UC033",
    title="Runtime that the new kubelet cannot use",
    severity=Severity.ERROR,
    summary="The container runtime of a node is one that the new kubelet cannot use as it is, so nothing can be said of the pods there.",
    why="Up to 1.23 a kubelet speaks to docker by its own dockershim; 1.24 has none, and needs cri-dockerd in between. From 1.26 on a "
    "kubelet speaks version v1 of CRI alone, which containerd has from 1.6 on. A kubelet without runtime does not come up; another "
    "runtime knows none of the pods, so that all are made anew.",
    look="`kubectl get nodes -o wide` shows the runtime of each node. A Node object does not show whether cri-dockerd serves; the "
    "kubelet's flag or setting containerRuntimeEndpoint does.",
    remedy="Change the runtime first, on a drained node, or show the endpoint that will serve with --to-config or --cri.",
    since=Minor(1, 24),
    sources=(Upstream("k8s.io/kubernetes", "v1.26.15", "pkg/kubelet/cri/remote/remote_runtime.go", "NewRemoteRuntimeService"),),
    findings=findings,
)
