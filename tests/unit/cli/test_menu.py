"""Commands are found by their files, each with its short help, and loaded when they are named."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.patience import PATIENCE
from upgradecheck.cli import main, menu
from upgradecheck.cli.program import program
from upgradecheck.cli.verb import verb

EVERY = menu.every_command()


def test_every_command() -> None:
    assert menu.commands() == (
        "plan", "show", "explain", "hash", "matrix", "path", "diff", "versions", "collect", "verify", "doctor", "rules", "config", "schema", "checkpoint", "override",
    )  # fmt: skip
    assert menu.commands(("checkpoint",)) == ("record", "show", "verify", "seal", "restore", "import")
    assert menu.commands(("override",)) == ("apply", "status", "undo", "proxy", "hold", "pin", "unpin", "patch")
    assert len(EVERY) == 14 + 6 + 8


@pytest.mark.parametrize("words", [*EVERY, ("checkpoint",), ("override",)], ids=" ".join)
@pytest.mark.parametrize("name", ["-h", "--help"])
def test_help_has_a_short_name_everywhere(words: tuple[str, ...], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, name]) == 0
    text, err = capsys.readouterr()
    assert text.startswith(f"Usage: upgradecheck {' '.join(words)} [OPTIONS]")
    assert err == ""
    help_lines = [line for line in text.splitlines() if not line.startswith("    ")]  # examples may be longer
    assert max(map(len, help_lines)) <= 140
    assert main([*words[:-1], name]) == 0
    assert menu.short_help(words) in capsys.readouterr().out


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_what_typer_reads_is_what_the_help_tells(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    found = program()
    for word in words:
        found = found.commands[word]
    main([*words, "--help"])
    told = capsys.readouterr().out
    names = [name for parameter in found.params if parameter.param_type_name == "option" for name in parameter.opts]
    assert [name for name in names if f" {name}" not in told] == []
    assert {"--quiet", "-q", "--verbose", "-v", "--debug"} <= set(names)
    assert {parameter.name for parameter in found.params} == {field.name for field in verb(words).fields}


LOAD_EACH = """
import contextlib, io, json, sys
from upgradecheck.cli import main
loaded = {}
for words in json.loads(sys.argv[1]):
    for name in [name for name in sys.modules if "cli.verbs." in name]:
        del sys.modules[name]
    with contextlib.redirect_stderr(io.StringIO()) as told:
        main([*words, "--nonesuch"])
    loaded[" ".join(words)] = [name for name in sys.modules if "cli.verbs." in name]
    assert "No such option: --nonesuch" in told.getvalue()
print(json.dumps(loaded))
"""


def test_a_command_loads_no_other() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOAD_EACH, json.dumps(EVERY)], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    own = {" ".join(words): [f"upgradecheck.cli.verbs.{'.'.join(words[: n + 1])}" for n in range(len(words))] for words in EVERY}
    assert json.loads(done.stdout) == {words: [name.replace(".import", ".import_") for name in names] for words, names in own.items()}


def test_help_behind_other_options_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--to", "1.31", "--help"]) == 0
    late = capsys.readouterr().out
    assert main(["plan", "--help"]) == 0
    assert late.rstrip() == capsys.readouterr().out.rstrip()


@pytest.mark.parametrize("columns", ["60", "80", "200", "0", "wide"])
def test_help_fits_the_terminal(columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert main(["plan", "--help"]) == 0
    told = capsys.readouterr().out.partition("  Examples:")[0]
    assert max(map(len, told.splitlines())) <= (58 if columns == "60" else 78)
