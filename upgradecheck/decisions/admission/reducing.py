"""A pod's document to what it asks of a node: done once, while the document is at hand.

Everything is read from the pod as the new kubelet decodes it (and, if it is static, defaults it), so that fields which a minor does not
know ask nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from sys import intern

from upgradecheck.decisions.admission.host_needs import apparmor_ask, required_features, sets_pod_resources, unsafe_sysctls
from upgradecheck.decisions.admission.ranking import is_critical
from upgradecheck.decisions.admission.requests import (
    DeviceAsk,
    HostPort,
    PodNeeds,
    PodRequest,
    Requirement,
    SelectorTerm,
    Toleration,
    own_node_marked,
)
from upgradecheck.decisions.admission.resources import freed, is_extended, is_sidecar, requested
from upgradecheck.decisions.amounts import UNIT, nanos, scaled
from upgradecheck.decisions.qos import qos_class
from upgradecheck.hashing.codecs import GoValue, printable
from upgradecheck.hashing.quantity import Quantity
from upgradecheck.model.admission import MissingExtended
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import ContainerKind

_OS_LABEL = b"kubernetes.io/os"
_ANY_ADDRESS, _TCP = "0.0.0.0", "TCP"


def admission_request(pod: GoValue, build: KubeletBuild, *, uid: str, from_api: bool, with_status: bool | None = None) -> PodRequest:
    """What a pod asks when it comes to admission; pod is decoded under the build's schema, and defaulted if it is static.

    uid: the kubelet's UID of the pod, by which ``admit`` answers. from_api: the kubelet has the pod from an API server.
    """
    metadata, spec, status = (pod.get(part) or {} for part in ("ObjectMeta", "Spec", "Status"))
    phase = status.get("Phase", b"")
    idle = from_api and bool(phase) and _nothing_runs(status)
    created = metadata.get("CreationTimestamp", b"null")
    node = intern(printable(spec.get("NodeName", b"")))
    return PodRequest(
        uid=uid,
        created=None if created == b"null" else printable(created),
        needs=_shared(_needs(pod, metadata, spec, build, with_status=from_api if with_status is None else with_status)),
        static=not from_api,
        critical=is_critical(metadata, spec, build, from_api=from_api),
        priority=spec.get("Priority"),
        node_name=node,
        affinity=_affinity(spec, node),
        pending=not from_api or phase == b"Pending",
        finished=from_api and phase in (b"Failed", b"Succeeded"),
        idle=idle,
        deleted=from_api and metadata.get("DeletionTimestamp") is not None and _not_running(status, "ContainerStatuses"),
    )


@lru_cache(maxsize=8192)
def _shared(needs: PodNeeds) -> PodNeeds:
    """The same object for the same needs: replicas stand side by side in a dump."""
    return needs


def _needs(pod: GoValue, metadata: GoValue, spec: GoValue, build: KubeletBuild, *, with_status: bool) -> PodNeeds:
    security = spec.get("SecurityContext") or {}
    requests = requested(spec, build)
    by_pod = build.feature_gate("PodLevelResources") and sets_pod_resources(spec, build)
    return PodNeeds(
        requests=_items(requests),
        if_missing=_items({name: amount for name, amount in _if_missing(spec, build).items() if is_extended(name)}),
        taken=None if build.admission.counts_init_of_others else _items(requested(spec, build, inits=False)),
        freed=_items(freed(spec, build, by_pod=by_pod)) if spec.get("Overhead") or by_pod else None,
        resizing=_resizing(spec, pod.get("Status") or {}, build),
        ports=tuple(_ports(spec, build)),
        selector=tuple(sorted((printable(key), printable(value)) for key, value in (spec.get("NodeSelector") or {}).items())),
        tolerations=tuple(_tolerations(spec)),
        os=_text_of((spec.get("OS") or {}).get("Name")),
        os_label=_text_of((metadata.get("Labels") or {}).get(_OS_LABEL)),
        apparmor=apparmor_ask(metadata, spec, build),
        unsafe_sysctls=tuple(unsafe_sysctls(metadata, security, build)),
        strict_groups=security.get("SupplementalGroupsPolicy") == b"Strict",
        sidecar=next(
            (printable(container.get("Name", b"")) for container in spec.get("InitContainers") or () if is_sidecar(container)), None
        )
        if ContainerKind.SIDECAR in build.schema.kinds_known
        else None,
        pod_resources=sets_pod_resources(spec, build),
        features=tuple(required_features(spec, build)),
        qos=qos_class(pod, build, with_status=with_status),
        no_new_privs=any(one.get("AllowPrivilegeEscalation") is False for one in _contexts(spec)),
        devices=tuple(_devices(spec)),
        proc_mount=any((one.get("ProcMount") or b"Default") != b"Default" for one in _contexts(spec)),
    )


def _devices(spec: GoValue) -> Iterator[DeviceAsk]:
    """Mirrors allocateContainerResources in pkg/kubelet/cm/devicemanager/manager.go: init containers first, by their limits."""
    for container in (*(spec.get("InitContainers") or ()), *(spec.get("Containers") or ())):
        for name, amount in ((container.get("Resources") or {}).get("Limits") or {}).items():
            resource = printable(name)
            if is_extended(resource) and nanos(amount):
                yield DeviceAsk(printable(container.get("Name", b"")), resource, scaled(nanos(amount), UNIT))


def _contexts(spec: GoValue) -> Iterator[GoValue]:
    """The security contexts of the app containers."""
    return (one.get("SecurityContext") or {} for one in spec.get("Containers") or ())


def _items(amounts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(amounts.items()))


def _text_of(value: bytes | None) -> str | None:
    return None if value is None else printable(value)


def _if_missing(spec: GoValue, build: KubeletBuild) -> Mapping[str, int]:
    """What is requested by those containers from which a resource that the node does not list is not taken out.

    Mirrors removeMissingExtendedResources in pkg/kubelet/lifecycle/predicate.go.
    """
    match build.admission.missing_extended:
        case MissingExtended.REFUSED:
            return requested(spec, build)
        case MissingExtended.IGNORED_IN_APP:
            return requested(spec, build, apps=False)
        case MissingExtended.IGNORED:
            return requested(spec, build, apps=False, inits=False)


def _resizing(spec: GoValue, status: GoValue, build: KubeletBuild) -> bool:
    """Whether the status shows that other resources were given to a container than its spec asks for."""
    if not build.feature_gate("InPlacePodVerticalScaling"):
        return False
    asked: dict[bytes, Mapping[bytes, Quantity]]
    asked = {container.get("Name"): (container.get("Resources") or {}).get("Requests") or {} for container in spec.get("Containers") or ()}
    for container in status.get("ContainerStatuses") or ():
        given = container.get("AllocatedResources")
        wanted = asked.get(container.get("Name"))
        if given and wanted is not None and any(name in wanted and nanos(wanted[name]) != nanos(amount) for name, amount in given.items()):
            return True
    return False


def _ports(spec: GoValue, build: KubeletBuild) -> Iterator[HostPort]:
    """Mirrors GetHostPorts in pkg/scheduler/util, and getContainerPorts before it."""
    sidecars = (container for container in spec.get("InitContainers") or () if is_sidecar(container))
    for container in (*(sidecars if build.admission.sidecar_host_ports else ()), *(spec.get("Containers") or ())):
        for port in container.get("Ports") or ():
            if port.get("HostPort", 0) > 0:
                yield HostPort(
                    printable(port.get("HostIP", b"")) or _ANY_ADDRESS, printable(port.get("Protocol", b"")) or _TCP, port["HostPort"]
                )


def _affinity(spec: GoValue, node: str) -> tuple[SelectorTerm, ...] | None:
    node_affinity = (spec.get("Affinity") or {}).get("NodeAffinity") or {}
    required = node_affinity.get("RequiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return None
    terms = required.get("NodeSelectorTerms") or ()
    return tuple(SelectorTerm(_requirements(term.get("MatchExpressions")), _fields(term, node)) for term in terms)


def _fields(term: GoValue, node: str) -> tuple[Requirement, ...]:
    return tuple(own_node_marked(one, node) for one in _requirements(term.get("MatchFields")))


def _requirements(lines: Iterable[GoValue] | None) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(printable(line.get("Key", b"")), printable(line.get("Operator", b"")), tuple(map(printable, line.get("Values") or ())))
        for line in lines or ()
    )


def _tolerations(spec: GoValue) -> Iterator[Toleration]:
    for toleration in spec.get("Tolerations") or ():
        yield Toleration(*(printable(toleration.get(part, b"")) for part in ("Key", "Operator", "Value", "Effect")))


def _nothing_runs(status: GoValue) -> bool:
    return all(_not_running(status, f"{kind}ContainerStatuses") for kind in ("", "Init", "Ephemeral"))


def _not_running(status: GoValue, statuses: str) -> bool:
    """Mirrors notRunning in pkg/kubelet/kubelet_pods.go."""
    states = (container.get("State") or {} for container in status.get(statuses) or ())
    return all(state.get("Terminated") is not None or state.get("Waiting") is not None for state in states)
