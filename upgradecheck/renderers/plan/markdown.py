"""The plan as the body of a change ticket: answer, basis, who is hit and why, what is open, findings with their remedies, what to do.

Containers are gathered by workload; a ticket is no place for thousands of rows, so long lists are cut and say so.
"""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.plan import Plan
from upgradecheck.model.wording import count
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.markdown import code, listed, said, table, words
from upgradecheck.reporting.groups import Fate, Section, WorkloadGroup
from upgradecheck.reporting.impact_words import heading, notes_of, where
from upgradecheck.reporting.report import Report, report_of
from upgradecheck.reporting.waves import APART, UNSOLVED
from upgradecheck.reporting.words import GRADE, KIND, UNKNOWN_NODE, WORD

_MOST_WORKLOADS = 100
_MOST_NODES = 5
_MOST_LISTED = 50


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The text, section by section."""
    report = report_of(plan)
    yield from _head(report)
    yield from _bullets(
        "Basis", [*(f"{one.label}: {said(one.line, _MOST_LISTED)}" for one in report.basis), f"Plan: {code(report.plan_hash)}"]
    )
    yield from _impact(report)
    yield from _drain(report)
    for section in report.sections.gone:
        yield from _section(f"{WORD[section.verdict].capitalize()}: {report.meanings[section.verdict]}", section)
    for section in report.sections.unknown:
        yield from _section(f"Unknown: {'' if section.reason is None else section.reason.sentence}", section)
    if report.sections.held is not None:
        yield from _section(f"Overridden: {report.meanings[report.sections.held.verdict]}", report.sections.held)
    if report.sections.suppressed is not None:
        yield from _section(f"Suppressed: {report.meanings[report.sections.suppressed.verdict]}", report.sections.suppressed)
    yield from _bullets("Ignore entries", [f"{one.number}, {words(one.state)}: {words(one.sentence)}" for one in report.ignores])
    yield from _nodes(report)
    yield from _waves(report)
    yield from _findings(report)
    yield from _bullets("Not seen", [f"{code(each.what)}: {words(each.reason)}" for each in report.missing])
    yield from _bullets("Notices", list(map(words, report.notices)))
    yield from _bullets("Next", [said(step) for step in report.next_steps], mark="1.")
    yield f"\n{words(report.closing)}\n\nExit code {report.answer.exit_code}: {words(report.answer.exit_meaning)}.\n"


def _head(report: Report) -> Iterator[str]:
    answer = report.answer
    yield f"# Kubelet {said(report.step)}\n\n"
    yield f"**{answer.word}: {words(answer.sentence)}**\n\n"
    yield f"{words(report.impact.sentence)}\n\n" if report.impact.sentence else ""
    yield f"{words(answer.gate)}\n\n"
    rows = (
        (
            WORD[one.verdict].lower(),
            *(f"{number:,}" for number in (one.containers, one.pods, one.containers_after_drain, one.pods_after_drain)),
        )
        for one in report.counts
    )
    yield table(("verdict", "containers", "pods", "containers on a drained node", "pods on a drained node"), rows)


def _impact(report: Report) -> Iterator[str]:
    """What goes down together, a table for each reach."""
    for radius, hits in report.impact.hits.items():
        title, explanation = heading(radius, report.scope)
        yield f"\n## {title.capitalize()}\n\n{words(explanation)}\n\n"
        rows = (
            (code(hit.namespace), f"{code(hit.workload.kind)} {code(hit.workload.name)}", said(where(hit)),
             "; ".join(map(words, notes_of(hit, budgets_read=report.budgets_read))))
            for hit in hits[:_MOST_WORKLOADS]
        )  # fmt: skip
        yield table(("namespace", "workload", "at once", "notes"), rows)
        yield _more(len(hits) - _MOST_WORKLOADS, "workload")
    if len(report.causes.told) > 1:
        yield from _bullets("Causes", [f"{one.letter}: {one.number:,} x {words(one.text)}" for one in report.causes.told])


def _drain(report: Report) -> Iterator[str]:
    drain = report.drain
    if drain is None:
        return
    yield f"\n## If you drain first\n\n{words(drain.sentence)}\n\n"
    if drain.command:
        yield f"{code(drain.command)}\n\n"
    yield from (f"- {said(note.about, _MOST_NODES)}: {said(note.what)}\n" for note in drain.notes)


def _section(title: str, section: Section) -> Iterator[str]:
    yield f"\n## {title}\n\n"
    rows = (row for group in section.groups[:_MOST_WORKLOADS] for row in _rows(group))
    yield table(("namespace", "workload", "container", "pods", "nodes", "why", "evidence"), rows)
    yield _more(len(section.groups) - _MOST_WORKLOADS, "workload")


def _rows(group: WorkloadGroup) -> Iterator[tuple[str, ...]]:
    who = code(group.namespace), f"{code(group.workload.kind)} {code(group.workload.name)}"
    for whole in group.whole_pods:
        why = f"the pod as a whole{f': {words(whole.why)}' if whole.why else ''}"
        yield *who, "all", f"{whole.number:,}", _places(group), why, ""
    for fate in group.fates:
        evidence = ", ".join(GRADE[grade] for grade in fate.grades)
        yield *who, f"{code(fate.container)}{KIND[fate.kind]}", f"{fate.number:,}", _places(group), _why(fate), evidence


def _places(group: WorkloadGroup) -> str:
    if group.replicas is not None:
        return f"{count(group.replicas, 'pod')} by its replicas"
    unknown = [UNKNOWN_NODE] if None in group.nodes else []
    return ", ".join([*([listed(known, _MOST_NODES)] if (known := sorted(filter(None, group.nodes))) else []), *unknown])


def _why(fate: Fate) -> str:
    return "; ".join(map(words, (*fate.why, *([fate.refused] if fate.refused else []))))


def _nodes(report: Report) -> Iterator[str]:
    if not report.nodes:
        return
    yield "\n## Nodes\n\n"
    rows = (
        (WORD[group.verdict].lower(), f"{len(group.names):,}", said(group.step), code(group.runtime), listed(group.names, _MOST_NODES),
         group.evidence)
        for group in report.nodes[:_MOST_LISTED]
    )  # fmt: skip
    yield table(("worst", "nodes", "kubelet", "runtime", "names", "evidence"), rows)
    yield _more(len(report.nodes) - _MOST_LISTED, "node group")


def _waves(report: Report) -> Iterator[str]:
    told = report.waves
    if told is None:
        return
    yield f"\n## Waves\n\n{words(told.sentence)}\n\n"
    rows = (
        (str(wave.number), wave.kind, *("" if part is None else code(part) for part in (wave.pool, wave.zone)), f"{len(wave.nodes):,}",
         listed(wave.nodes, _MOST_LISTED), words(wave.stops), "; ".join(map(said, wave.reasons)))
        for wave in told.waves[:_MOST_WORKLOADS]
    )  # fmt: skip
    yield table(("wave", "of", "pool", "zone", "nodes", "names", "what stops", "why"), rows)
    yield _more(len(told.waves) - _MOST_WORKLOADS, "wave")
    if told.apart:
        yield f"\n### In no wave: {APART}\n\n"
        yield table(
            ("nodes", "names", "why"), ((f"{len(one.nodes):,}", listed(one.nodes, _MOST_LISTED), words(one.why)) for one in told.apart)
        )
    if told.unsolved:
        yield f"\n### {UNSOLVED.capitalize()}\n\n"
        yield table(
            ("object", "what", "what helps"),
            ((said(one.about), said(one.what), words(one.ways)) for one in told.unsolved[:_MOST_WORKLOADS]),
        )
        yield _more(len(told.unsolved) - _MOST_WORKLOADS, "workload or budget")


def _findings(report: Report) -> Iterator[str]:
    if not report.findings:
        return
    yield "\n## Findings\n\n"
    found = [(group, told) for group in report.findings for told in group.messages]
    rows = (
        (group.rule, group.severity.value, _objects([said(one) for one in told.objects]), words(told.message), words(group.remedy))
        for group, told in found[:_MOST_WORKLOADS]
    )
    yield table(("rule", "severity", "object", "what", "remedy"), rows)
    yield _more(len(found) - _MOST_WORKLOADS, "finding")


def _objects(told: list[str]) -> str:
    rest = [f"… and {len(told) - _MOST_NODES:,} more"] if len(told) > _MOST_NODES else []
    return ", ".join([*told[:_MOST_NODES], *rest])


def _bullets(title: str, items: list[str], *, mark: str = "-") -> Iterator[str]:
    if items:
        rest = [f"… and {len(items) - _MOST_LISTED:,} more"] if len(items) > _MOST_LISTED else []
        yield f"\n## {title}\n\n" + "".join(f"{mark} {item}\n" for item in [*items[:_MOST_LISTED], *rest])


def _more(number: int, thing: str) -> str:
    return f"\n… and {count(number, f'more {thing}')} (`-o json` lists all)\n" if number > 0 else ""
