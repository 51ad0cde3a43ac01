"""``verify`` of a live cluster: nodes, pods and the events of kubelets, as far as the account may list them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders import as_kubectl, listed, node, pod
from tests.cluster.stub import Handler, Stub, kubeconfig, serving
from tests.unit.cli.test_verify import LATER, POD, PROBED
from tests.unit.cli.test_verify import UPGRADED as UPGRADED_THEN
from tests.unit.cli.test_verify import restarted as restarted_then
from upgradecheck.cli import main

Json = dict[str, Any]
EVENTS = "/api/v1/events"


def after_the_plan(document: Json) -> Json:
    """What has happened since a plan that is made of a live cluster now."""
    told: Json = json.loads(json.dumps(document).replace(LATER, "2036-03-02T10:00:00Z"))
    return told


UPGRADED = after_the_plan(UPGRADED_THEN)


def restarted(document: Json) -> Json:
    return after_the_plan(restarted_then(document))


@pytest.fixture(name="stub")
def _stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    with serving() as stub:
        stub.nodes, stub.pods = [node(version="v1.30.14")], [POD, pod("other-x2x1z", "44444444-0000-4000-8000-000000000004")]
        monkeypatch.setenv("KUBECONFIG", kubeconfig(tmp_path / "config", {"server": stub.address}))
        yield stub


def no_events(handler: Handler, path: str, count: int) -> bool:
    """Answers in the stub's place where events are asked for, as to one who may not list them."""
    if path == EVENTS:
        handler.answer(403, b"{}")
    return path == EVENTS


def verified(plan: Path, capsys: pytest.CaptureFixture[str]) -> Json:
    capsys.readouterr()
    main(["verify", str(plan), "-o", "json", "-q"])
    told: Json = json.loads(capsys.readouterr().out)
    return told


@pytest.fixture(name="plan")
def _plan(stub: Stub, tmp_path: Path) -> Path:
    main(["plan", "--to", "1.31", "-o", f"json={tmp_path / 'plan.json'}", "-q"])
    return tmp_path / "plan.json"


def test_what_is_not_there_any_more_was_replaced(stub: Stub, plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stub.nodes, stub.pods = [UPGRADED], [restarted(POD)]
    told = verified(plan, capsys)
    assert told["summary"] | {"hit": 1, "replaced": 1} == told["summary"]
    (asked,) = (one for one in stub.asked if one.path == EVENTS)
    assert asked.query["fieldSelector"] == ["source=kubelet"]


def test_a_node_that_is_not_there_any_more_took_its_pods_along(stub: Stub, plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stub.nodes, stub.pods = [node("worker-9", "v1.31.4")], []
    told = verified(plan, capsys)
    assert (told["nodes"][0]["state"], told["summary"]["replaced"], told["exit_code"]) == ("gone", 2, 3)


def test_events_tell_why(stub: Stub, plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stub.nodes, stub.pods = [UPGRADED], [restarted(POD)]
    stub.events = [{key: value for key, value in after_the_plan(PROBED).items() if key not in ("kind", "apiVersion")}]
    assert [one.get("because") for one in verified(plan, capsys)["containers"]] == [None, "probe"]


def test_without_the_right_to_list_events_it_goes_on_and_says_so(stub: Stub, plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stub.nodes, stub.pods, stub.fault = [UPGRADED], [restarted(POD)], no_events
    told = verified(plan, capsys)
    assert told["summary"]["hit"] == 1
    assert [one for one in told["notices"] if one.startswith("Events were not read (")] != []


def test_plan_asks_for_no_events(stub: Stub, plan: Path) -> None:
    assert all(one.path != EVENTS for one in stub.asked)


def test_another_cluster_is_told(stub: Stub, plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = json.loads(plan.read_text().replace(stub.address, "https://elsewhere.example:6443"))
    plan.write_text(json.dumps({name: value for name, value in made.items() if name != "document_hash"}))
    assert "The plan was made of https://elsewhere.example:6443" in verified(plan, capsys)["notices"][0]


def test_a_plan_of_dumps_says_of_no_cluster_where_none_of_it_is_there(
    stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A kubeconfig of another cluster, with a node of the same name: nothing there was drained."""
    (tmp_path / "before.json").write_text(as_kubectl(listed(POD, node(version="v1.30.14"))))
    plan = tmp_path / "plan.json"
    main(["plan", "--to", "1.31", "-f", str(tmp_path / "before.json"), "-o", f"json={plan}", "-q"])
    stub.nodes, stub.pods = [UPGRADED], [pod("other-x2x1z", "44444444-0000-4000-8000-000000000004")]
    told = verified(plan, capsys)
    assert (told["summary"]["unseen"], told["exit_code"]) == (1, 3)
    assert told["notices"][0].startswith("No pod of the plan is there, and no node in the boot that it was in")


def test_only_the_plans_namespaces_are_asked_for(stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["plan", "--to", "1.31", "-n", "shop", "-o", f"json={tmp_path / 'plan.json'}", "-q"])
    stub.asked.clear()
    verified(tmp_path / "plan.json", capsys)
    assert {one.path for one in stub.asked if "pods" in one.path or "events" in one.path} == {
        "/api/v1/namespaces/shop/pods",
        "/api/v1/namespaces/shop/events",
    }
