"""UC064: a container carries another hash than its kubelet makes of it, though its spec is right: that kubelet does not compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from upgradecheck.hazards import Rule, Upgrade, pod_itself
from upgradecheck.model.hash import hex_of
from upgradecheck.model.plan import Finding, Oddity, PlannedContainer, PlannedPod, Severity
from upgradecheck.model.rules import Upstream


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per container."""
    for pod, odd in upgrade.noted.get("UC064", ()):
        yield from _of_pod(pod, odd)


def _of_pod(pod: PlannedPod, odd: Mapping[str, Oddity]) -> Iterator[Finding]:
    for container in pod.containers:
        match odd.get(container.name):
            case Oddity.NOT_COMPARED:
                yield RULE.finding(pod_itself(pod, container), f"{_carries(container)}: this node's kubelet does not compare it.")
            case Oddity.FIELD_ADDED | None:
                pass


def _carries(container: PlannedContainer) -> str:
    made, computed = hex_of(container.evidence.hash), hex_of(container.computed.from_hash) or "another hash"
    return (
        f"The container carries hash {made}, which kubelet {container.evidence.creator} makes of its very spec, "
        f"and runs on under one that makes {computed} of it"
    )


RULE = Rule(
    id="UC064",
    title="A kubelet that does not compare",
    severity=Severity.WARNING,
    summary="A container carries another hash than its kubelet makes of it, though its spec is known to be right: that kubelet does not "
    "compare hashes, and the new one will.",
    why="A kubelet restarts a container whose recorded hash is not the one that it makes of the spec. One that leaves it running was "
    "patched by its vendor not to compare, has just been started, or goes through a proxy that shows it another hash; restarts that "
    "upstream's kubelets would have made at earlier upgrades are then made at this one. What an API server sets in the specs of "
    "containers that run is UC021's.",
    look="`upgradecheck explain POD/CONTAINER` shows which kubelet makes the recorded hash of the spec, and what the running one makes.",
    remedy="Count on a restart of whatever an older kubelet started, also where no record was seen; ask the kubelet's vendor what it "
    "changed.",
    sources=(Upstream("k8s.io/kubernetes", "v1.30.14", "pkg/kubelet/kuberuntime/kuberuntime_manager.go", "computePodActions"),),
    findings=findings,
)
