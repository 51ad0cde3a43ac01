"""The plan as GitLab's code quality report: issues, which a merge request compares by fingerprint with those of its target branch.

GitLab wants a file and a line of every issue; what is said of a cluster has neither (``media.locations``). What ignore entries accept is no
issue; that they do is one an entry, of severity info, at the ignore file: an empty list says that nothing stops.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
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
    return written(issues(plan))


Issue = dict[str, object]


def written(some: Iterable[Issue]) -> Iterator[str]:
    """Issues as the list that they are."""
    between = "[\n"
    for issue in some:
        yield between + json.dumps(issue, ensure_ascii=True)
        between = ",\n"
    yield "[]\n" if between[0] == "[" else "\n]\n"


def issues(plan: Plan, cluster: str | None = None) -> Iterator[Issue]:
    """What is to be told of a plan; of which cluster, where that is told: the same thing in another one is another issue."""
    for issue in _issues(plan):
        if cluster is None:
            yield issue
        else:
            printed = fingerprint(cluster, str(issue["fingerprint"]))
            yield {**issue, "description": f"[{safe_text(cluster)}] {issue['description']}", "fingerprint": printed}


def issue(rule: str, text: str, printed: str, severity: str, names: tuple[str, ...]) -> Issue:
    """One of something that no file holds."""
    return _issue(rule, text, printed, severity, {"path": path_of(names), "lines": {"begin": 1}})


def _issues(plan: Plan) -> Iterator[Issue]:
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


def _accepting(plan: Plan) -> Iterator[Issue]:
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


def _issue(rule: str, text: str, printed: str, severity: str, location: dict[str, object]) -> Issue:
    return {
        "description": safe_text(text),
        "check_name": safe_text(rule),
        "fingerprint": printed,
        "severity": severity,
        "location": location,
    }
