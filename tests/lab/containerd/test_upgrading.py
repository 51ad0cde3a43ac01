"""Real containerd, real kubelets: what is read of a live node, and what is predicted of it."""

from pathlib import Path

import pytest

from tests.lab.containerd import playing
from tests.lab.containerd.builds import major
from tests.lab.containerd.seen import DISTURBED, Json, ended, foretold, kept, names
from tests.lab.containerd.upgrading import AFTER, BEFORE, INSPECTP, PODS, V1, V1ALPHA2, plan_of, records_of, ways_of
from upgradecheck.planning.unseen import COUNTS_AS_UNCHANGED, UNCHANGED_BUT_NETWORK

pytestmark = pytest.mark.node

STEPS = {
    # what the new kubelet restarts, and what the old one does not compare
    ("1.20.15", "1.22.17"): ({("billing", "single-replica"), ("database", "store"), ("edited", "edited"), ("web", "app")}, set()),
    ("1.30.14", "1.31.0"): (None, {("sidecar", "proxy")}),
}


@pytest.fixture(name="played", scope="module", params=STEPS, ids="-to-".join)
def _played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[str, str], Path]:
    old, new = request.param
    problem = playing.refusal(old, new)
    if problem:
        pytest.skip(problem)
    folder = tmp_path_factory.mktemp("upgrading")
    playing.play("upgrading", old, new, folder)
    return request.param, folder


def plans(folder: Path) -> dict[str, Json]:
    """By the way they were made, without the names of their inputs, their second and the checksum over both."""
    made = {way: kept(folder, plan_of(way)) for way in ways_of(folder)}
    for plan in made.values():
        del plan["scope"]["inputs"], plan["made_at"], plan["document_hash"]
    return made


def test_every_recorded_hash_that_the_kubelet_compares_is_reproduced(played: tuple[tuple[str, str], Path]) -> None:
    step, folder = played
    running, uncompared = names(kept(folder, BEFORE)), STEPS[step][1]
    assert len(running) >= 20
    expected = {"reproduced": len(running - uncompared), "recorded": len(running - uncompared)}
    assert [plan["calibration"] for plan in plans(folder).values()] == [expected] * len(ways_of(folder))


def test_all_ways_to_ask_the_runtime_give_the_same_records(played: tuple[tuple[str, str], Path]) -> None:
    records = {way: kept(played[1], records_of(way)) for way in ways_of(played[1])}
    assert records[V1]["containers"].keys() >= {one["container_id"] for one in kept(played[1], BEFORE)}
    assert records.get(V1ALPHA2, records[V1]) == records[INSPECTP] == records[V1]
    for one in records[V1]["sandboxes"].values():
        assert one["network"] == {"mode": "node", "address": ""}
        one["network"] = None
    assert records[PODS] == records[V1]


def test_all_ways_to_ask_the_runtime_give_the_same_plan(played: tuple[tuple[str, str], Path]) -> None:
    """But for what crictl does not say: which runtime it is, and in its list of sandboxes their network."""
    made = plans(played[1])
    assert made.get(V1ALPHA2, made[V1]) == made[V1]
    assert made[V1]["nodes"][0]["runtime"].startswith(f"containerd://{major()}.")
    assert made[V1]["notices"][-1] == made[INSPECTP]["notices"][-1] == UNCHANGED_BUT_NETWORK
    assert made[PODS]["notices"][-1] == COUNTS_AS_UNCHANGED
    for way in (PODS, INSPECTP):
        assert made[way]["nodes"][0]["runtime"] is None
        made[way]["nodes"][0]["runtime"] = made[V1]["nodes"][0]["runtime"]
        made[way]["notices"][-1] = made[V1]["notices"][-1]
        assert made[way] == made[V1]


def test_the_new_kubelet_restarts_just_what_is_predicted(played: tuple[tuple[str, str], Path]) -> None:
    step, folder = played
    before = kept(folder, BEFORE)
    predicted = foretold(plans(folder)[V1], *DISTURBED)
    restarted, uncompared = STEPS[step]
    assert predicted == (names(before) - uncompared if restarted is None else restarted)
    assert ended(before, kept(folder, AFTER)) == predicted
    assert names(before) == names(kept(folder, AFTER))
