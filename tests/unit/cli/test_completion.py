"""What the shell completes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.builders import CATALOG
from tests.patience import PATIENCE
from upgradecheck.cli import completion, main
from upgradecheck.hazards import rule_ids
from upgradecheck.model.version import Minor


def typed(*words: str) -> dict[str, str]:
    """What bash sets in the environment after these words, the last of which is being typed."""
    return {"COMP_WORDS": " ".join(("upgradecheck", *words)), "COMP_CWORD": str(len(words)), "_UPGRADECHECK_COMPLETE": "complete_bash"}


def test_bash_is_told_by_a_process_that_says_nothing_else() -> None:
    code = "import sys; from upgradecheck.cli import main; sys.exit(main([]))"
    environment = {**os.environ, **typed("plan", "--to", "1.30.13")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=False, env=environment)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["1.30.13"], "")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(("plan", "--to", "1.30.1"), ["1.30.1", "1.30.10", "1.30.11", "1.30.12", "1.30.13", "1.30.14"], id="a version"),
        pytest.param(("hash", "--kubelet", "1.29,1.31"), ["1.29,1.31", "1.29,1.31.0"], id="a version in a list"),
        pytest.param(("matrix", "--minors", "1.16..1.1"), [f"1.16..1.1{n}" for n in range(10)], id="a range of minors"),
        pytest.param(("diff", "1.30", "1.36"), ["1.36", "1.36.0"], id="an argument"),
        pytest.param(("plan", "-o", "m"), ["markdown"], id="a format"),
        pytest.param(("explain", "-o", "m"), ["markdown"], id="a format of an explanation"),
        pytest.param(("explain", "-o", "c"), [], id="no format that shows no explanation"),
        pytest.param(("doctor", "-o", "c"), [], id="no format that shows no diagnosis"),
        pytest.param(("hash", "-o", "n"), [], id="no format that shows no hashes"),
        pytest.param(("schema", "ma"), ["matrix"], id="a schema"),
        pytest.param(("rules", "uc06"), ["uc060"], id="a rule, in either case"),
        pytest.param(("plan", "--fail-on", "restart,h"), ["restart,hazard"], id="a condition"),
        pytest.param(("ma",), ["matrix"], id="a command"),
    ],
)
def test_what_bash_is_told(
    words: tuple[str, ...], expected: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in typed(*words).items():
        monkeypatch.setenv(name, value)
    assert main([]) == 0
    out, err = capsys.readouterr()
    assert (out.split()[: len(expected) or None], err) == (expected, "")


def test_a_script_for_the_shell_is_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    assert main(["--show-completion", "bash"]) == 0
    assert "_UPGRADECHECK_COMPLETE=complete_bash" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("", [str(minor) for minor in CATALOG.minors()], id="nothing typed: the minors"),
        pytest.param("v1.37", ["v1.37", *(f"v1.37.{patch}" for patch in CATALOG.patches(Minor(1, 37)))], id="with its v"),
        pytest.param("1.3", [str(one) for one in CATALOG.minors() if str(one).startswith("1.3")], id="the beginning of a minor"),
        pytest.param("2.", [], id="none"),
        pytest.param("1.8.15", ["1.8.15"], id="a patch"),
    ],
)
def test_versions(typed: str, expected: list[str]) -> None:
    assert completion.complete_version(typed) == expected


def test_rule_ids() -> None:
    assert completion.complete_rule("") == list(rule_ids())
    assert completion.complete_rule("Uc00") == [f"Uc{rule[2:]}" for rule in rule_ids() if rule.startswith("UC00")]
