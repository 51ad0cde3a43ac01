"""Canary secrets wherever a cluster, its kubeconfig or its answers can hold one: in no output, at any verbosity, in any spelling."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.cluster.stub import Handler, Stub, kubeconfig
from upgradecheck.cli import main
from upgradecheck.renderers import formats_of

MOST = ("--debug", "-vv")
LOUD = [*(pytest.param(words, marks=pytest.mark.long) for words in [("-q",), (), ("-v",), ("-vv",), ("--debug",)]), MOST]


class Canaries:
    """Makes secrets that differ, and finds them again in whatever spelling."""

    def __init__(self) -> None:
        self._numbers, self.made = count(1), dict[str, str]()

    def new(self, where: str) -> str:
        """A secret with signs that encodings change."""
        secret = f'Cnry{next(self._numbers):03d}"<é&/=ß>\\Zyx'
        self.made[secret] = where
        return secret

    def found_in(self, text: str) -> set[str]:
        """Where the secrets that a text holds had been put."""
        folded = text.casefold()
        return {where for secret, where in self.made.items() if any(one.casefold() in folded for one in spellings(secret))}


def spellings(secret: str) -> Iterator[str]:
    """A secret as it may come out; its number is in each, so a part of it is enough."""
    raw = secret.encode()
    yield from (secret, secret[:7], raw[:7].hex(), quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1])
    for shift in range(3):  # base64 of a longer text that holds it, wherever it begins there
        yield base64.b64encode(b"\0" * shift + raw[: 12 - shift]).decode()[4 if shift else 0 : 16 - 4]
    yield "".join(f"\\u{ord(sign):04x}" for sign in secret[:7])
    yield secret[6::-1]
    yield ", ".join(map(str, raw[:7]))
    yield " ".join(map(str, raw[:7]))


def with_canaries(pod: dict[str, Any], canaries: Canaries) -> dict[str, Any]:
    """A pod with a secret in every value that may be one."""
    new = canaries.new
    pod = json.loads(json.dumps(pod))
    pod["metadata"].setdefault("annotations", {}).update({
        "kubectl.kubernetes.io/last-applied-configuration": json.dumps({"spec": {"containers": [{"env": [{"name": "A", "value": new("last-applied")}]}]}}),
        "example.com/note": new("annotation"),
    })  # fmt: skip
    handlers = {"exec": {"command": ["sh", "-c", new("hook command")]}}
    get = {"httpGet": {"path": "/" + new("probe path"), "port": 80, "httpHeaders": [{"name": "X-Key", "value": new("probe header")}]}}
    for container in pod["spec"]["containers"]:
        container |= {
            "env": [{"name": "PASSWORD", "value": new("env")}],
            "envFrom": [{"prefix": "P_", "secretRef": {"name": new("envFrom")}}],
            "args": [new("args")],
            "command": ["sh", new("command")],
            "livenessProbe": {"exec": {"command": [new("probe command")]}},
            "readinessProbe": get,
            "lifecycle": {"postStart": handlers, "preStop": {"httpGet": get["httpGet"]}},
            "workingDir": "/" + new("working directory"),
        }
    pod["spec"].setdefault("volumes", []).append({"name": "v", "secret": {"secretName": new("volume")}})
    pod["spec"]["imagePullSecrets"] = [{"name": new("imagePullSecrets")}]
    for status in pod["status"].get("containerStatuses", ()):
        status["lastState"] = {"terminated": {"exitCode": 1, "message": new("termination message")}}
    pod["status"]["message"] = new("status message")
    return pod


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
def secret_config(stub: Stub, canaries: Canaries, tmp_path: Path) -> str:
    """A cluster full of secrets, and a kubeconfig with more of them."""
    stub.page = 50
    stub.pods = [with_canaries(pod, canaries) for pod in stub.pods[:6]]
    token = "Cnry998-Zyx"
    canaries.made |= {token: "token", "Cnry997-Zyx": "exec env", "Cnry996-Zyx": "exec argument", "Cnry995-Zyx": "password"}
    credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": token}}
    (tmp_path / "credential").write_text(json.dumps(credential))
    plugin = {
        "apiVersion": credential["apiVersion"], "command": "sh", "args": ["-c", f"cat {tmp_path}/credential", "--password=Cnry996-Zyx"],
        "env": [{"name": "SECRET", "value": "Cnry997-Zyx"}],
    }  # fmt: skip
    server = stub.address.replace("//", "//user:Cnry995-Zyx@")
    user = {"exec": plugin, "username": "u", "password": canaries.new("password of the kubeconfig")}
    return kubeconfig(tmp_path / "config", {"server": server}, user)


def test_the_search_finds_what_it_looks_for(canaries: Canaries) -> None:
    secret = canaries.new("somewhere")
    for text in (
        f"x{secret}y",
        secret.encode().hex(),
        quote(secret),
        json.dumps(secret),
        *(base64.b64encode(b"x" * n + secret.encode()).decode() for n in range(6)),
    ):
        assert canaries.found_in(f"before {text} after") == {"somewhere"}, text
    assert canaries.found_in("nothing") == set()


@pytest.mark.parametrize("loud", LOUD)
def test_no_secret_is_in_any_report(
    loud: tuple[str, ...], secret_config: str, canaries: Canaries, stub: Stub, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    common = ("--to", "1.30.14", "--kubeconfig", secret_config, "--context", "c", *loud)
    formats = [word for name in formats_of("plan") for word in ("-o", f"{name}={tmp_path / f'report.{name}'}")]
    assert main(["plan", *common, *formats]) in (0, 2, 3)
    for name in formats_of("explain"):
        pod = stub.pods[0]["metadata"]
        assert main(["explain", *common, f"{pod['namespace']}/{pod['name']}", "-o", name]) == 0
    main(["doctor", *common[2:]])
    reports = [file.read_text() for file in tmp_path.glob("report.*")]
    assert len(reports) == len(formats) // 2 > 5
    out, err = capfd.readouterr()
    assert ("GET /api/v1/pods?limit=500: 200, " in err) == ("--debug" in loud or "-vv" in loud)
    assert canaries.found_in("\n".join((*reports, out, err))) == set()


@pytest.mark.parametrize("loud", LOUD)
def test_no_secret_of_a_dump_is_in_any_report_or_log(
    loud: tuple[str, ...], canaries: Canaries, stub: Stub, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pods = [with_canaries(pod, canaries) for pod in stub.pods[:6]]
    (tmp_path / "dump.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [*pods, *stub.nodes]}))
    manifest = with_canaries(stub.pods[6], canaries)
    del manifest["status"]
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "web.json").write_text(json.dumps(manifest))
    dump = ("-f", str(tmp_path / "dump.json"), *loud)
    reports = [word for name in formats_of("plan") for word in ("-o", f"{name}={tmp_path / f'report.{name}'}")]
    node = stub.nodes[0]["metadata"]["name"]
    assert main(["plan", *dump, "--to", "1.30.14", "--static-pods", str(tmp_path / "manifests"), "--node", node, *reports]) in (0, 2, 3)
    assert main(["hash", *dump, "--kubelet", "1.30"]) == 3  # a Node is no Pod
    assert main(["matrix", *dump, "--minors", "1.30,1.31"]) == 0
    out, err = capfd.readouterr()
    assert ("dump.json: " in err) == (loud != ("-q",) and loud != ())
    assert canaries.found_in("\n".join((*(file.read_text() for file in tmp_path.glob("report.*")), out, err))) == set()


@pytest.mark.parametrize("loud", LOUD[3:])
@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 410, 429, 500, 503])
def test_no_secret_of_an_answer_is_quoted(
    status: int,
    loud: tuple[str, ...],
    secret_config: str,
    canaries: Canaries,
    stub: Stub,
    rests: list[float],
    capfd: pytest.CaptureFixture[str],
) -> None:
    secret = "Cnry994-Zyx"
    canaries.made[secret] = "an answer"

    def fault(handler: Handler, path: str, number: int) -> bool:
        body = json.dumps({"kind": "Status", "message": secret, "metadata": {"continue": secret}}).encode()
        handler.answer(
            status, body, retry_after="1" if number % 2 else secret, location=f"http://{secret}/", www_authenticate=secret, x=secret
        )
        return True

    stub.fault = fault
    assert main(["plan", "--to", "1.30.14", "--kubeconfig", secret_config, "--context", "c", *loud]) == 1
    assert canaries.found_in("".join(capfd.readouterr())) == set()


@pytest.mark.parametrize(
    "where", ["a pod that cannot be read", "a node that cannot be read", "a page that is no JSON", "a pod that no kubelet takes"]
)
def test_no_secret_of_what_cannot_be_read_is_quoted(
    where: str, secret_config: str, canaries: Canaries, stub: Stub, rests: list[float], capfd: pytest.CaptureFixture[str]
) -> None:
    if where == "a node that cannot be read":
        stub.nodes = [*stub.nodes, {"metadata": {"name": [canaries.new(where)]}}]
    elif where == "a pod that cannot be read":
        stub.pods = [*stub.pods, {"metadata": {"name": {canaries.new(where): canaries.new(where)}}}]
    elif where == "a pod that no kubelet takes":
        stub.pods[0]["spec"]["containers"][0]["env"] = canaries.new(where)
    else:

        def fault(handler: Handler, path: str, number: int) -> bool:
            handler.answer(200, ('{"kind": ' + canaries.new(where)).encode())
            return True

        stub.fault = fault
    main(["plan", "--to", "1.30.14", "--kubeconfig", secret_config, "--context", "c", "--debug", "-o", "json"])
    out, err = capfd.readouterr()
    assert out + err
    assert canaries.found_in(out + err) == set()
