"""Variables that look like options: what is none is told, with the nearest name that is one."""

from __future__ import annotations

import os

import pytest

from upgradecheck.cli import main
from upgradecheck.cli.environment import known_variables


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("UPGRADECHECK_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("name", "remark"),
    [
        pytest.param("UPGRADECHECK_MAXRESTARTS", " Did you mean UPGRADECHECK_MAX_RESTARTS?", id="a typo"),
        pytest.param("UPGRADECHECK_FAILON", " Did you mean UPGRADECHECK_FAIL_ON?", id="an option of another command"),
        pytest.param("UPGRADECHECK_ZZZZZZZZ", "", id="nothing near"),
    ],
)
def test_a_remark(name: str, remark: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(name, "1")
    assert main(["schema"]) == 0
    message = f"upgradecheck: {name}: is set in the environment, and no option is called so; it is passed over.{remark}\n"
    assert capsys.readouterr().err == message
    assert main(["schema", "-q"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("UPGRADECHECK_MAX_RESTARTS", "3", id="an option of another command"),
        pytest.param("UPGRADECHECK_QUIET", "", id="an option of this one"),
        pytest.param("UPGRADECHECK_SERVICE_HOST", "10.0.0.1", id="a Service's host"),
        pytest.param("UPGRADECHECK_SERVICE_PORT_HTTPS", "443", id="a Service's named port"),
        pytest.param("UPGRADECHECK_WEB_PORT", "tcp://10.0.0.1:80", id="a Service's link"),
        pytest.param("UPGRADECHECK_PORT_8080_TCP_ADDR", "10.0.0.1", id="a part of it"),
        pytest.param("UPGRADECHECK_OVERRIDE_MAP", "/plan.json", id="what a patched kubelet reads"),
        pytest.param("upgradecheck_maxrestarts", "3", id="in lower case, which is another name"),
    ],
)
def test_no_remark(name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(name, value)
    assert main(["schema"]) == 0
    assert capsys.readouterr().err == ""


def test_options_that_must_be_typed_have_no_variable() -> None:
    known = known_variables()
    assert {"UPGRADECHECK_TO", "UPGRADECHECK_LISTEN", "UPGRADECHECK_MIN_SERIAL", "UPGRADECHECK_DEBUG"} <= known
    assert known.isdisjoint(f"UPGRADECHECK_{name}" for name in ("CONFIRM", "FORCE", "RESTART_RUNTIME", "PRINT_UNIT", "STOPPED"))


def test_all_namespaces_and_some_exclude_each_other(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--example", "-A", "-n", "default"]) == 64
    assert capsys.readouterr().err == "upgradecheck: --all-namespaces and --namespace exclude each other. Leave one of them out.\n"
    monkeypatch.setenv("UPGRADECHECK_ALL_NAMESPACES", "1")
    monkeypatch.setenv("UPGRADECHECK_NAMESPACE", "default")
    assert main(["plan", "--example"]) == 64


def test_of_these_the_command_line_beats_the_environment(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def namespaces(*words: str) -> set[str]:
        assert main(["plan", "--example", "-o", "name", *words]) == 2
        return {line.partition("/")[0] for line in capsys.readouterr().out.splitlines()}

    assert namespaces() == {"default", "kube-system"}
    monkeypatch.setenv("UPGRADECHECK_NAMESPACE", "default")
    assert namespaces() == {"default"}
    assert namespaces("-A") == {"default", "kube-system"}
    monkeypatch.delenv("UPGRADECHECK_NAMESPACE")
    monkeypatch.setenv("UPGRADECHECK_ALL_NAMESPACES", "1")
    assert namespaces("-n", "kube-system") == {"kube-system"}
