"""Docker's labels under a real systemd: nothing ends by an override and an undo, whoever is killed, and whatever is full."""

from pathlib import Path

import pytest

from tests.lab.systemd.docker import SCENES, play_scene, problem
from tests.lab.systemd.docker_findings import findings

pytestmark = pytest.mark.node


@pytest.mark.parametrize("name", SCENES)
def test_nothing_ends(name: str, tmp_path: Path) -> None:
    refused = problem()
    if refused:
        pytest.skip(refused)
    play_scene(tmp_path, name)
    found = findings(tmp_path, name)
    assert [(what, seen) for what, seen, _ in found] == [(what, wanted) for what, _, wanted in found]
