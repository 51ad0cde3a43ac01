"""Facts of a new minor that are another one's copied are found out: 1.38 with what 1.37 has in their place decides otherwise than it does.

What these facts are, real code of 1.38.0-beta.0 said (staticpods.json, static-uids.json, declared.json) or its sources say. Refusals of
manifests are in tests/unit/decisions/manifests/test_declared.py.
"""

from __future__ import annotations

import json

from msgspec.structs import replace

from tests.statefiles import resources
from tests.unit.decisions.manifests.corpus import build_of, manifest_json
from tests.unit.hashing.staticuid.test_goldens import GOLDENS, shown
from upgradecheck.decisions.admission.host_needs import required_features
from upgradecheck.decisions.statefiles.judging import Wanted, judge
from upgradecheck.model.facts import ByPatch
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import Schema
from upgradecheck.model.statefiles import PLACES, StateFile, StateName, StateTrouble

NEW, OLD = build_of("1.38.0"), build_of("1.37.2")
PRINTED_OTHERWISE = ("resource.Quantity", "resource.cachedString", "core/v1.SeccompProfile")
ML_DSA = {"Volumes": [{"Projected": {"Sources": [{"PodCertificate": {"KeyType": b"MLDSA65"}}]}}]}


def with_schema(schema: Schema) -> KubeletBuild:
    return replace(NEW, hash_class=replace(NEW.hash_class, schema=schema))


def test_types_of_amounts_and_profiles_make_other_uids() -> None:
    """A plain pod keeps its UID from 1.37 on; one with amounts or a profile does not."""
    types = {name: kind for name, kind in NEW.schema.types.items() if name not in PRINTED_OTHERWISE}
    types |= {name: OLD.schema.types[name] for name in PRINTED_OTHERWISE if name in OLD.schema.types}
    copied = with_schema(replace(NEW.schema, types=types))
    real = {version: GOLDENS[version]["manifests"] for version in ("1.37.2", "1.38.0")}
    for name in ("requests-large.yaml", "huge-pages.yaml"):
        document = manifest_json(name)
        assert " ".join(shown(document, NEW)) == real["1.38.0"][name] != real["1.37.2"][name]
        assert " ".join(shown(document, copied)) != real["1.38.0"][name]


def test_gates_that_are_gone_stay_on() -> None:
    """Strict groups are always refused, and resized pods always compared: their gates are gone for good, not absent."""
    unmarked = with_schema(replace(NEW.schema, gone_gates=OLD.schema.gone_gates))
    for gate in ("SupplementalGroupsPolicy", "InPlacePodVerticalScaling", "DynamicResourceAllocation"):
        assert NEW.feature_gate(gate)
        assert NEW.is_past_alpha(gate)
        assert not unmarked.feature_gate(gate)
        assert not unmarked.is_past_alpha(gate)


def test_features_that_pods_require() -> None:
    copied = with_schema(replace(NEW.schema, admission=OLD.schema.admission))
    assert list(required_features(ML_DSA, NEW)) == ["PodCertificateMLDSA"]
    assert not list(required_features(ML_DSA, copied))


def test_records_of_a_version_that_is_not_known() -> None:
    """They stop 1.38, whose own records 1.37 reads; copied facts would not say so."""
    content = json.loads(resources())
    copied = with_schema(replace(NEW.schema, state_files=ByPatch(OLD.state_files)))
    for version, stops in (("v2", False), ("v3", True)):
        content["version"] = version
        assert bool(judged(NEW, content)) is stops
        assert not judged(OLD, content)
        assert not judged(copied, content)


def judged(kubelet: KubeletBuild, content: object) -> list[StateTrouble]:
    file = StateFile(StateName.ALLOCATED, PLACES[StateName.ALLOCATED], json.dumps(content).encode())
    return list(judge(file, kubelet, Wanted()))
