"""Checks of containers: names, images, policies, ports.

Mirrors validateContainers, validateInitContainers, validateContainerCommon, validateContainerPorts, checkHostPortConflicts and
validateResizePolicy in pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.decisions.manifests.checking import Complaint, FieldPlace, containers, is_label, one_of, spec_of
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.manifests import ManifestRefusal
from upgradecheck.model.patterns import pattern

_PORTS = range(1, 65536)
_PORT_NAME = pattern(rb"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*")
_RESTART_POLICIES = ("Always", "OnFailure", "Never")
_MOST_RULES = 20


def check_containers(pod: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """App containers, then init containers, as upstream."""
    spec = spec_of(pod)
    if not spec.get("Containers"):
        yield Complaint("spec.containers", "is empty")
    places = sorted(containers(spec), key=lambda place: place.is_init)
    yield from _names(places)
    for place in places:
        yield from _common(place, build)
        yield from _restart_policy(place, build)
        yield from _resize_policy(place, spec, build)
    if spec.get("EphemeralContainers") and ManifestRefusal.EPHEMERAL_CONTAINERS in build.manifests.refuses:
        yield Complaint("spec.ephemeralContainers", "a new pod may not have them")
    yield from _host_ports(spec)


def _names(places: list[FieldPlace]) -> Iterator[Complaint]:
    seen: set[bytes] = set()
    for place in places:
        name = place.content.get("Name", b"")
        if not is_label(name):
            yield Complaint(f"{place.path}.name", "is no DNS label")
        elif name in seen:
            yield Complaint(f"{place.path}.name", "is the name of another container too")
        seen.add(name)


def _common(place: FieldPlace, build: KubeletBuild) -> Iterator[Complaint]:
    image = place.content.get("Image", b"")
    if not image or image != image.strip():
        yield Complaint(f"{place.path}.image", "is empty, or has blanks around it")
    yield from one_of(
        f"{place.path}.terminationMessagePolicy", place.content.get("TerminationMessagePolicy"), ("File", "FallbackToLogsOnError")
    )
    yield from one_of(f"{place.path}.imagePullPolicy", place.content.get("ImagePullPolicy"), ("Always", "IfNotPresent", "Never"))
    yield from _ports(place, build)


def _ports(place: FieldPlace, build: KubeletBuild) -> Iterator[Complaint]:
    names: set[bytes] = set()
    for index, port in enumerate(place.content.get("Ports") or ()):
        path, name = f"{place.path}.ports[{index}]", port.get("Name", b"")
        if name and (not _PORT_NAME.fullmatch(name) or name in names):
            yield Complaint(f"{path}.name", "is no port name, or that of another port too")
        names.add(name)
        if port.get("ContainerPort", 0) not in _PORTS:
            yield Complaint(f"{path}.containerPort", "is no port")
        if port.get("HostPort", 0) != 0 and port["HostPort"] not in _PORTS:
            yield Complaint(f"{path}.hostPort", "is no port")
        yield from one_of(f"{path}.protocol", port.get("Protocol"), ("TCP", "UDP", *(("SCTP",) if _has_sctp(build) else ())))


def _has_sctp(build: KubeletBuild) -> bool:
    refuses = build.manifests.refuses
    return ManifestRefusal.SCTP not in refuses and (ManifestRefusal.SCTP_UNLESS_GATE not in refuses or build.feature_gate("SCTPSupport"))


def _host_ports(spec: GoValue) -> Iterator[Complaint]:
    """App containers against each other; with the host network a host port is the container's port."""
    taken: set[tuple[object, object, object]] = set()
    for place in containers(spec):
        for index, port in enumerate(place.content.get("Ports") or () if not place.is_init else ()):
            path, number = f"{place.path}.ports[{index}].hostPort", port.get("HostPort", 0)
            key = (port.get("Protocol"), port.get("HostIP"), number)
            if number and key in taken:
                yield Complaint(path, "is the host port of another port too")
            taken.add(key)
            if spec.get("HostNetwork") and number and number != port.get("ContainerPort"):
                yield Complaint(path, "is another than the container's port, under the host network")


def _restart_policy(place: FieldPlace, build: KubeletBuild) -> Iterator[Complaint]:
    """Init containers know Always from 1.28 on; rules, and other policies on every container, came with 1.35."""
    policy, rules, path = place.content.get("RestartPolicy"), place.content.get("RestartPolicyRules") or (), f"{place.path}.restartPolicy"
    refuses = build.manifests.refuses
    has_rules = ManifestRefusal.CONTAINER_RESTART_POLICY not in refuses and (
        ManifestRefusal.CONTAINER_RESTART_POLICY_UNLESS_GATE not in refuses or build.feature_gate("ContainerRestartRules")
    )
    if has_rules:
        yield from one_of(path, policy, _RESTART_POLICIES)
        if rules and policy is None:
            yield Complaint(path, "is needed beside restartPolicyRules")
        yield from _rules(place, rules, build)
    elif place.is_init:
        yield from one_of(path, policy, ("Always",))
    elif policy is not None:
        yield Complaint(path, "this version takes it on init containers only")


def _rules(place: FieldPlace, rules: tuple[GoValue, ...], build: KubeletBuild) -> Iterator[Complaint]:
    actions = ("Restart", *(("RestartAllContainers",) if build.feature_gate("RestartAllContainersOnContainerExits") else ()))
    if len(rules) > _MOST_RULES:
        yield Complaint(f"{place.path}.restartPolicyRules", f"has more than {_MOST_RULES} rules")
    for index, rule in enumerate(rules):
        path, codes = f"{place.path}.restartPolicyRules[{index}]", rule.get("ExitCodes")
        yield from one_of(f"{path}.action", rule.get("Action", b""), actions)
        if codes is None:
            yield Complaint(f"{path}.exitCodes", "is missing")
        else:
            yield from one_of(f"{path}.exitCodes.operator", codes.get("Operator", b""), ("In", "NotIn"))


def _resize_policy(place: FieldPlace, spec: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    policies, path, refuses = place.content.get("ResizePolicy") or (), f"{place.path}.resizePolicy", build.manifests.refuses
    seen: set[bytes] = set()
    for index, policy in enumerate(policies):
        if policy.get("ResourceName", b"") in seen:
            yield Complaint(f"{path}[{index}]", "a second policy for one resource")
        seen.add(policy.get("ResourceName", b""))
        yield from one_of(path, policy.get("ResourceName", b""), ("cpu", "memory"))
        yield from one_of(path, policy.get("RestartPolicy", b""), ("NotRequired", "RestartContainer"))
        restarts = policy.get("RestartPolicy") == b"RestartContainer"
        if restarts and spec.get("RestartPolicy") == b"Never" and ManifestRefusal.RESIZE_RESTART_OF_NEVER in refuses:
            yield Complaint(path, "restarts a container of a pod that never restarts")
        if restarts and place.is_init and not place.is_sidecar and ManifestRefusal.INIT_RESIZE_RESTART in refuses:
            yield Complaint(f"{path}[{index}].restartPolicy", "restarts an init container that is no sidecar")
    if policies and place.is_init and ManifestRefusal.INIT_RESIZE_POLICY in refuses:
        yield Complaint(path, "this version takes it on app containers only")
