"""UC020: a feature gate is on under the new kubelet and was off, or the other way round, and pods ask for what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from upgradecheck.hazards import Rule, Upgrade, grouped
from upgradecheck.model.claims import BoundVolume
from upgradecheck.model.gates import MovedGate
from upgradecheck.model.plan import Finding, ObjectRef, PlannedPod, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.wording import count, form, listed

_NAMED = 3
_ANEW = "Containers that are made anew have it so, whatever makes them anew; those that go on running stay as they are."
_TO_SEE = "Give the volumes, too: -f, of `kubectl get persistentvolumes -o json`; nothing but their kinds and claims is read."
_AT_ONCE = "It counts for containers that go on running, too."


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding a gate, with the pods that ask for it; one for the claims of which nobody tells what they are bound to."""
    object_ = ObjectRef("Kubelet", upgrade.to_version)
    bound = {(one.namespace, one.claim): one for one in upgrade.facts.volumes}
    asking, unseen = list[tuple[MovedGate, PlannedPod]](), list[tuple[MovedGate, PlannedPod]]()
    for pod, gates in upgrade.noted.get("UC020", ()):
        for gate in gates:
            asks = _asks(gate, pod, bound)
            if asks is not False:
                (asking if asks else unseen).append((replace(gate, claims=()), pod))
    for moved, pods in grouped(asking).items():
        severity = None if moved.gate.at_once else Severity.INFO
        yield RULE.finding(object_, _told(moved, pods, upgrade.to_version), _to_do(moved), severity)
    alike = grouped((tuple(pods), moved.gate.name) for moved, pods in grouped(unseen).items())
    for unknown, names in alike.items():
        yield RULE.finding(object_, _not_seen(names, unknown, upgrade.to_version), _TO_SEE, Severity.INFO)


def _asks(moved: MovedGate, pod: PlannedPod, bound: Mapping[tuple[str, str], BoundVolume]) -> bool | None:
    """Whether a pod asks for what a gate gives; by claims alone as far as their volumes were given, None where one that may was not."""
    volumes = [bound.get((pod.namespace, claim.name_in(pod.name))) for claim in moved.claims]
    if not moved.claims or any(one is not None and moved.gate.claimed in one.members for one in volumes):
        return True
    return None if None in volumes else False


def _not_seen(gates: Sequence[str], pods: Sequence[PlannedPod], version: str) -> str:
    moved, theirs = form(len(gates), "Gate", "Gates"), form(len(gates), "it counts", "one of them counts")
    has = count(len(pods), "pod has", "pods have")
    return (
        f"{moved} {listed(gates)} moved with {version}; {has} volumes by claims ({_listed(pods)}), and what these are bound to was not "
        f"seen, so whether {theirs} there is not known."
    )


def _told(moved: MovedGate, pods: Sequence[PlannedPod], version: str) -> str:
    how = "on" if moved.on else "off"
    why = f"{how} by default {'from' if moved.on else 'before'} {moved.since}" if moved.since is not None else f"set to be {how}"
    asked = count(len(pods), "pod asks", "pods ask")
    effect = moved.gate.effect if moved.on else f"no longer so: {moved.gate.effect}"
    return f"Gate {moved.gate.name} is {why}, and is so under {version}; {asked} for what it gives ({_listed(pods)}): {effect}."


def _to_do(moved: MovedGate) -> str:
    return (
        f"{_AT_ONCE if moved.gate.at_once else _ANEW} See that the pods named are fit for it, or set the gate as it was, while it can be."
    )


def _listed(pods: Sequence[PlannedPod]) -> str:
    names = sorted(f"{pod.namespace}/{pod.name}" for pod in pods)
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


RULE = Rule(
    id="UC020",
    title="Gate that touches pods",
    severity=Severity.WARNING,
    summary="A feature gate has another value under the new kubelet, and pods use a field to which that gives another meaning.",
    why="A field of a feature that is not finished is kept by an API server that knows it, and passed over by a kubelet whose gate is off. "
    "When the gate is on, by default from some minor on, what the field asks for happens, without anybody having changed the pod. Only "
    "gates are told of that a kubelet asks itself, and only where a pod asks for what they give. Of every other gate whose default moved "
    "it was read that it touches no pod that runs; a gate that nobody has read yet is named.",
    look="`kubectl get --raw /api/v1/nodes/NODE/proxy/metrics` shows kubernetes_feature_enabled for each gate (1.26 on). "
    "What volumes that a pod has by claims are, PersistentVolumes tell: with -f, of `kubectl get persistentvolumes -o json`, such pods are "
    "named, too. Whether a CSI driver says VOLUME_MOUNT_GROUP (gate DelegateFSGroupToCSIDriver) no object shows: its pods are named.",
    remedy="See that the pods named are fit for it, or set the gate as it was, while it can be.",
    sources=(Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/features"),),
    findings=findings,
)
