"""UC061: what containers need that the plan stops, to come up again, and what they lose: one finding for each kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from upgradecheck.hazards import Rule, Upgrade
from upgradecheck.model.alike import those, weighed
from upgradecheck.model.exposure import Exposure
from upgradecheck.model.keyed import Keyed
from upgradecheck.model.plan import Finding, ObjectRef, PlannedPod, Severity, Verdict
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import Family
from upgradecheck.model.rules import Upstream
from upgradecheck.model.wording import count, form

_NAMED = 3
_MEND_KEYS = "Put the key back, or make the variable optional, before the upgrade: the container runs until it is stopped, and waits then."
_MEND_FILES = (
    "Put the key back, or make it optional, before the upgrade; once it is back, what the plan says comes at a time that nobody chose."
)
_VERIFIES = "KubeletEnsureSecretPulledImages"
_API_SERVER = "kube-apiserver"
_STARTED_AGAIN = (Verdict.RESTART, Verdict.RECREATE)
_INSIDE = ("localhost", ".svc", ".cluster.local")


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One for each kind of thing that is needed or lost."""
    stopping = list(upgrade.exposed(_loses))
    for told in _without_keys(stopping, upgrade.facts.keyed):
        yield RULE.finding(ObjectRef("Kubelet", upgrade.to_version), f"{told}.", _MEND_KEYS, Severity.WARNING)
    for told in _without_files(upgrade):
        yield RULE.finding(ObjectRef("Kubelet", upgrade.to_version), f"{told}.", _MEND_FILES, Severity.WARNING)
    for told in (*_pulls(stopping), *_verified(upgrade), *_runs_again(stopping), *_lost(stopping), *_only_server(upgrade)):
        yield RULE.finding(ObjectRef("Kubelet", upgrade.to_version), f"{told}.")


def _loses(pod: PlannedPod, exposure: Exposure) -> bool:
    """Whether a pod that stops may need or lose anything."""
    concerned = pod.local_storage or bool(exposure.keys or exposure.pulled or exposure.inits)
    return concerned and bool(pod.number) and pod.stops


def _without_keys(stopping: Sequence[tuple[PlannedPod, Exposure]], given: Sequence[Keyed]) -> Iterator[str]:
    """By the keys of those that were given; of one that was not, nobody can tell whether it is there."""
    keys = {(one.kind, one.namespace, one.name): one.keys for one in given}
    found: dict[tuple[str, str, str, str], list[PlannedPod]] = {}
    for pod, exposure in stopping if keys else ():
        again = {one.name for one in pod.containers if one.fate in _STARTED_AGAIN}
        for one in exposure.keys:
            of = one.kind, pod.namespace, one.name
            if one.container in again and of in keys and one.key not in keys[of]:
                found.setdefault((*of, one.key), []).append(pod)
    for (kind, namespace, name, key), pods in found.items():
        number = count(sum(pod.number for pod in pods), "pod has a container that stops and does", "pods have containers that stop and do")
        yield f"{number} not start again: {kind} {namespace}/{name} has no key {key!r}, of which {_names(pods)} makes its environment"


def _without_files(upgrade: Upgrade) -> Iterator[str]:
    """A kubelet that starts mounts volumes anew, and looks at no container of a pod before it has."""
    keys = {(one.kind, one.namespace, one.name): one.keys | one.binary for one in upgrade.facts.keyed}
    found: dict[tuple[str, str, str, str], list[PlannedPod]] = {}
    for pod, exposure in upgrade.exposed(lambda pod, exposure: exposure.files) if keys else ():
        for one in exposure.files if pod.number and pod.runs else ():
            of = one.kind, pod.namespace, one.name
            if of in keys and one.key not in keys[of]:
                found.setdefault((*of, one.key), []).append(pod)
    for (kind, namespace, name, key), pods in found.items():
        number = count(sum(pod.number for pod in pods), "pod runs on and is", "pods run on and are")
        yield (
            f"{number} looked after by no kubelet that starts: {kind} {namespace}/{name} has no key {key!r}, of which {_names(pods)} "
            "makes a volume; until it is back nothing there is stopped, nor started where it ends"
        )


def _pulls(stopping: Sequence[tuple[PlannedPod, Exposure]]) -> Iterator[str]:
    found = []
    for pod, exposure in stopping:
        again = {one.name for one in pod.containers if one.fate in _STARTED_AGAIN}
        found += [(pod, one) for one in exposure.pulled if one.container in again]
    if not found:
        return
    number = sum(pod.number for pod, _ in found)
    tagged = sum(pod.number for pod, one in found if one.tagged)
    registries = list(dict.fromkeys(one.registry for _, one in found))
    inside = [one for one in registries if _is_inside(one)]
    by_tag = f", {tagged:,} of them by a tag, which may be another image by now" if tagged else ""
    needs = (
        f"{count(number, 'container that starts again pulls its image', 'containers that start again pull their images')} (Always){by_tag}"
    )
    behind = f"; {_listed(inside)} is in the cluster, and may be down with it" if inside else ""
    yield f"{needs}: {form(len(registries), 'the registry', 'the registries')} {_listed(registries)} must answer{behind}"


def _verified(upgrade: Upgrade) -> Iterator[str]:
    builds = upgrade.target.builds
    if not upgrade.configs.new.verifies_images or not all(build.feature_gate(_VERIFIES) for build in builds):
        return
    number = sum(pod.number * times for pod, times in weighed(upgrade.pods) for one in pod.containers if one.fate in _STARTED_AGAIN)
    if number:
        images = count(number, "container that starts again pulls its image", "containers that start again pull their images")
        yield (
            f"{images} though it is there, with credentials that prove themselves anew (imagePullCredentialsVerificationPolicy): the "
            "kubelet has no record of images that one before 1.35 pulled"
        )


def _runs_again(stopping: Sequence[tuple[PlannedPod, Exposure]]) -> Iterator[str]:
    """Of static pods that get another UID, UC010 says so."""
    anew = [(pod, exposure) for pod, exposure in stopping if pod.fate is Verdict.RECREATE and pod.reason.family is not Family.STATIC_UID]
    found = [pod for pod, exposure in anew if exposure.inits]
    if found:
        number = sum(pod.number for pod in found)
        runs = count(
            number, "pod that is made anew runs its init containers again", "pods that are made anew run their init containers again"
        )
        yield f"{runs}: {_names(found)}"


def _lost(stopping: Sequence[tuple[PlannedPod, Exposure]]) -> Iterator[str]:
    """An emptyDir is kept by the pod's UID: another sandbox has it too, another pod does not."""
    found = [pod for pod, _ in stopping if pod.local_storage and (pod.fate is Verdict.REJECT or pod.reason.family is Family.STATIC_UID)]
    if found:
        yield f"{count(sum(pod.number for pod in found), 'pod loses its emptyDir', 'pods lose their emptyDirs')}: {_names(found)}"


def _only_server(upgrade: Upgrade) -> Iterator[str]:
    """Where the only API server that is seen stops, whatever reads a ConfigMap or Secret at its start waits for it."""
    static = those(upgrade.pods, lambda pod: pod.source is not PodSource.API and pod.runs)
    servers = [pod for pod in static if pod.name.startswith(_API_SERVER)]
    others = any(pod.source is PodSource.API and pod.stops for pod, _ in weighed(upgrade.pods))
    if len(servers) == 1 and servers[0].stops and others:
        yield (
            f"The only API server seen stops itself ({_names(servers)}): what starts meanwhile with a ConfigMap or Secret in its "
            "environment waits for it"
        )


def _is_inside(registry: str) -> bool:
    host = registry.rpartition(":")[0] or registry
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.endswith(_INSIDE)


def _names(pods: Sequence[PlannedPod]) -> str:
    return _listed(list(dict.fromkeys(f"{pod.namespace}/{pod.name}" for pod in pods)))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


RULE = Rule(
    id="UC061",
    title="What a restart needs and loses",
    severity=Severity.INFO,
    summary="Containers that start again pull images, run init containers a second time, or lose what they kept in the pod.",
    why="A container that is stopped for its hash is made anew of its image: what it wrote into its own file system is lost, and a "
    "policy of Always asks the registry again, under a tag perhaps for another image. A pod that is made anew runs its init "
    "containers again, which not all take well; one with another UID, or one that is refused, loses its emptyDirs too, which a "
    "new sandbox of the same pod keeps. From 1.35 on kubelets keep records of whose credentials pulled an image; by default those "
    "that an older kubelet pulled count as preloaded and are not asked for (gate KubeletEnsureSecretPulledImages). While the API "
    "server is down no environment that reads a ConfigMap or Secret can be made (kubernetes/kubernetes issue 46920), nor is one whose "
    "ConfigMap or Secret has lost a key since the container started (issue 127316): given with -f, they are read, by their keys alone. "
    "Where a volume names such a key, a kubelet that starts cannot mount it, and comes to no container of the pod (seen from 1.30.14 to "
    "1.31.0: what was to restart ran on).",
    look="`kubectl get pods -A -o json` has imagePullPolicy and image; `crictl images` on the node what is there.",
    remedy="Pull the images on the node beforehand (`crictl pull`), keep registries and an API server up meanwhile, and drain pods whose "
    "data or init containers matter.",
    sources=(
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/kuberuntime/kuberuntime_manager.go", "SyncPod"),
        Upstream("k8s.io/kubernetes", "v1.35.8", "pkg/features", "KubeletEnsureSecretPulledImages"),
    ),
    findings=findings,
)
