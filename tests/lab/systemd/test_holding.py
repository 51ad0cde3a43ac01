"""A real systemd, containerd and kubelets: the scenes, played; what was seen of them once is read by test_recorded_hold."""

import json
from pathlib import Path

import pytest

from tests.lab.systemd.node import refusal
from tests.lab.systemd.playing import NEW, OLD
from tests.lab.systemd.scenes import SCENES

pytestmark = pytest.mark.node
RECORDED = Path(__file__).parents[1] / "recorded-hold"


@pytest.mark.parametrize("scene", sorted(one.name for one in RECORDED.iterdir()))
def test_a_scene_comes_out_as_it_was_recorded(scene: str, tmp_path: Path) -> None:
    problem = refusal(OLD, NEW, api=True)
    if problem:
        pytest.skip(problem)
    SCENES[scene](tmp_path)
    seen, recorded = (json.loads((at / "steps.json").read_text()) for at in (tmp_path, RECORDED / scene))
    starts = [name for name, step in recorded.items() if "kubelet" in step]
    assert [name for name, step in seen.items() if "kubelet" in step] == starts
    assert {name: (seen[name]["kubelet"], seen[name]["ended"]) for name in starts} == {
        name: (recorded[name]["kubelet"], recorded[name]["ended"]) for name in starts
    }
