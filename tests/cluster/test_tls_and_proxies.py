"""Real handshakes on loopback: authorities, names, client certificates that touch no disk, and proxies that see no token."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.cluster.stub import TOKEN, Handler, Stub, kubeconfig
from upgradecheck.cli import main
from upgradecheck.transport.kubeconfig import without_user

AUTHORITY = trustme.CA()
STRANGER = trustme.CA()
CLIENT = AUTHORITY.issue_cert("me@example.com")
KEY = CLIENT.private_key_pem.bytes()
CHAIN = b"".join(part.bytes() for part in CLIENT.cert_chain_pems)


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


TRUSTED = {"certificate-authority-data": encoded(AUTHORITY.cert_pem.bytes())}


def with_tls(stub: Stub, certificate: trustme.LeafCert | None = None, *, client: bool = False) -> str:
    """Makes the stub speak TLS; its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (certificate or AUTHORITY.issue_cert("127.0.0.1")).configure_cert(context)
    if client:
        AUTHORITY.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    stub.socket = context.wrap_socket(stub.socket, server_side=True, do_handshake_on_connect=False)
    stub.page, stub.pods = 10, stub.pods[:10]
    return f"https://127.0.0.1:{stub.server_port}"


def live(config: str, *more: str) -> int:
    return main(["plan", "--to", "1.30.14", "--kubeconfig", config, "-o", "json", "--timeout", "20s", *more])


@pytest.mark.parametrize("more", [("-q",), ("--debug",)], ids=" ".join)
@pytest.mark.parametrize(
    ("certificate", "cluster", "message"),
    [
        pytest.param(None, TRUSTED, None, id="an authority that the kubeconfig names"),
        pytest.param(None, {}, "the server's certificate is not trusted (unable to get", id="an unknown authority"),
        pytest.param(STRANGER.issue_cert("127.0.0.1"), TRUSTED, "the server's certificate is not trusted (unable to get", id="another authority"),
        pytest.param(AUTHORITY.issue_cert("127.0.0.9"), TRUSTED, "the server's certificate is not trusted (IP address mismatch", id="another host's"),
        pytest.param(AUTHORITY.issue_cert("api.example"), {**TRUSTED, "tls-server-name": "api.example"}, None, id="a name that the kubeconfig gives"),
        pytest.param(
            AUTHORITY.issue_cert("127.0.0.1", not_before=datetime(2020, 1, 1, tzinfo=timezone.utc), not_after=datetime(2021, 1, 1, tzinfo=timezone.utc)),
            TRUSTED, "the server's certificate is not trusted (certificate has expired", id="expired",
        ),
    ],
)  # fmt: skip
def test_tls(
    certificate: trustme.LeafCert | None, cluster: dict[str, Any], message: str | None, more: tuple[str, ...], stub: Stub, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    config = kubeconfig(tmp_path / "config", {"server": with_tls(stub, certificate), **cluster})
    code = live(config, *more)
    out, err = capsys.readouterr()
    if message is None:
        assert (code, bool(stub.asked)) == (0, True)
    else:
        assert (code, out, stub.asked) == (1, "", [])
        assert message in err
    assert TOKEN not in out + err


def test_a_certificate_that_is_not_checked_is_told(stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = kubeconfig(tmp_path / "config", {"server": with_tls(stub), "insecure-skip-tls-verify": True})
    assert live(config) == 0
    assert [one for one in json.loads(capsys.readouterr().out)["notices"] if "certificate was not checked" in one]


def test_tls_where_there_is_none(stub: Stub, tmp_path: Path, rests: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    config = kubeconfig(tmp_path / "config", {"server": f"https://127.0.0.1:{stub.server_port}"})
    assert live(config) == 1
    assert "no TLS connection" in capsys.readouterr().err


PLUGIN = {
    "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
    "status": {"clientCertificateData": CHAIN.decode(), "clientKeyData": KEY.decode()},
}  # fmt: skip


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("plugin", [pytest.param(False, id="in the kubeconfig"), pytest.param(True, id="from a plugin")])
def test_a_client_certificate_touches_no_disk(plugin: bool, stub: Stub, tmp_path: Path, temporary: Path) -> None:
    user: dict[str, Any] = {"client-certificate-data": encoded(CHAIN), "client-key-data": encoded(KEY)}
    if plugin:
        (tmp_path / "credential").write_text(json.dumps(PLUGIN))
        user = {"exec": {"apiVersion": PLUGIN["apiVersion"], "command": "cat", "args": [str(tmp_path / "credential")]}}
    files: list[list[Path]] = []

    def look(handler: Handler, path: str, count: int) -> bool:
        files.append([*temporary.iterdir()])
        return False

    stub.fault = look
    assert live(kubeconfig(tmp_path / "config", {"server": with_tls(stub, client=True), **TRUSTED}, user), "--allow-exec") == 0
    assert files == [[]] * len(stub.asked) != []
    assert [*temporary.iterdir()] == []


@pytest.mark.parametrize("outcome", ["an answer", "no answer"])
def test_where_memory_has_no_names_the_files_are_removed(
    outcome: str, stub: Stub, tmp_path: Path, temporary: Path, rests: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upgradecheck.transport.keyfiles._OPEN_FILES", tmp_path / "nowhere")
    files: list[list[int]] = []

    def look(handler: Handler, path: str, count: int) -> bool:
        files.append([file.stat().st_mode & 0o77 for folder in temporary.iterdir() for file in (folder, *folder.iterdir())])
        handler.close_connection = outcome == "no answer"
        return outcome == "no answer"

    stub.fault = look
    user = {"client-certificate-data": encoded(CHAIN), "client-key-data": encoded(KEY)}
    live(kubeconfig(tmp_path / "config", {"server": with_tls(stub, client=True), **TRUSTED}, user))
    assert files[0] == [0, 0, 0, 0]  # a directory for authority, certificate and key, of nobody else
    assert [*temporary.iterdir()] == []


def test_without_a_client_certificate_there_is_no_report(
    stub: Stub, tmp_path: Path, rests: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    assert live(kubeconfig(tmp_path / "config", {"server": with_tls(stub, client=True), **TRUSTED})) == 1
    assert stub.asked == []


class Proxy(ThreadingHTTPServer):
    """Tunnels; told are the CONNECTs and their proxy-authorization, passed all bytes that went through."""

    daemon_threads = True
    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Tunnel)
        self.told: list[tuple[str, str | None]] = []
        self.passed = bytearray()


class Tunnel(BaseHTTPRequestHandler):
    server: Proxy

    def do_CONNECT(self) -> None:
        self.server.told.append((self.path, self.headers["proxy-authorization"]))
        self.send_response(self.server.status, TOKEN)
        self.end_headers()
        if self.server.status == 200:
            host, _, port = self.path.partition(":")
            with socket.create_connection((host, int(port))) as there:
                back = threading.Thread(target=self._pass, args=(there, self.connection), daemon=True)
                back.start()
                self._pass(self.connection, there)
                back.join(5)

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while piece := source.recv(1 << 16):
                self.server.passed += piece
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def proxying() -> Iterator[Proxy]:
    proxy = Proxy()
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()


@pytest.fixture
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.usefixtures("_no_proxies")
@pytest.mark.parametrize(
    ("by", "no_proxy", "used"),
    [
        pytest.param("kubeconfig", None, True, id="proxy-url"),
        pytest.param("environment", None, True, id="HTTPS_PROXY"),
        pytest.param("environment", "127.0.0.1", False, id="HTTPS_PROXY and NO_PROXY"),
        pytest.param("environment", "10.0.0.0/8,127.0.0.0/8", False, id="NO_PROXY with networks"),
        pytest.param("environment", "example.com", True, id="NO_PROXY for another host"),
    ],
)
def test_a_proxy(
    by: str,
    no_proxy: str | None,
    used: bool,
    stub: Stub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with proxying() as proxy:
        address = f"http://me:pass%40word@127.0.0.1:{proxy.server_port}"
        cluster = {"server": with_tls(stub), **TRUSTED, **({"proxy-url": address} if by == "kubeconfig" else {})}
        if by == "environment":
            monkeypatch.setenv("HTTPS_PROXY", address)
        if no_proxy is not None:
            monkeypatch.setenv("NO_PROXY", no_proxy)
        assert live(kubeconfig(tmp_path / "config", cluster), "--debug") == 0
        told, passed = set(proxy.told), bytes(proxy.passed)
    out, err = capsys.readouterr()
    notice = f"The cluster was read through the proxy http://127.0.0.1:{proxy.server_port}."
    assert stub.asked
    assert told == ({(f"127.0.0.1:{stub.server_port}", f"Basic {encoded(b'me:pass@word')}")} if used else set())
    assert (notice in json.loads(out)["notices"]) is used
    assert TOKEN.encode() not in passed
    assert "word" not in err
    assert "pass%40" not in out


@pytest.mark.usefixtures("_no_proxies")
@pytest.mark.parametrize("status", [407, 403, 502])
def test_a_proxy_that_refuses(status: int, stub: Stub, tmp_path: Path, rests: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with proxying() as proxy:
        proxy.status = status
        cluster = {"server": with_tls(stub), **TRUSTED, "proxy-url": f"http://127.0.0.1:{proxy.server_port}"}
        assert live(kubeconfig(tmp_path / "config", cluster), "--debug") == 1
    out, err = capsys.readouterr()
    assert (out, stub.asked, TOKEN in err) == ("", [], False)
    assert "no connection through the proxy" in err


@pytest.mark.parametrize(
    ("address", "shown"),
    [("https://u:p@h:6443/k8s/clusters/c-1?x=y#z", "https://h:6443/k8s/clusters/c-1"), ("http://[::1]:8080", "http://[::1]:8080")],
)
def test_an_address_is_shown_without_its_user(address: str, shown: str) -> None:
    assert without_user(address) == shown
