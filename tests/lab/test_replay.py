"""Upgrades of real kubelets that the lab recorded, predicted again: neither Go nor root is needed.

`report.txt` is what `python -m tests.lab --replay DIR` prints; a change of it is a change of what the plan is worth, and is read as such:
it names what is missed, what is a false alarm, and what is unknown and why.
"""

from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.drawing import standing_for
from tests.lab import afterwards, comparing
from tests.lab.comparing import Pair
from tests.lab.run import RECORDED
from tests.plans import Json, plan_of, report_of
from tests.unit.contract.saved import again, reported, saved
from tests.unit.verifying.world import looked_at
from upgradecheck.commands.path import PathRequest, find_paths
from upgradecheck.contract.v1 import plan_reading
from upgradecheck.contract.v1.plan_consistency import check_consistent
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.plan import GONE
from upgradecheck.model.verification import Result
from upgradecheck.verifying.verifying import verify

KNOWN_WRONG: dict[str, set[tuple[str, str]]] = {
    # both stop it, one by its hash: it sees an AppArmor profile that the old kubelet did not, on a node without AppArmor, which no dump shows
    "1.22.17-to-1.30.14": {("default/apparmor-field-node-1", "other fate"), ("default/apparmor-field-node-1/app", "other fate")},
}
"""What `plan` does not foresee: container or pod, and how it is wrong, by folder. An entry that has come right must go."""

UNSEEN = "default/sandbox-no-address"
"""A sandbox that loses its address while no kubelet runs is in no dump (`crictl inspectp` alone would show it): a plan cannot know."""

BY_HASH = {"hash_changed", "hash_equal", "record_absent", "not_reproduced", "spec_seen_by_old_kubelet_only"}
"""Reasons of what is compared."""

FOLDERS = sorted(path for path in RECORDED.iterdir() if path.is_dir())
KEPT = (
    "1.15.12-to-1.16.15",
    "1.20.15-to-1.22.17",
    "1.22.17-to-1.20.15",
    "1.22.17-to-1.30.14",
    "1.30.14-to-1.31.0",
    "1.31.0-to-1.34.1-api",
    "1.34.1-to-1.36.4",
    "1.31.0-to-1.37.1-api",
)
"""The typed era, a way back, what KNOWN_WRONG tells of, the boundary of 1.31, an API server's pods, the newest."""
Seen = tuple[Json, tuple[Pair, ...]]


@pytest.fixture(scope="module", name="recorded", params=standing_for([path.name for path in FOLDERS], KEPT))
def _recorded(request: pytest.FixtureRequest) -> Path:
    name: str = request.param
    return RECORDED / name


@pytest.fixture(scope="module", name="seen")
def _seen(recorded: Path) -> Seen:
    """The plan, and its pairs with what was observed."""
    observed = comparing.observations(recorded)
    made = report_of(comparing.step_of(recorded))
    return made, (*comparing.compared(made, observed), *comparing.compared_pods(made, observed))


def test_nothing_was_missed_and_no_alarm_was_false(recorded: Path, seen: Seen) -> None:
    found = {(pair.name, pair.wrong) for pair in comparing.wrong(seen[1]) if not pair.name.startswith(UNSEEN)}
    assert found == KNOWN_WRONG.get(recorded.name, set())


def test_verify_finds_the_hits_and_misses_that_were_recorded(recorded: Path, seen: Seen, tmp_path: Path) -> None:
    plan = plan_of(comparing.step_of(recorded))
    after = looked_at(plan, afterwards.written(recorded, tmp_path))
    found = {(one.uid, one.container): one.result.value for one in verify(plan, after).containers if one.result is not Result.NOT_COMPARED}
    pairs = [pair for pair in seen[1] if pair.kind != "pod" and pair.predicted != "absent"]
    truth = {(pair.uid, pair.name.rpartition("/")[2]): result for pair in pairs if (result := afterwards.expected(pair)) != "not_compared"}
    assert found == truth


@pytest.mark.parametrize("folder", standing_for([path.name for path in FOLDERS], ("1.30.14-to-1.31.0",)))
def test_a_path_begins_as_the_plan_of_its_first_hop(folder: str) -> None:
    """By the recorded hashes: what the plan compares it has the same of. What else ends a pod, a refusal or a sandbox, a path does not ask."""
    asked = replace(comparing.step_of(RECORDED / folder), static_pods=None)
    old, new = (parse_kubelet_version(text or "").minor for text in (asked.from_version, asked.to_version))
    if old >= new:
        return
    ways = find_paths(PathRequest(from_version=asked.from_version, to_version=asked.to_version, files=asked.files))[0].paths
    (counts,) = (way.hops[0].counts for way in ways if len(way.hops) == 1)
    containers = [one for pod in report_of(asked)["pods"] for one in pod["containers"] if one["verdict"] != "not-compared"]
    told = Counter(one["verdict"] for one in containers if one["reason"] in BY_HASH)
    others = sum(one["reason"] not in BY_HASH for one in containers)
    assert counts is not None
    found = {"restart": counts.restart, "safe": counts.safe, "unknown": counts.unknown}
    more = [found[verdict] - told[verdict] for verdict in found]
    assert min(more) >= 0
    assert sum(more) <= others


def test_dumps_of_before_the_upgrade_say_that_nothing_has_happened(recorded: Path) -> None:
    """All is pending by their Node; were that given anew alone, nothing would be newer than that, and nothing decided."""
    plan = plan_of(comparing.step_of(recorded))
    after = looked_at(plan, tuple(str(recorded / name) for name in comparing.INPUTS if (recorded / name).exists()))
    assert {one.result for one in verify(plan, after).containers} <= {Result.PENDING, Result.NOT_COMPARED}
    anew = {name: replace(one, kubelet_version=plan.to_version, seen_at=one.seen_at and 2**61) for name, one in after.nodes.items()}
    upgraded = replace(after, nodes=anew)
    found = {(one.predicted in GONE, one.result) for one in verify(plan, upgraded).containers if one.result is not Result.NOT_COMPARED}
    assert found <= {(True, Result.UNSEEN), (False, Result.UNSEEN), (False, Result.UNKNOWN)}


def test_what_is_known_and_what_is_not_is_as_reported(recorded: Path, seen: Seen) -> None:
    assert comparing.report(recorded, seen[1]) == (recorded / "report.txt").read_text()


def test_its_json_leads_back_to_the_same_plan_and_report(recorded: Path) -> None:
    """Every format does so of drawn plans and of those that goldens show (tests/unit/contract/test_round_trip.py)."""
    plan = plan_of(comparing.step_of(recorded))
    raw = saved(plan)
    read = plan_reading.plan_of(raw)
    assert again(raw) == raw
    check_consistent(read, plan.exit_code)
    assert reported(read, "table") == reported(plan, "table")


def test_hashes_that_the_new_kubelet_wrote_are_those_computed_for_it(recorded: Path, seen: Seen) -> None:
    computed = {(pod["uid"], one["name"]): one["computed"]["to"] for pod in seen[0]["pods"] for one in pod["containers"]}
    made = [one for one in comparing.observations(recorded)["containers"] if one["outcome"] == "restarted" and "hash_after" in one]
    wrote = {(one["uid"], one["container"]): one["hash_after"] for one in made}
    assert wrote
    assert {key: computed.get(key) for key in wrote} == wrote
