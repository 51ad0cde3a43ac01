"""Errors, expected and not, and interruptions: one message and the right code."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import upgradecheck.commands.plan as pipeline
from tests.patience import PATIENCE
from upgradecheck.cli import main
from upgradecheck.model.errors import InputError, UnknownVersion

SECRET = "password=hunter2"
PLAN = ["plan", "--example"]


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(request: Any) -> Any:
        raise error

    monkeypatch.setattr(pipeline, "make_plan", fail)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        pytest.param(
            InputError("pods.json: empty.\nGive a dump."), 1, "upgradecheck: pods.json: empty.\n    Give a dump.\n", id="an input error"
        ),
        pytest.param(UnknownVersion("1.99: not in hashdata."), 64, "upgradecheck: 1.99: not in hashdata.\n", id="an unknown version"),
        pytest.param(InputError("\x1b[31mred"), 1, "upgradecheck: \\x1b[31mred\n", id="a hostile name"),
        pytest.param(KeyboardInterrupt(), 130, "upgradecheck: interrupted; no report was made.\n", id="Ctrl-C"),
    ],
)
def test_one_message(
    error: BaseException, code: int, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, error)
    assert main(PLAN) == code
    out, err = capsys.readouterr()
    assert (out, err.lstrip("\n")) == ("", message)


def test_yaml_without_libyaml_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pod.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n")
    monkeypatch.setitem(sys.modules, "yaml._yaml", None)
    assert main(["hash", "-f", str(tmp_path / "pod.yaml"), "--kubelet", "1.30.14"]) == 1
    assert capsys.readouterr().err == (
        "upgradecheck: YAML is read by libyaml 0.2.5 or newer, and the PyYAML of this Python was installed without it. Install one that has"
        " it, as the wheels of PyPI do: pip install --force-reinstall --only-binary :all: 'pyyaml>=6'. JSON is read without it.\n"
    )


def test_an_unexpected_error_names_its_type_and_place_and_quotes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, KeyError(SECRET))
    assert main(PLAN) == 1
    err = capsys.readouterr().err
    assert err.startswith("upgradecheck: internal error: KeyError in tests.unit.cli.test_failures, line ")
    assert "--debug" in err
    assert err.count("\n") == 1
    assert SECRET not in err


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    failing(monkeypatch, KeyError(SECRET))
    assert main([*PLAN, "--debug"]) == 1
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert "\nKeyError\n" in err
    assert SECRET not in err


def test_debug_shows_the_cause_too_and_quotes_neither(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    cause = ValueError(SECRET)
    error = KeyError(SECRET)
    error.__cause__ = cause
    failing(monkeypatch, error)
    assert main([*PLAN, "--debug"]) == 1
    err = capsys.readouterr().err
    assert err.index("ValueError\nwhich led to\n") < err.index("KeyError\n")
    assert SECRET not in err


def test_sigterm_ends_with_143_and_leaves_no_half_file(tmp_path: Path) -> None:
    code = (
        "import sys, time, upgradecheck.commands.plan as p\nfrom upgradecheck.cli import main\n"
        "def wait(request):\n    print('waiting', file=sys.stderr, flush=True)\n    time.sleep(3000)\n"
        f"p.make_plan = wait\nsys.exit(main(['plan', '--example', '-o', 'json={tmp_path / 'plan.json'}']))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "waiting\n"
        assert len(list(tmp_path.iterdir())) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE) == 143
        assert process.stderr.read() == "upgradecheck: terminated; no report was made.\n"
    assert list(tmp_path.iterdir()) == []
