"""A live cluster, against a stub API server on loopback."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from upgradecheck.cli import main

EXAMPLE = Path(str(files("upgradecheck.example")))
PODS = json.loads((EXAMPLE / "api-pods.json").read_text())["items"]
NODES = json.loads((EXAMPLE / "nodes.json").read_text())["items"]
TOKEN = "canary-token-5ecret"
Fault = Callable[["Handler", str, int], bool]
"""Answers in the server's place, given the path and how often it was asked; True if it did."""


class Stub(ThreadingHTTPServer):
    daemon_threads = True
    fault: Fault | None = None
    asked: list[tuple[str, dict[str, list[str]], str | None]]
    page = 3


class Handler(BaseHTTPRequestHandler):
    server: Stub

    def do_GET(self) -> None:
        url = urlparse(self.path)
        query = parse_qs(url.query)
        self.server.asked.append((url.path, query, self.headers["authorization"]))
        count = sum(path == url.path for path, _, _ in self.server.asked)
        if self.server.fault and self.server.fault(self, url.path, count):
            return
        self.answer(200, page(url.path, query, self.server.page))

    def answer(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


def page(path: str, query: dict[str, list[str]], size: int) -> bytes:
    kind, items = ("NodeList", NODES) if path.endswith("/nodes") else ("PodList", PODS)
    begin = int(query.get("continue", ["0"])[0])
    more = {"continue": str(begin + size)} if begin + size < len(items) else {}
    return json.dumps({"kind": kind, "apiVersion": "v1", "metadata": more, "items": items[begin : begin + size]}).encode()


@pytest.fixture
def stub() -> Iterator[Stub]:
    server = Stub(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def config(stub: Stub, tmp_path: Path) -> str:
    cluster = {"server": f"http://127.0.0.1:{stub.server_port}"}
    text = {
        "apiVersion": "v1", "kind": "Config", "current-context": "c", "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"token": TOKEN}}], "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }  # fmt: skip
    path = tmp_path / "config"
    path.write_text(json.dumps(text))
    return str(path)


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


def once(status: int, **headers: str) -> Fault:
    def fault(handler: Handler, path: str, count: int) -> bool:
        if not path.endswith("/pods") or count != 2:
            return False
        handler.answer(status, b"{}", **headers)
        return True

    return fault


def cut(handler: Handler, path: str, count: int) -> bool:
    if path.endswith("/pods") and count == 2:
        handler.answer(200, b'{"kind":"PodList","items":[')
        return True
    return False


def reset(handler: Handler, path: str, count: int) -> bool:
    if path.endswith("/pods") and count == 2:
        handler.close_connection = True
        return True
    return False


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(once(429, retry_after="0"), id="429 with Retry-After"),
        pytest.param(once(500), id="500"),
        pytest.param(once(503, retry_after="rubbish"), id="503 with a Retry-After that nobody can read"),
        pytest.param(once(410), id="410 begins anew"),
        pytest.param(once(401), id="401 loads the credentials again"),
        pytest.param(cut, id="cut short"),
        pytest.param(reset, id="reset"),
    ],
)
def test_a_passing_fault_changes_nothing(fault: Fault, config: str, stub: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    live(config)
    expected = json.loads(capsys.readouterr().out)
    stub.asked.clear()
    stub.fault = fault
    live(config)
    found = json.loads(capsys.readouterr().out)
    assert (found["pods"], found["complete"]) == (expected["pods"], expected["complete"])


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


def test_a_drip_ends_in_time(config: str, stub: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    def drip(handler: Handler, path: str, count: int) -> bool:
        try:
            for byte in b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" * 2:
                handler.wfile.write(bytes((byte,)))
                time.sleep(0.1)
        except OSError:
            pass
        return True

    stub.fault, begin = drip, time.monotonic()
    assert live(config, "--timeout", "1s") == 1
    assert time.monotonic() - begin < 3
    assert "no complete answer" in capsys.readouterr().err


def test_selectors_go_to_the_server(config: str, stub: Stub) -> None:
    live(config, "-n", "kube-system", "-l", "a=b", "--node", "n1")
    path, query, _ = stub.asked[-1]
    assert (path, query["labelSelector"], query["fieldSelector"]) == ("/api/v1/namespaces/kube-system/pods", ["a=b"], ["spec.nodeName=n1"])


def test_no_kubeconfig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    assert main(["plan", "--to", "1.31"]) == 1
    assert "no cluster to read: there is no kubeconfig" in capsys.readouterr().err


def with_user(config: str, user: dict[str, Any], **cluster: Any) -> None:
    """Another user, and more about the cluster, in the kubeconfig."""
    text = json.loads(Path(config).read_text())
    text["users"][0]["user"] = user
    text["clusters"][0]["cluster"] |= cluster
    Path(config).write_text(json.dumps(text))


def plugin(program: str) -> dict[str, Any]:
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable, "args": ["-c", program]}}


CREDENTIAL = {
    "apiVersion": "client.authentication.k8s.io/v1",
    "kind": "ExecCredential",
    "status": {"token": "from-plugin", "expirationTimestamp": "2020-01-01T00:00:00Z"},
}
"""Runs out at once, so each request asks the plugin again."""


def test_a_credential_plugin_gives_the_token(config: str, stub: Stub) -> None:
    with_user(config, plugin(f"print({json.dumps(json.dumps(CREDENTIAL))})"))
    live(config)
    assert {authorization for _, _, authorization in stub.asked} == {"Bearer from-plugin"}


@pytest.mark.parametrize("loud", [(), ("-v",), ("-vv",), ("--debug",)])
@pytest.mark.parametrize("first", ["", "once", "twice"])
def test_a_plugin_that_fails_is_not_quoted(
    loud: tuple[str, ...], first: str, config: str, stub: Stub, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    calls = tmp_path / "calls"
    program = (
        f"import pathlib, sys; calls = pathlib.Path({str(calls)!r}); n = len(calls.read_text()) if calls.exists() else 0\n"
        f"calls.write_text('x' * (n + 1))\n"
        f"if n < {('', 'once', 'twice').index(first)}: print({json.dumps(json.dumps(CREDENTIAL))}); sys.exit()\n"
        f"print({TOKEN!r}); sys.exit({TOKEN!r})"
    )
    with_user(config, plugin(program))
    assert live(config, *loud) == 1
    out, err = capfd.readouterr()
    assert "its credential plugin failed" in err
    assert TOKEN not in out + err


def test_a_list_that_breaks_off_is_partial(config: str, stub: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(handler: Handler, path: str, count: int) -> bool:
        if path.endswith("/pods") and count > 1:
            handler.answer(403, b"{}")
            return True
        return False

    stub.fault = refuse
    assert live(config, "--fail-on", "none") == 3
    plan = json.loads(capsys.readouterr().out)
    assert [each["what"] for each in plan["coverage"]["missing"]] == ["pods of all namespaces after the first 3"]


def test_the_token_follows_no_redirect(config: str, stub: Stub) -> None:
    other = Stub(("127.0.0.1", 0), Handler)
    other.asked = []
    thread = threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        stub.fault = always("/", 307, location=f"http://127.0.0.1:{other.server_port}/api/v1/nodes")
        assert live(config) == 1
    finally:
        other.shutdown()
        other.server_close()
        thread.join()
    assert other.asked == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificates with openssl, which is not here")
@pytest.mark.parametrize(
    ("name", "trusted", "message"),
    [
        pytest.param("127.0.0.1", True, None, id="an authority of its own that the kubeconfig names"),
        pytest.param("127.0.0.1", False, "the server's certificate is not trusted (self", id="an unknown authority"),
        pytest.param("127.0.0.9", True, "the server's certificate is not trusted (IP address mismatch", id="another host's certificate"),
    ],
)
def test_tls(
    name: str, trusted: bool, message: str | None, config: str, stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -keyout {key} -out {certificate} -days 2 -subj /CN=stub -addext subjectAltName=IP:{name}"
    subprocess.run(command.split(), check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    stub.socket = context.wrap_socket(stub.socket, server_side=True)
    authority = {"certificate-authority": str(certificate)} if trusted else {}
    with_user(config, {"token": TOKEN}, server=f"https://127.0.0.1:{stub.server_port}", **authority)
    code = live(config)
    error = capsys.readouterr().err
    if message is None:
        assert code in (2, 3)
        assert stub.asked
    else:
        assert code == 1
        assert message in error
        assert stub.asked == []
