"""``override hold`` on a node with a real systemd, containerd and kubelets, as it was seen: recorded with ``python -m tests.lab.systemd SCENE``.

In every step, whatever befell it, the kubelet started. What the plan says of the recorded node is what was held there, to the digit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.lab.systemd.environment import VALUES
from upgradecheck.commands import holding
from upgradecheck.commands.holding import NothingRestarts, NothingToHold, Wanted, as_json, holdable, served
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.contract.v1.plan_reading import overrides_of
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.plan import Plan, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.override.hold.stand_in import UNIT as STAND_IN

RECORDED = Path(__file__).parent / "recorded-hold"
NODE = "node-1"
_HELD = re.compile(r"override hold: held (?P<held>[0-9]+) of (?P<all>[0-9]+).*, plan (?P<plan>[0-9a-f]{12}), by (?P<by>proxy|records)")


def steps(scene: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDED / scene / "steps.json").read_text())
    return found


STARTS = [
    pytest.param(step, id=f"{scene.name}: {name}")
    for scene in sorted(RECORDED.iterdir())
    for name, step in steps(scene.name).items()
    if "ran" in step
]


@pytest.mark.parametrize("step", STARTS)
def test_the_kubelet_starts_whatever_happens(step: dict[str, Any]) -> None:
    assert step["kubelet"] == "running"
    assert step["answers"] is not None
    assert step["ran"] >= 16


def held(step: dict[str, Any]) -> tuple[int, int, str, str]:
    """What the last line says: held, of how many, the plan, and by which way."""
    found = _HELD.match(step["said"][-1])
    assert found is not None, step["said"]
    return int(found["held"]), int(found["all"]), found["plan"], found["by"]


def of(scene: str) -> list[str]:
    """The recordings of a scene, on whatever it was played."""
    return sorted(one.name for one in RECORDED.iterdir() if one.name.partition("-")[0] == scene)


def node(recorded: str) -> dict[str, str]:
    """What it was recorded on."""
    found: dict[str, str] = json.loads((RECORDED / recorded / "node.json").read_text())
    return found


@pytest.mark.parametrize("recorded", of("records"))
@pytest.mark.parametrize("name", ["up", "back", "up, requiring containerd", "back, requiring containerd"])
def test_by_records_nothing_ends_up_and_back(recorded: str, name: str) -> None:
    """1.32 compares the sidecar, too, and 1.30 and 1.31 do not; once its record is 1.32's, that stays. 1.22 hashes grace of probes, too."""
    step = steps(recorded)[name]
    number, all_of, _, by = held(step)
    to = node(recorded)["to"]
    compared = 4 if to == "1.22.17" else 23 if (to, name) == ("1.32.10", "up") else 22
    assert (step["ended"], number, all_of, by, step["hashes"]) == ([], compared, compared, "records", compared)


@pytest.mark.parametrize("recorded", of("records"))
def test_systemd_ends_the_first_run_where_containerd_is_required_and_the_second_looks(recorded: str) -> None:
    for name in ("up, requiring containerd", "back, requiring containerd"):
        (line,) = steps(recorded)[name]["said"]
        assert "by records that a run before has written, containerd had restarted" in line


@pytest.mark.parametrize("recorded", of("records"))
def test_the_dry_run_said_what_the_upgrade_held(recorded: str) -> None:
    on, told, up = node(recorded), json.loads(steps(recorded)["dry run"]["out"][0]), steps(recorded)["up"]
    expected = (held(up)[0], "records", on["from"], on["to"], held(up)[2])
    assert (told["held"], told["by"], told["from"], told["to"], told["plan"][:12]) == expected


@pytest.mark.parametrize("recorded", of("records"))
def test_a_plan_of_the_recorded_node_is_the_one_that_was_held(recorded: str) -> None:
    at, on = RECORDED / recorded, node(recorded)
    dumps = (str(at / "crictl-ps.json"), str(at / "crictl-pods.json"))
    plan = make_plan(
        PlanRequest(
            dumps,
            from_version=on["from"],
            to_version=on["to"],
            nodes=(NODE,),
            static_pods=str(at / "manifests"),
            override=True,
            exit_zero=True,
        )
    )
    before = {
        one["id"]: one["annotations"]["io.kubernetes.container.hash"]
        for one in json.loads((at / "crictl-ps.json").read_text())["containers"]
    }
    after = json.loads((at / "hashes-after.json").read_text())
    assert {key: one.hash.after.hex for key, one in (plan.overrides or {}).items()} == {
        key: one for key, one in after.items() if one != before[key]
    }
    assert plan.plan_hash[:12] == held(steps(recorded)["up"])[2]


@pytest.mark.parametrize("reported", ["from", "to"])
@pytest.mark.parametrize("recorded", of("records"))
def test_planned_again_with_its_overrides_in_force_nothing_restarts_and_nothing_is_open(
    recorded: str, reported: str, tmp_path: Path
) -> None:
    """As hold does at the next start of the same kubelet, and people do before it; whichever of the two the Node reports."""
    at, on = RECORDED / recorded, node(recorded)
    inputs = (str(at / "crictl-ps.json"), str(at / "crictl-pods.json"))
    asked = PlanRequest(
        inputs,
        from_version=on["from"],
        to_version=on["to"],
        nodes=(NODE,),
        static_pods=str(at / "manifests"),
        override=True,
        exit_zero=True,
    )
    first = make_plan(asked)
    (tmp_path / "map.json").write_bytes(as_json(first))
    (tmp_path / "node.json").write_text(json.dumps({"kind": "Node", "apiVersion": "v1", **_reporting(on[reported], on["containerd"])}))
    with_node = (*inputs, str(tmp_path / "node.json"))
    again = make_plan(msgspec.structs.replace(asked, files=with_node, in_force=(str(tmp_path / "map.json"),)))
    assert first.overrides
    assert (again.overrides, again.calibration.in_force > 0) == ({}, True)
    left_open = {one.verdict for pod in again.pods for one in pod.containers if one.container_id is not None}
    assert left_open <= {Verdict.SAFE, Verdict.NOT_COMPARED, Verdict.OVERRIDDEN}


@pytest.mark.parametrize("reported", ["from", "to"])
@pytest.mark.parametrize("changed", [0, 1])
@pytest.mark.parametrize("recorded", of("records"))
def test_at_a_start_of_the_kubelet_that_made_the_records_they_fit_already(
    recorded: str, changed: int, reported: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on the way back, once containerd has restarted: the kubelet that ran last is the newer one, whichever the Node reports.

    A record that fits no kubelet is named all the same.
    """
    at, on = RECORDED / recorded, node(recorded)
    (tmp_path / "ps.json").write_text(_with_other_hashes(at / "crictl-ps.json", changed))
    (tmp_path / "node.json").write_text(json.dumps({"kind": "Node", "apiVersion": "v1", **_reporting(on[reported], on["containerd"])}))
    files = (str(tmp_path / "ps.json"), str(at / "crictl-pods.json"), str(tmp_path / "node.json"))
    dumped = {"cri": None, "static_pods": str(at / "manifests"), "checkpoint": None}
    monkeypatch.setattr(holding, "make_plan", lambda asked: make_plan(msgspec.structs.replace(asked, **dumped)))
    monkeypatch.setattr(holding, "candidates", lambda wanted: (f"v{on['to']}",))
    wanted = Wanted(NODE, parse_kubelet_version(f"v{on['from']}"), "/run/c.sock", files, str(tmp_path / "none"))
    with pytest.raises(NothingToHold) as nothing:
        holdable(wanted)
    why, compared = nothing.value, 21 if on["to"] == "1.22.17" else 22
    assert (isinstance(why, NothingRestarts), why.left_out, why.fitting) == (not changed, changed, compared - changed)
    assert f"{compared - changed} containers fit already" in str(why)
    assert ("nothing restarts" in str(why)) is not bool(changed)


def _with_other_hashes(listed: Path, number: int) -> str:
    told = json.loads(listed.read_text())
    of_apps = [one for one in told["containers"] if one["metadata"]["name"] == "store"]
    for one in of_apps[:number]:
        one["annotations"]["io.kubernetes.container.hash"] = "1"
    return json.dumps(told)


def _reporting(version: str, containerd: str) -> dict[str, Any]:
    told = {"kubeletVersion": f"v{version}", "containerRuntimeVersion": f"containerd://{containerd}"}
    return {"metadata": {"name": NODE}, "status": {"nodeInfo": told}}


def by_hand(plan: Plan, before: bytes | None) -> bytes | None:
    """The map of who gives the proxy each plan that holds anything new, as it is; else the one before goes on."""
    return as_json(plan) if plan.overrides else before


def by_hold(plan: Plan, before: bytes | None) -> bytes:
    return as_json(served(plan, None if before is None else overrides_of(before)))


@pytest.mark.parametrize("made", [by_hand, by_hold])
@pytest.mark.parametrize(
    "versions",
    [
        pytest.param(("1.30.14", "1.32.10", "1.30.14", "1.32.10", "1.30.14"), id="up and back, twice"),
        pytest.param(("1.30.14", "1.31.0", "1.32.10", "1.34.1"), id="up by one, and up"),
        pytest.param(("1.30.14", "1.31.0", "1.34.1", "1.30.14"), id="back past two maps"),
        pytest.param(("1.30.14", "1.31.0", "1.32.10", "1.34.1", "1.31.0", "1.30.14"), id="back past two maps, by another"),
        pytest.param(("1.30.14", "1.31.0", "1.32.10", "1.31.0", "1.32.10"), id="between two that differ in a sidecar alone"),
    ],
)
def test_by_proxy_each_kubelet_is_shown_the_hashes_that_it_makes(
    made: Callable[[Plan, bytes | None], bytes | None], versions: tuple[str, ...], tmp_path: Path
) -> None:
    """Map upon map. 1.30 and 1.31 compare no sidecar, so nothing is planned for it on the way back, and 1.32 wants its hash again; where it
    alone is new to 1.32, the map of that step shows all the others as the map before did.
    """
    at = RECORDED / "records"
    natural = {one["id"]: one["annotations"]["io.kubernetes.container.hash"] for one in running(at)}
    standing: bytes | None = None
    for number, (start, target) in enumerate(pairwise(versions)):
        if standing is not None:
            (tmp_path / f"{number}.json").write_bytes(standing)
        plan = make_plan(
            PlanRequest(
                (str(at / "crictl-ps.json"), str(at / "crictl-pods.json")),
                from_version=start,
                to_version=target,
                nodes=(NODE,),
                static_pods=str(at / "manifests"),
                override=True,
                in_force=() if standing is None else (str(tmp_path / f"{number}.json"),),
                exit_zero=True,
            )
        )
        standing = made(plan, standing)
        shown = natural | {key: one.hash.after.hex for key, one in overrides_of(standing or b"").overrides.items()}
        containers = [one for pod in plan.pods for one in pod.containers if one.container_id in natural]
        compared = {one.container_id or "": one.computed.to_hash for one in containers if one.reason is not Reason.KIND_NOT_COMPARED}
        assert len(compared) >= 22
        assert {key: shown[key] for key in compared} == {key: told.hex for key, told in compared.items() if told is not None}


def running(at: Path) -> list[dict[str, Any]]:
    """The running containers of a dump."""
    found: list[dict[str, Any]] = json.loads((at / "crictl-ps.json").read_text())["containers"]
    return [one for one in found if one["state"] == "CONTAINER_RUNNING"]


FAULTS = {
    "switched off, same version": ["/etc/upgradecheck/no-hold is there"],
    "containerd hangs": ["did not answer in time"],
    "containerd comes up later": ["cannot be reached", "held 22 of 22"],
    "a kubelet that cannot start, and the old one put back": ["held 22 of 22", "held 22 of 22"],
    "containerd does not come back": ["containerd.service did not start again"],
    "the stand-in goes on, mended": ["containerd runs as upgradecheck-containerd-stand-in.service, since its own unit did not start"],
}


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_befalls_it_nothing_ends_and_each_start_says_what_it_did(name: str) -> None:
    step = steps("faults")[name]
    assert step["ended"] == []
    lines = iter(step["said"])
    assert [words for words in FAULTS[name] if not any(words in line for line in lines)] == [], "in this order, and others between"
    assert FAULTS[name][-1] in step["said"][-1] or "as at its last" in step["said"][-1], "a kubelet that died meanwhile was started again"


def test_a_containerd_that_its_unit_does_not_start_again_is_stood_in_for_until_somebody_mends_it() -> None:
    """The kubelet is up meanwhile; the unit's own start waits for the databases, and has them once the stand-in is stopped."""
    found = steps("faults")
    instead, broken = found["containerd does not come back"], found["while it is broken"]
    assert held(instead)[:2] == (22, 22)
    assert (broken["answers"], broken["containerd"], broken[STAND_IN]) == (True, "inactive", "active")
    assert broken["kubelet"] in ("active", "activating"), "that its start is recorded may not have ended yet"
    waits, mended = found["mended, the stand-in still there"], found["mended"]
    assert (waits["containerd"], waits[STAND_IN]) == ("activating", "active")
    assert (mended["containerd"], mended[STAND_IN]) == ("active", "inactive")
    assert any(f"containerd: runs as {STAND_IN}" in line for line in found["doctor beside the stand-in"]["out"])


def test_a_stand_in_has_the_environment_to_the_letter_and_no_other_user_sees_it() -> None:
    """By a real systemd: neither systemctl show nor cat has a value, and the file goes with the unit, not with its process. One that runs
    since its start is left, and one that systemd had to start again is taken away.
    """
    assert steps("environment")["told an environment"] == {
        "started": True,
        "environment": VALUES,
        "shown": [],
        "modes": ["700", "600"],
        "after a restart": True,
        "left alone": True,
        "after it died": True,
        "left alone then": False,
        "by then": "inactive",
        "file": False,
    }


@pytest.mark.parametrize("recorded", of("proxied"))
@pytest.mark.parametrize("name", ["up", "back, the API server away: the kept copy", "up again"])
def test_by_proxy_nothing_ends_whether_the_api_server_answers_or_not(recorded: str, name: str) -> None:
    """A server with the Node authorizer and selectors; no record is written, and containerd runs on."""
    step = steps(recorded)[name]
    number, all_of, _, by = held(step)
    assert (step["ended"], number == all_of >= 22, by, step["hashes"], step["journals"]) == ([], True, "proxy", 0, [])


@pytest.mark.parametrize("recorded", of("proxied"))
def test_on_the_way_back_what_nobody_knows_is_shown_as_it_was_recorded(recorded: str) -> None:
    """No server, no copy, no history: static pods are held by their manifests, and the others go on by their own records."""
    step = steps(recorded)["back, and nobody knows the pods"]
    number, all_of, _, by = held(step)
    assert (step["ended"], number, all_of, by) == ([], 15, 23, "proxy")


def test_static_pods_are_pinned_where_that_is_switched_on_and_one_that_was_edited_is_not() -> None:
    """Three without a UID of their own: each kubelet makes another one of them, but for what stands in their manifests."""
    found = steps("pinned")
    assert "3 static pods would be pinned" in found["dry run"]["out"][0]
    (up,) = found["up"]["said"]
    assert "2 static pods pinned, 1 not: kube-system/stale-node-1 (stale.yaml makes the UID " in up
    assert (found["up"]["ended"], held(found["up"])[:2]) == (["stale-node-1/stale"], (24, 25))
    assert found["status"]["code"] == 0
    assert found["back"]["ended"] == ["stale-node-1/stale"], "made under 1.31, whose hash proves less than 1.30 compares"


def test_on_a_disk_that_fills_up_what_was_written_is_held() -> None:
    found = steps("full")
    assert "KiB free, and its journals may need" in found["no room"]["said"][0]
    assert len(found["no room"]["ended"]) == 22, "as without hold"
    middle = found["full in the middle"]
    number, all_of, _, by = held(middle)
    assert (all_of, by, 0 < number < 22) == (22, "records", True)
    assert "it broke off: " in middle["said"][0]
    assert "No space left on device" in middle["said"][0]
    assert (len(middle["ended"]), middle["hashes"]) == (22 - number, number), "and nothing is half written"


PROXY_KILLED = {
    "killed while it plans": (22, "nothing is held yet, as without hold"),
    "back, of which nothing is proved": (22, "1.31 has made them, whose hash proves less than 1.30 compares"),
    "killed once the map is in place": (0, "it is whole, and the proxy shows it"),
    "killed on the way back as soon as it is there": (0, "the proxy itself knows the kubelet that comes back, and its map"),
    "killed on the way back while it plans": (0, "the map that this kubelet was shown stands since the beginning"),
    "the proxy killed meanwhile": (0, "systemd starts another, which shows the map"),
    "the proxy away for 8 s meanwhile": (0, "hold waits for it, and the kubelet for hold"),
}


@pytest.mark.parametrize(("name", "ended", "why"), [(name, *told) for name, told in PROXY_KILLED.items()])
def test_by_proxy_kill_9_leaves_one_map_or_the_other(name: str, ended: int, why: str) -> None:
    found = steps("proxykilled")
    assert len(found[name]["ended"]) == ended, why
    assert (found[name]["said"] == []) is name.startswith("killed"), "who is killed says nothing"
    assert (found[name]["hashes"], found[name]["journals"]) == (0, [])
    assert [re.sub("[23]", "N", one) for one in found["killed"]["out"]] == ["killed N at 0 lines"] * 4, "hold, timeout, and whom hold asks"
    assert "map-given-back.json" not in found["by then"]["kept"], "hold had done nothing"


@pytest.mark.parametrize("name", ["up", "up once more", "back past two maps", "up past two maps"])
def test_past_two_maps_nothing_ends(name: str) -> None:
    step = steps("pasttwo")[name]
    number, all_of, _, by = held(step)
    assert (step["ended"], number == all_of >= 22, by, step["hashes"], step["journals"]) == ([], True, "proxy", 0, [])


@pytest.mark.parametrize(
    "name", ["killed on the way back as soon as it is there", "up again", "back past two maps, and nobody knows the pods"]
)
def test_past_two_maps_the_proxy_knows_what_a_kubelet_was_shown(name: str) -> None:
    found = steps("pasttwo")
    assert (found[name]["ended"], found[name]["hashes"]) == ([], 0)
    assert found["killed"]["out"] == ["killed 2 at 0 lines"]


def test_a_containerd_whose_unit_nobody_has_tried_is_not_restarted_and_the_dry_run_says_so_before() -> None:
    """It would not have come back, which its configuration does not show; so the containers restart, as without hold, and the node stays up."""
    found = steps("faults")
    dry, step = found["dry run on a unit that nobody tried"], found["containerd's unit was changed since it started"]
    untried = "99-broken.conf was changed after containerd started, so nobody knows whether it starts again"
    assert (dry["code"], untried in dry["out"][0], untried in step["said"][0]) == (1, True, True)
    assert (len(step["ended"]), step["kubelet"], step["hashes"]) == (22, "running", 0)


@pytest.mark.parametrize("name", ["up", "back"])
def test_with_250_containers_all_are_held_well_within_the_deadline(name: str) -> None:
    """On two cores, beside two other nodes and the tests of others; a unit has 90 s, and hold gives itself 50."""
    step = steps("crowded")[name]
    number, all_of, _, by = held(step)
    assert (step["ended"], number, all_of, by, step["hashes"], step["ran"]) == ([], 252, 252, "records", 252, 253)
    assert float(step["said"][-1].rpartition("; ")[2].removesuffix(" s")) < 20


def test_an_api_server_that_is_a_static_pod_of_the_same_kubelet_is_held_with_the_others() -> None:
    """It answers while its kubelet is upgraded; where its container has ended before, the copy that was kept at the stop is as good."""
    found = steps("served")
    for name, number in (("up", 23), ("back, the API server gone before its kubelet starts", 22)):
        assert (held(found[name])[:2], found[name]["ended"]) == ((number, number), [])
    assert found["server"]["answers"] is True


def test_with_an_old_copy_of_the_pods_just_what_was_patched_since_restarts() -> None:
    found = steps("stale")
    patched = found["patched while it was stopped, the API server away"]
    assert (held(patched)[:2], patched["ended"]) == ((22, 22), ["edited/edited"])
    assert found["containerd and kubelet in one go"]["ended"] == []


@pytest.mark.parametrize(
    ("mark", "at", "kept", "noted"),
    [
        pytest.param("a journal is begun", range(1, 2), False, 0, id="nothing written yet"),
        pytest.param("half is written", range(20, 23), False, 10, id="in the middle of a write, containerd standing still"),
        pytest.param("all is written, containerd not restarted", range(46, 47), False, 22, id="all written, nothing restarted"),
        pytest.param("containerd restarts", range(46, 47), True, 22, id="the restart goes on without hold"),
    ],
)
def test_killed_with_9_the_kubelet_starts_and_the_logs_are_unbroken(mark: str, at: range, kept: bool, noted: int) -> None:
    """What is not in effect when the kubelet comes up restarts as without hold; nothing is worse, and no journal or log is broken."""
    found = steps("killed")
    killed, status = found[f"killed: {mark}"], found[f"status: {mark}"]
    assert int(killed["killed"].split()[-2]) in at
    assert (len(killed["ended"]), killed["hashes"]) == ((0, 22) if kept else (22, 0))
    told = json.loads("\n".join(status["out"]))
    assert [one["state"] for one in told["containers"]] == ["applied" if kept else "gone"] * noted


def test_killed_in_the_middle_of_a_write_the_next_start_goes_on_and_nothing_ends() -> None:
    """The kubelet after it dies of a flag, before it looks at anything: the start after that writes the rest and restarts containerd."""
    found = steps("killed")
    step = found["killed in the middle, and the kubelet dies: the next start goes on"]
    assert int(found["killed"]["killed"].split()[-2]) in range(20, 23), "of 46 lines"
    assert (held(step)[:2], step["ended"], step["hashes"], len(step["journals"])) == ((22, 22), [], 22, 3), (
        "one journal, beside log and lock"
    )
