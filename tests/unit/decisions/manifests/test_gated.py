"""Manifests under gates that are set otherwise than by default, as real kubelet code takes them: tests/goldens/gated-manifests.json."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from tests.builders import read
from tests.oracle.gated_goldens import FILE, Changed
from tests.unit.decisions.manifests.corpus import GOLDENS, build_of, manifest_json
from upgradecheck.decisions.manifests.outcomes import RefusedManifest
from upgradecheck.decisions.manifests.reading import read_static_pod

REAL: dict[str, Changed] = json.loads(FILE.read_text())


def refused(told: str, names: list[str], *, gated: bool = True) -> list[str]:
    version, _, setting = told.partition(" ")
    gate, _, value = setting.partition("=")
    build = replace(build_of(version), feature_gates={gate: value == "true"} if gated else {})
    return [name for name in names if isinstance(read_static_pod(read(manifest_json(name)), build), RefusedManifest)]


@pytest.mark.parametrize("told", REAL)
def test_what_a_gate_changes_is_what_it_changes_in_real_kubelets(told: str) -> None:
    both = [*REAL[told]["refused"], *REAL[told]["taken"]]
    assert refused(told, both) == REAL[told]["refused"]
    assert refused(told, both, gated=False) == REAL[told]["taken"]


@pytest.mark.long
@pytest.mark.parametrize("told", REAL)
def test_a_gate_changes_nothing_else(told: str) -> None:
    others = [name for name in GOLDENS if name not in (*REAL[told]["refused"], *REAL[told]["taken"])]
    assert refused(told, others) == refused(told, others, gated=False)
