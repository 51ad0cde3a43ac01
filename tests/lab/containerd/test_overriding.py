"""Real containerd, real kubelets: an override holds what did not change, and nothing else."""

from pathlib import Path

import pytest

from tests.lab import apiserver, run
from tests.lab.containerd import embedded, guided, mirroring, overriding, pinning, playing, proxying, returning, verifying
from tests.lab.kubelets import API_SERVER
from tests.lab.kubelets import found as found_built

pytestmark = pytest.mark.node

STEPS = (("1.20.15", "1.22.17"), ("1.30.14", "1.31.0"))
SCENES = {
    "overriding": overriding.findings,
    "returning": returning.findings,
    "proxying": proxying.findings,
    "embedded": embedded.findings,
    "pinning": pinning.findings,
    "mirroring": mirroring.findings,
    "verifying": verifying.findings,
    "guided": guided.findings,
}
PLAYS = [
    *((scene, step) for step in STEPS for scene in SCENES if scene not in ("mirroring", "verifying", "guided")),
    *((scene, STEPS[1]) for scene in ("verifying", "guided")),
    *((scene, ("1.31.0", "1.34.1")) for scene in ("pinning", "guided")),
    *(("mirroring", step) for step in (*STEPS, ("1.31.0", "1.34.1"))),
]


def _no_server() -> str | None:
    return None if found_built(apiserver.VERSION, API_SERVER) else f"python -m tests.lab.kubelets --api-server {apiserver.VERSION}"


@pytest.mark.parametrize(("scene", "step"), [pytest.param(scene, step, id=f"{'-to-'.join(step)}-{scene}") for scene, step in PLAYS])
def test_only_what_really_changed_restarts(scene: str, step: tuple[str, str], tmp_path: Path) -> None:
    problem = playing.refusal(*step) or (run.refusal(api=True) or _no_server() if scene == "mirroring" else None)
    if problem:
        pytest.skip(problem)
    playing.play(scene, *step, tmp_path)
    found = SCENES[scene](tmp_path)
    assert [(what, seen) for what, seen, _ in found] == [(what, wanted) for what, _, wanted in found]
