"""Whether a pod asks for what a gate gives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builders import CATALOG
from upgradecheck.model.claims import Claim
from upgradecheck.model.gates import MovedGate
from upgradecheck.planning.seeing.gated import gates_touching

MOVED = tuple(MovedGate(one, on=True) for one in CATALOG.gate_effects().touching)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"hostUsers": False}, ["UserNamespacesSupport"], id="a value"),
        pytest.param({"hostUsers": True}, [], id="another value"),
        pytest.param({"hostUsers": 0}, [], id="what only equals it"),
        pytest.param({"resources": {}}, ["PodLevelResources", "PodLevelResourcesFixKubeletQOSClass"], id="whatever it is"),
        pytest.param({"resources": None}, [], id="null is not set"),
        pytest.param(
            {"containers": [{"name": "a"}, {"livenessProbe": {"exec": {"command": ["true"]}}}]}, ["ExecProbeTimeout"], id="in a list"
        ),
        pytest.param({"containers": [{"volumeMounts": [{"recursiveReadOnly": "Enabled"}]}]}, ["RecursiveReadOnlyMounts"], id="in two"),
        pytest.param({"containers": {"livenessProbe": {"exec": {}}}, "volumes": "image", "initContainers": [3]}, [], id="of other types"),
        pytest.param(
            {"hostUsers": False, "volumes": [{"image": {}}, {"emptyDir": {"medium": "Memory"}}]},
            ["ImageVolume", "SizeMemoryBackedVolumes", "UserNamespacesSupport"],
            id="several",
        ),
    ],
)
def test_what_a_pod_asks_for(spec: dict[str, Any], expected: list[str]) -> None:
    raw = json.dumps({"kind": "Pod", "spec": spec}).encode()
    assert [one.gate.name for one in gates_touching(raw, MOVED)] == expected
    assert gates_touching(raw, ()) == ()


def test_what_is_no_json_asks_for_nothing() -> None:
    assert gates_touching(b'{"hostUsers": false', MOVED) == ()


CLAIMED = {"name": "data", "persistentVolumeClaim": {"claimName": "files"}}
MADE = {"name": "data", "ephemeral": {"volumeClaimTemplate": {}}}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param({"volumes": [{"name": "a", "csi": {}}]}, None, id="one of the two things"),
        pytest.param({"securityContext": {"fsGroup": 1}}, None, id="the other one"),
        pytest.param({"securityContext": {"fsGroup": 0}, "volumes": [{"name": "a", "csi": {}}]}, (), id="both, by itself"),
        pytest.param({"securityContext": {"fsGroup": None}, "volumes": [CLAIMED]}, None, id="null is not set"),
        pytest.param({"securityContext": {"fsGroup": 1}, "volumes": [CLAIMED]}, (Claim("files"),), id="perhaps, by a claim"),
        pytest.param({"securityContext": {"fsGroup": 1}, "volumes": [MADE]}, (Claim("data", of_pod=True),), id="by a claim made for it"),
        pytest.param(
            {"securityContext": {"fsGroup": 1}, "volumes": [CLAIMED, {"name": "a", "csi": {}}]}, (), id="itself goes before claims"
        ),
        pytest.param({"securityContext": {"fsGroup": 1}, "volumes": [{"persistentVolumeClaim": 7}, 3]}, None, id="of other types"),
    ],
)
def test_a_gate_that_asks_two_things(spec: dict[str, Any], expected: tuple[Claim, ...] | None) -> None:
    raw = json.dumps({"kind": "Pod", "spec": spec}).encode()
    found = [one.claims for one in gates_touching(raw, MOVED) if one.gate.name == "DelegateFSGroupToCSIDriver"]
    assert found == ([] if expected is None else [expected])


def test_a_claim_that_is_made_for_a_pod_has_its_name() -> None:
    assert Claim("data", of_pod=True).name_in("web-0") == "web-0-data"
    assert Claim("data").name_in("web-0") == "data"
