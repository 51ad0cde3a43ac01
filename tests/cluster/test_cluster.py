"""A live cluster, against a stub API server on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.stub import EVERY_POD, NODES, PODS, TOKEN, Fault, Handler, Stub
from upgradecheck.cli import main


def live(config: str, *more: str) -> int:
    return main(["plan", "--to", "1.30.14", "--kubeconfig", config, "-o", "json", *more])


def without_scope(text: str) -> Any:
    plan = json.loads(text)
    return {key: value for key, value in plan.items() if key not in ("scope", "plan_hash", "document_hash")}


def test_a_live_plan_is_the_plan_of_its_dump(config: str, stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dump = tmp_path / "dump.json"
    dump.write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": [*NODES, *PODS]}))
    code = main(["plan", "--to", "1.30.14", "-f", str(dump), "-o", "json"])
    expected = without_scope(capsys.readouterr().out)
    assert live(config) == code
    assert without_scope(capsys.readouterr().out) == expected
    assert {authorization for _, _, authorization in stub.asked} == {f"Bearer {TOKEN}"}


def always(part: str, status: int, kind: str = "application/json", **headers: str) -> Fault:
    def fault(handler: Handler, path: str, count: int) -> bool:
        if part not in path:
            return False
        handler.answer(status, TOKEN.encode(), kind, **headers)
        return True

    return fault


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        pytest.param(always("/pods", 403), "cannot list pods in all namespaces: this account may not do that (403)", id="403 on all pods"),
        pytest.param(always("/nodes", 401), "cannot list nodes: the server does not accept the credentials (401)", id="401"),
        pytest.param(always("/", 429, retry_after="99999"), "asks to wait for 99999 s", id="429 for longer than there is"),
        pytest.param(always("/", 200, "text/html"), "no JSON; a login page", id="a login page"),
        pytest.param(always("/", 302, location="http://localhost:1/"), "a redirect (HTTP 302), which is not followed", id="a redirect"),
    ],
)
def test_a_lasting_fault_is_no_report(fault: Fault, message: str, config: str, stub: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    stub.fault = fault
    assert live(config, "--timeout", "5s") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert TOKEN not in err


@pytest.mark.parametrize(
    ("part", "more", "missing"),
    [
        pytest.param("/nodes", ("--from", "1.22.17"), "nodes", id="nodes"),
        pytest.param("/namespaces/a/", ("-n", "a", "-n", "kube-system"), "pods of namespace a", id="one namespace"),
    ],
)
def test_what_is_refused_is_missing(
    part: str, more: tuple[str, ...], missing: str, config: str, stub: Stub, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.fault = always(part, 403)
    assert live(config, "--fail-on", "none", *more) == 3
    plan = json.loads(capsys.readouterr().out)
    assert [each["what"] for each in plan["coverage"]["missing"]].count(missing) == 1, (
        "a name that was refused is no name that was misspelt"
    )
    assert not plan["complete"]


@pytest.mark.parametrize(
    ("more", "status", "missing"),
    [
        pytest.param(("--node", "node-1"), 200, 0, id="a single node is read by its name"),
        pytest.param(("--node", "node-1"), 403, 1, id="which may be refused, too"),
        pytest.param(("--node", "node-1,other"), 200, 1, id="several are not"),
    ],
)
def test_an_account_of_a_node_reads_its_own(
    more: tuple[str, ...], status: int, missing: int, config: str, stub: Stub, capsys: pytest.CaptureFixture[str]
) -> None:
    """A kubelet's own account may read its Node, and from 1.32 on list none."""

    def fault(handler: Handler, path: str, _: int) -> bool:
        if "/nodes" in path:
            handler.answer(200 if path.endswith("/nodes/node-1") and status == 200 else 403, json.dumps(NODES[0]).encode())
        return "/nodes" in path

    stub.fault = fault
    live(config, "--fail-on", "none", *more)
    plan = json.loads(capsys.readouterr().out)
    assert [one["what"] for one in plan["coverage"]["missing"]].count("nodes") == missing
    assert [one["from"] for one in plan["nodes"] if one["name"] == "node-1"] == ([None] if missing else ["1.22.17"])


def test_of_a_single_node_no_other_is_asked_for(config: str, stub: Stub) -> None:
    """Least rights: an account that may see no other Node plans its own, and what other nodes are is nobody's business."""
    live(config, "--node", "node-1")
    (nodes,) = (asked for asked in stub.asked if "/nodes" in asked.path)
    assert (nodes.path, nodes.query["fieldSelector"]) == ("/api/v1/nodes", ["metadata.name=node-1"])
    stub.asked.clear()
    live(config, "--node", "node-1,node-2")
    assert ["fieldSelector" in asked.query for asked in stub.asked if "/nodes" in asked.path] == [False] * (
        len(stub.nodes) // stub.page + 1
    )


def test_selectors_go_to_the_server(config: str, stub: Stub) -> None:
    live(config, "-n", "kube-system", "-l", "a=b", "--node", "n1")
    pods = next(asked for asked in stub.asked if asked.path.endswith("/pods"))
    asked = pods.query["labelSelector"], pods.query["fieldSelector"]
    assert (pods.path, *asked) == ("/api/v1/namespaces/kube-system/pods", ["a=b"], ["spec.nodeName=n1"])


def budget(healthy: int) -> dict[str, Any]:
    """Of every pod in default."""
    status = {"currentHealthy": healthy, "desiredHealthy": 1, "observedGeneration": 1}
    return {
        "metadata": {"name": "all", "namespace": "default", "generation": 1},
        "spec": {"selector": {}, "minAvailable": 1},
        "status": status,
    }


@pytest.mark.parametrize(
    ("policy", "status", "rules", "said"),
    [
        pytest.param("v1", None, {"UC041"}, False, id="policy/v1"),
        pytest.param("v1beta1", None, set(), False, id="v1beta1, where an empty selector selects nothing"),
        pytest.param("v1", 403, set(), True, id="refused, which is no reason for a partial plan"),
        pytest.param("v1", 404, set(), False, id="a server that has no budgets"),
    ],
)
def test_budgets(
    policy: str, status: int | None, rules: set[str], said: bool, config: str, stub: Stub, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(handler: Handler, path: str, number: int) -> bool:
        if status is not None and "policy" in path:
            handler.answer(status, b"{}")
            return True
        return False

    stub.pods, stub.budgets, stub.policy, stub.fault = EVERY_POD, [budget(3)], policy, refuse
    live(config)
    plan = json.loads(capsys.readouterr().out)
    assert ({one["rule"] for one in plan["findings"]} & {"UC041"}, plan["complete"]) == (rules, True)
    assert any("PodDisruptionBudgets were not read" in one for one in plan["notices"]) is said


def test_no_kubeconfig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    assert main(["plan", "--to", "1.31"]) == 1
    assert "no cluster to read: there is no kubeconfig" in capsys.readouterr().err
