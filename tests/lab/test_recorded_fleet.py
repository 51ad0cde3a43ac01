"""Three real nodes whose agents published what they see, as they were recorded (tests/lab/fleet): planned again, and held against what came."""

from __future__ import annotations

import base64
import gzip
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.fleet import FleetHandler
from tests.cluster.stub import kubeconfig, serving
from tests.lab.fleet.scene import AGENT, NEW, OLD, PLANNER, told_of
from upgradecheck.cli import main
from upgradecheck.model.fleet import KEY

RECORDED = Path(__file__).parent / "recorded-fleet"
NODES = ["worker-1", "worker-2", "worker-3"]
FAULTS = ("corrupted", "foreign", "old", "removed")
SEEN = {"whole": "here", "unmirrored-here": "unmirrored"}
"""Plans of what was kept under the name of another one."""
Json = dict[str, Any]


def kept(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


PLANS: Json = kept("plans")


@pytest.fixture(name="planned")
def _planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[int, Json]]:
    """Plans what was recorded under a name, by the same arguments, as the program is now."""

    def planned(name: str) -> tuple[int, Json]:
        seen = kept(f"seen-{SEEN.get(name, name)}")

        class Here(FleetHandler):
            maps = {(one["metadata"]["namespace"], one["metadata"]["name"]): one for one in seen["maps"]}  # noqa: RUF012
            asked_for: list[tuple[str, str]] = []  # noqa: RUF012

        monkeypatch.setattr("upgradecheck.sources.cluster.time.time", lambda: seen["now"])
        path = tmp_path / "plan.json"
        with serving(Here) as stub:
            stub.page, stub.pods, stub.nodes, stub.budgets = 100, seen["pods"], seen["nodes"], []
            words = ["--kubeconfig", kubeconfig(tmp_path / "config", {"server": stub.address}), "-q", "-o", f"json={path}"]
            code = main(["plan", "--fleet", *PLANS[name]["arguments"], *words])
        return code, json.loads(path.read_text())

    return planned


@pytest.mark.parametrize("name", PLANS)
def test_the_plan_is_the_one_that_was_made_then(name: str, planned: Callable[[str], tuple[int, Json]]) -> None:
    code, plan = planned(name)
    then = PLANS[name]["plan"]
    assert (code, told_of(plan)) == (PLANS[name]["code"], then["containers"])
    assert (plan["complete"], plan["calibration"]) == (then["complete"], then["calibration"])
    seconds = re.compile(r"\d+ seconds older")  # it was read a second or less before what it read was kept
    now, before = (seconds.sub("older", json.dumps(one["coverage"])) for one in (plan, then))
    assert now == before


def compared(plan: Json, node: str = "") -> list[list[Any]]:
    return [one for one in plan["containers"] if one[3] != "not-compared" and (not node or one[0] == node)]


def test_every_verdict_is_recorded_and_every_hash_reproduced() -> None:
    for name, code in (("whole", 2), ("here", 0)):
        plan = PLANS[name]["plan"]
        assert (PLANS[name]["code"], plan["complete"], plan["coverage"]["missing"]) == (code, True, [])
        assert {one[5] for one in compared(plan)} == {"recorded"}
        assert {one[0] for one in compared(plan)} == set(NODES)
        assert plan["coverage"]["nodes_with_evidence"] == len(NODES)
        calibration = plan["calibration"]
        assert calibration["reproduced"] == calibration["recorded"] >= 5 * len(NODES)


def test_what_the_new_kubelets_ended_is_what_was_foretold() -> None:
    """Static pods that only their nodes' bundles show among them. An init container that has ended goes with its pod, and cannot end again."""
    told = PLANS["unmirrored"]["plan"]["containers"]
    for node, ended in kept("ended").items():
        here = [one for one in told if one[0] == node]
        assert "unknown" not in {one[3] for one in here}
        goes = {f"{pod}/{name}" for _, pod, name, verdict, *_ in here if verdict in ("restart", "recreate")}
        assert goes - {f"apart-{node}/first"} == set(ended)
        assert len(goes) >= 7


def test_static_pods_of_which_there_is_no_mirror_are_told_by_their_nodes_bundles() -> None:
    """By UID and by hash; that one stays is never told, and then where its manifest is."""
    goes, stays = (PLANS[name]["plan"] for name in ("unmirrored", "unmirrored-here"))
    for node in NODES[:2]:
        told = {(pod, name): (verdict, reason, grade) for at, pod, name, verdict, reason, grade, _ in goes["containers"] if at == node}
        assert told[f"apart-{node}", "probe"] == ("recreate", "static_uid_changed", "recorded")
        assert told[f"steady-{node}", "core"] == ("restart", "hash_changed", "recorded")
        kept_ = {one[1]: one[3:5] for one in stays["containers"] if one[0] == node}
        assert kept_[f"apart-{node}"] == kept_[f"steady-{node}"] == ["unknown", "no_spec"]
    assert not [one for one in goes["coverage"]["missing"] if "spec" in one["what"]]
    (missing,) = [one["reason"] for one in stays["coverage"]["missing"] if "spec" in one["what"]]
    assert "/etc/kubernetes/manifests/steady.yaml of worker-1" in missing


def test_hashes_in_bundles_are_those_that_the_kubelets_recorded() -> None:
    for one in kept("seen-unmirrored")["maps"]:
        bundle = json.loads(gzip.decompress(base64.b64decode(one["binaryData"][KEY])))
        recorded = {
            (pod["name"], its["name"]): its["hash"] for pod in bundle["pods"] for box in pod["sandboxes"] for its in box["containers"]
        }
        made = [
            (spans["hash"], recorded[pod["name"], its["name"]])
            for pod in bundle["static_pods"]["pods"]
            for its in pod["containers"]
            for spans in its["hashes"]
            if spans["oldest"] <= "1.30" <= spans["newest"]
        ]
        assert len(made) >= 3
        assert [ours for ours, _ in made] == [theirs for _, theirs in made]


@pytest.mark.parametrize(
    ("name", "what", "words"),
    [
        ("corrupted", "ConfigMap upgradecheck/bundle-0.worker-1 (bundle of node worker-1)", "checksum"),
        ("foreign", "ConfigMap upgradecheck/theirs", "somebody else wrote it"),
        ("old", "ConfigMap upgradecheck/bundle-0.worker-2 (bundle of node worker-2)", "--max-bundle-age"),
        ("removed", "ConfigMap upgradecheck/bundle-0.worker-3 (bundle of node worker-3)", "not among those that are known"),
    ],
)
def test_what_is_amiss_is_named_and_makes_the_plan_partial(name: str, what: str, words: str) -> None:
    plan = PLANS[name]["plan"]
    assert (PLANS[name]["code"], plan["exit_code"], plan["complete"]) == (3, 3, False)
    named = {one["what"]: one["reason"] for one in plan["coverage"]["missing"]}
    assert words in named[what]
    aside = {"corrupted": "worker-1", "old": "worker-2"}.get(name, "")
    for node in NODES[: 2 if name == "removed" else 3]:
        told = compared(plan, node)
        assert {one[3] for one in told} == ({"unknown"} if node == aside else {"safe"})
        assert {one[5] for one in told} == ({"unknown"} if node == aside else {"recorded"})


def test_the_gate_runs_as_its_manifest_says() -> None:
    gate = kept("gate")
    assert (gate["phase"], gate["state"]["terminated"]["exitCode"]) == ("Failed", 2)
    assert any(line.startswith("WOULD RESTART") or "RESTART" in line for line in gate["said"])


def test_the_job_runs_as_its_manifest_says() -> None:
    once = kept("once")
    assert (once["phase"], once["state"]["terminated"]["exitCode"]) == ("Failed", 2)
    assert any("RESTART" in line for line in once["said"])


def test_what_follows_the_gates_of_the_examples_runs_where_they_open() -> None:
    """Closed by an upgrade that restarts, open for one to what runs; Argo looks at how the step ended."""
    seen = kept("gates")
    assert set(seen) == {"gate-k3s", "gate-cluster-api", "gate-argo"}
    for name, (closed, opened) in ((name, told.values()) for name, told in seen.items()):
        follows = (None, None) if name == "gate-argo" else (False, True)
        assert closed == {"phase": "Failed", "gate": 2, "follows": follows[0]}, name
        assert opened == {"phase": "Succeeded", "gate": 0, "follows": follows[1]}, name


def _numbers(lines: list[str]) -> dict[str, float]:
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def test_the_watch_tells_what_restarted_against_what_was_foretold() -> None:
    """Of two nodes that got the new kubelet between two runs of it; a first run has no plan to hold against anything."""
    before, after = kept("watched-before")["metrics"], _numbers(kept("watched-after")["metrics"]["upgradecheck-verified"])
    assert before["upgradecheck-verified"] == []
    assert _numbers(before["upgradecheck"])["upgradecheck_exit_code"] == 2
    assert after['upgradecheck_verified_nodes{state="upgraded"}'] == len(kept("ended"))
    stopped = after["upgradecheck_stopped_containers"]
    assert stopped == after["upgradecheck_foretold_containers"] >= 5 * len(kept("ended"))
    ended = [one for its in kept("ended").values() for one in its]
    unmirrored = [one for one in ended if one.startswith(("apart-", "steady-"))]
    assert stopped == len(ended) - len(unmirrored)
    assert after['upgradecheck_verified_containers{result="unseen"}'] == len(unmirrored) > 0, "verify asks the API alone, and says so"
    assert {after[f'upgradecheck_verified_containers{{result="{one}"}}'] for one in ("miss", "false_alarm", "unexplained")} == {0}


def test_what_a_pod_put_on_a_node_records_its_kubelets_starts_and_holds() -> None:
    """The first start afterwards is the first that is recorded, so nothing is held; at the upgrade nothing ends but a pod that gets another UID."""
    held = kept("held")
    folder = "/etc/systemd/system/kubelet.service.d"
    assert {f"{folder}/50-upgradecheck.conf", f"{folder}/60-upgradecheck-hold.conf"} <= set(held["drop-ins"])
    (first,), (upgrade,) = held["first"]["said"], held["upgrade"]["said"]
    assert first.startswith("override hold: nothing held: no checkpoint says which kubelet ran before")
    assert upgrade.startswith("override hold: held ")
    assert (held["first"]["code"], held["upgrade"]["code"], held["upgrade"]["version"]) == (0, 0, "Kubernetes v1.31.0")
    assert set(held["ended"]) == {"loose-worker-3/relay"}
    assert len(held["before"]) > 8
    assert [(one["kubeletVersion"], "mode" in one) for one in held["history"]["history"]] == [("v1.30.14", False), ("v1.31.0", False)]


def test_the_printed_roles_alone_are_used() -> None:
    audit = kept("audit")
    agent, planner = audit[AGENT], audit[PLANNER]
    assert set(agent["asked"]) == {"get configmaps", "patch configmaps", "get nodes"}
    lists = {
        f"list {one}" for one in ("nodes", "pods", "poddisruptionbudgets.policy", "configmaps", "events")
    }  # events: the watch's verify
    assert set(planner["asked"]) == {*lists, "get /version"}
    assert {code for codes in planner["asked"].values() for code in codes} == {200}
    assert {code for codes in agent["asked"].values() for code in codes} <= {200, 201, 404}
    assert agent["wrote"] == [f"upgradecheck/bundle-0.{node}" for node in NODES]
    assert agent["nodes"] == NODES


def test_nothing_of_a_spec_is_in_what_was_published() -> None:
    for name in ("here", "old", "unmirrored"):
        seen = kept(f"seen-{name}")
        assert "canary" in json.dumps(seen["pods"])
        for one in seen["maps"]:
            assert b"canary" not in gzip.decompress(base64.b64decode(one["binaryData"][KEY]))
    (broken,) = [one for one in kept("seen-corrupted")["maps"] if one["metadata"]["name"] == "bundle-0.worker-1"]
    with pytest.raises((EOFError, zlib.error)):
        gzip.decompress(base64.b64decode(broken["binaryData"][KEY]))


def test_each_node_tells_its_own_kubelet() -> None:
    for one in kept("seen-here")["maps"]:
        bundle = json.loads(gzip.decompress(base64.b64decode(one["binaryData"][KEY])))
        node, kubelet = bundle["node"]["name"], bundle["kubelet"]
        assert f"--hostname-override={node}" in kubelet["arguments"]
        assert (kubelet["runs"], kubelet["version"], kubelet["config"]["max_pods"]) == (True, None, 250)
        assert bundle["state_files"]


def test_the_history_of_each_node_has_both_kubelets() -> None:
    """An agent may not ask a kubelet for its version, and sees since when each process runs; what it published goes on after its own restart."""
    histories = kept("histories")
    assert sorted(histories) == NODES[:2]
    for history in histories.values():
        old, new = history
        assert [one["kubeletVersion"] for one in history] == [f"v{OLD}", f"v{NEW}"]
        assert {one["mode"] for one in history} == {"polled"}
        assert old["bootID"] == new["bootID"]
        assert old["startTime"] < old["lastSeenTime"] <= new["startTime"] < new["lastSeenTime"]
        assert old["sinceBootMilliseconds"] < new["sinceBootMilliseconds"]


def test_a_plan_knows_since_when_each_kubelet_runs() -> None:
    for one in kept("seen-here")["maps"]:
        bundle = json.loads(gzip.decompress(base64.b64decode(one["binaryData"][KEY])))
        (only,) = bundle["polled"]["history"]
        assert (only["kubeletVersion"], only["startTime"]) == (f"v{OLD}", bundle["kubelet"]["started_at"])
