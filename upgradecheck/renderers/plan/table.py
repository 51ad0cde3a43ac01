"""The plan for a person who has to decide tonight: the answer, its basis, what goes down and how far, what is open, what a drain does.

One screen for an ordinary fleet: long lists are cut, and say so; ``--all`` shows them whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

import msgspec
from rich.cells import cell_len
from rich.text import Text

from upgradecheck.model.plan import Plan, Severity, Verdict
from upgradecheck.model.wording import count
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.grouped_rows import workloads
from upgradecheck.renderers.media.page import BAD, DOUBT, FAINT, GOOD, STRONG, VERDICT_STYLE, Page, padded
from upgradecheck.renderers.media.plain import cut, listed, name, said
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.answer import AnswerKind
from upgradecheck.reporting.closing import FindingGroup
from upgradecheck.reporting.impact_words import heading, least_of, notes_of, only_node, place, share
from upgradecheck.reporting.nodes import NodeGroup
from upgradecheck.reporting.radius import Hit, Radius
from upgradecheck.reporting.report import Report, VerdictCount, report_of
from upgradecheck.reporting.waves import UNSOLVED
from upgradecheck.reporting.words import MEANING, WORD

_LABEL = 15
_NUMBER = 10
_MOST_CAUSES = 8
_MOST_HITS = 8
_MOST_ALIKE = 3
_MOST_WHOLE = 15
_LEAST_INDENT = 4
_WIDEST_NAMES = 0.66
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
_WHOLE = 1_000_000
_ANSWER_STYLE: Mapping[AnswerKind, str] = {AnswerKind.RESTARTS: BAD, AnswerKind.NO_RESTARTS: GOOD}
_SEVERITY_STYLE: Mapping[Severity, str] = {Severity.ERROR: BAD, Severity.WARNING: DOUBT, Severity.INFO: STRONG}
_RADIUS_STYLE: Mapping[Radius, str] = {Radius.WHOLE: BAD, Radius.BUDGET: BAD, Radius.REFUSED: BAD}


class _Sheet(Page):
    """A page that knows whether lists are to be shown whole."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.everything = canvas.everything

    def most(self, number: int) -> int:
        """How many of a list are shown."""
        return _WHOLE if self.everything else number

    def more(self, number: int, thing: str, rest: str = "", *, indent: int = 2, plural: str | None = None) -> None:
        """The line that ends a list that was cut; nothing if it was not."""
        if number > 0:
            self.paragraph(
                Text(f"… and {count(number, f'more {thing}', f'more {plural}' if plural else None)}{rest} (--all shows all)", FAINT),
                indent=indent,
            )


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The whole report, section by section."""
    page, report = _Sheet(canvas), report_of(plan)
    for section in (
        _answer,
        _basis,
        _impact,
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


def _answer(page: _Sheet, report: Report) -> None:
    """The headline, the exit code, the step, and containers and pods by verdict."""
    answer = report.answer
    headline = f"  {answer.sentence}{f' {report.impact.sentence}' if report.impact.sentence else ''}"
    page.paragraph(Text.assemble((answer.word, _ANSWER_STYLE.get(answer.kind, DOUBT)), headline))
    page.paragraph(answer.gate)
    page.paragraph(Text(f"kubelet {said(report.step)}", STRONG))
    if report.counts:
        page.blank()
        page.paragraph(Text.assemble(padded("", _LABEL), padded("containers", _NUMBER, right=True), padded("pods", _NUMBER, right=True)))
    for counted in report.counts:
        _count_line(page, counted)


def _count_line(page: _Sheet, counted: VerdictCount) -> None:
    numbers = Text.assemble(
        padded(Text(WORD[counted.verdict], VERDICT_STYLE.get(counted.verdict, "")), _LABEL),
        padded(f"{counted.containers:,}", _NUMBER, right=True),
        padded(f"{counted.pods:,}", _NUMBER, right=True),
    )
    page.paragraph(MEANING[counted.verdict], lead=numbers, indent=_LABEL + 2 * _NUMBER + 3)


def _basis(page: _Sheet, report: Report) -> None:
    page.blank()
    for basis in report.basis:
        page.paragraph(Text(said(basis.line), DOUBT if basis.doubt else ""), lead=basis.label, indent=_LABEL)
    label = "Why"
    for cause in report.causes.told[: page.most(_MOST_CAUSES)]:
        letter = f"{cause.letter}  " if len(report.causes.told) > 1 else ""
        rule = f" [{safe_text(cause.rule)}]" if cause.rule else ""
        page.paragraph(f"{letter}{cause.number:,} x {safe_text(cause.text)}{rule}", lead=label, indent=_LABEL, hang=len(letter))
        label = ""
    page.more(len(report.causes.told) - page.most(_MOST_CAUSES), "cause", indent=_LABEL)


def _impact(page: _Sheet, report: Report) -> None:
    for radius, hits in report.impact.hits.items():
        title, explanation = heading(radius, report.scope)
        page.heading(title, explanation, style=_RADIUS_STYLE.get(radius, STRONG))
        node = only_node(hits)
        if node is not None:
            page.paragraph(said(node), indent=2)
        told = _Told(budgets_read=report.budgets_read, node_told=node is not None)
        shown = hits if page.everything else _shown(hits, told, _MOST_WHOLE if radius is Radius.WHOLE else _MOST_HITS)
        left = hits[_rows(page, shown, told) :]
        page.more(len(left), "workload", f" with {count(sum(hit.stopping for hit in left), 'pod')}{_rest(left, told)}")


class _Told(msgspec.Struct, frozen=True, gc=False):
    """What is said of the workloads of a section. node_told: not where, as the section says it of all."""

    budgets_read: bool
    node_told: bool

    def share(self, hit: Hit) -> str:
        return said(share(hit))

    def place(self, hit: Hit) -> str:
        return "" if self.node_told else said(place(hit))

    def notes(self, hit: Hit) -> list[str]:
        return [safe_text(note) for note in notes_of(hit, budgets_read=self.budgets_read)]

    def in_a_row(self, hit: Hit) -> str:
        return "  ".join([f"{self.share(hit)}{self.place(hit)}", *self.notes(hit)])


def _shown(hits: Sequence[Hit], told: _Told, most: int) -> Sequence[Hit]:
    """The first of a section; where all that are left are alike, and like the last ones, a few of these are enough."""
    shown, left = hits[:most], {told.in_a_row(hit) for hit in hits[most:]}
    if len(left) != 1:
        return shown
    alike = sum(1 for _ in takewhile(lambda hit: told.in_a_row(hit) in left, reversed(shown)))
    return shown[: len(shown) - max(0, alike - _MOST_ALIKE)]


def _rest(left: Sequence[Hit], told: _Told) -> str:
    """Of those that are not listed, what all of them have in common, or that none is hit harder."""
    alike = {told.in_a_row(hit) for hit in left}
    same = len(alike) == 1 and len(left) > 1 and not any(hit.replicas for hit in left)
    return f", each {', '.join(alike.pop().split('  '))}" if same else least_of(left)


def _rows(page: _Sheet, hits: Sequence[Hit], told: _Told) -> int:
    """Writes as many of them as the section has room for, of which those on nodes with long names take two lines; how many these are."""
    namespaces = [name(hit.namespace) for hit in hits]
    names = [f"{name(hit.workload.kind)}/{name(hit.workload.name)}" for hit in hits]
    first, second = _columns(max(map(cell_len, namespaces)), max(map(cell_len, names)), page.width)
    column = first + second + 6
    long = [told.place(hit).lstrip() for hit in hits if column + cell_len(told.in_a_row(hit)) > page.width]
    below = max(_LEAST_INDENT, min([column + 2, *(page.width - cell_len(place) for place in long)]))
    room = page.most(len(hits) if len(long) < _MOST_HITS else max(_MOST_HITS, len(hits) - len(long) // 2))
    for hit, namespace, who in zip(hits[:room], namespaces, names, strict=False):
        lead = Text.assemble("  ", padded(namespace, first), "  ", (who, STRONG))
        row, spilt = told.in_a_row(hit), max(column, lead.cell_len + 2)
        if column + cell_len(row) <= page.width:
            page.paragraph(row, lead=lead, indent=spilt if spilt + cell_len(row) <= page.width else column)
        else:
            page.paragraph("  ".join([told.share(hit), *told.notes(hit)]), lead=lead, indent=column, hang=2)
            page.paragraph(told.place(hit).lstrip(), indent=below)
    return min(room, len(hits))


def _within(page: _Sheet, text: str, indent: int) -> None:
    """A line of long names: as far to the left as it must be to stay whole."""
    page.paragraph(text, indent=max(min(_LEAST_INDENT, indent), min(indent, page.width - cell_len(text))))


def _columns(namespace: int, workload: int, width: int) -> tuple[int, int]:
    """How wide the columns of names are: as wide as they need while that leaves room for what is said of them."""
    most = int(width * _WIDEST_NAMES)
    if namespace + workload <= most:
        return namespace, workload
    namespace = min(namespace, most // 3)
    return namespace, min(workload, most - namespace)


def _unknown(page: _Sheet, report: Report) -> None:
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


def _held(page: _Sheet, report: Report) -> None:
    if report.sections.held is not None:
        page.heading(WORD[Verdict.OVERRIDDEN], "by workload and node, with what would restart it and [how its hash is known]")
        page.more(workloads(page, report.sections.held, margin=2, most=page.most(_MOST_GROUPS), named=page.everything), "workload")


def _suppressed(page: _Sheet, report: Report) -> None:
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


def _nodes(page: _Sheet, report: Report) -> None:
    if len(report.nodes) == 1:
        (group,) = report.nodes
        alike = f"{len(group.names):,} alike, " if len(group.names) > 1 else ""
        page.heading("NODES", f"{alike}{WORD[group.verdict]}: {_step(group)}")
        _within(page, _names(page, group.names, indent=2), 2)
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


def _step(group: NodeGroup) -> str:
    return f"{said(group.step)}, {name(group.runtime)}{f', {group.stops}' if group.stops else ''}"


def _names(page: _Sheet, names: Sequence[str], *, indent: int) -> str:
    """As many as a line has room for, at least one."""
    told = [name(each) for each in names[: page.most(_MOST_NODE_NAMES)]]
    room = page.width - indent - _MORE
    while len(told) > 1 and not page.everything and cell_len(", ".join(told)) > room:
        told.pop()
    return cut(tuple(told), len(told), len(names))


def _waves(page: _Sheet, report: Report) -> None:
    """How many there are; with --all each of them, and what no wave can help."""
    told = report.waves
    if told is None:
        return
    page.heading("WAVES", told.sentence)
    if not page.everything:
        page.paragraph(Text("--all tells which nodes go together and why, -o json for programs", FAINT), indent=2)
        return
    for wave in told.waves:
        zone = f"{'' if wave.pool is None else f', pool {name(wave.pool)}'}{'' if wave.zone is None else f', zone {name(wave.zone)}'}"
        lead = Text.assemble("  ", padded(str(wave.number), 4, right=True))
        page.paragraph(Text.assemble((wave.kind, STRONG), f"{zone}: {wave.stops}"), lead=lead, indent=8)
        page.paragraph(listed(wave.nodes, page.most(_MOST_NODE_NAMES)), indent=8)
        for reason in wave.reasons:
            page.paragraph(said(reason), lead="      -", indent=8)
    if told.unsolved:
        page.paragraph(Text(f"{UNSOLVED.capitalize()}:", DOUBT), indent=2)
    for one in told.unsolved:
        helps = f". What helps: {one.ways}" if one.ways else ""
        page.paragraph(f"{said(one.about)}: {said(one.what)}{helps}", lead="  -", indent=4)


def _drain(page: _Sheet, report: Report) -> None:
    drain = report.drain
    if drain is None:
        return
    page.heading("IF YOU DRAIN FIRST", drain.sentence)
    if drain.command:
        page.unbroken(drain.command, indent=2)
    for note in drain.notes:
        page.paragraph(f"{said(note.about, page.most(_MOST_NAMES))}: {said(note.what)}", lead="  -", indent=4)


def _findings(page: _Sheet, report: Report) -> None:
    shown = report.findings if page.everything else tuple(group for group in report.findings if not group.on_rows)
    if shown:
        page.heading("FINDINGS", "`upgradecheck rules ID` says what a rule means")
    for group in shown[: page.most(_MOST_RULES)]:
        _finding(page, group)
    page.more(len(shown) - page.most(_MOST_RULES), "rule")


def _finding(page: _Sheet, group: FindingGroup) -> None:
    lead = Text.assemble("  ", (f"{safe_text(group.rule)} {group.severity.value}", _SEVERITY_STYLE[group.severity]))
    for told in group.messages[: page.most(_MOST_FINDINGS)]:
        most = page.most(_MOST_OBJECTS)
        about = cut(tuple(map(said, told.objects[:most])), most, len(told.objects))
        page.paragraph(f"{about}: {safe_text(told.message)}", lead=lead, indent=17, hang=2)
        lead = Text()
    page.more(len(group.messages) - page.most(_MOST_FINDINGS), "finding", indent=17)
    page.paragraph(f"Remedy: {safe_text(group.remedy)}", indent=17, hang=2)


def _missing(page: _Sheet, report: Report) -> None:
    if report.missing:
        page.heading("NOT SEEN", "" if report.complete else "the plan is not complete without it", style=DOUBT)
    for item in report.missing[: page.most(_MOST_MISSING)]:
        page.paragraph(Text.assemble((f"{safe_text(item.what)}: ", STRONG), safe_text(item.reason)), lead="  -", indent=4)
    page.more(len(report.missing) - page.most(_MOST_MISSING), "thing")


def _notices(page: _Sheet, report: Report) -> None:
    if report.notices:
        page.heading("NOTICES")
    for notice in report.notices:
        page.paragraph(safe_text(notice), lead="  -", indent=4)


def _next_steps(page: _Sheet, report: Report) -> None:
    """What to do next, and what upstream says."""
    page.heading("NEXT")
    for number, step in enumerate(report.next_steps, start=1):
        page.paragraph(said(step), lead=f"  {number}.", indent=5)
    page.blank()
    page.paragraph(report.closing)
