"""CONTRIBUTING names the tiers and settings that there are, and no others; what it tells to run is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
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


@pytest.mark.parametrize("path", sorted(set(re.findall(r"(?:\.ci|tests|hashdata|docs)/[\w./-]*\w", TEXT))))
def test_what_is_named_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("module", sorted(set(re.findall(r"python -m (tests\.[\w.]+)", TEXT))))
def test_modules_to_run_are_there(module: str) -> None:
    place = ROOT / module.replace(".", "/")
    assert place.with_suffix(".py").exists() or (place / "__main__.py").exists()


@pytest.mark.parametrize("command", ["refresh", "read", "mark", "mirrored", "gone", "gates", "options", "internal", "oracle"])
def test_the_generator_takes_what_readme_and_contributing_tell(command: str) -> None:
    generator = (ROOT / "hashdata" / "generate" / "main.go").read_text()
    assert f"go run . {command} " in generator
    assert f'"{command}"' in generator
