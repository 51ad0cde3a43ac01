"""Events of kubelets: the few that tell why a container was stopped, or when a kubelet or its machine was started.

Reasons and messages, of every version from 1.8 on: pkg/kubelet/events/event.go (Killing, SandboxChanged, Rebooted, Starting),
pkg/kubelet/kuberuntime (``Container spec hash changed (…)`` up to 1.13, ``Container … definition changed`` after it; ``failed liveness
probe``, ``failed startup probe``), pkg/kubelet/eviction/helpers.go (Evicted), pkg/kubelet/preemption/preemption.go (Preempting). A
container is named by the field path of what the event is about (``spec.containers{app}``). An API server keeps events for an hour by
default (--event-ttl), as core/v1 or as events.k8s.io, whose members have other names.
"""

from __future__ import annotations

import msgspec

from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.aftermath import EventKind, KubeletEvent
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

KINDS = frozenset({"kind Event", "kind Event of events.k8s.io/v1", "kind Event of events.k8s.io/v1beta1"})
"""How documents are called that hold one (decode.kube.shapes)."""
KUBELET = "kubelet"

_DEFINITION = pattern(r"definition changed|hash changed")
_PROBE = pattern(r"failed (liveness|startup) probe")
_CONTAINER = pattern(r"spec\.(?:initContainers|containers|ephemeralContainers)\{([^{}]+)\}")
_REFUSED = pattern(
    r"OutOf[A-Za-z-]+|Node(?:Affinity|Name|Ports)|Unexpected(?:AdmissionError|PredicateFailureType)|AppArmor|TopologyAffinityError"
    r"|SysctlForbidden|PodOS[A-Za-z]+|InitContainerRestartPolicyForbidden|[A-Za-z]+NotSupported|[A-Za-z]+NotAdmittedReason|TaintToleration"
)
"""Reasons for which a pod is not admitted (rejectPod in pkg/kubelet/kubelet.go; pkg/kubelet/lifecycle/predicate.go and other handlers)."""
REFUSED_FOR_PRESSURE = "The node had condition"
"""How the eviction manager words that a pod is not admitted; an eviction has another text (pkg/kubelet/eviction/helpers.go)."""
_OF_PODS = {"SandboxChanged": EventKind.SANDBOX, "Evicted": EventKind.EVICTED, "Preempting": EventKind.PREEMPTED}
_OF_NODES = {"Rebooted": EventKind.REBOOTED, "Starting": EventKind.STARTING}


class _Metadata(msgspec.Struct):
    name: str | None = None
    namespace: str | None = None


class _About(msgspec.Struct, rename="camel"):
    kind: str | None = None
    namespace: str | None = None
    name: str | None = None
    uid: str | None = None
    field_path: str | None = None


class _Source(msgspec.Struct):
    component: str | None = None


class _Series(msgspec.Struct, rename="camel"):
    last_observed_time: str | None = None


class _Event(msgspec.Struct, rename="camel"):
    metadata: _Metadata | None = None
    involved_object: _About | None = None
    regarding: _About | None = None
    reason: str | None = None
    message: str | None = None
    note: str | None = None
    source: _Source | None = None
    deprecated_source: _Source | None = None
    reporting_component: str | None = None
    reporting_controller: str | None = None
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    deprecated_first_timestamp: str | None = None
    deprecated_last_timestamp: str | None = None
    event_time: str | None = None
    series: _Series | None = None


_EVENT = msgspec.json.Decoder(_Event)


def kubelet_event(raw: bytes) -> KubeletEvent | None:
    """An event, where a kubelet tells by it what is looked for.

    Raises:
        SpecRefused: no JSON, or a value that is read here has a wrong type.
    """
    found = typed(_EVENT, raw)
    about = found.involved_object or found.regarding
    if about is None or not about.name or KUBELET not in _components(found):
        return None
    kind = _kind(found.reason or "", found.message or found.note or "", about.kind or "")
    if kind is None:
        return None
    first, last = _times(found)
    named = _CONTAINER.fullmatch(about.field_path or "")
    metadata = found.metadata or _Metadata()
    return KubeletEvent(
        kind=kind,
        namespace=about.namespace or metadata.namespace or "",
        name=metadata.name or "",
        about=about.name,
        uid=about.uid or "",
        container=None if named is None else named[1],
        first=first,
        last=last,
    )


def _components(event: _Event) -> tuple[str | None, ...]:
    sources = (one.component for one in (event.source, event.deprecated_source) if one is not None)
    return (*sources, event.reporting_component, event.reporting_controller)


def _kind(reason: str, message: str, about: str) -> EventKind | None:
    if about == "Node":
        return _OF_NODES.get(reason)
    if about != "Pod":
        return None
    if _REFUSED.fullmatch(reason) or (reason == "Evicted" and REFUSED_FOR_PRESSURE in message):
        return EventKind.REFUSED
    if reason != "Killing":
        return _OF_PODS.get(reason)
    return EventKind.DEFINITION if _DEFINITION.search(message) else EventKind.PROBE if _PROBE.search(message) else None


def _times(event: _Event) -> tuple[int | None, int | None]:
    """The first and the last time that it was seen."""
    firsts = (event.first_timestamp, event.deprecated_first_timestamp, event.event_time)
    series = None if event.series is None else event.series.last_observed_time
    lasts = (series, event.last_timestamp, event.deprecated_last_timestamp)
    first = next((time for time in map(_time, firsts) if time is not None), None)
    last = next((time for time in map(_time, lasts) if time is not None), first)
    return (last if first is None else first), last


def _time(text: str | None) -> int | None:
    try:
        return (nanoseconds(text, "event") or None) if text else None
    except SpecRefused:
        return None
