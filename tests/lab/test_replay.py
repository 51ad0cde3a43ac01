"""Upgrades of real kubelets that the lab recorded, predicted again: neither Go nor root is needed.

`report.txt` is what `python -m tests.lab --replay DIR` prints; a change of it is a change of what the plan is worth, and is read as such.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.lab import comparing
from tests.lab.comparing import Pair
from tests.lab.run import RECORDED

FOLDERS = sorted(path for path in RECORDED.iterdir() if path.is_dir())


@pytest.fixture(scope="module", name="recorded", params=FOLDERS, ids=lambda path: path.name)
def _recorded(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.param
    return folder


@pytest.fixture(scope="module", name="plan")
def _plan(recorded: Path) -> dict[str, Any]:
    observed = comparing.observations(recorded)
    return comparing.plan(recorded, observed["from"], observed["to"])


@pytest.fixture(scope="module", name="pairs")
def _pairs(recorded: Path, plan: dict[str, Any]) -> tuple[Pair, ...]:
    return comparing.compared(plan, comparing.observations(recorded))


def test_nothing_was_missed_and_no_alarm_was_false(pairs: tuple[Pair, ...]) -> None:
    assert len(pairs) >= 40
    assert comparing.wrong(pairs) == ()


def test_what_is_known_and_what_is_not_is_as_reported(recorded: Path, pairs: tuple[Pair, ...]) -> None:
    assert comparing.report(recorded, pairs) == (recorded / "report.txt").read_text()


def test_running_app_containers_of_pods_that_keep_their_uid_are_told_for_certain(recorded: Path, pairs: tuple[Pair, ...]) -> None:
    """But for the one whose record was tampered with: the plan sees that it fits no version, and says no more."""
    keep_their_uid = {pod["metadata"]["uid"] for pod in comparing.read(recorded / "api-pods.json")["items"]}
    ran = [pair for pair in pairs if pair.uid in keep_their_uid and pair.kind == "app" and pair.came != "not-running"]
    assert {pair.came for pair in ran} >= {"restarted"}
    assert {pair.name for pair in ran if pair.came not in comparing.BORNE_OUT.get(pair.predicted, ())} <= {
        "default/hash-tampered-node-1/app"
    }


def test_hashes_that_the_new_kubelet_wrote_are_those_computed_for_it(recorded: Path, plan: dict[str, Any]) -> None:
    computed = {(pod["uid"], one["name"]): one["computed"]["to"] for pod in plan["pods"] for one in pod["containers"]}
    made = [one for one in comparing.observations(recorded)["containers"] if one["outcome"] == "restarted"]
    wrote = {(one["uid"], one["container"]): one["hash_after"] for one in made}
    assert wrote
    assert {key: computed[key] for key in wrote} == wrote
