"""The Diagnosis as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from upgradecheck.contract.parts import FormatVersion, Lines, Part, members, said
from upgradecheck.model.diagnosis import Area, CheckState, Diagnosis

_STATE = "warning: a plan can be made, and lacks something; failed: no plan, or not the one asked for; skipped: does not concern this place"


class CheckJson(Part, frozen=True, rename={"what": "check"}):
    """One thing looked at."""

    area: Area
    what: str
    state: Annotated[CheckState, said(_STATE)]
    found: str
    remedy: str = ""


class DiagnosisJson(Part, frozen=True):
    """What upgradecheck doctor -o json prints."""

    format_version: FormatVersion
    kind: Literal["Diagnosis"]
    ok: Annotated[bool, said("false if a check has failed; the exit code is 1 then")]
    checks: Lines[CheckJson]
    next: Annotated[tuple[str, ...], said("what to type on this node, one command each; VERSION is to be filled in")] = ()


DOCUMENT = DiagnosisJson


def of(diagnosis: Diagnosis) -> Iterator[tuple[str, object]]:
    """The members of it, check by check."""
    return members(DiagnosisJson, diagnosis, ok=not diagnosis.failed)
