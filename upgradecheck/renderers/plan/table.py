"""The plan for a person who has to decide tonight: the answer first, then what it rests on, who is hit and why, what is open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from rich.cells import cell_len
from rich.text import Text

from upgradecheck.model.plan import Plan, Severity, Verdict
from upgradecheck.model.wording import count
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import BAD, DOUBT, FAINT, GOOD, STRONG, VERDICT_STYLE, Page, padded
from upgradecheck.renderers.media.plain import cut, listed, name, said
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.answer import AnswerKind
from upgradecheck.reporting.closing import FindingGroup
from upgradecheck.reporting.groups import Fate, Section, WorkloadGroup
from upgradecheck.reporting.report import Report, VerdictCount, report_of
from upgradecheck.reporting.words import GRADE, KIND, MEANING, UNKNOWN_NODE, WORD

_LABEL = 15
_NUMBER = 10
_MOST_WORKLOADS = 20
_MOST_NODES = 4
_MOST_NODE_NAMES = 8
_MOST_NODE_GROUPS = 12
_MOST_CAUSES = 3
_WIDEST_NAME = 24
_MOST_RULES = 12
_MOST_FINDINGS = 8
_MOST_OBJECTS = 4
_MOST_MISSING = 10
_ANSWER_STYLE: Mapping[AnswerKind, str] = {AnswerKind.RESTARTS: BAD, AnswerKind.NO_RESTARTS: GOOD}
_SEVERITY_STYLE: Mapping[Severity, str] = {Severity.ERROR: BAD, Severity.WARNING: DOUBT, Severity.INFO: STRONG}


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The whole report, section by section."""
    page, report = Page(canvas), report_of(plan)
    for section in (_answer, _basis, _gone, _unknown, _held, _nodes, _findings, _missing, _notices, _next_steps):
        section(page, report)
        yield page.take()


def _answer(page: Page, report: Report) -> None:
    """The headline, the exit code, the step, and containers and pods by verdict."""
    answer = report.answer
    page.paragraph(Text.assemble((answer.word, _ANSWER_STYLE.get(answer.kind, DOUBT)), f"  {answer.sentence}"))
    page.paragraph(answer.gate)
    page.paragraph(Text(f"kubelet {said(report.step)}", STRONG))
    if report.counts:
        page.blank()
        page.paragraph(Text.assemble(padded("", _LABEL), padded("containers", _NUMBER, right=True), padded("pods", _NUMBER, right=True)))
    for counted in report.counts:
        _count_line(page, counted)


def _count_line(page: Page, counted: VerdictCount) -> None:
    numbers = Text.assemble(
        padded(Text(WORD[counted.verdict], VERDICT_STYLE.get(counted.verdict, "")), _LABEL),
        padded(str(counted.containers), _NUMBER, right=True),
        padded(str(counted.pods), _NUMBER, right=True),
    )
    page.paragraph(MEANING[counted.verdict], lead=numbers, indent=_LABEL + 2 * _NUMBER + 3)


def _basis(page: Page, report: Report) -> None:
    page.blank()
    for basis in report.basis:
        page.paragraph(Text(said(basis.line), DOUBT if basis.doubt else ""), lead=basis.label, indent=_LABEL)


def _gone(page: Page, report: Report) -> None:
    for section in report.sections.gone:
        explanation = "by workload and node, with the cause and [how its hash is known]"
        page.heading(WORD[section.verdict], explanation, style=VERDICT_STYLE[section.verdict])
        _workloads(page, section, margin=2)


def _unknown(page: Page, report: Report) -> None:
    if report.sections.unknown:
        page.heading(WORD[Verdict.UNKNOWN], "by reason", style=VERDICT_STYLE[Verdict.UNKNOWN])
    for section in report.sections.unknown:
        assert section.reason is not None
        page.paragraph(section.reason.sentence, lead=Text(f"  {section.number} x", STRONG), indent=8)
        _workloads(page, section, margin=4)


def _held(page: Page, report: Report) -> None:
    if report.sections.held is not None:
        page.heading(WORD[Verdict.OVERRIDDEN], "by workload and node, with what would restart it and [how its hash is known]")
        _workloads(page, report.sections.held, margin=2)


def _workloads(page: Page, section: Section, *, margin: int) -> None:
    groups = section.groups
    sentences = {_sentence(section, group, fate) for group in groups for fate in group.fates}
    common = sentences.pop() if len(sentences) == 1 and len(groups) > 1 else ""
    if common:
        page.paragraph(f"all of them: {common}", indent=margin)
    for group in groups[:_MOST_WORKLOADS]:
        told = _told(section, group)
        bare = all(sentence in ("", common) for sentence in told) and not group.whole_pods
        names = [", ".join(told.values())] if bare else []
        page.paragraph(Text.assemble((_who(group), STRONG), "  ", "  ".join([*names, _where(group)])), indent=margin, hang=4)
        if not bare:
            _fates(page, section, group, told, margin + 2)
    left = groups[_MOST_WORKLOADS:]
    _more(page, len(left), "workload", f" with {count(sum(group.containers for group in left), 'container')}")


def _who(group: WorkloadGroup) -> str:
    return f"{name(group.namespace)}  {name(group.workload.kind)}/{name(group.workload.name)}"


def _where(group: WorkloadGroup) -> str:
    if group.replicas is not None:
        return f"{count(group.replicas, 'pod')} by its replicas"
    if len(group.pods) == 1:
        pod = "" if group.pods[0] == group.workload.name else f"pod {name(group.pods[0])} "
        return f"{pod}on {_node(next(iter(group.nodes)))}"
    ranked = sorted(group.nodes.items(), key=lambda item: (-item[1], item[0] or ""))
    rest = f", … and {count(len(ranked) - _MOST_NODES, 'more node')}" if len(ranked) > _MOST_NODES else ""
    if ranked[0][1] == 1:
        return f"{len(group.pods)} pods, one each on {', '.join(_node(node) for node, _ in ranked[:_MOST_NODES])}{rest}"
    return f"{len(group.pods)} pods: {', '.join(f'{number} on {_node(node)}' for node, number in ranked[:_MOST_NODES])}{rest}"


def _node(node: str | None) -> str:
    return UNKNOWN_NODE if node is None else name(node)


def _told(section: Section, group: WorkloadGroup) -> dict[str, str]:
    """What there is to say, with the names of the containers that it is said of."""
    told: dict[str, list[str]] = defaultdict(list)
    for fate in group.fates:
        told[_sentence(section, group, fate)].append(name(fate.container) + KIND[fate.kind])
    return {sentence: ", ".join(names) for sentence, names in told.items()}


def _fates(page: Page, section: Section, group: WorkloadGroup, told: dict[str, str], margin: int) -> None:
    column = margin + 2 + min(max(map(cell_len, told.values()), default=0), _WIDEST_NAME)
    for sentence, label in told.items():
        said_of_all = section.reason.sentence if section.reason is not None else ""
        page.paragraph(sentence or said_of_all, lead=" " * margin + label, indent=column)
    for whole in group.whole_pods:
        page.paragraph(f"{count(whole.number, 'pod')} as a whole{f': {whole.why}' if whole.why else ''}", indent=margin, hang=2)


def _sentence(section: Section, group: WorkloadGroup, fate: Fate) -> str:
    """What is known of these containers beyond the heading that they stand under; empty for nothing."""
    rest = [f"… and {count(len(fate.why) - _MOST_CAUSES, 'more cause')}"] if len(fate.why) > _MOST_CAUSES else []
    why = "; ".join([*map(safe_text, fate.why[:_MOST_CAUSES]), *rest])
    if section.verdict is Verdict.UNKNOWN:
        return why
    share = "" if fate.number == group.number else f"in {fate.number} of {group.number} pods: "
    graded = ", ".join(GRADE[grade] if len(fate.grades) == 1 else f"{number} {GRADE[grade]}" for grade, number in fate.grades.items())
    return f"{share}{why} [{graded}]{f'; {fate.refused}' if fate.refused else ''}"


def _nodes(page: Page, report: Report) -> None:
    if report.nodes:
        page.heading("NODES", "with the worst that happens on them, and what their records show")
    for group in report.nodes[:_MOST_NODE_GROUPS]:
        word = padded(Text(WORD[group.verdict], VERDICT_STYLE.get(group.verdict, "")), 12)
        lead = Text.assemble("  ", word, padded(str(len(group.names)), 6, right=True))
        page.paragraph(f"{said(group.step)}, {name(group.runtime)}: {listed(group.names, _MOST_NODE_NAMES)}", lead=lead, indent=22)
        if group.evidence:
            page.paragraph(f"evidence: {group.evidence}", indent=22)
    _more(page, len(report.nodes) - _MOST_NODE_GROUPS, "node group")


def _findings(page: Page, report: Report) -> None:
    if report.findings:
        page.heading("FINDINGS")
    for group in report.findings[:_MOST_RULES]:
        _finding(page, group)
    _more(page, len(report.findings) - _MOST_RULES, "rule")


def _finding(page: Page, group: FindingGroup) -> None:
    lead = Text.assemble("  ", (f"{safe_text(group.rule)} {group.severity.value}", _SEVERITY_STYLE[group.severity]))
    for told in group.messages[:_MOST_FINDINGS]:
        about = cut(tuple(map(said, told.objects[:_MOST_OBJECTS])), _MOST_OBJECTS, len(told.objects))
        page.paragraph(f"{about}: {safe_text(told.message)}", lead=lead, indent=17, hang=2)
        lead = Text()
    _more(page, len(group.messages) - _MOST_FINDINGS, "finding", indent=17)
    page.paragraph(f"Remedy: {safe_text(group.remedy)}", indent=17, hang=2)


def _missing(page: Page, report: Report) -> None:
    if report.missing:
        page.heading("NOT SEEN", "" if report.complete else "the plan is not complete without it", style=DOUBT)
    for item in report.missing[:_MOST_MISSING]:
        page.paragraph(Text.assemble((f"{safe_text(item.what)}: ", STRONG), safe_text(item.reason)), lead="  -", indent=4)
    _more(page, len(report.missing) - _MOST_MISSING, "thing")


def _notices(page: Page, report: Report) -> None:
    if report.notices:
        page.heading("NOTICES")
    for notice in report.notices:
        page.paragraph(safe_text(notice), lead="  -", indent=4)


def _next_steps(page: Page, report: Report) -> None:
    """What to do next, what upstream says, and what the exit code means."""
    page.heading("NEXT")
    for number, step in enumerate(report.next_steps, start=1):
        page.paragraph(said(step), lead=f"  {number}.", indent=5)
    page.blank()
    page.paragraph(report.closing)
    page.paragraph(f"Exit code {report.answer.exit_code}: {report.answer.exit_meaning}.")


def _more(page: Page, number: int, thing: str, rest: str = "", *, indent: int = 2) -> None:
    """The line that ends a list that was cut; nothing if it was not."""
    if number > 0:
        page.paragraph(Text(f"… and {count(number, f'more {thing}')}{rest} (-o json lists all)", FAINT), indent=indent)
