"""The QoS class of a pod, which its cgroup stands below: a kubelet that finds another class finds no cgroup, and kills the pod.

Seen: pod-level resources, which 1.31 does not know, turn a static pod from BestEffort to Burstable under 1.36, and all of it starts anew.
Ephemeral containers never count. Mirrors pkg/apis/core/v1/helper/qos/qos.go (1.8: pkg/api/v1/helper/qos).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from upgradecheck.decisions.amounts import nanos
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.model.admission import AdmissionFacts, QOSClass, QOSRule
from upgradecheck.model.kubelet import KubeletBuild

_CPU, _MEMORY = b"cpu", b"memory"
_ALWAYS = frozenset((_CPU, _MEMORY))
_HUGE_PAGES = b"hugepages-"
_POD_LEVEL_GATE = "PodLevelResources"
_POD_LEVEL_NEEDS_A_KNOWN_ONE = "PodLevelResourcesFixKubeletQOSClass"
_CLASSES = {cls.value.encode(): cls for cls in QOSClass}


def qos_class(pod: GoValue, build: KubeletBuild, *, with_status: bool) -> QOSClass:
    """The class of a pod under a kubelet; pod is decoded under that kubelet's schema and defaulted.

    with_status: the kubelet has the pod with the status of this document: from an API server, or in a manifest, of whose status
    applyDefaults in pkg/kubelet/config/common.go resets the phase alone. What a view of a static pod shows is nothing that it has.
    Mirrors GetPodQOS.
    """
    written = (pod.get("Status") or {}).get("QOSClass", b"")
    if with_status and build.admission.qos_from_status and written in _CLASSES:
        return _CLASSES[written]
    return computed_qos_class(pod, build)


def may_hide_its_class(seen_by: Sequence[KubeletBuild] | None, build: KubeletBuild, *, mirrored: bool) -> bool:
    """Whether a static pod, seen as other kubelets decoded it, may have its class by resources that they dropped, and this one heeds.

    seen_by: None where nobody knows which ones. One that does not know the gate does not know the field either (up to 1.31). mirrored: an
    API server has it from its kubelet, and took the field out while its own gate was off, as it was by default up to 1.33
    (dropDisabledPodLevelResources in pkg/api/pod/util.go); a mirror pod is made once, so that a kubelet which heeds it tells more.
    """
    shows = (knows_pod_resources(one) and not (mirrored and not one.feature_gate(_POD_LEVEL_GATE)) for one in seen_by or ())
    return heeds_pod_resources(build) and (seen_by is None or not all(shows))


def heeds_pod_resources(build: KubeletBuild) -> bool:
    """Whether the class is made of resources of the pod as a whole, where it has some."""
    return build.feature_gate(_POD_LEVEL_GATE)


def is_told_class(mirror: GoValue, build: KubeletBuild) -> bool | None:
    """Whether a kubelet told a mirror pod's status the class that the mirror pod's spec makes; None where it told none.

    The class that a mirror pod is created with is its API server's work. Its kubelet's own comes with the containers' statuses: it makes
    it of the manifest (convertStatusToAPIStatus in pkg/kubelet/kubelet_pods.go). Servers took that as it is up to 1.31, and from 1.32 on
    refuse the whole status where it is another class than before (ValidatePodStatusUpdate in pkg/apis/core/validation).
    Seen: a mirror pod without resources whose kubelet, a 1.34, tells that it is Burstable, behind an API server of 1.31.
    """
    status = mirror.get("Status") or {}
    told = _CLASSES.get(status.get("QOSClass", b""))
    ran = any(one.get("ContainerID") for one in status.get("ContainerStatuses") or ())
    return None if told is None or not ran else told is computed_qos_class(mirror, build)


def knows_pod_resources(build: KubeletBuild) -> bool:
    """Whether a kubelet knows resources of a pod as a whole."""
    return _POD_LEVEL_GATE in build.schema.feature_gates or _POD_LEVEL_GATE in build.schema.other_gates


def computed_qos_class(pod: GoValue, build: KubeletBuild) -> QOSClass:
    """The class that the spec gives. Mirrors ComputePodQOS (GetPodQOS before 1.29)."""
    facts = build.admission
    requirements = tuple(_requirements(pod.get("Spec") or {}, build))
    match facts.qos_rule:
        case QOSRule.SUMS:
            return _by_sums(requirements, facts)
        case QOSRule.EACH:
            return _common(_shape(one) for one in requirements)


def _requirements(spec: GoValue, build: KubeletBuild) -> Iterator[GoValue]:
    """The resources that count: those of the pod alone, if it has any and the kubelet heeds them, else those of its containers."""
    of_pod = spec.get("Resources")
    if (
        of_pod is not None
        and build.feature_gate(_POD_LEVEL_GATE)
        and (not build.feature_gate(_POD_LEVEL_NEEDS_A_KNOWN_ONE) or _names_a_known_one(of_pod))
    ):
        yield of_pod
        return
    lists = ("Containers", "InitContainers") if build.admission.qos_counts_init else ("Containers",)
    for containers in lists:
        for container in spec.get(containers) or ():
            yield container.get("Resources") or {}


def _names_a_known_one(resources: GoValue) -> bool:
    """Mirrors IsPodLevelResourcesSet in k8s.io/component-helpers/resource/helpers.go."""
    named = (*(resources.get("Requests") or ()), *(resources.get("Limits") or ()))
    return any(name in _ALWAYS or name.startswith(_HUGE_PAGES) for name in named)


def _by_sums(requirements: Iterable[GoValue], facts: AdmissionFacts) -> QOSClass:
    requests: dict[bytes, int] = {}
    limits: dict[bytes, int] = {}
    all_limited = True
    for resources in requirements:
        _add(requests, resources.get("Requests"), facts)
        limited = _add(limits, resources.get("Limits"), facts)
        all_limited = all_limited and limited >= _ALWAYS
    if not requests and not limits:
        return QOSClass.BEST_EFFORT
    return QOSClass.GUARANTEED if all_limited and requests == limits else QOSClass.BURSTABLE


def _add(sums: dict[bytes, int], amounts: Mapping[bytes, Any] | None, facts: AdmissionFacts) -> frozenset[bytes]:
    """Adds the amounts above zero that count, and tells which these were."""
    found = ((name, nanos(amount)) for name, amount in (amounts or {}).items() if _counts(name, facts))
    counted = {name: amount for name, amount in found if amount > 0}
    for name, amount in counted.items():
        sums[name] = sums.get(name, 0) + amount
    return frozenset(counted)


def _counts(name: bytes, facts: AdmissionFacts) -> bool:
    return name in _ALWAYS or (facts.qos_counts_huge_pages and name.startswith(_HUGE_PAGES))


def _shape(resources: GoValue) -> QOSClass:
    """The class of one set of resources. Mirrors requirementsQOS and resourceQOS (1.37)."""
    requests, limits = resources.get("Requests") or {}, resources.get("Limits") or {}
    return _common(_shape_of_one(requests.get(name), limits.get(name)) for name in sorted(_ALWAYS))


def _shape_of_one(request: Any, limit: Any) -> QOSClass:
    asked, allowed = (0 if amount is None else nanos(amount) for amount in (request, limit))
    if asked != allowed:
        return QOSClass.BURSTABLE
    return QOSClass.GUARANTEED if asked else QOSClass.BEST_EFFORT


def _common(classes: Iterable[QOSClass]) -> QOSClass:
    """The class that all have, Burstable if they differ, BestEffort of none."""
    found = set(classes)
    return QOSClass.BURSTABLE if len(found) > 1 else next(iter(found), QOSClass.BEST_EFFORT)
