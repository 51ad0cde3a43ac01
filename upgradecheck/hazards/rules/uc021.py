"""UC021: an API server sets a field in the specs of containers that run, which restarts those that were made without it."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, grouped, pod_itself, workload_of
from upgradecheck.model.hash import hex_of
from upgradecheck.model.plan import CauseKind, Finding, ObjectRef, PlannedContainer, Severity
from upgradecheck.model.reasons import Reason
from upgradecheck.model.rules import Upstream
from upgradecheck.model.version import Minor
from upgradecheck.model.wording import count

_BY_SERVER = (CauseKind.API_SERVER, CauseKind.FEATURE_GATE)
_SWITCH_BACK = "Switch the gate InPlacePodVerticalScaling off again in the API server, before the kubelet asks it for its pods anew."
_NEWER = "Go to an API server that does not set it (1.14.4 or later), before the kubelet asks it for its pods anew."


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per workload, container and field that is to be set, with the number that restart; one per container where it is set."""
    for (found, path, at_once), numbers in grouped(_to_be_set(upgrade)).items():
        yield RULE.finding(found, f"{_server(upgrade)} sets {path} whenever it reads the pod. {_killed(sum(numbers), at_once=at_once)}.")
    for pod, added in upgrade.noted.get("UC021", ()):
        for container in (one for one in pod.containers if one.name in added):
            yield RULE.finding(pod_itself(pod, container), _is_set(container, added[container.name]), _remedy(added[container.name]))


def _to_be_set(upgrade: Upgrade) -> Iterator[tuple[tuple[ObjectRef, str, bool], int]]:
    """How many restart, once for each such field, by their workload, the field, and whether the running kubelet hashes it."""
    noted = {id(pod): added for pod, added in upgrade.noted.get("UC021", ())}
    for pod, container, cause in upgrade.restarting_for(lambda one: one.kind in _BY_SERVER and one.path is not None):
        if container.name not in noted.get(id(pod), ()):
            assert cause.path is not None
            yield (workload_of(pod, container), cause.path, container.reason is Reason.API_SERVER_SETS), pod.number


def _server(upgrade: Upgrade) -> str:
    return "The API server" if upgrade.server is None else f"API server {upgrade.server.release}"


def _killed(number: int, *, at_once: bool) -> str:
    if at_once:
        restart = count(number, "container that was made without it", "containers that were made without it")
        return f"The running kubelet hashes that, and kills {restart} as soon as the server comes, before its own upgrade and without it"
    return (
        f"The running kubelet does not know the field; the new one hashes it: {count(number, 'container restarts', 'containers restart')}"
    )


def _is_set(container: PlannedContainer, paths: tuple[str, ...]) -> str:
    made, fields = hex_of(container.evidence.hash), " and ".join(paths)
    return (
        f"The container carries hash {made}, which its kubelet makes of its spec without {fields}: an API server has set that since, and "
        "the kubelet restarts the container as soon as it sees it, if it has not already."
    )


def _remedy(paths: tuple[str, ...]) -> str:
    return _SWITCH_BACK if paths == ("resizePolicy",) else _NEWER


RULE = Rule(
    id="UC021",
    title="Set by the API server",
    severity=Severity.WARNING,
    summary="An API server sets a field in the specs of containers that run. A kubelet that hashes the field restarts those that were "
    "made without it, at once, whether or not anybody upgrades a kubelet.",
    why="An API server applies its defaults to every pod that it reads from etcd, not only to new ones, and its watch tells the kubelet "
    "of a pod that was changed. Two fields of containers came and went so: resizePolicy, for every container with requests of cpu or "
    "memory, under the gate InPlacePodVerticalScaling of 1.27 to 1.32 (off by default; gone with 1.33; kubernetes/kubernetes issues 122028 "
    "and 126328); and procMount, for every container with a securityContext, in 1.14.0 to 1.14.3. What is read so is stored as soon as "
    "anybody writes the pod, and a status is enough: such pods keep it when the gate is switched off again. Kubelets from 1.31 on hash "
    "name and image only. Fields that a server sets when a pod is created, such as appArmorProfile of the annotation, are UC002's: pods "
    "that run do not get them.",
    look="`kubectl get pod POD -o jsonpath='{.spec.containers[*].resizePolicy}'` shows what the server of now sets; --api-to and "
    "--feature-gate api-to:NAME=true tell `upgradecheck plan` of the one to come.",
    remedy="Leave the gate off until all kubelets are 1.31 or later, or let the API server come at a time when these restarts may happen: "
    "no PodDisruptionBudget holds them.",
    since=Minor(1, 12),
    until=Minor(1, 30),
    sources=(
        Upstream("k8s.io/kubernetes", "v1.27.16", "pkg/apis/core/v1/defaults.go", "SetDefaults_Pod"),
        Upstream("k8s.io/kubernetes", "v1.32.13", "pkg/apis/core/v1/defaults.go", "SetDefaults_Pod"),
        Upstream("k8s.io/kubernetes", "v1.14.10", "pkg/apis/core/v1/defaults.go"),
    ),
    findings=findings,
)
