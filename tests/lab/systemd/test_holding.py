"""A real systemd, containerd and kubelets: the scenes, played; what was seen of them once is read by test_recorded_hold."""

import json
from pathlib import Path

import pytest

from tests.lab.containerd.builds import version_of
from tests.lab.containerd.playing import on_the_path
from tests.lab.systemd.node import refusal
from tests.lab.systemd.playing import Step
from tests.lab.systemd.scenes import SCENES

pytestmark = pytest.mark.node
RECORDED = Path(__file__).parents[1] / "recorded-hold"


@pytest.mark.parametrize("name", sorted(one.name for one in RECORDED.iterdir()))
def test_a_scene_comes_out_as_it_was_recorded(name: str, tmp_path: Path) -> None:
    """On the kubelets and the containerd that it was recorded on, where that one is the machine's or is built."""
    on = json.loads((RECORDED / name / "node.json").read_text())
    step = Step(on["from"], on["to"])
    with on_the_path(None if on["containerd"] == version_of() else on["containerd"]):
        problem = refusal(*step, api=True)
        if problem:
            pytest.skip(problem)
        SCENES[name.partition("-")[0]](tmp_path, step)
    seen, recorded = (json.loads((at / "steps.json").read_text()) for at in (tmp_path, RECORDED / name))
    starts = [one for one, step in recorded.items() if "ran" in step]
    assert [one for one, step in seen.items() if "ran" in step] == starts
    assert {one: (seen[one]["kubelet"], seen[one]["ended"]) for one in starts} == {
        one: (recorded[one]["kubelet"], recorded[one]["ended"]) for one in starts
    }
