"""Files of image credential providers under real kubelets, as recorded and live: each start comes through or ends as a plan says.

A plan sees them on the node, in its bundle, and where they are given; each way must say the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from tests.bundles import example_bundle
from tests.lab import providers
from tests.lab.needing import need_kubelets
from upgradecheck.decisions.credentialproviders.reading import provider_file, provider_files
from upgradecheck.formats.bundle import bundle_text, read_bundle
from upgradecheck.model.bundle import BundledKubelet
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.credentialproviders import ProviderFiles, ProviderTexts
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.asking.credential_providers import with_providers
from upgradecheck.planning.asking.steps import plan_steps

RECORDED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "recorded-providers.json").read_bytes())
VERSIONS = tuple(dict.fromkeys(one["version"] for one in RECORDED))
NOT_IN_A_FILE = ("the program is not there",)
"""What ends every kubelet, and what lies elsewhere: nobody looks for it, since the running one would not run either."""


def texts(start: Mapping[str, Any]) -> ProviderTexts:
    """What of a start's files a node shows."""
    idle = frozenset(name for name, mode in start["programs"].items() if not mode & 0o111)
    names = sorted(name for name in start["files"] if name.endswith((".json", ".yaml", ".yml")))
    contents = tuple(("" if start["alone"] else name, start["files"][name].encode()) for name in names)
    return ProviderTexts("/etc/providers", contents, not start["alone"], idle)


def stops(start: Mapping[str, Any], files: ProviderFiles) -> bool:
    """Whether a plan says that the kubelet does not start, where nothing is known of the kubelet before."""
    config = KubeletConfig(feature_gates=start["gates"])
    node = NodeFacts("node-1", None, None, {}, Origin("nodes.json"))
    steps = plan_steps((node,), None, start["version"], CATALOG, configs=Configs(config, config, old_told=True))
    step = with_providers(steps, (), (files,), CATALOG.options).of("node-1").step
    assert step is not None
    return step.obstacle is Reason.KUBELET_WILL_NOT_START


def bundled(files: ProviderFiles) -> ProviderFiles:
    """The same, as a bundle has it."""
    kubelet = BundledKubelet(providers=files)
    read = read_bundle(bundle_text(replace(example_bundle(), containers=(), sandboxes=(), kubelet=kubelet)), "b")
    assert read.kubelet.providers is not None
    return read.kubelet.providers


def foreseen(start: Mapping[str, Any]) -> bool:
    """What a plan says of it, alike on the node, by its bundle and of the files themselves, where these show it."""
    seen = provider_files(texts(start), "node-1")
    said = stops(start, seen)
    assert stops(start, replace(bundled(seen), node="node-1")) is said
    if start["alone"] and "program" not in start["about"]:
        [text] = start["files"].values()
        assert stops(start, ProviderFiles("providers.yaml", (provider_file(text.encode()),), given=True)) is said
    return said


@pytest.mark.parametrize("version", VERSIONS)
def test_recorded_starts_are_foreseen(version: str) -> None:
    tried = [one for one in RECORDED if one["version"] == version and one["about"] not in NOT_IN_A_FILE]
    assert len(tried) >= 65
    assert {one["ended"] for one in tried} == {True, False}
    assert [(one["about"], one["said"]) for one in tried if foreseen(one) is not one["ended"]] == []


def test_what_lies_elsewhere_ends_every_kubelet() -> None:
    assert {one["ended"] for one in RECORDED if one["about"] in NOT_IN_A_FILE} == {True}


@pytest.mark.parametrize("version", VERSIONS)
def test_recorded_starts_are_all_that_are_tried_today(version: str) -> None:
    """Record them again where they are not: python -m tests.lab.providers VERSION."""
    recorded = [
        {name: one[name] for name in ("about", "files", "alone", "programs", "gates")} for one in RECORDED if one["version"] == version
    ]
    assert recorded == [one.asked for one in providers.starts(version)]


@pytest.mark.node
@pytest.mark.parametrize("version", VERSIONS)
def test_starts_end_as_foreseen(version: str) -> None:
    need_kubelets(version)
    tried = [one for one in providers.record(version) if one["about"] not in NOT_IN_A_FILE]
    assert [(one["about"], one["said"]) for one in tried if foreseen(one) is not one["ended"]] == []
