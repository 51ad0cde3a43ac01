"""Types are msgspec's Structs: defining a frozen dataclass costs some 40 times as much, and every start pays for every type."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import upgradecheck

ROOT = Path(upgradecheck.__file__).parent


def dataclasses_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            told = " ".join(map(ast.unparse, node.decorator_list))
            if "dataclass" in told:
                yield node.name


def test_a_dataclass_is_found() -> None:
    assert list(dataclasses_of(ast.parse("@dataclasses.dataclass(frozen=True)\nclass A: ..."))) == ["A"]


def test_no_type_is_a_dataclass() -> None:
    modules = sorted(ROOT.rglob("*.py"))
    assert modules
    texts = {path: path.read_text("utf-8") for path in modules}
    told = {path: text for path, text in texts.items() if "dataclass" in text}  # to parse them all takes seconds
    found = [f"{path.relative_to(ROOT)}: {name}" for path, text in told.items() for name in dataclasses_of(ast.parse(text))]
    assert found == []
