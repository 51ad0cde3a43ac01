"""Wrong command lines: one message on stderr, nothing on stdout, code 64 (typer's own 2 would read as "restarts predicted")."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.patience import PATIENCE
from upgradecheck.cli import main
from upgradecheck.renderers import formats_of

TO = ("plan", "--to", "1.31")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "upgradecheck", *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("plna",), "No such command 'plna'. Did you mean 'plan'?", id="a command with a typo"),
        pytest.param(("plan", "--form", "1.30"), "No such option: --form. Did you mean --from?", id="an option with a typo"),
    ],
)
def test_usage_error_of_the_process(arguments: tuple[str, ...], message: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.startswith("upgradecheck: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words", [(), ("checkpoint",), ("override",)], ids=["no command", "no command of checkpoint", "no command of override"]
)
def test_without_a_command_the_help_is_told_and_nothing_was_done(words: tuple[str, ...]) -> None:
    """On stderr and with 64: where a variable of a pipeline came out empty, 0 would read as "nothing restarts"."""
    done = run(*words)
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr == run(*words, "--help").stdout
    assert done.stderr.startswith("Usage: upgradecheck ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("plan", "--to"), "--to", id="an option without its value"),
        pytest.param(
            ("override", "apply", "--docker", "--docker-root", "/srv/docker"),
            "Option '--docker' has no value: the option --docker-root comes next. Write --docker SOCKET|auto.",
            id="an option without its value before another, whose value would be the plan",
        ),
        pytest.param(
            ("doctor", "--docker", "--cri=auto"), "Option '--docker' has no value: the option --cri comes next", id="with its value"
        ),
        pytest.param(("plan", "-n", "-A"), "Option '-n' has no value: the option -A comes next. Write -n NAME,...", id="both short"),
        pytest.param(("plan", "--cri", "--no-progress"), "the option --no-progress comes next", id="before a flag"),
        pytest.param(("plan", "--cri", "--help"), "the option --help comes next", id="before the help"),
        pytest.param(("rules", "--", "--color", "-v"), "rule --COLOR: no rule is called so", id="behind -- there are no options"),
        pytest.param((*TO, "-f", "-", "--from", "-1"), "-1", id="what only looks like an option is a value"),
        pytest.param(("plan", "--to", "1.31", "pods.json"), "unexpected extra argument", id="a file without -f"),
        pytest.param((*TO, "--example", "--color", "pink"), "'pink' is not one of 'auto', 'always', 'never'", id="no such colour setting"),
        pytest.param((*TO, "--timeout", "soon"), "a duration is wanted, such as --timeout 30s", id="no duration"),
        pytest.param((*TO, "-f", "x", "--example"), "--example and -f exclude each other", id="two sorts of input"),
        pytest.param(("plan", "-f", "x"), "--to is missing", id="no target"),
        pytest.param(
            (*TO, "--example", "-o", "xml"),
            f"output format 'xml': not known here, wanted one of: {', '.join(formats_of('plan'))}",
            id="no such format",
        ),
        pytest.param((*TO, "--example", "-o", "json="), "the name of a file is wanted", id="an empty file name"),
        pytest.param((*TO, "--example", "-o", "json", "-o", "table"), "two reports for standard output", id="two reports on stdout"),
        pytest.param((*TO, "--example", "-o", "json=a", "-o", "table=./a"), "two reports for", id="two reports in one file"),
        pytest.param((*TO, "--example", "--fail-on", "restart,reboot"), "--fail-on 'reboot': not known", id="no such condition"),
        pytest.param((*TO, "--example", "--fail-on", "restart,"), "an element of the list is empty", id="a list with a hole"),
        pytest.param((*TO, "--example", "--max-restarts", "few"), "--max-restarts 'few'", id="no number"),
        pytest.param((*TO, "--example", "--min-coverage", "101"), "a percentage from 0 to 100 is wanted", id="more than all"),
        pytest.param((*TO, "--example", "--min-calibration", "nan"), "a percentage from 0 to 100 is wanted", id="not a number"),
        pytest.param(("explain", "--example"), "Missing argument", id="nothing to explain"),
        pytest.param(("explain", "web", "-f", "x"), "--to is missing", id="no target to explain for"),
        pytest.param(("explain", "a//b", "--example"), "'a//b': no name of a pod", id="a name with a hole"),
        pytest.param(("explain", "web", "--example", "-o", "csv"), "wanted one of: json, markdown, table, yaml", id="no such view"),
        pytest.param(("hash", "-f", "x"), "--kubelet is missing", id="no kubelet to hash as"),
        pytest.param(("hash", "--kubelet", "1.30"), "no input", id="nothing to hash"),
        pytest.param(("hash", "-f", "x", "--kubelet", "1.30", "--pod-source", "disk"), "'disk' is not one of", id="no such pod source"),
        pytest.param(("doctor", "--rbac", "-o", "json"), "--rbac and -o exclude each other", id="roles in another format"),
        pytest.param(("versions", "nonsense"), "'nonsense'", id="no version"),
        pytest.param(("versions", "1.99"), "1.99", id="a version that is not known"),
    ],
)
def test_usage_error(arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 64
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_what_the_user_typed_is_made_visible(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pl\x1b[31man\u202e"]) == 64
    assert "\\x1b[31m" in (error := capsys.readouterr().err)
    assert "\x1b" not in error
    assert "\u202e" not in error
