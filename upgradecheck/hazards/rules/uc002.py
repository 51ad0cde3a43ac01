"""UC002: a field is set that the old kubelet drops when it decodes the spec and the new one sees, which changes the hash."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, grouped, workload_of
from upgradecheck.model.plan import Cause, CauseKind, Finding, ObjectRef, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.version import Minor
from upgradecheck.model.wording import count

_OF_ANNOTATIONS = {"appArmorProfile": "AppArmor", "seccompProfile": "seccomp"}


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per workload, container and field, with the number of containers that restart for it."""
    for (found, path, since), numbers in grouped(_newly_seen(upgrade)).items():
        known = f"kubelets before {since} do" if since else "the running kubelet does"
        restart = count(sum(numbers), "container restarts", "containers restart")
        yield RULE.finding(
            found,
            f"{path} is set{_perhaps_by_server(path)}; {known} not know it and the new kubelet sees it for the first time: {restart}.",
        )


def _perhaps_by_server(path: str) -> str:
    """What is said of a field that an API server makes of an annotation when a pod is created."""
    name = _OF_ANNOTATIONS.get(path.rpartition(".")[2])
    return "" if name is None else f", perhaps by the API server, which makes it of the {name} annotation"


def _newly_seen(upgrade: Upgrade) -> Iterator[tuple[tuple[ObjectRef, str, str | None], int]]:
    """How many restart, once for each such field, by its workload, the field and the first minor that knows it."""
    for pod, container, cause in upgrade.restarting_for(_is_newly_seen):
        assert cause.path is not None
        yield (workload_of(pod, container), cause.path, cause.since), pod.number


def _is_newly_seen(cause: Cause) -> bool:
    return cause.kind is CauseKind.FIELD_ADDED and cause.path is not None and not cause.printed


RULE = Rule(
    id="UC002",
    title="Field newly seen",
    severity=Severity.WARNING,
    summary="A spec sets a field that the running kubelet does not know and the new one does: it counts for the first time, and the "
    "container restarts.",
    why="The API server stores the field. A kubelet drops what it does not know when it decodes a pod, so the running container's hash "
    "was made without it; the new kubelet hashes it too. Often nobody set it on purpose: an API server from 1.30 on turns the AppArmor "
    "annotation into appArmorProfile when a pod is created. Up to 1.15 a new field counts set or not (UC003); from 1.31 on only name and "
    "image are hashed.",
    look="`upgradecheck diff FROM TO` lists the fields that the new version sees first, and `upgradecheck explain POD/CONTAINER` names "
    "those that this container sets.",
    remedy="Drain the node before its upgrade, or schedule the restart. Taking the field away now changes nothing on the running "
    "kubelet, but rolls the workload out anew.",
    since=Minor(1, 19),
    until=Minor(1, 30),
    sources=(
        Upstream("k8s.io/api", "v0.30.14", "core/v1/types.go"),
        Upstream("k8s.io/kubernetes", "v1.30.14", "pkg/kubelet/container/helpers.go", "HashContainer"),
    ),
    findings=findings,
)
