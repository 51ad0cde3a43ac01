"""Whether a pod asks for what a gate gives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builders import CATALOG
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
