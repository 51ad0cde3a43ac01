"""Expressions are compiled when they are first used, and then are what re makes of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import upgradecheck
from upgradecheck.model.patterns import pattern


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    real = re.compile

    def compile_and_note(text: str, flags: int = 0) -> re.Pattern[str]:
        found.append(text)
        return real(text, flags)

    monkeypatch.setattr(re, "compile", compile_and_note)
    return found


def test_it_is_compiled_once_at_its_first_use(compiled: list[str]) -> None:
    minor = pattern(r"1\.(?P<minor>[0-9]+)", re.ASCII)
    assert compiled == []
    assert [bool(minor.fullmatch(text)) for text in ("1.30", "1.3O", "1.٣")] == [True, False, False]
    assert minor.sub("x", "1.30 to 1.31") == "x to x"
    assert minor.groupindex == {"minor": 1}
    assert compiled == [r"1\.(?P<minor>[0-9]+)"]


def test_of_bytes_too() -> None:
    found = pattern(rb"\x1f\x8b").match(b"\x1f\x8b\x08")
    assert found is not None
    assert found.end() == 2


def test_what_no_expression_has_it_has_not() -> None:
    with pytest.raises(AttributeError):
        _ = pattern("x").nonesuch  # type: ignore[attr-defined]


def compiled_at_import(tree: ast.AST) -> Iterator[int]:
    """Lines outside of functions that call re.compile."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile":
            yield node.lineno
        yield from compiled_at_import(node)


def test_no_module_compiles_any_when_it_is_loaded() -> None:
    assert list(compiled_at_import(ast.parse("A = re.compile('x')\ndef f(): re.compile('y')"))) == [1]
    modules = sorted(Path(upgradecheck.__file__).parent.rglob("*.py"))
    assert modules
    texts = {path: path.read_text("utf-8") for path in modules}
    told = {path: text for path, text in texts.items() if re.search(r"\bre\s*\.\s*compile\b", text)}  # to parse them all takes seconds
    found = [f"{path.name}: {line}" for path, text in told.items() for line in compiled_at_import(ast.parse(text))]
    assert found == []
