"""Nodes as distributions have them, under a real systemd: an upgrade under an override ends nothing, nor does the way back."""

from pathlib import Path

import pytest

from tests.lab.systemd import their_proxy
from tests.lab.systemd.alone import NEW, OLD, findings, play
from tests.lab.systemd.distributions import IMITATED
from tests.lab.systemd.node import refusal

pytestmark = pytest.mark.node


@pytest.mark.parametrize("name", IMITATED)
def test_nothing_ends(name: str, tmp_path: Path) -> None:
    problem = refusal(OLD, NEW)
    if problem:
        pytest.skip(problem)
    play(tmp_path, name)
    found = findings(tmp_path, name)
    assert [(what, seen) for what, seen, _ in found] == [(what, wanted) for what, _, wanted in found]


@pytest.mark.parametrize("name", IMITATED)
def test_nothing_ends_by_proxy(name: str, tmp_path: Path) -> None:
    problem = refusal(OLD, NEW)
    if problem:
        pytest.skip(problem)
    their_proxy.play(tmp_path, name)
    found = their_proxy.findings(tmp_path, name)
    assert [(what, seen) for what, seen, _ in found] == [(what, wanted) for what, _, wanted in found]
