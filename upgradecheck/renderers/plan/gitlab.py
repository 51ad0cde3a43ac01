"""The plan as GitLab's code quality report: issues, which a merge request compares by fingerprint with those of its target branch.

GitLab wants a file and a line of every issue; what is said of a cluster has neither (``media.locations``). What ignore entries accept is no
issue; that they do is one an entry, of severity info, at the ignore file: an empty list says that nothing stops.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

from upgradecheck.model.plan import IgnoreState, Plan, Severity, Verdict
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.locations import Files, path_of
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.hits import finding_place, finding_prints, fingerprint, hits
from upgradecheck.reporting.ignores import told_entries

FOR_MACHINES = True

_OF_VERDICT = {Verdict.REJECT: "blocker", Verdict.RECREATE: "critical", Verdict.RESTART: "critical", Verdict.UNKNOWN: "major"}
_ENTRY = "ignore-entry"
_OF_FINDING = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The list, an issue a line."""
    between = "[\n"
    for issue in _issues(plan):
        yield between + json.dumps(issue, ensure_ascii=True)
        between = ",\n"
    yield "[]\n" if between[0] == "[" else "\n]\n"


def _issues(plan: Plan) -> Iterator[dict[str, object]]:
    files = Files(plan)
    for hit in hits(plan):
        yield _issue(hit.rule, hit.sentence, hit.fingerprint, _OF_VERDICT[hit.verdict], _location(files, hit.place))
    for finding, printed in finding_prints(plan.findings):
        if finding.ignored_by is not None:
            continue
        place = _location(files, finding_place(finding))
        text = f"{'/'.join(finding_place(finding))}: {finding.message} {finding.remedy}"
        yield _issue(finding.rule, text, printed, _OF_FINDING[finding.severity], place)
    yield from _accepting(plan)


def _accepting(plan: Plan) -> Iterator[dict[str, object]]:
    """What ignore entries that are in use accept."""
    if plan.ignores is None:
        return
    in_use = {one.entry for one in plan.ignores.entries if one.state is IgnoreState.MATCHED}
    location: dict[str, object] = {"path": quote(safe_text(plan.ignores.file)), "lines": {"begin": 1}}
    for entry in told_entries(plan):
        if entry.number in in_use:
            printed = fingerprint(_ENTRY, str(entry.number), entry.match, entry.reason)
            yield _issue(_ENTRY, f"Ignore entry {entry.number}: {entry.sentence}", printed, "info", location)


def _location(files: Files, names: tuple[str, ...]) -> dict[str, object]:
    place = files.of(names)
    path, line = (path_of(names), 1) if place is None else (place.uri, place.line)
    return {"path": path, "lines": {"begin": line}}


def _issue(rule: str, text: str, printed: str, severity: str, location: dict[str, object]) -> dict[str, object]:
    return {
        "description": safe_text(text),
        "check_name": safe_text(rule),
        "fingerprint": printed,
        "severity": severity,
        "location": location,
    }
