"""Defaults that are amounts: rounding, and the pod-level requests and limits that 1.32 and later take from the containers.

Mirrors SetDefaults_ResourceList, defaultPodRequests and defaultHugePagePodLimits in pkg/apis/core/v1/defaults.go, RoundUp in
k8s.io/apimachinery/pkg/api/resource/quantity.go, AggregateContainerRequests in k8s.io/component-helpers/resource/helpers.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from msgspec.structs import replace

from upgradecheck.hashing.quantity import FARTHEST, INT64_MAX, MOST_DIGITS, Quantity, ten_to
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.manifests import PodLevelDefaults

ResourceList = Mapping[bytes, Quantity]

_MILLI = -3
_HUGE_PAGES = b"hugepages-"


def rounded_up_to_milli(quantity: Quantity) -> Quantity:
    """The amount in whole thousandths, away from zero; one without a smaller part keeps its text, unless it is an inf.Dec (up to 1.37)."""
    if (quantity.caching or not quantity.wide) and quantity.scale >= _MILLI:
        return quantity
    return replace(quantity, value=_at_scale(quantity.value, quantity.scale), scale=_MILLI, text="")


def _at_scale(value: int, scale: int, wanted: int = _MILLI) -> int:
    if scale >= wanted:
        return value * int(10 ** (scale - wanted))
    divisor: int = 10 ** (wanted - scale)
    rounded = -(-abs(value) // divisor)
    return rounded if value >= 0 else -rounded


def default_pod_level_resources(spec: dict[str, Any], build: KubeletBuild) -> dict[str, Any]:
    """The spec with pod-level limits of huge pages and pod-level requests, as far as it has pod-level resources at all."""
    how = build.manifests.pod_level_defaults
    resources = spec.get("Resources")
    if how is PodLevelDefaults.NONE or resources is None:
        return spec
    if not build.feature_gate("PodLevelResources") or build.feature_gate("PodLevelResourcesFixDefaulting"):
        return spec
    if how is not PodLevelDefaults.REQUESTS:
        resources = _with_huge_page_limits(resources, spec, how)
    return {**spec, "Resources": _with_requests(resources, spec, how)}


def _with_huge_page_limits(resources: dict[str, Any], spec: Mapping[str, Any], how: PodLevelDefaults) -> dict[str, Any]:
    limits, requests = dict(resources.get("Limits") or {}), resources.get("Requests") or {}
    if not limits and not requests:
        return resources
    for name, amount in _aggregated(spec, "Limits").items():
        requested = how is PodLevelDefaults.OVERCOMMITTABLE and name in requests
        if name.startswith(_HUGE_PAGES) and not requested:
            limits.setdefault(name, amount)
    return {**resources, "Limits": limits} if limits else resources


def _with_requests(resources: dict[str, Any], spec: Mapping[str, Any], how: PodLevelDefaults) -> dict[str, Any]:
    limits = resources.get("Limits")
    if not limits:
        return resources
    requests = dict(resources.get("Requests") or {})
    for name, amount in _aggregated(spec, "Requests").items():
        if _is_supported(name, how) and (how is PodLevelDefaults.REQUESTS or not name.startswith(_HUGE_PAGES)):
            requests.setdefault(name, amount)
    for name, amount in limits.items():
        if _is_supported(name, how):
            requests.setdefault(name, amount)
    return {**resources, "Requests": requests} if requests else resources


def _is_supported(name: bytes, how: PodLevelDefaults) -> bool:
    """1.32 knows no huge pages of a pod."""
    return name in (b"cpu", b"memory") or (how is not PodLevelDefaults.REQUESTS and name.startswith(_HUGE_PAGES))


def _aggregated(spec: Mapping[str, Any], field: str) -> ResourceList:
    """What all containers together need: sidecars beside the app containers, and each init container beside the sidecars before it."""
    total: ResourceList = {}
    for container in spec.get("Containers") or ():
        total = _added(total, _amounts(container, field))
    sidecars: ResourceList = {}
    highest: ResourceList = {}
    for container in spec.get("InitContainers") or ():
        own = _amounts(container, field)
        if container.get("RestartPolicy") == b"Always":
            total, sidecars = _added(total, own), _added(sidecars, own)
            highest = _highest(highest, sidecars)
        else:
            highest = _highest(highest, _added(own, sidecars))
    return _highest(total, highest)


def _amounts(container: Mapping[str, Any], field: str) -> ResourceList:
    amounts: ResourceList = container.get("Resources", {}).get(field) or {}
    return amounts


def _added(some: ResourceList, more: ResourceList) -> ResourceList:
    return {**some, **{name: _sum(some[name], amount) if name in some else amount for name, amount in more.items()}}


def _highest(some: ResourceList, others: ResourceList) -> ResourceList:
    """Mirrors maxResourceList, whose Cmp turns an amount that it compares with an inf.Dec into one (up to 1.37)."""
    higher = {}
    for name, amount in others.items():
        held = some.get(name)
        if held is None or exact(amount) > exact(held):
            higher[name] = replace(amount, wide=True) if held is not None and held.wide and not held.caching else amount
    return {**some, **higher}


def _sum(one: Quantity, other: Quantity) -> Quantity:
    """Mirrors Quantity.Add: the text is gone, and the form is that of the first unless it is zero.

    Two int64 with their scales stay that as long as nothing overflows, and a zero leaves the other its scale.
    """
    form = one.format if one.value else other.format
    wide = one.wide or other.wide
    if not wide and not (one.value and other.value):
        return replace(one if one.value or not other.value else other, format=form, text="")
    if wide and one.caching:
        if not (one.value and other.value):
            return replace(one if one.value or not other.value else other, format=form, text="", wide=True)
        one, other = _near(one, other.scale), _near(other, one.scale)
    scale = min(one.scale, other.scale)
    parts = one.value * ten_to(one.scale - scale), other.value * ten_to(other.scale - scale)
    overflows = any(abs(part) > INT64_MAX for part in (*parts, sum(parts)))
    return Quantity(sum(parts), scale, form, wide=wide or overflows, caching=one.caching)


def _near(one: Quantity, scale: int) -> Quantity:
    """Mirrors boundScaleGap: digits that are too far below those of the other amount are rounded up."""
    return (
        one
        if scale - one.scale <= MOST_DIGITS
        else replace(one, value=_at_scale(one.value, one.scale, scale - MOST_DIGITS), scale=scale - MOST_DIGITS)
    )


def exact(quantity: Quantity) -> Fraction:
    """The amount as a number.

    differs: one with more zeros than are of any use counts as one with that many, where Go fills its memory.
    """
    return Fraction(quantity.value * ten_to(min(max(quantity.scale, 0), FARTHEST)), ten_to(max(-quantity.scale, 0)))


def total_resources(spec: Mapping[str, Any], field: str) -> Iterator[tuple[bytes, Fraction]]:
    """What all containers of a spec need together, as numbers; field is Limits or Requests."""
    return ((name, exact(amount)) for name, amount in _aggregated(spec, field).items())
