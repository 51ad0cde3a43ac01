"""The Diagnosis as JSON."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import UNSET, UnsetType

from upgradecheck.model.diagnosis import Check, Diagnosis
from upgradecheck.renderers.json.plan import FORMAT_VERSION
from upgradecheck.renderers.json.stream import Rows, Write, json_object


class CheckOut(msgspec.Struct, frozen=True):
    """One thing looked at."""

    area: str
    check: str
    state: str
    found: str
    remedy: str | UnsetType = UNSET


def render_diagnosis(diagnosis: Diagnosis, write: Write = json_object) -> Iterator[str]:
    """The text of it, a check a line."""
    members = (("format_version", FORMAT_VERSION), ("kind", "Diagnosis"), ("ok", not diagnosis.failed))
    return write((*members, ("checks", Rows(map(_check, diagnosis.checks)))))


def _check(check: Check) -> CheckOut:
    return CheckOut(check.area.value, check.what, check.state.value, check.found, check.remedy or UNSET)
