"""Checks of resources, of containers and (from 1.35 on) of the pod.

Mirrors ValidateResourceRequirements, validateResourceQuantityHugePageValue, validatePodResources and validateResourceClaimNames in
pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

from upgradecheck.decisions.manifests.checking import Complaint, containers, is_qualified_name, spec_of
from upgradecheck.hashing.codecs import GoValue, printable
from upgradecheck.hashing.defaulting.resources import exact, total_resources
from upgradecheck.hashing.quantity import Quantity, parse_quantity
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.manifests import ManifestRefusal
from upgradecheck.model.patterns import pattern

_HUGE_PAGES, _LOCAL = b"hugepages-", b"ephemeral-storage"
_STANDARD = pattern(rb"cpu|memory|ephemeral-storage|hugepages-.+")
_COMPUTE = frozenset({b"cpu", b"memory"})
Amounts = Mapping[bytes, Quantity]


def check_amounts(pod: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """Of every container, then across them, then of the pod."""
    spec = spec_of(pod)
    claims = {claim.get("Name", b"") for claim in spec.get("ResourceClaims") or ()}
    for place in containers(spec):
        resources, path = place.content.get("Resources", {}), f"{place.path}.resources"
        yield from _requirements(resources, path, build, _STANDARD)
        for index, claim in enumerate(resources.get("Claims") or ()):
            if claim.get("Name", b"") not in claims:
                yield Complaint(f"{path}.claims[{index}]", "is no resource claim of the pod")
    yield from _mixed_huge_pages(spec, build)
    yield from _pod_level(spec, build)


def _requirements(resources: GoValue, path: str, build: KubeletBuild, native: re.Pattern[bytes]) -> Iterator[Complaint]:
    limits: Amounts = resources.get("Limits") or {}
    requests: Amounts = resources.get("Requests") or {}
    for key, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            yield from _amount(name, amount, f"{path}.{key}[{printable(name)}]", build, native)
    for name in limits:
        yield from _gated(name, f"{path}.limits[{printable(name)}]", build)
    yield from _against_limits(limits, requests, path)
    named = {*limits, *requests}
    alone = any(name.startswith(_HUGE_PAGES) for name in named) and not named & _COMPUTE
    if alone and ManifestRefusal.HUGE_PAGES_ALONE in build.manifests.refuses:
        yield Complaint(path, "has huge pages without cpu or memory")


def _amount(name: bytes, amount: Quantity, path: str, build: KubeletBuild, native: re.Pattern[bytes]) -> Iterator[Complaint]:
    refuses, value = build.manifests.refuses, exact(amount)
    extended = is_qualified_name(name) and b"/" in name
    if not native.fullmatch(name) and not extended:
        yield Complaint(path, "is no resource")
    if value < 0 or (extended and value.denominator != 1):
        yield Complaint(path, "is negative, or no whole number of an extended resource")
    if name.startswith(_HUGE_PAGES) and ManifestRefusal.HUGE_PAGES_INDIVISIBLE in refuses and not _is_divisible(value, name):
        yield Complaint(path, "is no multiple of the page")


def _gated(name: bytes, path: str, build: KubeletBuild) -> Iterator[Complaint]:
    """Limits that need a gate, up to 1.13; requests are not asked."""
    refuses = build.manifests.refuses
    if name.startswith(_HUGE_PAGES) and ManifestRefusal.HUGE_PAGES_UNLESS_GATE in refuses and not build.feature_gate("HugePages"):
        yield Complaint(path, "this version takes huge pages under gate HugePages only")
    if name == _LOCAL and ManifestRefusal.LOCAL_STORAGE_UNLESS_GATE in refuses and not build.feature_gate("LocalStorageCapacityIsolation"):
        yield Complaint(path, "this version takes it under gate LocalStorageCapacityIsolation only")


def _is_divisible(amount: Fraction, name: bytes) -> bool:
    try:
        page = exact(parse_quantity(printable(name[len(_HUGE_PAGES) :])))
    except SpecRefused:
        return False
    return page > 0 and amount % page == 0


def _against_limits(limits: Amounts, requests: Amounts, path: str) -> Iterator[Complaint]:
    for name, request in requests.items():
        overcommitted = _STANDARD.fullmatch(name) is not None and not name.startswith(_HUGE_PAGES)
        if name not in limits:
            if not overcommitted:
                yield Complaint(f"{path}.limits", f"has none for {printable(name)}, which cannot be overcommitted")
        elif exact(request) > exact(limits[name]) or (not overcommitted and exact(request) != exact(limits[name])):
            yield Complaint(f"{path}.requests", f"does not fit the limit of {printable(name)}")


def _mixed_huge_pages(spec: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    refuses = build.manifests.refuses
    unless_gate = ManifestRefusal.HUGE_PAGES_MIXED_UNLESS_GATE in refuses and not build.feature_gate("HugePageStorageMediumSize")
    sizes = {
        name
        for place in containers(spec)
        for field in ("Limits", "Requests")
        for name in place.content.get("Resources", {}).get(field) or ()
        if name.startswith(_HUGE_PAGES)
    }
    if len(sizes) > 1 and (ManifestRefusal.HUGE_PAGES_MIXED in refuses or unless_gate):
        yield Complaint("spec", "uses huge pages of more than one size")


def _pod_level(spec: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    resources, path = spec.get("Resources"), "spec.resources"
    if (
        resources is None
        or ManifestRefusal.POD_RESOURCES_INCONSISTENT not in build.manifests.refuses
        or not build.feature_gate("PodLevelResources")
    ):
        return
    if (spec.get("OS") or {}).get("Name") == b"windows":
        yield Complaint(path, "a Windows pod may not have it")
    if resources.get("Claims") is not None:
        yield Complaint(f"{path}.claims", "a pod may not have them")
    yield from _requirements(resources, path, build, re.compile(rb"cpu|memory|hugepages-.+"))
    yield from _against_containers(spec, resources, path)


def _against_containers(spec: GoValue, resources: GoValue, path: str) -> Iterator[Complaint]:
    requests: Amounts = resources.get("Requests") or {}
    limits: Amounts = resources.get("Limits") or {}
    for key, own, field in (("requests", requests, "Requests"), ("limits", limits, "Limits")):
        for name, total in total_resources(spec, field):
            counted = field == "Requests" or name.startswith(_HUGE_PAGES)
            if counted and name in own and total > exact(own[name]):
                yield Complaint(f"{path}.{key}[{printable(name)}]", "is less than what the containers need together")
    for place in containers(spec):
        for name, limit in (place.content.get("Resources", {}).get("Limits") or {}).items():
            if not place.is_init and name in limits and exact(limit) > exact(limits[name]):
                yield Complaint(f"{path}.limits[{printable(name)}]", "is less than that of a container")
