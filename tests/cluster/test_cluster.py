"""A live cluster, against a stub API server on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.stub import NODES, PODS, TOKEN, Fault, Handler, Stub
from upgradecheck.cli import main


def live(config: str, *more: str) -> int:
    return main(["plan", "--to", "1.30.14", "--kubeconfig", config, "-o", "json", *more])


def without_scope(text: str) -> Any:
    plan = json.loads(text)
    return {key: value for key, value in plan.items() if key not in ("scope", "plan_hash")}


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
    assert missing in [each["what"] for each in plan["coverage"]["missing"]]
    assert not plan["complete"]


def test_selectors_go_to_the_server(config: str, stub: Stub) -> None:
    live(config, "-n", "kube-system", "-l", "a=b", "--node", "n1")
    path, query, _ = stub.asked[-1]
    assert (path, query["labelSelector"], query["fieldSelector"]) == ("/api/v1/namespaces/kube-system/pods", ["a=b"], ["spec.nodeName=n1"])


def test_no_kubeconfig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    assert main(["plan", "--to", "1.31"]) == 1
    assert "no cluster to read: there is no kubeconfig" in capsys.readouterr().err
