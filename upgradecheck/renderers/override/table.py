"""What an override command says, for people: its lines as they are."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.override_report import OverrideReport
from upgradecheck.renderers import Canvas


def render(report: OverrideReport, canvas: Canvas) -> Iterator[str]:
    """Line by line."""
    return (f"{line}\n" for line in report.lines)
