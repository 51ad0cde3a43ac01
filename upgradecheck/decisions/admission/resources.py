"""How much a pod requests of each resource, as the scheduler's code adds it up inside the kubelet.

App containers and sidecars run together; an init container runs beside the sidecars before it; overhead comes on top; pod-level
requests stand for what they name. Mirrors PodRequests in k8s.io/component-helpers/resource/helpers.go; up to 1.26 GetResourceRequest,
and calculateResource of the scheduler.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from upgradecheck.decisions.amounts import MILLI, UNIT, nanos, scaled
from upgradecheck.hashing.codecs import GoValue, printable
from upgradecheck.hashing.quantity import Quantity
from upgradecheck.model.admission import RequestSum
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.patterns import pattern

Amounts = dict[str, int]
CPU, MEMORY, STORAGE, PODS = "cpu", "memory", "ephemeral-storage", "pods"
_CORE = frozenset((CPU, MEMORY, STORAGE, PODS))
_POD_LEVEL = frozenset((CPU, MEMORY))
_HUGE_PAGES = "hugepages-"
_ATTACHABLE = "attachable-volumes-"
_NATIVE = "kubernetes.io/"
_NAME = pattern(
    r"(?:(?P<prefix>[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
_LONGEST_PREFIX = 253


def qualified(name: str) -> bool:
    """Whether a name is a label key. Mirrors IsQualifiedName in k8s.io/apimachinery/pkg/util/validation."""
    match = _NAME.fullmatch(name)
    return match is not None and len(match["prefix"] or "") <= _LONGEST_PREFIX


def is_extended(name: str) -> bool:
    """Whether a resource is of a device or of the operator's making. Mirrors IsExtendedResourceName in pkg/apis/core/v1/helper."""
    return "/" in name and _NATIVE not in name and not name.startswith("requests.") and qualified("requests." + name)


def is_scalar(name: str) -> bool:
    """Whether a resource beside the core ones is counted at all. Mirrors IsScalarResourceName in pkg/scheduler/util."""
    return is_extended(name) or name.startswith((_HUGE_PAGES, _ATTACHABLE)) or _NATIVE in name


def is_sidecar(container: GoValue) -> bool:
    """Whether an init container runs beside the app; a minor that does not know the field never sees it."""
    return container.get("RestartPolicy") == b"Always"


def requested(spec: GoValue, build: KubeletBuild, *, apps: bool = True, inits: bool = True, overhead: bool = True) -> Amounts:
    """What a pod requests, in the units of the scheduler; the switches say what counts at all."""
    counted = _Counted(build)
    total: Amounts = {}
    for container in (spec.get("Containers") or ()) if apps else ():
        _add(total, counted.of(container))
    if inits:
        _add_init(total, spec.get("InitContainers") or (), counted)
    if build.feature_gate("PodLevelResources"):
        total |= {name: amount for name, amount in counted.of(spec).items() if _at_pod_level(name, build)}
    if overhead and _counts_overhead(build):
        _add(total, counted.list(spec.get("Overhead")))
    return counted.finished(total)


def freed(spec: GoValue, build: KubeletBuild, *, by_pod: bool) -> Amounts:
    """What stopping a pod frees, as preemption counts it: overhead only of what is requested too. by_pod: the pod sets resources of its
    own, which then count alone.

    Mirrors GetResourceRequest in pkg/api/v1/resource/helpers.go (1.16 to 1.37).
    differs: up to 1.33 sidecars count there as init containers, and resources of the pod as such (by an alpha gate) not at all.
    """
    counted = _Counted(build)
    total = requested(spec, build, overhead=False)
    if by_pod:
        total = counted.finished({name: amount for name, amount in counted.of(spec).items() if _at_pod_level(name, build)})
    if _counts_overhead(build):
        for name, amount in counted.finished(counted.list(spec.get("Overhead"))).items():
            total[name] = total[name] + amount if total.get(name) else 0
    return total


def _counts_overhead(build: KubeletBuild) -> bool:
    return not build.admission.overhead_needs_gate or build.feature_gate("PodOverhead")


def _add_init(total: Amounts, inits: Iterable[GoValue], counted: _Counted) -> None:
    """Adds the sidecars, and raises the total to what the hungriest init container needs beside the sidecars before it."""
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container in inits:
        own = counted.of(container)
        if is_sidecar(container):
            _add(total, own)
            _add(sidecars, own)
            _raise_to(peak, sidecars)
        else:
            _add(own, sidecars)
            _raise_to(peak, own)
    _raise_to(total, peak if counted.init_zeros else {name: amount for name, amount in peak.items() if amount})


def allocatable(amounts: Mapping[str, Quantity], build: KubeletBuild) -> Amounts:
    """What a node has. Mirrors NewResource in the scheduler's types."""
    return _Counted(build).whole({name: nanos(amount) for name, amount in amounts.items()})


def _add(total: Amounts, amounts: Amounts) -> None:
    for name, amount in amounts.items():
        total[name] = total.get(name, 0) + amount


def _raise_to(total: Amounts, amounts: Amounts) -> None:
    for name, amount in amounts.items():
        total[name] = max(total.get(name, 0), amount)


def _at_pod_level(name: str, build: KubeletBuild) -> bool:
    return name in _POD_LEVEL or (build.admission.pod_huge_pages and name.startswith(_HUGE_PAGES))


class _Counted:
    """What of a list of resources one kubelet counts, and when it rounds."""

    def __init__(self, build: KubeletBuild) -> None:
        self.init_zeros = build.admission.init_zero_counts
        self._exact = build.admission.request_sum is RequestSum.QUANTITIES
        self._no_storage = build.admission.ephemeral_storage_needs_gate and not build.feature_gate("LocalStorageCapacityIsolation")

    def of(self, holder: GoValue) -> Amounts:
        """The requests of a container, or of a pod as such."""
        return self.list((holder.get("Resources") or {}).get("Requests"))

    def list(self, amounts: Mapping[bytes, Quantity] | None) -> Amounts:
        exact = {printable(name): nanos(amount) for name, amount in (amounts or {}).items()}
        return exact if self._exact else self.whole(exact)

    def finished(self, total: Amounts) -> Amounts:
        return self.whole(total) if self._exact else total

    def whole(self, exact: Amounts) -> Amounts:
        """Rounded up to thousandths of a cpu and to whole ones of all else, without what does not count."""
        return {name: scaled(amount, MILLI if name == CPU else UNIT) for name, amount in exact.items() if self._counts(name)}

    def _counts(self, name: str) -> bool:
        return is_scalar(name) or (name in _CORE and not (name == STORAGE and self._no_storage))
