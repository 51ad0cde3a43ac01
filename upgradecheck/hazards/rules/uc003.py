"""UC003: a Go struct that is hashed has another field, so hashes change whether the spec sets the field or not."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, grouped
from upgradecheck.model.plan import Cause, CauseKind, Finding, ObjectRef, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.version import Minor
from upgradecheck.model.wording import count


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per field, with the number of containers that restart for it."""
    for cause, numbers in grouped(_printed_anew(upgrade)).items():
        restart = count(sum(numbers), "container restarts", "containers restart")
        message = f"{_told(cause)}, whether a spec sets it or not: {restart} although no spec changed."
        yield RULE.finding(ObjectRef("Kubelet", upgrade.versions()), message)


def _printed_anew(upgrade: Upgrade) -> Iterator[tuple[Cause, int]]:
    """How many restart, once for each field that only one of the two structs has."""
    for pod, _, cause in upgrade.restarting_for(lambda one: one.printed and one.path is not None):
        yield cause, pod.number


def _told(cause: Cause) -> str:
    if cause.kind is CauseKind.FIELD_ADDED and cause.since is not None:
        return f"Kubelets from {cause.since} on hash {cause.path}"
    if cause.kind is CauseKind.FIELD_ADDED:
        return f"The new kubelet hashes {cause.path}, and the running one does not"
    return f"The new kubelet no longer hashes {cause.path}"


RULE = Rule(
    id="UC003",
    title="Typed struct change",
    severity=Severity.WARNING,
    summary="A Go struct that is hashed has another field than before: hashes change, whether a spec sets the field or not, and "
    "containers restart.",
    why="Up to 1.15 a kubelet hashes the printed Go struct of a container, nil pointers and all. A field that a minor adds to Container "
    "itself changes every hash (1.9, volumeDevices); one behind a pointer or in the elements of a list changes the hashes of those that "
    "have the pointer or the elements (1.10, 1.12 and 1.15 a container's securityContext, 1.14 volumeMounts). See kubernetes/kubernetes "
    "issues 53644 and 63814.",
    look="`upgradecheck diff FROM TO` lists the fields that were added, and `upgradecheck explain POD/CONTAINER` names those that count "
    "for this container.",
    remedy="Drain each node before its upgrade, or schedule these restarts; they do not respect PodDisruptionBudgets.",
    since=Minor(1, 9),
    until=Minor(1, 15),
    sources=(
        Upstream("k8s.io/api", "v0.15.12", "core/v1/types.go"),
        Upstream("k8s.io/kubernetes", "v1.15.12", "pkg/kubelet/container/helpers.go", "HashContainer"),
    ),
    findings=findings,
)
