"""The commands that README and docs tell people to type: those lines, and steps of pipelines, that begin with the program's name."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").glob("*.md")))
_LINE = re.compile(r"^ {4}(upgradecheck .*)$", re.MULTILINE)
_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Told(NamedTuple):
    """A command, without the program's own name, and the page that tells it."""

    page: str
    words: tuple[str, ...]

    @property
    def changes_the_machine(self) -> bool:
        """Whether it is only read here, as the program reads it, and not run."""
        return self.words[0] in ("override", "checkpoint") or self.words[0].startswith("-")


def commands() -> Iterator[Told]:
    """All of them, each once on a page."""
    for page in PAGES:
        text = page.read_text()
        lines = [*_LINE.findall(text), *(step for block in _BLOCK.findall(text) for step in _steps(yaml.safe_load(block)))]
        for line in dict.fromkeys(lines):
            yield Told(page.name, _without_shell(shlex.split(line, comments=True)[1:]))


def _steps(document: Any) -> Iterator[str]:
    """What a pipeline runs of the program's."""
    if isinstance(document, dict):
        for value in document.values():
            yield from _steps(value)
    elif isinstance(document, list):
        for value in document:
            yield from _steps(value)
    elif isinstance(document, str) and document.startswith("upgradecheck "):
        yield document


def _without_shell(words: list[str]) -> tuple[str, ...]:
    """Up to where the shell sends the output elsewhere."""
    end = next((number for number, word in enumerate(words) if word in ("|", ">")), len(words))
    return tuple(words[:end])
