"""What was read by hand of the values that kubelets refuse: nothing that the real validation could be asked, and each with its source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CATALOG, as_version
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking import refused
from upgradecheck.planning.asking.filled_in import UNFILLED

ENTRIES: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "hashdata" / "refusals.json").read_bytes())["refusals"]
ASKED = {
    "pkg/kubelet/apis/config/validation/validation.go",
    "config/validation/validation.go",
    "logs/api/v1/options.go",
    "logs/options.go",
    "logs/validate.go",
}
"""What ValidateKubeletConfiguration is, and what it calls of component-base."""
BY_HAND = {
    "logs/api/v1/options.go",
    "cmd/kubelet/app/auth.go",
    "cmd/kubelet/app/options/options.go",
    "cmd/kubelet/app/server.go",
    "pkg/cloudprovider/providers",
    "pkg/kubelet/apis/config/scheme/scheme.go",
    "pkg/kubelet/apis/config/validation/validation_linux.go",
    "pkg/kubelet/apis/config/v1beta1/defaults.go",
    "pkg/kubelet/cm/container_manager.go",
    "pkg/kubelet/cm/container_manager_linux.go",
    "pkg/kubelet/cm/cpumanager/cpu_manager.go",
    "pkg/kubelet/cm/cpumanager/policy_none.go",
    "pkg/kubelet/cm/cpumanager/policy_options.go",
    "pkg/kubelet/cm/memorymanager/memory_manager.go",
    "pkg/kubelet/cm/node_container_manager_linux.go",
    "pkg/kubelet/cm/topologymanager/policy_options.go",
    "pkg/kubelet/config/file.go",
    "pkg/kubelet/cri/remote/remote_runtime.go",
    "pkg/kubelet/eviction/helpers.go",
    "pkg/kubelet/kubelet.go",
    "pkg/kubelet/logs/container_log_manager.go",
    "pkg/kubelet/server/server.go",
    "tracing/utils.go",
}
"""Where kubelets end that ValidateKubeletConfiguration says nothing of: each a place to read again in a new minor."""


def entry_id(entry: dict[str, Any]) -> str:
    return f"{entry['field']} from {entry['since']}"


@pytest.mark.parametrize("entry", ENTRIES, ids=entry_id)
def test_who_dated_an_entry(entry: dict[str, Any]) -> None:
    path = entry["source"]["path"]
    assert path in (ASKED if "asked" in entry else BY_HAND)
    if "asked" in entry:
        assert entry["asked"]["refused"], "one of which the real code was asked nothing"


@pytest.mark.parametrize("entry", ENTRIES, ids=entry_id)
def test_the_source_is_of_a_minor_that_refuses(entry: dict[str, Any]) -> None:
    source = entry["source"]
    major, minor = (int(part) for part in source["version"].removeprefix("v").split(".")[:2])
    read = Minor(1, minor)
    assert source["module"]
    if major == 1:  # a library of k8s.io has the kubelet's minor with 0 before it
        assert as_version(source["version"])
    since, until = (None if text is None else Minor(*map(int, text.split("."))) for text in (entry["since"], entry.get("until")))
    assert since is not None
    assert since <= read
    assert until is None or read < until
    assert read in CATALOG.minors()


def test_no_place_is_named_in_vain() -> None:
    assert {entry["source"]["path"] for entry in ENTRIES if "asked" not in entry} == BY_HAND
    assert len(CATALOG.options().refusals) == len(ENTRIES)


NO_FUNCTIONS = {
    "pkg/kubelet/config/file.go": "a ticker of Go, which takes no length below zero",
    "pkg/kubelet/cri/remote/remote_runtime.go": "a context of Go, whose time is over before the runtime is asked",
    "logs/api/v1/options.go": "a flag's default that overwrites the configuration, in k8s.io/component-base",
    "pkg/cloudprovider/providers": "which folders there are; the kubelet has no providers of its own from 1.31 on",
    "tracing/utils.go": "NewProvider of k8s.io/component-base, for kubelets up to 1.30, which change no more",
    "pkg/kubelet/apis/config/v1beta1/defaults.go": "the generator reads which fields hang on gates, and both ways are asked for below",
    "pkg/kubelet/cm/node_container_manager_linux.go": "validateNodeAllocatable, for kubelets up to 1.20, which change no more",
}
"""Places of which there is no function to be held against its fingerprint."""
READ_IN = {"pkg/kubelet/kubelet.go": "pkg/kubelet/sysctl"}
"""Where what a place calls refuses."""


@pytest.mark.parametrize("place", sorted(BY_HAND - set(NO_FUNCTIONS)))
def test_what_was_read_by_hand_is_read_again_where_its_functions_change(place: str) -> None:
    """A minor whose functions have other fingerprints is provisional until somebody has read them (test_mirrored.py)."""
    told = refused.__doc__ or ""
    functions = json.loads((Path(__file__).parents[2] / "hashdata" / "mirrored.json").read_bytes())["functions"]
    folder = READ_IN.get(place) or place.rpartition("/")[0]
    held = [name for name in functions if name.endswith(f" in {folder}") and name.partition(" ")[0] in told]
    assert held
    assert all(functions[name][-1]["fingerprint"] for name in held)


def test_what_is_refused_of_a_field_that_hangs_on_a_gate_is_known_both_ways() -> None:
    """That a gate turned it off, or on, behind its default: planning.asking.filled_in."""
    known = CATALOG.options()
    for path, states in known.fields.items():
        for gate in {one.gate for one in states} - {""}:
            assert {one.while_on for one in known.refusals if one.gate == gate and one.field in (path, f"{path}{UNFILLED}")} == {
                True,
                False,
            }
            assert any(one.field == f"{path}{UNFILLED}" for one in known.refusals), path
