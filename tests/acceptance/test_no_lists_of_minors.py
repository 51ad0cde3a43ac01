"""Which minors there are stands in hashdata alone: nobody who adds one goes looking for lists in tests, README, docs or completion."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

from tests.builders import CATALOG

ROOT = Path(__file__).parents[2]
OLDEST, NEWEST = CATALOG.minors()[0], CATALOG.minors()[-1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
CODE = [*sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "upgradecheck").rglob("*.py"))]
FILES = [*PAGES, *CODE]
SPAN = re.compile(rf"\b{re.escape(str(OLDEST))}(?:\.\d+)?(?: to |–|-|\.\.| … )v?1\.(?:{NEWEST.minor - 1}|{NEWEST.minor})\b")
NUMBERS = re.compile(rf"range\({OLDEST.minor}, {NEWEST.minor + 1}\)|Minor\(1, {OLDEST.minor}\), Minor\(1, {NEWEST.minor}\)")
MINORS = re.compile(r"\b1\.(\d+)\b(?!\.\d)")
QUOTED = re.compile(r'"v?1\.(\d+)')
RELEASE = re.compile(r"v?1\.(\d+)(?:\.\d+)?(?:-\w+\.\d+)?")
_MANY = 4


def lists(text: str) -> list[str]:
    """What in a text says which minors there are: all of them as a span, or so many in a row that end with the newest, or the one before it."""
    found = [*SPAN.findall(text), *NUMBERS.findall(text)]
    for line in text.splitlines():
        if is_list([int(one) for one in MINORS.findall(line)]):
            found.append(line.strip()[:100])
    return found


def is_list(numbers: list[int]) -> bool:
    in_row = 1
    for before, number in pairwise(numbers):
        in_row = in_row + 1 if number == before + 1 else 1
        if in_row >= _MANY and number >= NEWEST.minor - 1:
            return True
    return False


def literals(text: str) -> list[str]:
    """Lists, sets and tables of a program whose members, over however many lines, are releases or minors, a row of them."""
    found: list[str] = []
    if not is_list(sorted({int(one) for one in QUOTED.findall(text)})):
        return found
    for node in ast.walk(ast.parse(text)):
        members = node.keys if isinstance(node, ast.Dict) else node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else ()
        words = [one.value for one in members if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if is_list([int(release[1]) for word in words if (release := RELEASE.fullmatch(word))]):
            found.append(ast.unparse(node)[:100])
    return found


def test_no_file_lists_the_minors() -> None:
    found = {str(path.relative_to(ROOT)): listed for path in FILES if path != Path(__file__) and (listed := lists(path.read_text()))}
    assert found == {}


def test_no_program_lists_releases_of_each_minor() -> None:
    assert {str(path.relative_to(ROOT)): listed for path in CODE if (listed := literals(path.read_text()))} == {}


def test_lists_would_be_found() -> None:
    each = ", ".join(f'"1.{number}"' for number in range(20, NEWEST.minor + 1))
    for text in (f"from {OLDEST} to {NEWEST}", f"range({OLDEST.minor}, {NEWEST.minor + 1})", f"[{each}]", f"{OLDEST}–{NEWEST}"):
        assert lists(text), text
    for last in (NEWEST.minor - 1, NEWEST.minor):
        assert lists(" ".join(f"1.{number}" for number in range(last - 3, last + 1)))
    several = ",\n".join(f'"1.{number}.{number}"' for number in range(NEWEST.minor - 4, NEWEST.minor))
    for text in (f"LAST = (\n{several},\n)", f"{{{several}}}", "{" + several.replace(",", ": 1,") + ": 1}"):
        assert literals(text), text
    assert lists(f"1.20 to {NEWEST}, `{OLDEST}`, 1.30, 1.31") == []
    assert lists(f"1.{NEWEST.minor - 2}, 1.{NEWEST.minor - 1}, {NEWEST}") == []
