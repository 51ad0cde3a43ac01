"""The checks that upstream writes out of its API types, against what real kubelet code refuses: tests/goldens/declared.json."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from tests.builders import read
from tests.oracle.declared_goldens import FILE, manifests
from tests.unit.decisions.manifests.corpus import build_of
from upgradecheck.decisions.manifests.outcomes import RefusedManifest
from upgradecheck.decisions.manifests.reading import read_static_pod
from upgradecheck.model.facts import ByPatch
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.manifests import ManifestRefusal

REAL: dict[str, str] = json.loads(FILE.read_text())
RELEASES = sorted({told.partition(" ")[0] for told in REAL})


def build(told: str) -> KubeletBuild:
    """A version, and a gate that is on."""
    version, _, gate = told.partition(" ")
    return replace(build_of(version), feature_gates={gate: True} if gate else {})


def refused(kubelet: KubeletBuild) -> list[str]:
    return [name for name, text in manifests() if isinstance(read_static_pod(read(text), kubelet), RefusedManifest)]


def names(text: str) -> list[str]:
    return text.split("; ")


@pytest.mark.parametrize("told", REAL)
def test_manifests_are_refused_as_real_kubelets_refuse_them(told: str) -> None:
    assert refused(build(told)) == names(REAL[told])


@pytest.mark.parametrize("fact", [ManifestRefusal.EVICTION_RESPONDERS, ManifestRefusal.SECCOMP_OCI])
def test_a_minor_that_has_another_ones_fact_is_found_out(fact: ManifestRefusal) -> None:
    """As one is that was copied from the minor before, and not read. Other minors do not know what is refused, or take it whatever it holds."""
    known = [build(version) for version in RELEASES]
    assert {fact in one.manifests.refuses for one in known} == {True, False}
    for version, kubelet in zip(RELEASES, known, strict=True):
        if fact not in kubelet.manifests.refuses:
            continue
        changed = planted(kubelet, kubelet.manifests.refuses - {fact})
        gated = [told for told in REAL if told.startswith(version)]
        assert any(refused(replace(changed, feature_gates=build(told).feature_gates)) != names(REAL[told]) for told in gated), version


def planted(kubelet: KubeletBuild, refuses: Iterable[ManifestRefusal]) -> KubeletBuild:
    facts = ByPatch(replace(kubelet.manifests, refuses=frozenset(refuses)))
    return replace(kubelet, hash_class=replace(kubelet.hash_class, schema=replace(kubelet.schema, manifests=facts)))
