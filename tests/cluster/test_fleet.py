"""Bundles through the cluster: published when they are to change, found by a plan, and named where they lack, are old, damaged or foreign."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.bundles import of_others, some_bundle, some_pods
from tests.cluster.fleet import FleetHandler
from tests.cluster.stub import NODES, Stub, kubeconfig, serving
from upgradecheck.cli import main
from upgradecheck.commands import publishing
from upgradecheck.commands.sighting import looked
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.bundle import Bundle, BundledKubelet
from upgradecheck.model.checkpoint import Checkpoint, KubeletStart, Mode, NodeIdentity
from upgradecheck.model.errors import EXIT_NO_REPORT
from upgradecheck.model.exit_codes import EXIT_RESTARTS, EXIT_UNDETERMINED
from upgradecheck.model.fleet import KEY
from upgradecheck.model.pod import RunState
from upgradecheck.model.times import SECOND, from_rfc3339, rfc3339

NS = "upgradecheck"
NODE = some_bundle().name
NOW = 1_800_000_000 * SECOND
Maps = dict[tuple[str, str], dict[str, Any]]


class Cluster:
    """The stub, who publishes to it, and what of its ConfigMaps was asked for."""

    def __init__(self, stub: Stub, handler: type[FleetHandler], config: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stub, self.handler, self.config, self.patch = stub, handler, config, monkeypatch

    @property
    def maps(self) -> Maps:
        return self.handler.maps

    def publish(self, bundle: Bundle, *more: str) -> int:
        self.patch.setattr(publishing, "collect", lambda _: bundle)
        return main(["collect", "--publish", "--kubeconfig", self.config, *more])

    def methods(self) -> list[str]:
        told = [method for method, _ in self.handler.asked_for]
        self.handler.asked_for.clear()
        return told

    def plan(self, *more: str, to: str = "1.30.14") -> tuple[int, dict[str, Any]]:
        path = Path(self.config).with_name("plan.json")
        code = main(["plan", "--to", to, "--fleet", "--kubeconfig", self.config, "-q", "-o", f"json={path}", *more])
        return code, json.loads(path.read_text())


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    class Here(FleetHandler):
        maps: Maps = {}  # noqa: RUF012 - one per test
        asked_for: list[tuple[str, str]] = []  # noqa: RUF012

    monkeypatch.setattr("upgradecheck.sources.cluster.time.time", lambda: NOW / SECOND)
    with serving(Here) as stub:
        stub.page = 100
        stub.pods = some_pods()
        yield Cluster(stub, Here, kubeconfig(tmp_path / "config", {"server": stub.address}), monkeypatch)


def fresh(**changes: Any) -> Bundle:
    return some_bundle(collected_at=NOW, **changes)


def two_nodes(cluster: Cluster) -> Bundle:
    """A cluster with another node, like the first; its bundle."""
    node = json.loads(json.dumps(NODES[0]).replace(NODE, "node-2"))
    node["status"]["nodeInfo"]["bootID"] = "two"
    node["metadata"]["uid"] = "uid-of-node-2"
    cluster.stub.nodes = [NODES[0], node]
    pods = []
    for one in some_pods():
        if not one["metadata"].get("annotations", {}).get("kubernetes.io/config.mirror"):
            copy = json.loads(json.dumps(one).replace("containerd://", "containerd://other-"))
            copy["metadata"].update(uid=f"other-{one['metadata']['uid']}", name=f"{one['metadata']['name']}-2")
            copy["spec"]["nodeName"] = "node-2"
            pods.append(copy)
    cluster.stub.pods = [*some_pods(), *pods]
    return of_others(fresh(), "node-2")


def missing(plan: dict[str, Any]) -> dict[str, str]:
    return {one["what"]: one["reason"] for one in plan["coverage"]["missing"]}


def grades(plan: dict[str, Any], node: str) -> set[str]:
    return {
        c["evidence"]["grade"] for pod in plan["pods"] if pod["node"] == node for c in pod["containers"] if c["verdict"] != "not-compared"
    }


def test_what_nodes_published_is_all_that_a_plan_needs(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    other = two_nodes(cluster)
    assert [cluster.publish(one) for one in (fresh(), other)] == [0, 0]
    assert cluster.methods() == ["GET", "GET", "PATCH"] * 2
    code, plan = cluster.plan(to="1.31.0")
    assert code == EXIT_RESTARTS
    assert plan["complete"], plan["coverage"]
    assert (plan["coverage"]["nodes_with_evidence"], missing(plan)) == (2, {})
    assert grades(plan, NODE) == grades(plan, "node-2") == {"recorded"}
    calibration = plan["calibration"]
    assert calibration["reproduced"] == calibration["recorded"] > 0
    assert cluster.methods() == ["GET"]
    assert "published" in capsys.readouterr().err


def test_the_objects_are_marked_with_owner_and_age(cluster: Cluster) -> None:
    cluster.stub.nodes = [{**NODES[0], "metadata": {**NODES[0]["metadata"], "uid": "uid-of-the-node"}}]
    cluster.publish(fresh(), "--fleet-namespace", "elsewhere")
    ((place, found),) = cluster.maps.items()
    assert place == ("elsewhere", f"bundle-0.{NODE}")
    metadata = found["metadata"]
    assert metadata["ownerReferences"] == [{"apiVersion": "v1", "kind": "Node", "name": NODE, "uid": "uid-of-the-node"}]
    assert metadata["labels"] == {"upgradecheck.io/kind": "node-bundle", "app.kubernetes.io/managed-by": "upgradecheck"}
    told = {name.partition("/")[2]: value for name, value in metadata["annotations"].items()}
    assert (told["node"], told["collected-at"], told["part"], told["parts"]) == (NODE, "2027-01-15T08:00:00Z", "0", "1")
    assert re.fullmatch("[0-9a-f]{64}", told["digest"])


def test_it_is_written_when_it_changes_or_grows_old_and_else_not(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    def published(bundle: Bundle) -> bool:
        assert cluster.publish(bundle) == 0
        return "PATCH" in cluster.methods()

    hour = 3600 * SECOND
    assert published(fresh())
    assert not published(replace(fresh(), collected_at=NOW + 11 * hour))
    assert "nothing new since" in capsys.readouterr().err
    assert published(replace(fresh(), collected_at=NOW + 13 * hour))
    changed = replace(fresh(), collected_at=NOW + 13 * hour, containers=tuple(fresh().containers)[1:])
    assert published(changed)
    assert not published(changed)
    assert published(replace(changed, collected_at=NOW)), "a clock that was set back makes what is there of the future"


def test_a_large_one_is_split_and_what_is_left_of_it_is_passed_over(cluster: Cluster) -> None:
    large, draw = fresh(), random.Random(5)
    one = replace(next(iter(large.containers)), state=RunState.EXITED)
    more = tuple(replace(one, container_id=f"{draw.getrandbits(2048):x}", pod_uid=f"gone-{number}") for number in range(4000))
    assert cluster.publish(replace(large, containers=(*large.containers, *more))) == 0
    parts = {name: found for (_, name), found in cluster.maps.items()}
    assert sorted(parts) == [f"bundle-0.{NODE}", f"bundle-1.{NODE}"]
    assert max(len(json.dumps(found)) for found in parts.values()) < 1 << 20
    assert missing(cluster.plan()[1]) == {}
    kept = parts[f"bundle-1.{NODE}"]
    assert cluster.publish(large) == 0
    assert cluster.maps[NS, f"bundle-1.{NODE}"] == kept
    assert missing(cluster.plan()[1]) == {}
    cluster.publish(replace(large, containers=(*large.containers, *more)))
    del cluster.maps[NS, f"bundle-1.{NODE}"]
    assert "its part 1 is not there" in next(iter(missing(cluster.plan()[1]).values()))
    cluster.maps[NS, f"bundle-1.{NODE}"] = json.loads(
        json.dumps(kept).replace(kept["metadata"]["annotations"]["upgradecheck.io/sha256"], "0" * 64)
    )
    assert "another state" in next(iter(missing(cluster.plan()[1]).values()))


def test_a_node_without_one_is_named(cluster: Cluster) -> None:
    two_nodes(cluster)
    cluster.publish(fresh())
    code, plan = cluster.plan(to="1.22.17")
    assert code == EXIT_UNDETERMINED
    assert list(missing(plan)) == ["bundle of node node-2"]
    assert missing(cluster.plan("--node", NODE)[1]) == {}, "of no interest to a plan of the other"


def test_of_a_plan_of_one_node_the_other_nodes_bundles_are_no_matter(cluster: Cluster) -> None:
    """Not that they are there, as the server was asked for one Node alone, nor what is wrong with them."""
    other = two_nodes(cluster)
    for bundle in (fresh(), other):
        cluster.publish(bundle)
    code, plan = cluster.plan("--node", NODE, to="1.22.17")
    assert (code, plan["complete"], missing(plan), grades(plan, NODE)) == (0, True, {}, {"recorded"})
    cluster.maps[NS, "bundle-0.node-2"]["binaryData"][KEY] = "AAAA"
    assert missing(cluster.plan("--node", NODE)[1]) == {}
    assert len(missing(cluster.plan("--node", NODE, "--node", "node-2")[1])) == 1
    cluster.publish(replace(fresh(), node=NodeIdentity("node-2"), boot_id=None))
    told = missing(cluster.plan("--node", NODE)[1])
    assert ["no two nodes run one" in reason for reason in told.values()] == [True], "a copy of it spoils it all the same"


def _bad(key: str, change: Callable[[dict[str, Any]], None]) -> Any:
    return pytest.param(change, key, id=key)


def _truncated(one: dict[str, Any]) -> None:
    one["binaryData"][KEY] = one["binaryData"][KEY][:400]


def _flipped(one: dict[str, Any]) -> None:
    data = bytearray(base64.b64decode(one["binaryData"][KEY]))
    data[50] ^= 1
    one["binaryData"][KEY] = base64.b64encode(data).decode()


def _no_base64(one: dict[str, Any]) -> None:
    one["binaryData"][KEY] = "%%%"


def _holds(change: Callable[[bytes], bytes]) -> Callable[[dict[str, Any]], None]:
    """Another text in it, with a checksum of the ConfigMap that is right."""

    def put(one: dict[str, Any]) -> None:
        data = gzip.compress(change(gzip.decompress(base64.b64decode(one["binaryData"][KEY]))))
        one["binaryData"][KEY] = base64.b64encode(data).decode()
        one["metadata"]["annotations"]["upgradecheck.io/sha256"] = hashlib.sha256(data).hexdigest()

    return put


def _renamed(one: dict[str, Any]) -> None:
    one["metadata"]["name"] = "bundle-0.another"


def _foreign(one: dict[str, Any]) -> None:
    one.pop("binaryData")


def _no_annotations(one: dict[str, Any]) -> None:
    one["metadata"]["annotations"] = None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        _bad("its checksum is not that", _truncated),
        _bad("its checksum is not", _flipped),
        _bad("no base64", _no_base64),
        _bad("format 2.0", _holds(lambda text: text.replace(b'"1.0"', b'"2.0"', 1))),
        _bad("100 times", _holds(lambda text: text + b" " * (20 << 20))),
        _bad("not that of its content", _holds(lambda text: text.replace(b'"name":"', b'"name":"x', 1))),
        _bad("its name is not that of the node", _renamed),
        _bad("somebody else wrote it", _foreign),
        _bad("is no number", _no_annotations),
    ],
)
def test_a_damaged_one_is_named_and_what_hangs_on_it_is_unknown(
    change: Callable[[dict[str, Any]], None], words: str, cluster: Cluster
) -> None:
    cluster.publish(fresh())
    change(cluster.maps[NS, f"bundle-0.{NODE}"])
    code, plan = cluster.plan(to="1.22.17")
    assert code == EXIT_UNDETERMINED
    told = [reason for what, reason in missing(plan).items() if f"ConfigMap {NS}/bundle-0." in what]
    assert len(told) == 1
    assert words in told[0]
    assert "recorded" not in grades(plan, NODE)


def test_an_old_one_and_one_of_a_node_that_is_gone_are_named(cluster: Cluster) -> None:
    old = replace(fresh(), collected_at=NOW - 30 * 3600 * SECOND)
    for bundle in (old, of_others(fresh(), "node-gone")):
        assert cluster.publish(bundle) == 0
    code, plan = cluster.plan(to="1.22.17")
    assert code == EXIT_UNDETERMINED
    told = missing(plan)
    assert "30 hours older than the cluster" in told[f"ConfigMap {NS}/bundle-0.{NODE} (bundle of node {NODE})"]
    assert "not among those that are known" in told[f"ConfigMap {NS}/bundle-0.node-gone (bundle of node node-gone)"]
    assert len(told) == 2, "an old one is not told to be missing, too"
    assert cluster.plan("--max-bundle-age", "31h")[1]["coverage"]["missing"][0]["what"].startswith(f"ConfigMap {NS}/bundle-0.node-gone")


def test_one_that_another_node_wrote_is_named(cluster: Cluster) -> None:
    """An agent that nothing holds to its own node: the bundle in it says whose it is."""
    two_nodes(cluster)
    for bundle in (fresh(), of_others(fresh(), "node-2")):
        cluster.publish(bundle)
    stolen = json.loads(json.dumps(cluster.maps[NS, f"bundle-0.{NODE}"]))
    stolen["metadata"]["name"] = "bundle-0.node-2"
    stolen["metadata"]["annotations"]["upgradecheck.io/node"] = "node-2"
    cluster.maps[NS, "bundle-0.node-2"] = stolen
    plan = cluster.plan()[1]
    assert f"the bundle in it is that of node '{NODE}'" in missing(plan)[f"ConfigMap {NS}/bundle-0.node-2 (bundle of node node-2)"]
    assert grades(plan, NODE) == {"recorded"}


def test_what_is_not_labelled_is_nobodys_business(cluster: Cluster) -> None:
    cluster.publish(fresh())
    cluster.maps[NS, "kube-root-ca.crt"] = {"metadata": {"name": "kube-root-ca.crt"}, "data": {"ca.crt": "x"}}
    assert missing(cluster.plan()[1]) == {}


def test_a_list_that_is_refused_is_named_with_the_way_out(cluster: Cluster) -> None:
    cluster.handler.refuses = ("LIST",)
    code, plan = cluster.plan(to="1.22.17")
    assert code == EXIT_UNDETERMINED
    reason = missing(plan)[f"bundles in namespace {NS}"]
    assert "403" in reason
    assert "upgradecheck doctor --rbac --fleet" in reason


def test_an_agent_that_may_not_write_says_so(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    cluster.handler.refuses = ("PATCH",)
    assert cluster.publish(fresh()) == EXIT_NO_REPORT
    err = capsys.readouterr().err
    assert f"apply ConfigMap {NS}/bundle-0.{NODE}" in err
    assert "upgradecheck doctor --rbac --fleet" in err


def test_a_namespace_that_is_not_there_is_named(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    """To who lists in it a server says that it is empty."""
    cluster.patch.setattr(cluster.handler, "do_PATCH", lambda self: self.answer(404, b"{}"))
    assert cluster.publish(fresh()) == EXIT_NO_REPORT
    err = capsys.readouterr().err
    assert f"namespace {NS} is not there" in err
    assert "--fleet-namespace" in err
    code, plan = cluster.plan("--fleet-namespace", "nobodys")
    assert (code, "--fleet-namespace" in missing(plan)["bundles in namespace nobodys"]) == (EXIT_UNDETERMINED, True)


@pytest.mark.parametrize("hours", [-30, -5, 5, 30])
def test_a_clock_that_is_hours_off_is_told_and_put_right_with_the_next_round(hours: int, cluster: Cluster) -> None:
    assert cluster.publish(replace(fresh(), collected_at=NOW + hours * 3600 * SECOND)) == 0
    _, plan = cluster.plan()
    told = "" if abs(hours) < 24 else f"30 hours {'older' if hours < 0 else 'newer'} than"
    assert told in "".join(missing(plan).values())
    assert bool(told) is bool(missing(plan))
    assert cluster.publish(fresh()) == 0
    assert missing(cluster.plan()[1]) == {}


def test_bundles_of_a_renamed_node_are_set_aside_and_do_not_hide_those_of_its_new_name(cluster: Cluster) -> None:
    assert cluster.publish(fresh()) == 0
    cluster.stub.nodes = [json.loads(json.dumps(NODES[0]).replace(NODE, "renamed"))]
    cluster.stub.pods = json.loads(json.dumps(some_pods()).replace(f'"nodeName": "{NODE}"', '"nodeName": "renamed"'))
    _, before = cluster.plan()
    assert "not among those that are known" in missing(before)[f"ConfigMap {NS}/bundle-0.{NODE} (bundle of node {NODE})"]
    assert cluster.publish(replace(fresh(), node=NodeIdentity("renamed"))) == 0
    code, plan = cluster.plan()
    assert (code, plan["complete"], grades(plan, "renamed")) == (EXIT_UNDETERMINED, False, {"recorded"})
    assert set(missing(plan)) == {f"ConfigMap {NS}/bundle-0.{NODE} (bundle of node {NODE})"}


def test_two_clusters_with_nodes_of_one_name_have_each_its_own_bundles(cluster: Cluster, tmp_path: Path) -> None:
    class There(FleetHandler):
        maps: Maps = {}  # noqa: RUF012
        asked_for: list[tuple[str, str]] = []  # noqa: RUF012

    assert cluster.publish(fresh()) == 0
    with serving(There) as other:
        other.page, other.pods = 100, some_pods()
        config = json.loads(Path(cluster.config).read_text())
        config["clusters"].append({"name": "d", "cluster": {"server": other.address}})
        config["contexts"].append({"name": "d", "context": {"cluster": "d", "user": config["users"][0]["name"]}})
        Path(cluster.config).write_text(json.dumps(config))
        words = ["--kubeconfig", cluster.config, "--context", "c", "--context", "d", "-q", "-o", f"json={tmp_path / '{cluster}.json'}"]
        assert main(["plan", "--to", "1.30.14", "--fleet", *words]) == EXIT_UNDETERMINED
    here, there = (json.loads((tmp_path / f"{name}.json").read_text()) for name in "cd")
    assert (here["complete"], grades(here, NODE)) == (True, {"recorded"})
    assert (there["complete"], "recorded" in grades(there, NODE)) == (False, False)
    assert f"bundle of node {NODE}" in missing(there)


def test_somebody_elses_configmap_is_left_as_it_is(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = {"metadata": {"name": f"bundle-0.{NODE}"}, "data": {"a": "b"}}
    cluster.maps[NS, f"bundle-0.{NODE}"] = theirs
    assert cluster.publish(fresh()) == EXIT_NO_REPORT
    assert cluster.maps == {(NS, f"bundle-0.{NODE}"): theirs}
    assert "somebody else wrote it" in capsys.readouterr().err


def test_a_round_that_fails_costs_no_more_than_that(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds = iter([("PATCH",), (), ()])
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        cluster.handler.refuses = next(rounds, ())
        return len(waits) == 3

    cluster.handler.refuses = next(rounds)
    monkeypatch.setattr(publishing, "_wait", wait)
    assert cluster.publish(fresh(), "--every", "10m") == 0
    err = capsys.readouterr().err
    assert (err.count("The next round is in 600 s."), err.count("published"), err.count("nothing new since")) == (1, 1, 1)
    assert all(590 < seconds <= 600 for seconds in waits)


def _running(started: int, **changes: Any) -> Bundle:
    """Of a node whose kubelet, started so many seconds before now, may not be asked for its version."""
    kubelet = BundledKubelet(None, runs=True, started_at=time.time_ns() - started * SECOND, since_boot_ms=(10_000 - started) * 1000)
    return fresh(kubelet=kubelet, node=NodeIdentity(NODE), **changes)


def _reported(cluster: Cluster, version: str, ago: int) -> None:
    node = json.loads(json.dumps(NODES[0]))
    node["status"]["nodeInfo"]["kubeletVersion"] = version
    for one in node["status"]["conditions"]:
        one["lastHeartbeatTime"] = rfc3339((time.time_ns() // SECOND - ago) * SECOND)
    cluster.stub.nodes = [node]


def _published(cluster: Cluster) -> list[str]:
    """Which kubelets the history of what was published has."""
    found = json.loads(gzip.decompress(base64.b64decode(cluster.maps[NS, f"bundle-0.{NODE}"]["binaryData"][KEY])))
    return [one["kubeletVersion"] for one in (found.get("polled") or {"history": []})["history"]]


def test_an_agent_goes_on_with_the_history_that_it_published(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    """Each of these is another process of the agent: nothing is kept but what stands in the cluster."""
    _reported(cluster, "v1.30.14", ago=500)
    assert cluster.publish(_running(600)) == 0
    assert _published(cluster) == ["v1.30.14"]
    assert cluster.publish(_running(600)) == 0
    assert "nothing new since" in capsys.readouterr().err, "the same kubelet, seen again, is nothing new"
    assert cluster.publish(_running(300)) == 0
    assert _published(cluster) == ["v1.30.14"], "nobody has told the version of the new process yet"
    _reported(cluster, "v1.31.0", ago=200)
    assert cluster.publish(_running(300)) == 0
    assert _published(cluster) == ["v1.30.14", "v1.31.0"]


def test_a_history_in_several_parts_goes_on_and_a_damaged_one_begins_anew(cluster: Cluster) -> None:
    _reported(cluster, "v1.30.14", ago=500)
    draw = random.Random(5)
    one = replace(next(iter(fresh().containers)), state=RunState.EXITED)
    more = tuple(replace(one, container_id=f"{draw.getrandbits(2048):x}", pod_uid=f"gone-{number}") for number in range(4000))
    assert cluster.publish(_running(600, containers=(*fresh().containers, *more))) == 0
    assert len(cluster.maps) == 2
    _reported(cluster, "v1.31.0", ago=200)
    assert cluster.publish(_running(300)) == 0
    assert _published(cluster) == ["v1.30.14", "v1.31.0"]
    _truncated(cluster.maps[NS, f"bundle-0.{NODE}"])
    assert cluster.publish(_running(300)) == 0
    assert _published(cluster) == ["v1.31.0"]


def test_between_its_rounds_an_agent_knows_when_it_last_saw_a_kubelet(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not published, as it is nothing new, is all the same where the next kubelet's start begins a hole."""
    _reported(cluster, "v1.30.14", ago=500)
    first = _running(600)
    after: list[int] = []

    def wait(seconds: float) -> bool:
        after.append(time.time_ns())
        if len(after) == 2:
            _reported(cluster, "v1.31.0", ago=-10)
            monkeypatch.setattr(publishing, "looked", lambda *_: replace(looked(*_), now=after[1] + 20 * SECOND))
            monkeypatch.setattr(publishing, "collect", lambda _: _running(-5))
        return len(after) == 3

    monkeypatch.setattr(publishing, "_wait", wait)
    assert cluster.publish(first, "--every", "10m") == 0
    found = json.loads(gzip.decompress(base64.b64decode(cluster.maps[NS, f"bundle-0.{NODE}"]["binaryData"][KEY])))
    old, new = found["polled"]["history"]
    assert (old["kubeletVersion"], new["kubeletVersion"]) == ("v1.30.14", "v1.31.0")
    assert from_rfc3339(old["lastSeenTime"]) > after[0], "the second round's look, which was not published"


def test_that_an_agent_has_not_seen_its_kubelet_yet_is_no_finding(cluster: Cluster) -> None:
    """Nobody gave a checkpoint of the other node, and nobody misses this one's."""
    other = two_nodes(cluster)
    start = KubeletStart(parse_kubelet_version("v1.22.17"), NOW - SECOND, mode=Mode.POLLED, last_seen_time=NOW)
    seen = Checkpoint("1" * 32, 1, NodeIdentity("node-2"), (start,))
    for bundle in (replace(other, polled=seen), fresh()):
        cluster.patch.setattr(publishing, "with_seen", lambda before, one, look, bundle=bundle: bundle.polled)
        assert cluster.publish(bundle) == 0
    plan = cluster.plan(to="1.31.0")[1]
    assert plan["complete"], plan["coverage"]
    assert plan["history"] is not None
    assert [one for one in plan["findings"] if one["rule"] == "UC050"] == []
