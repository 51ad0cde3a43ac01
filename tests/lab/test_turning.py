"""Gates of flags, files and drop-ins that turn one another, as real kubelets take them, recorded and live: each stops as a plan says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CATALOG
from tests.lab import turning
from tests.lab.kubelets import found
from upgradecheck.decode.kubelet.config import kubelet_settings
from upgradecheck.decode.kubelet.dropins import FileSettings, as_drop_in
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import SAME_CONFIG, Configs
from upgradecheck.planning.asking.flags import with_flags
from upgradecheck.planning.asking.starting import with_troubles
from upgradecheck.planning.asking.steps import plan_steps

RECORDED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "recorded-turning.json").read_bytes())
VERSIONS = tuple(dict.fromkeys(one["version"] for one in RECORDED))


def foreseen(version: str, turn: turning.Turn, folder: Path) -> bool:
    """Whether a plan says that the new kubelet does not start as it runs with these."""
    said = KubeletArguments(tuple(turning.words(turn, folder)[1:]), "the command line", runs=True)
    configs = SAME_CONFIG
    if turn.file is not None:
        written = [{"featureGates": dict(one)} for one in (turn.file, turn.drop_in) if one is not None]
        file, *drop_ins = (kubelet_settings(json.dumps({**turning.KIND, **one}).encode()) for one in written)
        config = FileSettings(file, tuple(map(as_drop_in, drop_ins))).config()
        configs = Configs(config, config, old_told=True)
    steps = plan_steps((), None, version, CATALOG, configs=with_flags(configs, [said], ()).common)
    return bool(with_troubles(steps, configs, [said], (), CATALOG.options).troubles)


@pytest.mark.parametrize("version", VERSIONS)
def test_recorded_starts_are_foreseen(version: str, tmp_path: Path) -> None:
    tried = [
        (turning.Turn(one["flags"], one["file"], one["drop_in"]), bool(one["refused"])) for one in RECORDED if one["version"] == version
    ]
    assert {stops for _, stops in tried} == ({False} if version == "1.31.0" else {True, False})
    assert [turn for turn, stops in tried if foreseen(version, turn, tmp_path) is not stops] == []


@pytest.mark.node
@pytest.mark.parametrize("version", VERSIONS)
def test_real_kubelets_stop_as_recorded(version: str) -> None:
    program = found(version)
    if program is None:
        pytest.skip(f"kubelet {version} is not built: python -m tests.lab.kubelets {version}")
    for one in [one for one in RECORDED if one["version"] == version][::7]:
        assert turning.refused(program, turning.Turn(one["flags"], one["file"], one["drop_in"])) == one["refused"]
