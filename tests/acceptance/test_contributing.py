"""CONTRIBUTING names the tiers and settings that there are, and no others; what it tells to run is there."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from upgradecheck.cli import main
from upgradecheck.hazards import rule_ids

ROOT = Path(__file__).parents[2]
SOURCES = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "upgradecheck").rglob("*.py"), *(ROOT / "hashdata").rglob("*.go")]
CITED = {one for path in SOURCES for one in re.findall(r"\bdocs/[\w/-]+\.md", path.read_text())}
TEXT = (ROOT / "CONTRIBUTING.md").read_text()


def settings() -> set[str]:
    """Environment variables that tests ask for."""
    sources = [*(ROOT / "tests").rglob("*.py"), ROOT / ".ci" / "run"]
    return {
        name for path in sources for name in re.findall(r"\b(?:TESTS_[A-Z_]*[A-Z]|UPDATE_GOLDENS|UPGRADECHECK_CACHE)\b", path.read_text())
    }


def test_every_setting_is_told_and_no_other() -> None:
    told = set(re.findall(r"\b(?:TESTS_[A-Z_]*[A-Z]|UPDATE_GOLDENS|UPGRADECHECK_CACHE)\b", TEXT))
    assert told == settings() - {"TESTS_"}


def test_every_tier_is_told_and_no_other() -> None:
    markers = re.search(r"(?s)markers = \[(.*?)\n\]", (ROOT / "pyproject.toml").read_text())
    assert markers is not None
    assert set(re.findall(r"`pytest -m (\w+)`", TEXT)) == set(re.findall(r'"(\w+):', markers[1]))


PLACEHOLDERS = {"1.NN": ("1.30",), "ucNNN": ("uc001",), "FORMAT": ("markdown",)}


@pytest.mark.parametrize("path", sorted(set(re.findall(r"(?:\.ci|tests|hashdata|docs|upgradecheck)/[\w./-]*\w", TEXT))))
def test_what_is_named_is_there(path: str) -> None:
    """A placeholder stands for one that there is."""
    for placeholder, (one,) in PLACEHOLDERS.items():
        path = path.replace(placeholder, one)
    assert (ROOT / path).exists()


def recipes() -> dict[str, str]:
    """The recipes by heading."""
    parts = re.split(r"^### (.*)$", TEXT.partition("## Add something")[2].partition("## Release")[0], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize(
    "heading", ["A minor, or a patch", "A rule", "A format of reports", "A form of input", "A vendor", "A distribution"]
)
def test_every_recipe_says_which_files_it_touches(heading: str) -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", recipes()[heading], flags=re.MULTILINE)
    assert rows
    assert all(re.match(r"(?:upgradecheck|hashdata|tests|docs)/|CHANGELOG", row) for row in rows)


def test_rules_stand_in_the_ten_that_their_numbers_say() -> None:
    tens = set(re.findall(r"UC0(\d)x", TEXT))
    assert {id_[3] for id_ in rule_ids()} == tens


def test_a_release_takes_five_commands() -> None:
    block = TEXT.partition("## Release")[2].partition("## Talk")[0]
    commands = re.findall(r"^    (.+)$", block, flags=re.MULTILINE)
    assert len(commands) == 5
    assert (ROOT / commands[0]).exists()


def test_the_top_level_is_what_it_may_be() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()
    if not tracked:
        pytest.skip("no checkout of git")
    assert {one.partition("/")[0] for one in tracked} <= ALLOWED


ALLOWED = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", ".gitignore", ".ci"} | {
    "upgradecheck",
    "hashdata",
    "tests",
    "docs",
    "deploy",
}


@pytest.mark.parametrize("cited", sorted(CITED))
def test_what_tests_and_code_cite_of_docs_is_there(cited: str) -> None:
    assert (ROOT / cited).exists()


def test_nobody_cites_what_is_not_in_the_repository() -> None:
    """Papers that lie beside the repository are nobody's who clones it."""
    assert [path for path in SOURCES if re.search(r"(?<!docs/)\breference/[\w-]+\.md", path.read_text())] == []


GENERATING = (ROOT / "hashdata" / "README.md").read_text()
GENERATOR = (ROOT / "hashdata" / "generate" / "main.go").read_text()
TOLD = TEXT + GENERATING + (ROOT / "tests" / "lab" / "README.md").read_text()


@pytest.mark.parametrize("module", sorted(set(re.findall(r"python -m (tests\.[\w.]+)", TOLD))))
def test_modules_to_run_are_there_and_run(module: str) -> None:
    """Each can be loaded, and does something when it is called so."""
    place = ROOT / module.replace(".", "/")
    if not place.with_suffix(".py").exists():
        place, module = place / "__main__", f"{module}.__main__"
    text = place.with_suffix(".py").read_text()
    assert '__name__ == "__main__"' in text or place.name == "__main__"
    importlib.import_module(module)


def test_the_generator_takes_what_is_told_and_all_that_it_takes_is_told() -> None:
    """Words behind `go run .` that are no version, against its usage and what it asks its first word for."""
    told = {one for one in re.findall(r"go run \. (\w+)", TOLD) if not one[0].isdigit() and one != "MINOR"}
    usage = set(re.findall(r"go run \. (\w+) ", GENERATOR.partition("const usage")[2])) - {"MINOR"}
    asked = set(re.findall(r'case "(\w+)":|args\[0\] == "(\w+)"|"(\w+)": +refresh', GENERATOR))
    assert told == usage == {word for words in asked for word in words if word}


def without(keys: set[str], value: Any) -> Any:
    """As the template's jq leaves members of these names out."""
    if isinstance(value, dict):
        return {key: without(keys, one) for key, one in value.items() if key not in keys}
    return [without(keys, one) for one in value] if isinstance(value, list) else value


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(one)


def test_a_plan_for_an_issue_holds_no_names(capsys: pytest.CaptureFixture[str]) -> None:
    """The keys that the template leaves out are enough, and leave what is asked about."""
    listed = re.search(r"IN\(([^)]*)\)", (ROOT / ".ci" / "templates" / "issue.md").read_text())
    assert listed is not None
    keys = set(re.findall(r'"(\w+)"', listed[1]))
    main(["plan", "--example", "-o", "json", "--exit-zero"])
    plan = json.loads(capsys.readouterr().out)
    pods = plan["pods"]
    names = {one["name"] for one in (*pods, *plan["nodes"])} | {pod["namespace"] for pod in pods}
    names |= {pod["workload"]["name"] for pod in pods if pod.get("workload")}
    kept = without(keys, plan)
    assert len(names) > 10
    assert {
        name for text in texts(kept) for name in names if re.search(rf"\b{re.escape(name)}\b", text) and text not in ("app", "sidecar")
    } == set()
    assert all(each["verdict"] and each["evidence"] for pod in kept["pods"] for each in pod["containers"])


def test_hooks_before_a_commit_run_what_is_installed_for_development() -> None:
    """Each is a program of the environment that CONTRIBUTING makes, or gofmt, which comes with the generator's Go."""
    project = (ROOT / "pyproject.toml").read_text()
    entries = re.findall(r"entry: ([^,]+),", (ROOT / ".ci" / "pre-commit.yaml").read_text())
    packages = {"ruff": "ruff", "mypy": "mypy", "lint-imports": "import-linter", "gofmt": ""}
    for entry in entries:
        words = entry.removeprefix(".venv/bin/").removeprefix("python -m ").split()
        assert words[0] in packages, entry
        assert f'"{packages[words[0]]}' in project
    assert len(entries) == len(packages) + 1
