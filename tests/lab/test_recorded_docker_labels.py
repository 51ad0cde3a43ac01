"""A dockershim node that was upgraded under ``override apply --docker`` and back, with kill -9 again and again: all that must be so was.

Recorded with `python -m tests.lab.dockerlabels`.
"""

import json
from pathlib import Path

import pytest

from tests.lab.dockerlabels import COPIES

RECORDED = Path(__file__).parent / "recorded-docker-labels"
MARKS = ("dockerd is stopped", "one label is written", "half of them are written", "all are written")


@pytest.mark.parametrize("recorded", sorted(RECORDED.iterdir()), ids=lambda path: path.name)
def test_every_process_is_kept_whatever_is_killed(recorded: Path) -> None:
    checks = {one["what"]: one["holds"] for one in json.loads((recorded / "checks.json").read_text())["checks"]}
    assert [what for what, holds in checks.items() if not holds] == []
    for what in ("apply", "undo"):
        for mark in MARKS:
            assert f"{what}: killed once {mark}, dockerd is stopped, and every process runs" in checks
    for what in (
        "apply: the same command goes on, and verifies",
        "every container has the process and start time that it had",
        f"the new kubelet keeps all {COPIES} that are overridden",
        "undo puts the labels back, and verifies",
        f"the old kubelet, after undo, keeps all {COPIES} that are overridden",
        "control: without the override the new kubelet ends every one of them",
    ):
        assert what in checks
