"""The plan for a person who has to decide tonight: the answer, its basis, what goes down and how far, what is open, what a drain does.

One screen for an ordinary fleet: long lists are cut, and say so; ``--all`` shows them whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.text import Text

from upgradecheck.model.plan import Plan, Severity, Verdict
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.grouped_rows import workloads
from upgradecheck.renderers.media.impact_rows import impact_sections
from upgradecheck.renderers.media.page import BAD, DOUBT, FAINT, GOOD, STRONG, VERDICT_STYLE, padded
from upgradecheck.renderers.media.plain import cut, listed, name, said
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.renderers.media.sheet import TITLE, Sheet
from upgradecheck.reporting.answer import AnswerKind
from upgradecheck.reporting.closing import FindingGroup
from upgradecheck.reporting.lacking import by_reason
from upgradecheck.reporting.lines import Line
from upgradecheck.reporting.nodes import NodeGroup
from upgradecheck.reporting.report import Report, VerdictCount, report_of
from upgradecheck.reporting.waves import APART, UNSOLVED
from upgradecheck.reporting.words import WORD

_LABEL = 15
_NUMBER = 10
_COUNTED = _LABEL + 2 * _NUMBER + 3
_LEAST_BESIDE = 20
_MOST_CAUSES = 8
_LEAST_INDENT = 4
_MOST_GROUPS = 5
_MOST_NODE_NAMES = 4
_NODES_INDENT = 22
_MORE = len(", … and 4,000 more")
_MOST_NODE_GROUPS = 8
_MOST_NAMES = 3
_MOST_RULES = 12
_MOST_FINDINGS = 4
_MOST_OBJECTS = 4
_MOST_MISSING = 10
_MOST_ENTRIES = 12
_ANSWER_STYLE: Mapping[AnswerKind, str] = {AnswerKind.RESTARTS: BAD, AnswerKind.NO_RESTARTS: GOOD}
_SEVERITY_STYLE: Mapping[Severity, str] = {Severity.ERROR: BAD, Severity.WARNING: DOUBT, Severity.INFO: STRONG}


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The whole report, section by section."""
    page, report = Sheet(canvas), report_of(plan)
    for section in (
        _answer,
        _basis,
        impact_sections,
        _unknown,
        _held,
        _suppressed,
        _nodes,
        _waves,
        _drain,
        _findings,
        _missing,
        _notices,
        _next_steps,
    ):
        section(page, report)
        yield page.take()


def _answer(page: Sheet, report: Report) -> None:
    """The headline, the exit code, the step, and containers and pods by verdict."""
    answer = report.answer
    headline = f"  {answer.sentence}{f' {report.impact.sentence}' if report.impact.sentence else ''}"
    page.paragraph(Text.assemble((answer.word, _ANSWER_STYLE.get(answer.kind, DOUBT)), headline))
    page.paragraph(Text.assemble((answer.gate, DOUBT if answer.unmet else STRONG), f" {answer.passed}".rstrip()))
    step = Text(f"kubelet {said(report.step)}", STRONG)
    titles = Text.assemble(padded("", _LABEL), padded("containers", _NUMBER, right=True), padded("pods", _NUMBER, right=True))
    if report.counts:
        _beside(page, titles, step)
    else:
        page.paragraph(step)
    for counted in report.counts:
        _count_line(page, counted, report.meanings[counted.verdict])


def _count_line(page: Sheet, counted: VerdictCount, meaning: str) -> None:
    numbers = Text.assemble(
        padded(Text(WORD[counted.verdict], VERDICT_STYLE.get(counted.verdict, "")), _LABEL),
        padded(f"{counted.containers:,}", _NUMBER, right=True),
        padded(f"{counted.pods:,}", _NUMBER, right=True),
    )
    _beside(page, numbers, meaning)


def _beside(page: Sheet, numbers: Text, told: str | Text) -> None:
    """Numbers with what is told of them: beside them, or where a narrow screen has no room, below."""
    if page.width >= _COUNTED + _LEAST_BESIDE:
        page.paragraph(told, lead=numbers, indent=_COUNTED)
    else:
        page.paragraph(numbers)
        page.paragraph(told, indent=_LEAST_INDENT)


def _basis(page: Sheet, report: Report) -> None:
    page.blank()
    for basis in report.basis:
        if basis.answered:
            continue
        page.paragraph(Text(said(basis.line), DOUBT if basis.doubt else ""), lead=basis.label, indent=_LABEL)
    label = "Why"
    for cause in report.causes.told[: page.most(_MOST_CAUSES)]:
        letter = f"{cause.letter}  " if len(report.causes.told) > 1 else ""
        rule = f" [{safe_text(cause.rule)}]" if cause.rule else ""
        page.paragraph(f"{letter}{cause.number:,} x {safe_text(cause.text)}{rule}", lead=label, indent=_LABEL, hang=len(letter))
        label = ""
    page.more(len(report.causes.told) - page.most(_MOST_CAUSES), "cause", indent=_LABEL)


def _within(page: Sheet, text: str, indent: int) -> None:
    """A line of long names: as far to the left as it must be to stay whole."""
    page.paragraph(text, indent=max(min(_LEAST_INDENT, indent), min(indent, page.width - cell_len(text))))


def _unknown(page: Sheet, report: Report) -> None:
    if report.sections.unknown:
        page.heading(WORD[Verdict.UNKNOWN], "by reason", style=VERDICT_STYLE[Verdict.UNKNOWN])
    for section in report.sections.unknown:
        assert section.reason is not None
        lead = Text(f"  {section.number:,} x ", STRONG)
        page.paragraph(section.reason.sentence, lead=lead, indent=max(8, lead.cell_len + 1))
        if section.lies_in_nodes:
            page.paragraph(f"on {listed(section.nodes, page.most(_MOST_NODE_NAMES))}", indent=8)
            continue
        page.more(workloads(page, section, margin=4, most=page.most(_MOST_GROUPS), named=page.everything), "workload", indent=4)


def _held(page: Sheet, report: Report) -> None:
    if report.sections.held is not None:
        page.heading(WORD[Verdict.OVERRIDDEN], "by workload and node, with what would restart it and [how its hash is known]")
        page.more(workloads(page, report.sections.held, margin=2, most=page.most(_MOST_GROUPS), named=page.everything), "workload")


def _suppressed(page: Sheet, report: Report) -> None:
    """What ignore entries accept, and each entry."""
    if report.sections.suppressed is not None:
        page.heading(WORD[Verdict.SUPPRESSED], "accepted by an ignore file: the gate does not count it, and it stops all the same")
        page.more(workloads(page, report.sections.suppressed, margin=2, most=page.most(_MOST_GROUPS), named=page.everything), "workload")
    if report.ignores:
        page.heading("IGNORE ENTRIES", "by their number in the file")
    for entry in report.ignores[: page.most(_MOST_ENTRIES)]:
        lead = Text.assemble("  ", padded(str(entry.number), 3, right=True), "  ", (entry.state, DOUBT if entry.doubt else STRONG), "  ")
        page.paragraph(safe_text(entry.sentence), lead=lead, indent=8, hang=2)
    page.more(len(report.ignores) - page.most(_MOST_ENTRIES), "entry", plural="entries")


def _nodes(page: Sheet, report: Report) -> None:
    if len(report.nodes) == 1:
        (group,) = report.nodes
        alike = f"{len(group.names):,} alike, " if len(group.names) > 1 else ""
        told = f"{alike}{WORD[group.verdict]}: {_step(group, report.step)}"
        names = _names(page, group.names, indent=TITLE)
        if TITLE + cell_len(f"{told}; {names}") <= page.width:
            page.block("NODES", f"{told}; {names}")
        else:
            page.block("NODES", told)
            _within(page, names, TITLE)
        return
    if report.nodes:
        page.heading("NODES", "those that go alike together, the worst first")
    for group in report.nodes[: page.most(_MOST_NODE_GROUPS)]:
        word = padded(Text(WORD[group.verdict], VERDICT_STYLE.get(group.verdict, "")), 12)
        lead = Text.assemble("  ", word, padded(f"{len(group.names):,}", 6, right=True))
        evidence = f"; evidence: {group.evidence}" if group.evidence else ""
        page.paragraph(f"{_step(group)}{evidence}", lead=lead, indent=_NODES_INDENT)
        _within(page, _names(page, group.names, indent=_NODES_INDENT), _NODES_INDENT)
    page.more(len(report.nodes) - page.most(_MOST_NODE_GROUPS), "node group")


def _step(group: NodeGroup, of_all: Line = ()) -> str:
    """Its step, but where that is the plan's, its runtime and what stops."""
    step = () if said(group.step) == said(of_all) else (said(group.step),)
    return ", ".join((*step, name(group.runtime), *((group.stops,) if group.stops else ())))


def _names(page: Sheet, names: Sequence[str], *, indent: int) -> str:
    """As many as a line has room for, at least one."""
    told = [name(each) for each in names[: page.most(_MOST_NODE_NAMES)]]
    room = page.width - indent - _MORE
    while len(told) > 1 and not page.everything and cell_len(", ".join(told)) > room:
        told.pop()
    return cut(tuple(told), len(told), len(names))


def _waves(page: Sheet, report: Report) -> None:
    """How many there are; with --all each of them, and what no wave can help."""
    told = report.waves
    if told is None:
        return
    more = Text("" if page.everything else " (--all: which nodes go together, and why)", FAINT)
    page.block("WAVES", Text.assemble(told.sentence, more), apart=len(report.nodes) > 1)
    if not page.everything:
        return
    for wave in told.waves:
        zone = f"{'' if wave.pool is None else f', pool {name(wave.pool)}'}{'' if wave.zone is None else f', zone {name(wave.zone)}'}"
        lead = Text.assemble("  ", padded(str(wave.number), 4, right=True))
        page.paragraph(Text.assemble((wave.kind, STRONG), f"{zone}: {wave.stops}"), lead=lead, indent=8)
        page.paragraph(listed(wave.nodes, page.most(_MOST_NODE_NAMES)), indent=8)
        for reason in wave.reasons:
            page.paragraph(said(reason), lead="      -", indent=8)
    for stuck in told.apart:
        page.paragraph(Text(f"In no wave, {APART}: {stuck.why}", DOUBT), indent=2)
        page.paragraph(listed(stuck.nodes, page.most(_MOST_NODE_NAMES)), indent=8)
    if told.unsolved:
        page.paragraph(Text(f"{UNSOLVED.capitalize()}:", DOUBT), indent=2)
    for one in told.unsolved:
        helps = f". What helps: {one.ways}" if one.ways else ""
        page.paragraph(f"{said(one.about)}: {said(one.what)}{helps}", lead="  -", indent=4)


def _drain(page: Sheet, report: Report) -> None:
    drain = report.drain
    if drain is None:
        return
    page.heading("IF YOU DRAIN FIRST", drain.sentence)
    if drain.command:
        page.unbroken(drain.command, indent=2)
    for note in drain.notes:
        page.paragraph(f"{said(note.about, page.most(_MOST_NAMES))}: {said(note.what)}", lead="  -", indent=4)


def _findings(page: Sheet, report: Report) -> None:
    shown = report.findings if page.everything else tuple(group for group in report.findings if not group.on_rows)
    if shown:
        page.heading("FINDINGS", "`upgradecheck rules ID` says what a rule means")
    for group in shown[: page.most(_MOST_RULES)]:
        _finding(page, group)
    page.more(len(shown) - page.most(_MOST_RULES), "rule")


def _finding(page: Sheet, group: FindingGroup) -> None:
    lead = Text.assemble("  ", (f"{safe_text(group.rule)} {group.severity.value}", _SEVERITY_STYLE[group.severity]))
    for told in group.messages[: page.most(_MOST_FINDINGS)]:
        most = page.most(_MOST_OBJECTS)
        about = cut(tuple(map(said, told.objects[:most])), most, len(told.objects))
        page.paragraph(f"{about}: {safe_text(told.message)}", lead=lead, indent=17, hang=2)
        lead = Text()
    page.more(len(group.messages) - page.most(_MOST_FINDINGS), "finding", indent=17)
    page.paragraph(f"Remedy: {safe_text(group.remedy)}", indent=17, hang=2)


def _missing(page: Sheet, report: Report) -> None:
    if report.missing:
        page.heading("NOT SEEN", "" if report.complete else "the plan is not complete without it", style=DOUBT)
    lacks = tuple(by_reason(report.missing))
    for lack in lacks[: page.most(_MOST_MISSING)]:
        most = page.most(_MOST_NAMES)
        whats = safe_text(lack.of) + cut(tuple(safe_text(what.removeprefix(lack.of)) for what in lack.whats[:most]), most, len(lack.whats))
        page.paragraph(Text.assemble((f"{whats}: ", STRONG), safe_text(lack.reason)), lead="  -", indent=4)
    left = lacks[page.most(_MOST_MISSING) :]
    page.more(sum(len(lack.whats) for lack in left), "thing")


def _notices(page: Sheet, report: Report) -> None:
    for number, notice in enumerate(report.notices):
        page.block("" if number else "NOTICES", safe_text(notice), apart=not number, mark="-" if len(report.notices) > 1 else "")


def _next_steps(page: Sheet, report: Report) -> None:
    """What to do next, and what upstream says."""
    for number, step in enumerate(report.next_steps, start=1):
        page.block("NEXT" if number == 1 else "", said(step), apart=number == 1 and not report.notices, mark=f"{number}.")
    page.block("", report.closing, apart=False)
