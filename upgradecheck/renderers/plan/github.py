"""The plan as annotations of a GitHub workflow: lines that its runner takes for commands (``::error title=…::…``).

A runner acts on what stands at the beginning of a line, so a name with a line feed in it would give it a command of its own: nothing
that cannot be seen is left in a name, and ``%``, ``:`` and ``,`` are written as the runner reads them back. It shows ten annotations of
each kind and passes over the rest, so the gate comes first and the worst next. What stands in a manifest is shown there.
"""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.plan import Finding, Plan, Severity, Verdict
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.locations import Files, Place
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.answer import answer_of
from upgradecheck.reporting.hits import finding_place, hits
from upgradecheck.reporting.words import WORD

FOR_MACHINES = True

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """A line each."""
    return lines(plan)


def lines(plan: Plan, cluster: str | None = None) -> Iterator[str]:
    """The same; each title ends with the cluster, where that is told."""
    answer = answer_of(plan)
    behind = "" if cluster is None else f" [{cluster}]"
    level = "error" if plan.exit_code else "notice"
    yield line(level, f"upgradecheck: {answer.word}{behind}", f"{answer.sentence} {answer.gate}")
    files = Files(plan)
    for hit in hits(plan):
        level = "warning" if hit.verdict is Verdict.UNKNOWN else "error"
        yield line(level, f"{WORD[hit.verdict]} {'/'.join(hit.place)}{behind}", hit.sentence, files.manifest(hit.place))
    for finding in filter(_is_open, plan.findings):
        place = finding_place(finding)
        title, message = f"{finding.rule} {'/'.join(place)}{behind}", f"{finding.message} {finding.remedy}"
        yield line(_LEVEL[finding.severity], title, message, files.manifest(place))


def _is_open(finding: Finding) -> bool:
    return finding.ignored_by is None


def line(level: str, title: str, message: str, at: Place | None = None) -> str:
    """One annotation: error, warning or notice."""
    where = "" if at is None else f"file={_property(at.file)},line={at.line},"
    return f"::{level} {where}title={_property(title)}::{_data(message)}\n"


def _data(text: str) -> str:
    """``##[`` begins a command of the runner's first form wherever it stands."""
    return safe_text(text).replace("%", "%25").replace("##[", "#%23[")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
