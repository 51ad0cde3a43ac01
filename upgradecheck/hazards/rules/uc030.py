"""UC030: a pod that runs comes to admission again when the new kubelet starts, and is or may be refused.

A refused pod is set Failed and its containers are stopped, whatever its hashes say. What the kubelet asks for changes with its version
(operating system, taints, sidecars, AppArmor …), and what the node has may have changed since the pod was admitted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upgradecheck.decisions.admission import Admitted, Ground, Possible, Refusal, Refused
from upgradecheck.hazards import PodAdmission, Upgrade
from upgradecheck.model.plan import Finding, ObjectRef, Severity

_REMEDIES = {
    Refusal.OUT_OF: "Move pods to other nodes before the upgrade, or lower what they request, until all of them fit.",
    Refusal.NODE_AFFINITY: "Set the labels again that the pod selects by, or move the pod to a node that has them.",
    Refusal.NODE_NAME: "Take the pod's manifest away from this node, or name this node in it.",
    Refusal.NODE_PORTS: "Move one of the pods that want this port to another node.",
    Refusal.TAINT: "Give the pod a toleration, or take the taint away before the upgrade; from 1.24 on kubelets refuse such pods.",
    Refusal.OS_LABEL: "Correct the pod's label kubernetes.io/os; from 1.23 on kubelets compare it with their own operating system.",
    Refusal.OS: "Correct spec.os of the pod; from 1.23 on kubelets compare it with their own operating system.",
    Refusal.SIDECAR: "Switch gate SidecarContainers on, go to 1.29 or later, or make it a plain container.",
    Refusal.STRICT_GROUPS: "Look at status.features of a node of the new version: it must have a runtime that supports the policy.",
    Refusal.POD_RESOURCES: "Switch gate PodLevelResources on, or take spec.resources out of the pod.",
    Refusal.FEATURE: "Switch the gate on, or take out of the pod what needs it.",
    Refusal.APPARMOR: "Enable AppArmor on the host and load the profile, or set the profile to unconfined.",
    Refusal.SYSCTL: "Check that the new kubelet is started with --allowed-unsafe-sysctls for it.",
    Refusal.EVICTED: "Wait until the node is no longer under pressure before its kubelet is upgraded.",
    Refusal.UNEXPECTED: "Drain the node before its upgrade, or free what is missing.",
    Refusal.PREEMPTED: "Move pods to other nodes before the upgrade until the critical pod fits beside the rest.",
}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What findings are counted by."""

    target: ObjectRef
    severity: Severity
    reason: str
    asked: str


@dataclass(frozen=True, slots=True)
class Readmission:
    id: str = "UC030"
    title: str = "Refused at re-admission"

    def findings(self, upgrade: Upgrade) -> Iterator[Finding]:
        """One finding per workload, reason and what is asked, with the number of pods; errors are certain, warnings possible."""
        found: dict[_Kind, list[PodAdmission]] = {}
        for admission in upgrade.admission:
            kind = _kind(admission)
            if kind is not None:
                found.setdefault(kind, []).append(admission)
        for kind, admissions in found.items():
            ground, unknown = _grounds(admissions[0])
            yield Finding(self.id, kind.severity, kind.target, _message(ground, unknown, admissions), _REMEDIES[ground.refusal])


def _kind(admission: PodAdmission) -> _Kind | None:
    outcome, pod = admission.outcome, admission.pod
    if isinstance(outcome, Admitted):
        return None
    severity = Severity.ERROR if isinstance(outcome, Refused) else Severity.WARNING
    return _Kind(ObjectRef(pod.workload.kind, pod.workload.name, pod.namespace), severity, outcome.ground.reason, outcome.ground.asked)


def _grounds(admission: PodAdmission) -> tuple[Ground, str | None]:
    """The ground, and what is not known if the refusal is only possible."""
    outcome = admission.outcome
    assert not isinstance(outcome, Admitted)
    return outcome.ground, outcome.unknown if isinstance(outcome, Possible) else None


def _message(ground: Ground, unknown: str | None, admissions: list[PodAdmission]) -> str:
    nodes = tuple(dict.fromkeys(admission.pod.node or "?" for admission in admissions))
    where = f"node {nodes[0]}" if len(nodes) == 1 else f"{len(nodes)} nodes ({nodes[0]} …)"
    pods = "1 pod" if len(admissions) == 1 else f"{len(admissions)} pods"
    verb = "may be" if unknown is not None else "is" if len(admissions) == 1 else "are"
    effect = "the containers are stopped" + (" and the pod stays Pending" if ground.stays_pending else " and the pod is Failed")
    doubt = "" if unknown is None else f" Not known: {unknown}."
    asked = f"asked is {ground.asked}, found {ground.has}"
    return f"{pods} on {where} {verb} refused ({ground.reason}) when the new kubelet starts: {asked}; {effect}.{doubt}"


RULE = Readmission()
