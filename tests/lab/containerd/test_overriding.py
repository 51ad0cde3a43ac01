"""Real containerd, real kubelets: an override holds what did not change, and nothing else."""

from pathlib import Path

import pytest

from tests.lab.containerd import embedded, overriding, pinning, playing, proxying, returning

pytestmark = pytest.mark.node

STEPS = (("1.20.15", "1.22.17"), ("1.30.14", "1.31.0"))
SCENES = {
    "overriding": overriding.findings,
    "returning": returning.findings,
    "proxying": proxying.findings,
    "embedded": embedded.findings,
    "pinning": pinning.findings,
}


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("step", STEPS, ids="-to-".join)
def test_only_what_really_changed_restarts(scene: str, step: tuple[str, str], tmp_path: Path) -> None:
    problem = playing.refusal(*step)
    if problem:
        pytest.skip(problem)
    playing.play(scene, *step, tmp_path)
    found = SCENES[scene](tmp_path)
    assert [(what, seen) for what, seen, _ in found] == [(what, wanted) for what, _, wanted in found]
