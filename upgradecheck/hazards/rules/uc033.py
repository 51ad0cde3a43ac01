"""UC033: the runtime of a node: the new kubelet cannot use it, another one comes with the upgrade, or it will not do for long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from upgradecheck.hazards import Rule, Upgrade, grouped
from upgradecheck.model.alike import those
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.plan import Finding, ObjectRef, PlannedPod, Severity
from upgradecheck.model.pod import ContainerRecord
from upgradecheck.model.reasons import Reason
from upgradecheck.model.rules import Upstream
from upgradecheck.model.runtimes import (
    CRIO,
    DOCKER,
    keeps_what_runs,
    lacks_cri_v1,
    may_lack_cri_v1,
    runtime_name,
    runtime_version,
    tells_no_driver,
)
from upgradecheck.model.version import KubeletVersion
from upgradecheck.model.wording import count

_NAMED, _SOON, _SHOWN = 3, 2, 13
_TO_DO_DOCKER = (
    "Put cri-dockerd in before the upgrade and point the running kubelet at it (containers stay), or drain the node and give it containerd "
    "or CRI-O; then show the endpoint with --to-config or --cri."
)
_TO_DO_UNTOLD = (
    "Look which runtime serves, and which API (crictl version), and take the Node object again; containerd has v1 from 1.6 on, CRI-O "
    "from 1.21 on."
)
_TO_DO_CONTAINERD = "Upgrade containerd to 1.6 or later first; with the shims that it has, its containers go on running."


_TO_DO_CHANGED = (
    "Drain each node before; with the kubelet stopped end what the old runtime runs (crictl rmp -fa at its socket), else it runs on beside "
    "the new pods, with their ports and volumes."
)
_TO_DO_CRIO = (
    "`crio config` on the node names the files: version_file (/var/run/crio/version) and, where it is set, version_file_persist "
    "(/var/lib/crio/version) hold the version that ran; of another minor, or not there, all containers go, by CRI-O itself (internal_wipe "
    "true, the default) or by `crio wipe` before it (crio-wipe.service). Without clean_shutdown_file its images go, too. Drain the node "
    "before, or count all of its pods as made anew."
)
_TO_DO_UNKNOWN = "Give the Node objects (kubectl get nodes -o json), which name the runtime that runs now."
_TO_DO_ENDPOINT = (
    "Give the new kubelet the endpoint of the runtime that runs there, or say with --to-runtime which one serves at the other; then plan "
    "again."
)
_TO_DO_SEEN = "Plan again with --to-runtime {} if so; else there is nothing to do."
_TO_DO_ALONG = (
    "Plan again with --to-runtime cri-o/{} if it does. `crio config` shows version_file and internal_wipe; drain the node for it."
)
_TO_DO_IMAGE = (
    "Name the image that has kubelet {} where this one is named (Kubernetes made its hyperkube up to 1.18, others are vendors'). The new "
    "container gets the flags that stand behind the image, whatever `docker inspect` shows of the old one; /var/lib/kubelet must stay "
    "mounted at its own path, shared (rshared). A restart of that container engine may end the kubelet, too."
)
_TO_DO_OLD = "Plan for containerd 2.0 or CRI-O 1.28 before that minor; containerd keeps what runs over its own upgrade."


def _for(upgrade: Upgrade, *reasons: Reason) -> Iterator[PlannedPod]:
    return those(upgrade.pods, lambda pod: pod.reason in reasons)


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per runtime, with the nodes that have it."""
    runtimes = {node.name: node.runtime or "" for node in upgrade.facts.nodes}
    yield from _of_another(upgrade, runtimes)
    seen = list(_seen_elsewhere(upgrade))
    yield from seen
    yield from () if seen else _may_come_along(upgrade, runtimes)
    yield from _soon_too_old(upgrade, runtimes)
    yield from _in_containers(upgrade)
    new = upgrade.new_runtime.replace("/", "://", 1)
    found = ((new or _lost(runtimes.get(pod.node or "")), pod.node) for pod in _for(upgrade, Reason.RUNTIME_REMOVED))
    for runtime, on in grouped(found).items():
        where = _where(on)
        why, to_do = _why(runtime, v1_only=upgrade.target.builds[-1].decisions.cri_v1_only)
        end = f"does not come up, or with another runtime makes {count(len(on), 'pod')} anew"
        told = f"with {runtime}" if runtime else "whose Node object names no runtime"
        yield RULE.finding(ObjectRef("Node", on[0] or "?"), f"{where} {told}: kubelet {upgrade.to_version} {why} {end}.", to_do)


def _of_another(upgrade: Upgrade, runtimes: Mapping[str, str]) -> Iterator[Finding]:
    """What a runtime that comes with the upgrade does to the pods of the one before."""
    moved = _for(upgrade, Reason.RUNTIME_CHANGED, Reason.RUNTIME_MAY_END_ALL)
    found = (((pod.reason, runtimes.get(pod.node or "", ""), _comes(upgrade, pod.node)), pod.node) for pod in moved)
    for (reason, runtime, new), on in grouped(found).items():
        pods, where, first = count(len(on), "pod"), _where(on), on[0] or "?"
        made = count(len(on), "pod is", "pods are")
        now = f"with {runtime}" if runtime else "whose runtime is not told"
        if reason is Reason.RUNTIME_CHANGED:
            text = f"{where} {now}: {new} knows nothing of what that runs, so {made} made anew."
            yield RULE.finding(ObjectRef("Node", first), text, _TO_DO_CHANGED, Severity.WARNING)
        elif not upgrade.new_runtime:
            text = f"{where} {now}: whether {new} goes on with what runs in {pods} is not known."
            yield RULE.finding(ObjectRef("Node", first), text, _TO_DO_ENDPOINT, Severity.WARNING)
        elif runtime_name(runtime) == CRIO:
            text = (
                f"{where} {now}: CRI-O removes all containers when it starts as another minor, so {pods} may go with {upgrade.new_runtime}."
            )
            yield RULE.finding(ObjectRef("Node", first), text, _TO_DO_CRIO, Severity.WARNING)
        else:
            text = f"{where} {now}: whether {upgrade.new_runtime} goes on with what runs in {pods} is not known."
            yield RULE.finding(ObjectRef("Node", first), text, _TO_DO_UNKNOWN, Severity.WARNING)


def _comes(upgrade: Upgrade, node: str | None) -> str:
    """The runtime that comes: as the user calls it, else by the endpoint that the new kubelet is given."""
    endpoint = upgrade.configs_on(node).new.runtime_endpoint
    return upgrade.new_runtime or (f"what serves at {endpoint}" if endpoint else "what serves where no endpoint is given any more")


def _seen_elsewhere(upgrade: Upgrade) -> Iterator[Finding]:
    """Nodes that run the new kubelet already, on a runtime that would not go on with what the others run: these may be meant to get it."""
    if upgrade.new_runtime:
        return
    done, others = list[str](), list[tuple[str, str]]()
    for node in upgrade.facts.nodes:
        version, runtime = node.kubelet_version, node.runtime or ""
        if isinstance(version, KubeletVersion) and version.release == upgrade.target.release:
            done += [runtime] if runtime else []
        else:
            others.append((runtime, node.name))
    found = [((runtime, done[0]), name) for runtime, name in others if done and not any(keeps_what_runs(runtime, one) for one in done)]
    for (runtime, other), on in grouped(found).items():
        text = (
            f"{_where(on)} with {runtime}: nodes that run kubelet {upgrade.to_version} already have {other}. If these get it with the "
            "upgrade, too, it goes on with nothing of what runs there."
        )
        yield RULE.finding(ObjectRef("Node", on[0]), text, _TO_DO_SEEN.format(other.replace("://", "/")), Severity.WARNING)


def _may_come_along(upgrade: Upgrade, runtimes: Mapping[str, str]) -> Iterator[Finding]:
    """CRI-O of another minor than the new kubelet: both are released together, and usually upgraded so."""
    minor = upgrade.target.version.minor
    alike = (minor.major, minor.minor)
    found = (
        (one, node) for node, one in runtimes.items() if runtime_name(one) == CRIO and runtime_version(one.partition("://")[2]) != alike
    )
    for runtime, on in grouped(found).items() if not upgrade.new_runtime else ():
        text = (
            f"{_where(on)} with {runtime}: CRI-O {minor} is the one that goes with kubelet {upgrade.to_version}. Where it comes with the "
            "upgrade, it removes all containers when it starts as another minor than before."
        )
        yield RULE.finding(ObjectRef("Node", on[0]), text, _TO_DO_ALONG.format(minor), Severity.INFO)


def _soon_too_old(upgrade: Upgrade, runtimes: Mapping[str, str]) -> Iterator[Finding]:
    """Runtimes that do not tell the kubelet their cgroup driver, under one of the last kubelets that do without."""
    target = upgrade.target.builds[-1].schema
    until = target.driver_fallback_until
    if not until or upgrade.new_runtime or int(until.rpartition(".")[2]) - target.minor.minor > _SOON:
        return
    for runtime, on in grouped((one, node) for node, one in runtimes.items() if tells_no_driver(one)).items():
        text = (
            f"{_where(on)} with {runtime}: kubelet {upgrade.to_version} takes the cgroup driver from its own configuration there; "
            f"from {until} on it asks the runtime alone, and that one does not tell."
        )
        yield RULE.finding(ObjectRef("Node", on[0]), text, _TO_DO_OLD, Severity.INFO)


def _in_containers(upgrade: Upgrade) -> Iterator[Finding]:
    """Kubelets that run in containers: their version comes with an image, not with a package."""
    known = {node.name for node in upgrade.facts.nodes}
    told = [one for one in upgrade.facts.arguments if (one.image or one.container) and one.node in (None, *known)]
    pods = {one.container_id: one for one in upgrade.facts.containers} if any(one.container for one in told) else {}
    for (how, why), nodes in grouped((_in_container(one, pods), one.node) for one in told).items():
        on = [node for node in nodes if node is not None]
        where = f" on {_where(on)}" if on else ""
        text = f"{how}{where}: the version that comes up is that of {why}."
        object_ = ObjectRef("Node", on[0]) if on else ObjectRef("Kubelet", upgrade.to_version)
        yield RULE.finding(object_, text, _TO_DO_IMAGE.format(upgrade.to_version), Severity.INFO)


def _in_container(one: KubeletArguments, pods: Mapping[str, ContainerRecord]) -> tuple[str, str]:
    """How a kubelet comes to run in a container, and what its version is that of. pods: by ID, what the runtimes list."""
    image = f", of image {one.image}" if one.image else ""
    if not one.container:
        return f"{one.place} starts the kubelet in a container{image}", "the image"
    pod, its = pods.get(one.container), "the image" if one.image else "its image, which `docker inspect` or `crictl inspect` names"
    whose = f" ({pod.name} of pod {pod.pod_namespace}/{pod.pod_name})" if pod is not None else ""
    return f"{one.place}: the kubelet runs in container {one.container[:_SHOWN]}{whose}{image}", its


def _where(on: Sequence[str | None]) -> str:
    nodes = tuple(dict.fromkeys(node or "?" for node in on))
    more = f" and {len(nodes) - _NAMED:,} more" if len(nodes) > _NAMED else ""
    return f"{count(len(nodes), 'node')} ({', '.join(nodes[:_NAMED])}{more})"


def _why(runtime: str, *, v1_only: bool) -> tuple[str, str]:
    """What the new kubelet lacks for a runtime, and what is to be done."""
    if runtime_name(runtime) == DOCKER and v1_only:
        return "speaks to docker over CRI v1 alone, which cri-dockerd has from 0.3.0 on. Without that it", _TO_DO_DOCKER
    if runtime.startswith("docker"):
        return "has no dockershim any more. It", _TO_DO_DOCKER
    if lacks_cri_v1(runtime):
        return "speaks CRI v1 alone, which this runtime does not. It", _TO_DO_CONTAINERD if runtime_name(runtime) != CRIO else _TO_DO_UNTOLD
    return "wants a runtime that speaks CRI v1, and whether this one does is not told. If not, it", _TO_DO_UNTOLD


def _lost(runtime: str | None) -> str:
    """The runtime that cannot be used, empty where a Node object names none; where it is not the one that this names, pods name docker."""
    if runtime is None:
        return DOCKER
    return runtime if may_lack_cri_v1(runtime) else DOCKER


RULE = Rule(
    id="UC033",
    title="Runtime that the new kubelet cannot use",
    severity=Severity.ERROR,
    summary="The container runtime of a node is one that the new kubelet cannot use as it is, or another one comes with the upgrade, which "
    "knows nothing of the pods there, also by the endpoint that the new kubelet is given.",
    why="Up to 1.23 a kubelet speaks to docker by its own dockershim; 1.24 has none, and needs cri-dockerd in between. From 1.26 on a "
    "kubelet speaks version v1 of CRI alone, which containerd has from 1.6 on, cri-dockerd from 0.3.0 on. A kubelet without runtime does "
    "not come up; another "
    "runtime knows none of the pods, so that all are made anew. Of its own containers containerd keeps all over an upgrade, 1 to 2 "
    "included, and cri-dockerd those of docker; CRI-O of another minor removes them: it compares its "
    "own major and minor with those in version_file, /var/run/crio/version, and in version_file_persist, where that is set. From 1.38 on "
    "the kubelet takes its cgroup driver from the runtime alone, which containerd tells from 2.0 on and CRI-O from 1.28 on.",
    look="`kubectl get nodes -o wide` shows the runtime of each node. A Node object does not show whether cri-dockerd serves; the "
    "kubelet's flag or setting containerRuntimeEndpoint does. On a CRI-O node look at what `crio config` says of version_file, "
    "version_file_persist, clean_shutdown_file and internal_wipe, and whether crio-wipe.service is enabled; upgradecheck does not read "
    "these files, and sets one that is given with -f aside by name. That a kubelet runs in a container it knows by its unit (docker "
    "run, podman run, nerdctl run, ctr run), by what `docker inspect` or `crictl inspect` shows of that container (-f), and on the node "
    "itself (--cri, --docker) by the cgroup of its process.",
    remedy="Change the runtime first, on a drained node, or show the endpoint that will serve (--to-config, --cri); tell of another "
    "runtime with --to-runtime.",
    sources=(
        Upstream("k8s.io/kubernetes", "v1.26.15", "pkg/kubelet/cri/remote/remote_runtime.go", "NewRemoteRuntimeService"),
        Upstream("k8s.io/kubernetes", "v1.37.1", "cmd/kubelet/app/server.go", "getCgroupDriverFromCRI"),
    ),
    findings=findings,
)
