"""Ways to a cluster that need TLS: a pod's service account, a client certificate; and answers zipped as real servers zip them."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.large import EXAMPLE
from tests.cluster.stub import PODS, Handler, Stub
from tests.cluster.stub import serving as serving_api
from tests.patience import PATIENCE
from upgradecheck.cli import main

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificates with openssl, which is not here")


class Answering(Handler):
    """Notes who came with which certificate; keeps the connection."""

    protocol_version = "HTTP/1.1"
    peers: list[str]
    token: tuple[Path, str] | None = None
    """A token file, and what stands in it from the first list of pods on: the token before is then refused."""
    zipped = False
    version = "v1.30.14"

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        certificate: dict[str, Any] = getattr(self.connection, "getpeercert", dict)() or {}
        subject = {name: value for part in certificate.get("subject", ()) for name, value in part}
        type(self).peers.append(subject.get("commonName", ""))
        super().do_GET()

    def answer(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        if self.path == "/version":
            body = json.dumps({"gitVersion": self.version}).encode()
        if self.token is not None and "/pods" in self.path and not self.headers["authorization"].endswith(self.token[1]):
            self.token[0].write_text(self.token[1])
            super().answer(401, b"{}")
        elif self.zipped:
            self._in_chunks(status, gzip.compress(body), kind)
        else:
            super().answer(status, body, kind, **headers)

    def _in_chunks(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-encoding": "gzip", "transfer-encoding": "chunked"}.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in (body[begin : begin + 1000] for begin in range(0, len(body), 1000)):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")


@pytest.fixture(name="stub")
def _stub() -> Iterator[Stub]:
    class Here(Answering):
        peers: list[str] = []  # noqa: RUF012 - one per test

    with serving_api(Here) as server:
        yield server


def answering(stub: Stub) -> type[Answering]:
    found = stub.RequestHandlerClass
    assert isinstance(found, type)
    assert issubclass(found, Answering)
    return found


@pytest.fixture(scope="module", name="certificates")
def _certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """server.pem and client.pem, each signed by itself, with their .key."""
    folder = tmp_path_factory.mktemp("certificates")
    for name, more in (("server", ["-addext", "subjectAltName=IP:127.0.0.1"]), ("client", [])):
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        command += ["-subj", f"/CN={name}", "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem"), *more]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    return folder


def with_tls(stub: Stub, certificates: Path, *, asks: bool = False) -> None:
    """From now on with TLS; asks: only for those who show the client's certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificates / "client.pem")
    stub.socket = context.wrap_socket(stub.socket, server_side=True)


def plan(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, Any, str]:
    """The exit code, the plan without its scope, and what stderr says."""
    code = main(["plan", "--to", "1.30.14", "-o", "json", *more])
    out, err = capsys.readouterr()
    return code, without_scope(out or "{}"), err


def without_scope(text: str) -> Any:
    return {key: value for key, value in json.loads(text).items() if key not in ("scope", "notices", "document_hash")}


@pytest.fixture(scope="module", name="example")
def _example(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The plan of what the stub serves, by its files."""
    saved = tmp_path_factory.mktemp("plan") / "plan.json"
    pods = saved.with_name("pods.json")
    pods.write_text(json.dumps({"apiVersion": "v1", "kind": "PodList", "items": PODS}))
    files = ["-f", str(pods), "-f", str(EXAMPLE / "nodes.json")]
    main(["plan", "--to", "1.30.14", *files, "-o", f"json={saved}"])
    return without_scope(saved.read_text())


@pytest.fixture(name="pod")
def _pod(stub: Stub, certificates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As inside a pod: its folder with the service account's token and authority, the stub as the API server."""
    with_tls(stub, certificates)
    (tmp_path / "token").write_text("first-token")
    (tmp_path / "ca.crt").write_bytes((certificates / "server.pem").read_bytes())
    monkeypatch.setattr("kubernetes.config.incluster_config.SERVICE_TOKEN_FILENAME", str(tmp_path / "token"))
    monkeypatch.setattr("kubernetes.config.incluster_config.SERVICE_CERT_FILENAME", str(tmp_path / "ca.crt"))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(stub.server_port))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return tmp_path


def tokens(stub: Stub) -> list[str]:
    """The tokens that came, each once, in order."""
    return [*dict.fromkeys((authorization or "").lower().removeprefix("bearer ") for _, _, authorization in stub.asked)]


def test_in_a_pod_the_service_account_asks(pod: Path, stub: Stub, example: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, found, _ = plan(capsys)
    assert (code, found) == (example["exit_code"], example)
    assert tokens(stub) == ["first-token"]


def test_a_token_that_is_renewed_meanwhile_is_read_again(
    pod: Path, stub: Stub, example: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(answering(stub), "token", (pod / "token", "second-token"))
    code, found, _ = plan(capsys)
    assert (code, found) == (example["exit_code"], example)
    assert tokens(stub) == ["first-token", "second-token"]


@pytest.mark.parametrize("missing", ["token", "ca.crt"])
def test_a_service_account_that_is_not_whole(missing: str, pod: Path, stub: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    (pod / missing).unlink()
    code, found, err = plan(capsys)
    assert (code, found, stub.asked) == (1, {}, [])
    assert err.startswith("upgradecheck: the service account of this pod: cannot be used (ConfigException)")


def kubeconfig(folder: Path, server: str, user: dict[str, str], **cluster: str) -> str:
    path = folder / "config"
    text = {
        "apiVersion": "v1", "kind": "Config", "current-context": "c", "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
        "users": [{"name": "u", "user": user}], "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }  # fmt: skip
    path.write_text(json.dumps(text))
    return str(path)


@pytest.mark.parametrize("inline", [False, True], ids=["named files", "data in the kubeconfig"])
def test_a_client_certificate(
    inline: bool, stub: Stub, certificates: Path, tmp_path: Path, example: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with_tls(stub, certificates, asks=True)
    user = {"client-certificate": certificates / "client.pem", "client-key": certificates / "client.key"}
    written = {
        f"{key}-data" if inline else key: base64.b64encode(path.read_bytes()).decode() if inline else str(path)
        for key, path in user.items()
    }
    authority = {"certificate-authority": str(certificates / "server.pem")}
    config = kubeconfig(tmp_path, f"https://127.0.0.1:{stub.server_port}", written, **authority)
    code, found, _ = plan(capsys, "--kubeconfig", config)
    assert (code, found) == (example["exit_code"], example)
    assert (set(answering(stub).peers), tokens(stub)) == ({"client"}, [""])


def test_without_the_client_certificate_there_is_no_report(
    stub: Stub, certificates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_tls(stub, certificates, asks=True)
    authority = {"certificate-authority": str(certificates / "server.pem")}
    config = kubeconfig(tmp_path, f"https://127.0.0.1:{stub.server_port}", {"token": "t"}, **authority)
    code, found, err = plan(capsys, "--kubeconfig", config, "--timeout", "1s")
    assert (code, found, stub.asked) == (1, {}, [])
    assert "cannot list nodes: " in err


def test_answers_zipped_in_chunks(
    stub: Stub, tmp_path: Path, example: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a real server sends every list of more than 128 KiB."""
    monkeypatch.setattr(answering(stub), "zipped", True)
    code, found, _ = plan(capsys, "--kubeconfig", kubeconfig(tmp_path, f"http://127.0.0.1:{stub.server_port}", {}))
    assert (code, found) == (example["exit_code"], example)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param("v1.29.15+k3s1", ["warning"], id="older than the new kubelet"),
        pytest.param("v1.30.2", [], id="of the same minor"),
        pytest.param("", [], id="silent about its version"),
    ],
)
def test_an_api_server_that_is_older_than_the_new_kubelet(
    version: str,
    expected: list[str],
    stub: Stub,
    tmp_path: Path,
    example: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(answering(stub), "version", version)
    _, found, _ = plan(capsys, "--kubeconfig", kubeconfig(tmp_path, f"http://127.0.0.1:{stub.server_port}", {}))
    newer = [finding for finding in found["findings"] if finding not in example["findings"]]
    assert [(finding["rule"], finding["severity"]) for finding in newer] == [("UC040", severity) for severity in expected]
    assert found["pods"] == example["pods"]
