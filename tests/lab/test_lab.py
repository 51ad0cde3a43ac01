"""One upgrade of real kubelets, live: the lab itself still works, and what it sees is what was recorded."""

from pathlib import Path

import pytest

from tests.lab import comparing, run
from tests.lab.kubelets import found

OLD, NEW = "1.20.15", "1.22.17"
RECORDED = run.RECORDED / f"{OLD}-to-{NEW}"

pytestmark = pytest.mark.node


@pytest.fixture(scope="module", name="lived")
def _lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    problem = run.refusal()
    if problem:
        pytest.skip(problem)
    if not (found(OLD) and found(NEW)):
        pytest.skip(f"kubelets are not built; python -m tests.lab.kubelets {OLD} {NEW} does it in 10 to 20 minutes")
    folder = tmp_path_factory.mktemp("lab")
    run.record(OLD, NEW, RECORDED / "manifests", folder)
    return folder


def test_predictions_come_true(lived: Path) -> None:
    assert comparing.wrong(comparing.replayed(lived)) == ()


def test_the_kubelets_do_what_they_did_when_it_was_recorded(lived: Path) -> None:
    told = [
        {(one["pod"], one["container"]): (one["recorded_hash"], one["outcome"]) for one in comparing.observations(folder)["containers"]}
        for folder in (RECORDED, lived)
    ]
    assert told[1] == told[0]
