"""A node as k3s has it, under a real systemd: an upgrade under ``override apply --alone`` ends nothing, nor does the way back."""

from pathlib import Path

import pytest

from tests.lab.systemd.alone import NEW, OLD, findings, play
from tests.lab.systemd.node import refusal

pytestmark = pytest.mark.node


def test_nothing_ends_where_containerd_ends_with_the_unit(tmp_path: Path) -> None:
    problem = refusal(OLD, NEW)
    if problem:
        pytest.skip(problem)
    play(tmp_path)
    found = findings(tmp_path)
    assert [(what, seen) for what, seen, _ in found] == [(what, wanted) for what, _, wanted in found]
