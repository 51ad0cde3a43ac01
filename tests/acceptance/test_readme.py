"""The README's words against the program: its commands and options exist, its exit codes are those of the code, its examples run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from upgradecheck.cli import main
from upgradecheck.model.errors import EXIT_NO_REPORT, EXIT_USAGE
from upgradecheck.model.exit_codes import EXIT_HAZARDS, EXIT_OK, EXIT_RESTARTS, EXIT_UNDETERMINED
from upgradecheck.renderers import formats

README = (Path(__file__).parents[2] / "README.md").read_text()
LINES = [
    shlex.split(line, comments=True)[1:] for line in re.findall(r"^    (upgradecheck .*)$", README, re.MULTILINE) if "--install" not in line
]
WITHOUT_FILES = [line for line in LINES if "-f" not in line and line[0] != "show"]


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_commands_and_options_exist(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([line[0], "--help"]) == 0
    told = capsys.readouterr().out
    assert [word for word in line if word.startswith("-") and word not in told] == []


@pytest.mark.parametrize("line", WITHOUT_FILES, ids=" ".join)
def test_examples_without_files_run(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line) == 0
    assert capsys.readouterr().out


def test_a_saved_plan_is_shown_as_the_example_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["plan", "--example", "-q", "-o", "json=plan.json"]) == EXIT_RESTARTS
    assert [main(line) for line in LINES if line[0] == "show"] == [EXIT_RESTARTS]
    assert (tmp_path / "ticket.md").read_text().startswith("# ")


def test_the_plans_options_and_formats_are_the_programs(capsys: pytest.CaptureFixture[str]) -> None:
    main(["plan", "--help"])
    told = capsys.readouterr().out
    named = set(re.findall(r"`(--?[a-z-]+)`", README.partition("`plan` also takes")[2].partition("every option")[0]))
    assert len(named) >= 9
    assert {option for option in named if option not in told} == set()
    sentence = README.partition("formats are")[2].partition("and `upgradecheck schema`")[0]
    assert set(re.findall(r"`([a-z]+)`", sentence)) == set(formats())


def test_exit_codes_are_those_of_the_program() -> None:
    told = re.findall(r"^\| ([0-9, ]+) \|", README.partition("### Exit codes")[2], re.MULTILINE)
    codes = (EXIT_OK, EXIT_NO_REPORT, EXIT_RESTARTS, EXIT_UNDETERMINED, EXIT_HAZARDS, EXIT_USAGE, 130, 143)
    assert [int(code) for row in told for code in row.split(",")] == list(codes)


def test_there_are_two_commands_for_a_fresh_machine_and_one_is_what_ci_runs() -> None:
    commands = re.findall(r"^    (python3 -m venv .*)$", README, re.MULTILINE)
    assert [command.rpartition("&&")[2].strip() for command in commands] == [
        ".venv/bin/upgradecheck plan --example",
        ".venv/bin/python -m pytest -q",
    ]
    assert "README.md" in (Path(__file__).parents[2] / ".ci" / "run").read_text()
