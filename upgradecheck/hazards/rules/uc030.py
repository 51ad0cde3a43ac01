"""UC030: a pod that runs comes to admission again when the new kubelet starts, and is or may be refused."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from upgradecheck.decisions.admission import Admitted, Ground, Possible, Refusal, Refused
from upgradecheck.hazards import PodAdmission, Rule, Upgrade, grouped, workload_of
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.wording import count, form

_DOCKER = "Go to 1.24 or later, which asks no more, or speak to docker by dockershim; of static pods it is asked at every start."
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
    Refusal.TOPOLOGY: "Leave the policies of the cpu, memory and topology managers as they are, or drain the node before they change.",
    Refusal.NO_NEW_PRIVS: _DOCKER,
    Refusal.PROC_MOUNT: _DOCKER,
    Refusal.PREEMPTED: "Move pods to other nodes before the upgrade until the critical pod fits beside the rest.",
}


class _Kind(msgspec.Struct, frozen=True, gc=False):
    """What findings are counted by."""

    found: ObjectRef
    severity: Severity
    reason: str
    asked: str
    succeeded: bool


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per workload, reason and what is asked, with the number of pods; errors are certain, warnings possible."""
    for kind, admissions in grouped(_refused(upgrade)).items():
        ground, unknown = _grounds(admissions[0])
        yield RULE.finding(kind.found, _message(ground, unknown, admissions), _REMEDIES[ground.refusal], kind.severity)


def _refused(upgrade: Upgrade) -> Iterator[tuple[_Kind, PodAdmission]]:
    """The pods that are or may be refused, by what they are counted by."""
    for admission in upgrade.admission:
        outcome = admission.outcome
        if not isinstance(outcome, Admitted):
            certain = isinstance(outcome, Refused) and not admission.succeeded
            severity = Severity.ERROR if certain else Severity.WARNING
            yield _Kind(workload_of(admission.pod), severity, outcome.ground.reason, outcome.ground.asked, admission.succeeded), admission


def _grounds(admission: PodAdmission) -> tuple[Ground, str | None]:
    """The ground, and what is not known if the refusal is only possible."""
    outcome = admission.outcome
    assert not isinstance(outcome, Admitted)
    return outcome.ground, outcome.unknown if isinstance(outcome, Possible) else None


def _message(ground: Ground, unknown: str | None, admissions: list[PodAdmission]) -> str:
    nodes = tuple(dict.fromkeys(admission.pod.node or "?" for admission in admissions))
    where = f"node {nodes[0]}" if len(nodes) == 1 else f"{count(len(nodes), 'node')} ({nodes[0]} …)"
    pods = count(len(admissions), "pod")
    verb = "may be" if unknown is not None else form(len(admissions), "is", "are")
    effect = "the containers are stopped" + (" and the pod stays Pending" if ground.stays_pending else " and the pod is Failed")
    if admissions[0].succeeded:
        effect = "the pod had succeeded and is set to Failed, which its Job takes for a failure"
    doubt = "" if unknown is None else f" Not known: {unknown}."
    asked = f"asked is {ground.asked}, found {ground.has}"
    return f"{pods} on {where} {verb} refused ({ground.reason}) when the new kubelet starts: {asked}; {effect}.{doubt}"


RULE = Rule(
    id="UC030",
    title="Refused at re-admission",
    severity=Severity.ERROR,
    summary="A pod that runs is refused, or (a warning) may be refused, when the new kubelet starts: its containers are stopped, "
    "whatever its hashes say.",
    why="A kubelet that starts admits again every pod that it finds. What it asks for changes with its version (operating system, "
    "taints, sidecars, AppArmor …), and what the node has may have changed since the pod was admitted. A refused pod is set Failed, or "
    "stays Pending where AppArmor is missing up to 1.30; its containers are stopped either way.",
    look="Give the Node objects (`kubectl get nodes -o json`); `upgradecheck explain POD` says what is asked and what was found. After "
    "the upgrade such a pod is Failed, with the reason that the finding names.",
    remedy="Make what the pod asks for and what the node has agree before the upgrade, on either side; each finding says how.",
    sources=(
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/allocation/allocation_manager.go", "canAdmitPod"),
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/lifecycle/predicate.go", "Admit, generalFilter"),
    ),
    findings=findings,
)
