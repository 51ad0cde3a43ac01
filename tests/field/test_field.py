"""Each case of the field is answered as it must be.

The answers were written by the program (UPDATE_GOLDENS=1) and then read by a person against what happened, which README.md tells of each case.
"""

from __future__ import annotations

import os

import pytest

from tests.field.cases import Case, cases, shown
from upgradecheck.cli import main


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_field_is_answered_right(case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(case.folder)
    code = main([*case.arguments, "-q", "-o", "json"])
    answer = shown(code, *capsys.readouterr())
    if os.environ.get("UPDATE_GOLDENS"):
        case.answer.write_text(answer)
    assert answer == case.answer.read_text()
