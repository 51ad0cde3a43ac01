"""The commands that README and docs tell people to type: those lines, and steps of pipelines, that begin with the program's name, and what
stands in backticks within a sentence, of pages, help texts, messages and remedies. Of the latter those that name nothing that the reader is
to put in (``POD``) run, too.
"""

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
_OTHERS = (ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*/*.md")))
_PROGRAM = ROOT / "upgradecheck"
_LINE = re.compile(r"^ {4}(upgradecheck .*)$", re.MULTILINE)
_INLINE = re.compile(r"`upgradecheck ([a-z-][^`]*)`")
_QUOTED = re.compile(r"[`\"]upgradecheck ((?!configuration|gate)[a-z-][^`\"\n]*)[`\"]")
_HELP = re.compile(r"^ +(?:[a-z=,|;&]+ )?upgradecheck ((?!configuration|gate)[a-z-].*)$", re.MULTILINE)
_OPTION = re.compile(r"`(-[a-zA-Z]|--[a-z][a-z-]*)(?:[ =][^`]*)?`")
_TO_BE_FILLED_IN = re.compile(r"[A-Z]{2,}|…|[{}]")
_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Told(NamedTuple):
    """A command, without the program's own name, and the page that tells it."""

    page: str
    words: tuple[str, ...]

    @property
    def changes_the_machine(self) -> bool:
        """Whether it is only read here, as the program reads it, and not run."""
        return self.words[0] in ("override", "checkpoint", "collect") or self.words[0].startswith("-")

    @property
    def is_whole(self) -> bool:
        """Whether it is a command to type, and not only the name of one (``override apply``)."""
        return len(self.words) > 1 and not (len(self.words) == 2 and self.words[0] in ("override", "checkpoint"))


def commands() -> Iterator[Told]:
    """All of them, each once on a page."""
    for page in PAGES:
        text = page.read_text()
        lines = [*_LINE.findall(text), *(step for block in _BLOCK.findall(text) for step in _steps(yaml.safe_load(block)))]
        lines += [f"upgradecheck {line}" for line in _INLINE.findall(text) if " " in line and not _TO_BE_FILLED_IN.search(line)]
        told = (Told(page.name, _without_shell(shlex.split(line, comments=True)[1:])) for line in lines)
        yield from (one for one in dict.fromkeys(told) if one.is_whole)


def mentioned() -> Iterator[Told]:
    """Commands within sentences: of pages, and of whatever the program says."""
    for page in (*PAGES, *_OTHERS):
        yield from (Told(page.name, _words(line)) for line in dict.fromkeys(_INLINE.findall(page.read_text())))
    for source in sorted(_PROGRAM.rglob("*.py")):
        text = source.read_text()
        lines = [*_QUOTED.findall(text), *(_HELP.findall(text) if "verbs" in source.parts else ())]
        yield from (Told(str(source.relative_to(_PROGRAM)), _words(line)) for line in dict.fromkeys(lines))


_STANDS_FOR = {
    "FROM": "1.30",
    "TO": "1.31",
    "POD": "default/lc-sleep",
    "POD/CONTAINER": "default/lc-sleep/c",
    "PLAN": "plan.json",
    "ID": "UC041",
    "[ID]": "UC041",
    "[COMMAND]": "plan",
}
_NAMES_ALONE = (("explain",), ("verify",), ("show",), ("hash",), ("diff",))
"""Names of commands that are told without what they want."""
_INPUT = {"plan": ("--example",), "explain": ("--example",)}


def filled_in() -> Iterator[Told]:
    """Commands in sentences of all pages, those of rules too, with what the reader is to put in, and an input where none is named."""
    for page in (*PAGES, *_OTHERS):
        for line in dict.fromkeys(_INLINE.findall(page.read_text())):
            words = tuple(_STANDS_FOR.get(word, word) for word in _words(line))
            given = () if {"-f", "--to"} & set(words) else _INPUT.get(words[0], ())
            told = Told(page.name, (*words, *given))
            if not told.changes_the_machine and words not in _NAMES_ALONE:
                yield told


def options() -> Iterator[tuple[str, str]]:
    """Options in backticks, by the page that names them."""
    for page in (*PAGES, *_OTHERS):
        yield from ((page.name, option) for option in dict.fromkeys(_OPTION.findall(page.read_text())))


def _words(line: str) -> tuple[str, ...]:
    try:
        return _without_shell(shlex.split(line, comments=True))
    except ValueError:  # the middle of a text that goes on elsewhere
        return tuple(line.split())


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
