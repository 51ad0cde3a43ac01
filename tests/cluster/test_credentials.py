"""Credential plugins and the files that name them: run only when allowed, told before, never waited for too long, never quoted."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import upgradecheck
from tests.cluster.stub import TOKEN, Handler, Stub, kubeconfig
from tests.patience import PATIENCE
from upgradecheck.cli import main
from upgradecheck.transport.errors import NotConfigured
from upgradecheck.transport.kubeconfig import Target, find_way
from upgradecheck.transport.plugins import in_words

ROOT = Path(upgradecheck.__file__).parents[1]
VERSION = "client.authentication.k8s.io/v1"


def credential(token: str = "from-plugin", **status: str) -> str:
    return json.dumps({"apiVersion": VERSION, "kind": "ExecCredential", "status": {"token": token, **status}})


GONE_BY = credential(expirationTimestamp="2020-01-01T00:00:00Z")
"""Runs out at once, so each request asks the plugin again."""
LASTING = credential(expirationTimestamp="2120-01-01T00:00:00Z")


def sh(script: str, **more: Any) -> dict[str, Any]:
    """A user whose credentials a shell script prints."""
    return {"exec": {"apiVersion": VERSION, "command": "/bin/sh", "args": ["-c", script], **more}}


def printing(text: str) -> str:
    return f"printf %s {shlex.quote(text)}"


def live(config: str, *more: str) -> int:
    return main(["plan", "--to", "1.30.14", "--kubeconfig", config, "-o", "json", *more])


def tokens(stub: Stub) -> set[str | None]:
    return {asked.authorization for asked in stub.asked}


@pytest.fixture(autouse=True)
def _one_page(request: pytest.FixtureRequest) -> None:
    if "stub" in request.fixturenames:
        server = request.getfixturevalue("stub")
        server.page, server.pods = 5, server.pods[:10]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        pytest.param(("--context", "c"), True, id="the context is named"),
        pytest.param(("--allow-exec",), True, id="it is allowed"),
        pytest.param(("--allow-exec", "-q"), False, id="and nothing is to be told"),
    ],
)
def test_a_plugin_gives_the_token(
    more: tuple[str, ...], told: bool, stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = tmp_path / "runs"
    config = kubeconfig(tmp_path / "config", {"server": stub.address}, sh(f"echo x >> {runs}; {printing(LASTING)}"))
    assert live(config, *more) == 0
    assert tokens(stub) == {"Bearer from-plugin"}
    assert runs.read_text() == "x\n"
    assert ("context c: asks its credential plugin: /bin/sh -c" in capsys.readouterr().err) is told


@pytest.mark.parametrize("command", [("plan", "--to", "1.31"), ("explain", "--to", "1.31", "a/b"), ("doctor",)])
def test_nobody_allowed_the_plugin(
    command: tuple[str, ...], stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = tmp_path / "runs"
    monkeypatch.setenv("KUBECONFIG", kubeconfig(tmp_path / "config", {"server": stub.address}, sh(f"echo x >> {runs}")))
    assert main(command) == 1
    assert (runs.exists(), stub.asked) == (False, [])
    assert "Allow it with --context c or --allow-exec." in " ".join("".join(capsys.readouterr()).split())


def test_a_token_that_has_run_out_is_renewed_before_each_request(stub: Stub, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    config = kubeconfig(tmp_path / "config", {"server": stub.address}, sh(f"echo x >> {runs}; {printing(GONE_BY)}"))
    live(config, "--allow-exec")
    assert len(runs.read_text().split()) == len(stub.asked) > 1


@pytest.mark.parametrize(("accepted", "code"), [pytest.param("2", 0, id="accepted"), pytest.param("none", 1, id="refused again")])
def test_a_token_that_is_refused_is_renewed_once(accepted: str, code: int, stub: Stub, tmp_path: Path) -> None:
    def only_the_second(handler: Handler, path: str, count: int) -> bool:
        if handler.headers["authorization"] == f"Bearer token-{accepted}":
            return False
        handler.answer(401, TOKEN.encode())
        return True

    runs = tmp_path / "runs"
    script = f"echo x >> {runs}; n=$(wc -l < {runs}); {printing(credential('token-N'))} | sed s/N/$((n))/"
    stub.fault = only_the_second
    assert live(kubeconfig(tmp_path / "config", {"server": stub.address}, sh(script)), "--allow-exec") == code
    assert runs.read_text() == "x\nx\n"


FAILING = {
    "it fails": f"echo {TOKEN}; echo {TOKEN} >&2; exit 1",
    "it prints garbage": f"echo {TOKEN}",
    "it prints JSON of another kind": printing(json.dumps({"apiVersion": VERSION, "kind": TOKEN, "status": {"token": TOKEN}})),
    "it prints another version": printing(json.dumps({"apiVersion": TOKEN, "kind": "ExecCredential", "status": {"token": TOKEN}})),
    "it prints a token of a wrong type": printing(
        json.dumps({"apiVersion": VERSION, "kind": "ExecCredential", "status": {"token": [TOKEN]}})
    ),
    "it prints half a certificate": printing(
        json.dumps({"apiVersion": VERSION, "kind": "ExecCredential", "status": {"clientCertificateData": TOKEN}})
    ),
    "it prints a certificate that is none": printing(
        json.dumps({"apiVersion": VERSION, "kind": "ExecCredential", "status": {"clientCertificateData": TOKEN, "clientKeyData": TOKEN}})
    ),
    "it prints nothing": "true",
    "it prints without end": f"yes {TOKEN}",
    "it is killed": f"echo {TOKEN}; kill -9 $$",
}


@pytest.mark.parametrize("loud", [("-v",), ("--debug", "-vv")], ids=" ".join)
@pytest.mark.parametrize("script", FAILING.values(), ids=FAILING)
def test_a_plugin_that_fails_is_not_quoted(
    script: str, loud: tuple[str, ...], tmp_path: Path, rests: list[float], capfd: pytest.CaptureFixture[str]
) -> None:
    config = kubeconfig(
        tmp_path / "config", {"server": "https://127.0.0.1:1"}, {"exec": {**sh(script)["exec"], "args": [script_file(tmp_path, script)]}}
    )
    assert live(config, "--allow-exec", "--timeout", "20s", *loud) == 1
    out, err = capfd.readouterr()
    assert (out, TOKEN in err, "internal error" in err) == ("", False, False)


@pytest.mark.parametrize(
    "token", [f"{TOKEN}\r\nx: y", f"{TOKEN}\n", f"{TOKEN}\x00", f"{TOKEN}é"], ids=["two headers", "a line end", "NUL", "no ASCII"]
)
def test_a_token_that_cannot_be_sent(token: str, stub: Stub, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    config = kubeconfig(tmp_path / "config", {"server": stub.address}, {"token": token})
    assert live(config, "--debug") == 1
    out, err = capfd.readouterr()
    assert "the token for it holds a line end" in err
    assert (out, TOKEN in err, stub.asked) == ("", False, [])


def script_file(folder: Path, script: str) -> str:
    (folder / "plugin.sh").write_text(script)
    return str(folder / "plugin.sh")


def test_a_plugin_that_fails_midway_breaks_the_list_off(stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = tmp_path / "runs"
    script = f"echo x >> {runs}; [ $(wc -l < {runs}) -lt 4 ] && {printing(GONE_BY)}"
    config = kubeconfig(tmp_path / "config", {"server": stub.address}, sh(script))
    assert live(config, "--allow-exec", "--fail-on", "none") == 3
    missing = json.loads(capsys.readouterr().out)["coverage"]["missing"]
    assert [each["what"] for each in missing] == ["pods of all namespaces after the first 5"]
    assert "its credential plugin failed" in missing[0]["reason"]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("sleep 300 & echo $$ $! > {pids}; wait", id="it hangs, and so does what it started"),
        pytest.param("trap '' TERM INT PIPE; sleep 300 & echo $$ $! > {pids}; while :; do sleep 1; done", id="it ignores signals"),
        pytest.param("sleep 300 & echo $$ $! > {pids}; exit 0", id="what it started keeps its output open"),
    ],
)
def test_a_plugin_that_hangs_is_killed_with_all_it_started(script: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pids = tmp_path / "pids"
    config = kubeconfig(tmp_path / "config", {"server": "http://127.0.0.1:1"}, sh(script.format(pids=pids)))
    begin = time.monotonic()
    assert live(config, "--allow-exec", "--timeout", "1s") == 1
    assert time.monotonic() - begin < PATIENCE
    assert "it gave nothing within 1 s, and was stopped" in capsys.readouterr().err
    assert gone(pids)


def gone(pids: Path) -> bool:
    """Whether none of these processes runs any more, in a while."""
    for _ in range(100):
        if not any(_runs(pid) for pid in pids.read_text().split()):
            return True
        time.sleep(0.02)
    return False


def _runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_plugin_ends_with_the_program(number: signal.Signals, code: int, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    config = kubeconfig(tmp_path / "config", {"server": "http://127.0.0.1:1"}, sh(f"sleep 300 & echo $$ $! > {pids}; wait"))
    words = [sys.executable, "-m", "upgradecheck", "plan", "--to", "1.31", "--kubeconfig", config, "--allow-exec"]
    heard = partial(signal.signal, number, signal.SIG_DFL)  # whoever starts tests in a shell's background has it ignored
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=heard) as process:
        while not (pids.exists() and pids.read_text().endswith("\n")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(number)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert gone(pids)


def test_what_a_plugin_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    program = tmp_path / "bin" / "login"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf %s "$KUBERNETES_EXEC_INFO" > {tmp_path}/info\necho "$A" > {tmp_path}/env\n{printing(LASTING)}')
    program.chmod(0o755)
    cluster = {
        "server": "https://127.0.0.1:1", "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}, "?"],
    }  # fmt: skip
    words = {
        "command": "bin/login",
        "args": ["--oidc-client-secret=5ecret", 5],
        "env": [{"name": "A", "value": "b"}, "?"],
        "provideClusterInfo": True,
    }
    way = find_way(Target(kubeconfig(tmp_path / "config", cluster, {"exec": {"apiVersion": VERSION, **words}}), "c", tell=told.append), 20)
    assert way.headers() == {"authorization": "Bearer from-plugin"}
    assert (tmp_path / "env").read_text() == "b\n"
    spec = json.loads((tmp_path / "info").read_text())["spec"]
    assert (spec["interactive"], spec["cluster"]["server"], spec["cluster"]["config"]) == (False, "https://127.0.0.1:1", {"audience": "x"})
    assert told == [f"context c: asks its credential plugin: {program} --oidc-client-secret=… 5"]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["aws", "eks", "get-token", "--cluster-name", "prod"], "aws eks get-token --cluster-name prod"),
        (["kubelogin", "--oidc-client-secret=5ecret", "--x"], "kubelogin --oidc-client-secret=… --x"),
        (["login", "--password", "5ecret", "--user", "me"], "login --password … --user me"),
    ],
)
def test_words_that_sound_like_secrets_are_not_shown(words: list[str], shown: str) -> None:
    assert in_words(words) == shown


@pytest.mark.parametrize(
    ("user", "header"),
    [
        pytest.param({"token": "t"}, "Bearer t", id="a token"),
        pytest.param({"token": "old", "tokenFile": "token"}, "Bearer of-file", id="a token file is newer than a token"),
        pytest.param({"token": "t", **sh("touch ran")}, "Bearer t", id="a token stands before a plugin"),
        pytest.param({"username": "u", "password": "p"}, "Basic dTpw", id="user and password"),
        pytest.param({"auth-provider": {"name": "oidc", "config": {"id-token": "i", "idp-issuer-url": "x"}}}, "Bearer i", id="OIDC"),
        pytest.param({"auth-provider": {"name": "gcp", "config": {"access-token": "a", "expiry": "2020-01-01T00:00:00Z", "cmd-path": "touch", "cmd-args": "ran"}}}, "Bearer a", id="a provider's command is not run"),
        pytest.param({}, None, id="nobody"),
    ],
)  # fmt: skip
def test_who_asks(user: dict[str, Any], header: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "token").write_text("of-file\n")
    way = find_way(Target(kubeconfig(tmp_path / "config", {"server": "http://h"}, user)), 5)
    assert way.headers() == ({} if header is None else {"authorization": header})
    assert not (tmp_path / "ran").exists()


def test_several_files_are_one_as_in_kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(name: str, server: str, context: str) -> str:
        path = tmp_path / name / "config"
        path.parent.mkdir()
        kubeconfig(path, {"server": server}, {"tokenFile": "token"})
        (path.parent / "token").write_text(name)
        text = json.loads(path.read_text())
        text["current-context"] = context
        text["contexts"].append({"name": name, "context": {"cluster": "c", "user": "u"}})
        path.write_text(json.dumps(text))
        return str(path)

    files = [write("one", "http://first", "one"), str(tmp_path / "nowhere"), write("two", "http://second", "two")]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(files))
    for context in (None, "two"):  # the second file's context, with the cluster and user that the first file says
        way = find_way(Target(context=context), 5)
        assert (way.host, way.headers()) == ("http://first", {"authorization": "Bearer one"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "has no current-context", id="empty"),
        pytest.param("[1]", "is no kubeconfig", id="an array"),
        pytest.param("a: [", "cannot be read (ParserError)", id="no YAML"),
        pytest.param("current-context: x", "has no context x", id="no such context"),
        pytest.param("{current-context: x, contexts: [{name: x, context: {cluster: y}}]}", "the cluster that it names is not there", id="no such cluster"),
        pytest.param("{current-context: x, contexts: [{name: x, context: {cluster: y, user: z}}], clusters: [{name: y, cluster: {server: 'http://h'}}]}", "the user that it names is not there", id="no such user"),
        pytest.param("{current-context: x, contexts: [{name: x, context: {cluster: y}}], clusters: [{name: y, cluster: {server: 5}}]}", "has no server", id="a server that is a number"),
        pytest.param("{current-context: x, contexts: [{name: x, context: {cluster: y}}], clusters: [{name: y, cluster: {server: 'https://h', certificate-authority: nowhere}}]}", "cannot be used (ConfigException)", id="no such authority"),
    ],
)  # fmt: skip
def test_a_kubeconfig_that_leads_nowhere(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(text)
    with pytest.raises(NotConfigured) as error:
        find_way(Target(str(tmp_path / "config")), 5)
    assert message in str(error.value)


def test_the_service_account_of_the_pod(stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("of-pod")
    (tmp_path / "ca.crt").write_text("ca")
    monkeypatch.setattr("kubernetes.config.incluster_config.SERVICE_TOKEN_FILENAME", str(tmp_path / "token"))
    monkeypatch.setattr("kubernetes.config.incluster_config.SERVICE_CERT_FILENAME", str(tmp_path / "ca.crt"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    way = find_way(Target(), 5)
    assert (way.host, way.headers()["authorization"].lower()) == ("https://127.0.0.1:443", "bearer of-pod")
