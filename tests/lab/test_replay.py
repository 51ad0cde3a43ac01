"""Upgrades of real kubelets that the lab recorded, predicted again: neither Go nor root is needed.

`report.txt` is what `python -m tests.lab --replay DIR` prints; a change of it is a change of what the plan is worth, and is read as such.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.lab import comparing
from tests.lab.comparing import Pair
from tests.lab.run import RECORDED

KNOWN_WRONG = {
    # 1.34 refuses a static pod that names a service account; manifests are not examined yet
    ("1.31.0-to-1.34.1", "default/service-account-node-1/app", "missed"),
    # given as a pod of an API server, which 1.34 resizes; static pods it does not
    ("1.31.0-to-1.34.1", "default/resize-policy-node-1/restarts", "false alarm"),
}
"""What `plan` does not foresee yet. An entry that has come right must go."""

TAMPERED = {"default/hash-tampered-node-1/app": "not_reproduced"}
"""The plan sees that the record fits no version, and says no more; where name and image alone decide, it knows."""

AS_WRITTEN = {
    "default/env-references-node-1/references": "not_reproduced",
    "default/quantities-node-1/exponents": "not_reproduced",
    "default/quantities-node-1/odd": "not_reproduced",
    "default/quantities-only-limits-node-1/limited": "not_reproduced",
}
"""Kubelets up to 1.15 hash quantities and divisors as the manifest has them, and api-pods.json no longer shows that."""

NOT_TOLD_FOR_CERTAIN = {
    "1.15.12-to-1.16.15": TAMPERED | AS_WRITTEN,
    "1.20.15-to-1.22.17": TAMPERED,
    "1.22.17-to-1.20.15": TAMPERED,
    "1.22.17-to-1.30.14": TAMPERED,
    "1.30.14-to-1.31.0": {},
    "1.31.0-to-1.30.14": TAMPERED,
    # whether 1.33 ... 1.36 restart it hangs on a file of the old kubelet's
    "1.31.0-to-1.34.1": {"default/resize-policy-node-1/restarts": "resize"},
}
"""Running app containers with a UID of their own that are `unknown`, with the reason."""

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


def test_nothing_was_missed_and_no_alarm_was_false(recorded: Path, pairs: tuple[Pair, ...]) -> None:
    assert len(pairs) >= 40
    known = {(name, wrong) for folder, name, wrong in KNOWN_WRONG if folder == recorded.name}
    assert {(pair.name, pair.wrong) for pair in comparing.wrong(pairs)} == known


def test_what_is_known_and_what_is_not_is_as_reported(recorded: Path, pairs: tuple[Pair, ...]) -> None:
    assert comparing.report(recorded, pairs) == (recorded / "report.txt").read_text()


def test_running_app_containers_of_pods_that_keep_their_uid_are_told_for_certain(recorded: Path, pairs: tuple[Pair, ...]) -> None:
    keep_their_uid = {pod["metadata"]["uid"] for pod in comparing.read(recorded / "api-pods.json")["items"]}
    ran = [pair for pair in pairs if pair.uid in keep_their_uid and pair.kind == "app" and pair.came != "not-running"]
    untold = {pair.name: pair.reason for pair in ran if pair.came not in comparing.BORNE_OUT.get(pair.predicted, ())}
    assert "restarted" in {pair.came for pair in ran}
    assert untold == NOT_TOLD_FOR_CERTAIN[recorded.name]


def test_hashes_that_the_new_kubelet_wrote_are_those_computed_for_it(recorded: Path, plan: dict[str, Any]) -> None:
    computed = {(pod["uid"], one["name"]): one["computed"]["to"] for pod in plan["pods"] for one in pod["containers"]}
    made = [one for one in comparing.observations(recorded)["containers"] if one["outcome"] == "restarted"]
    wrote = {(one["uid"], one["container"]): one["hash_after"] for one in made}
    assert wrote
    assert {key: computed[key] for key in wrote} == wrote
