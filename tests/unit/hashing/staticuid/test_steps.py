"""Which static pods a step gives another UID, read off the types: against UIDs that real kubelet code made, and what real kubelets did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG, as_version
from tests.lab import comparing
from tests.lab.test_static_uids import FOLDERS, given
from tests.unit.decisions.manifests.corpus import GOLDENS, VERSIONS, build_of, manifest_json
from tests.unit.hashing.staticuid.making import uid_of
from tests.unit.hashing.staticuid.paths import is_computable, is_defaulted_alike, one_path_manifests
from upgradecheck.hashing.staticuid.steps import static_pod_change, static_pod_effect
from upgradecheck.model.changes import Change, StaticPodEffect, UIDChange, UIDField

NONE, CONDITIONAL, ALL = UIDChange.NONE, UIDChange.CONDITIONAL, UIDChange.ALL
CLAIM, PROJECTED = "spec.volumes[].ephemeral.volumeClaimTemplate", "spec.volumes[].projected.sources[]"
ODD_IMAGE = "an image such as Registry/app or [fd00::1]/app, without imagePullPolicy"
IN_WORDS_ALONE = {"image-ipv6.yaml", "image-upper-case-host.yaml"}
"""Manifests of the corpus that no path tells: what is told of them is ODD_IMAGE."""
LISTS = ("initContainers", "containers", "ephemeralContainers")
WINDOWS = (*(f"spec.{kind}[].securityContext.windowsOptions" for kind in LISTS), "spec.securityContext.windowsOptions")
HOOKS = tuple(f"spec.{kind}[].lifecycle.{hook}" for kind in LISTS for hook in ("postStart", "preStop"))
TERMS = tuple(
    f"spec.affinity.{kind}.{when}DuringSchedulingIgnoredDuringExecution[]"
    for kind in ("podAffinity", "podAntiAffinity")
    for when in ("required", "preferred")
)
TO_1_22 = StaticPodEffect(CONDITIONAL, ("metadata.managedFields[]", CLAIM, *WINDOWS))
TO_1_29 = StaticPodEffect(CONDITIONAL, (PROJECTED, CLAIM, *HOOKS, *TERMS, ODD_IMAGE))


def every(*because: str) -> StaticPodEffect:
    return StaticPodEffect(ALL, because)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("1.16.15", "1.17.17", StaticPodEffect(NONE), id="nothing that is printed changes"),
        pytest.param("1.20.15", "1.19.16", StaticPodEffect(NONE), id="nor here, going back"),
        pytest.param("1.16.15", "1.18.20", every("PodSecurityContext.FSGroupChangePolicy"), id="a field that every pod prints"),
        pytest.param("1.18.20", "1.16.15", every("PodSecurityContext.FSGroupChangePolicy"), id="and going back"),
        pytest.param("1.21.14", "1.22.17", TO_1_22, id="structs that only some print"),
        pytest.param("1.22.17", "1.21.14", TO_1_22, id="and back"),
        pytest.param("1.28.15", "1.29.15", TO_1_29, id="other structs, and another default"),
        pytest.param("1.14.3", "1.14.4", StaticPodEffect(CONDITIONAL, ("a container with a securityContext that sets no procMount",)),
                     id="a patch that has another default, and no other struct"),
        pytest.param("1.14.4", "1.14.10", StaticPodEffect(NONE), id="patches that have nothing other"),
        pytest.param("1.20.15", "1.21.14", every("node and source no longer erased from the hash"),
                     id="another input; what only some pods print is none of the reasons"),
        pytest.param("1.34.10", "1.35.8", every("hasher fnv128a instead of md5", "PodSpec.WorkloadRef", "PodStatus.AllocatedResources", "PodStatus.Resources"),
                     id="another hasher, and fields"),
        pytest.param("1.34.10", "1.36.4", every("hasher fnv128a instead of md5", "PodSpec.SchedulingGroup", "PodStatus.AllocatedResources",
                                                "PodStatus.NodeAllocatableResourceClaimStatuses", "PodStatus.Resources"),
                     id="what came and went again is no reason"),
        pytest.param("1.33.13", "1.34.10", every("PodSpec.HostnameOverride", "Container.RestartPolicyRules", "PodStatus.ExtendedResourceClaimStatus"),
                     id="every pod has a container and a status"),
    ],
)  # fmt: skip
def test_which_static_pods_get_another_uid(old: str, new: str, expected: StaticPodEffect) -> None:
    found = static_pod_change(build_of(old), build_of(new))
    assert (found.change, sorted(found.because), found.fields) == (expected.change, sorted(expected.because), None)
    assert replace(static_pod_effect(build_of(old), build_of(new), CATALOG), fields=None) == found


def test_a_vendor_that_hashes_something_else_touches_every_pod() -> None:
    (openshift,) = CATALOG.builds(as_version("v1.20.0+7d0a2b2"))
    assert static_pod_change(openshift, build_of("1.20.15")) == every("node and source erased from the hash")


def test_a_gate_that_sets_defaults_touches_some() -> None:
    off = build_of("1.30.14")
    on = replace(off, feature_gates={"InPlacePodVerticalScaling": True})
    assert static_pod_change(off, on) == StaticPodEffect(CONDITIONAL, ("a container with cpu or memory and no resizePolicy",))


def fields(old: str, new: str) -> dict[str, UIDField]:
    found = static_pod_effect(build_of(old), build_of(new), CATALOG).fields
    assert found is not None
    return {f"{field.change.value} {field.field}": field for field in found}


def test_a_field_is_told_with_its_places_in_a_manifest_and_what_it_hangs_on() -> None:
    probes = [f"spec.{kind}[].{probe}Probe" for kind in LISTS for probe in ("liveness", "readiness", "startup")]
    assert fields("1.20.15", "1.22.17")["added Probe.TerminationGracePeriodSeconds"] == UIDField(
        "Probe.TerminationGracePeriodSeconds",
        Change.ADDED,
        "1.21",
        tuple(f"{probe}.terminationGracePeriodSeconds" for probe in probes),
        tuple(probes),
    )


def test_fields_that_conversion_moves_stand_where_the_manifest_has_them() -> None:
    found = fields("1.37.1", "1.36.4")
    assert [(field.paths, field.holders, field.since) for name, field in found.items() if "HostNetwork" in name] == 2 * [
        (("spec.hostNetwork",), (), "1.37")
    ]
    assert {"removed PodSpec.HostNetwork", "added PodSecurityContext.HostNetwork"} <= found.keys()


def test_what_a_time_consists_of_has_the_place_of_the_time() -> None:
    found = fields("1.8.15", "1.9.11")["added Time.wall"]
    assert (found.paths[:2], found.holders) == (("metadata.creationTimestamp", "metadata.deletionTimestamp"), ())


def test_fields_of_every_pod_come_first() -> None:
    told = [bool(field.holders) for field in fields("1.36.4", "1.37.1").values()]
    assert told == sorted(told)
    assert set(told) == {False, True}


def paths(value: Any, path: str = "") -> Iterator[str]:
    """Every place of a document that holds something."""
    if isinstance(value, dict):
        for key, below in value.items():
            if below is not None:
                yield from (f"{path}.{key}".lstrip("."), f"{path}[*]")
                yield from paths(below, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for below in value:
            yield f"{path}[]"
            yield from paths(below, f"{path}[]")


def keeps(effect: StaticPodEffect, there: frozenset[str]) -> bool:
    return effect.change is NONE or (effect.change is CONDITIONAL and there.isdisjoint(effect.because))


def test_real_kubelet_code_gives_another_uid_to_exactly_these_manifests() -> None:
    """The corpus of tests/examples/manifests over every pair of minors, up and down."""
    kept, there = {}, {}
    for name, golden in GOLDENS.items():
        document = json.loads(manifest_json(name)) if golden["uids"] else None
        if document is not None and not document["metadata"].get("uid"):
            kept[name] = {version: number for number, group in enumerate(golden["uids"]) for version in group.split()}
            there[name] = frozenset(paths(document))
    judged, other = 0, set()
    for old, new in permutations(VERSIONS, 2):
        effect = static_pod_change(build_of(old), build_of(new))
        for name, number in kept.items():
            if old in number and new in number:
                judged += 1
                if keeps(effect, there[name]) != (number[old] == number[new]):
                    other.add((name, ODD_IMAGE in effect.because))
    assert other == {(name, True) for name in IN_WORDS_ALONE}
    assert judged >= 140_000


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_real_kubelets_recreated_exactly_these(folder: Path) -> None:
    """Where a step touches some, which ones is proved by their UIDs (test_static_uids.py of the lab)."""
    observed = comparing.observations(folder)
    effect = static_pod_change(build_of(observed["from"]), build_of(observed["to"]))
    before, after = given(folder, "uid_before"), given(folder, "uid_after")
    kept = {before[name] == after[name] for name in before.keys() & after.keys()}
    assert kept == {NONE: {True}, ALL: {False}}.get(effect.change, kept)
    assert kept


@pytest.mark.long
@pytest.mark.parametrize(("old", "new"), [("1.16.15", "1.17.17"), ("1.19.16", "1.20.15"), ("1.21.14", "1.22.17"), ("1.28.15", "1.29.15")])
def test_of_every_path_of_a_pod_exactly_these_make_another_uid(old: str, new: str) -> None:
    """UIDs as computed, which the goldens of real code hold (test_goldens.py)."""
    before, after = build_of(old), build_of(new)
    effect = static_pod_change(before, after)
    for name, document in one_path_manifests(after.schema):
        if is_computable(name) and all(is_defaulted_alike(document, version) for version in (old, new)):
            same = uid_of(document, before) == uid_of(document, after)
            assert keeps(effect, frozenset(paths(json.loads(document)))) == same, name
