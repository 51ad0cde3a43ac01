"""The end of the plan's table: findings with their remedy, what was not seen or not examined, and what to do next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from rich.text import Text

from upgradecheck.model.plan import Finding, Grade, Plan, Severity, Verdict, grades
from upgradecheck.model.reasons import READ_RECORDS
from upgradecheck.renderers.safe_text import safe_text
from upgradecheck.renderers.table.groups import reasons
from upgradecheck.renderers.table.page import BAD, DOUBT, STRONG, Page, listed
from upgradecheck.renderers.table.plan_lists import more
from upgradecheck.renderers.table.words import APPLY_OVERRIDE, GONE, UPSTREAM

_MOST_RULES = 12
_MOST_FINDINGS = 8
_MOST_OBJECTS = 4
_MOST_MISSING = 10
_SEVERITY_STYLE: Mapping[Severity, str] = {Severity.ERROR: BAD, Severity.WARNING: DOUBT, Severity.INFO: ""}


def findings(page: Page, plan: Plan) -> None:
    """Hazards that rules found, each with its remedy; objects of one message together."""
    severities = tuple(Severity)
    by_remedy: dict[tuple[int, str, str], dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for finding in plan.findings:
        by_remedy[severities.index(finding.severity), finding.rule, finding.remedy][finding.message].append(finding)
    if by_remedy:
        page.heading("FINDINGS")
    for (rank, rule, remedy), by_message in sorted(by_remedy.items(), key=lambda item: item[0])[:_MOST_RULES]:
        severity = severities[rank]
        lead = Text.assemble("  ", (f"{safe_text(rule)} {severity.value}", _SEVERITY_STYLE[severity] or STRONG))
        for message, same in list(by_message.items())[:_MOST_FINDINGS]:
            about = listed(tuple(_object(each) for each in same), _MOST_OBJECTS)
            page.paragraph(f"{about}: {safe_text(message)}", lead=lead, indent=17, hang=2)
            lead = Text()
        more(page, len(by_message) - _MOST_FINDINGS, "finding", indent=17)
        page.paragraph(f"Remedy: {safe_text(remedy)}", indent=17, hang=2)
    more(page, len(by_remedy) - _MOST_RULES, "rule")


def missing(page: Page, plan: Plan) -> None:
    """What should have been seen and was not, or could not be trusted."""
    items = plan.coverage.missing
    if items:
        page.heading("NOT SEEN", "the plan is not complete without it" if not plan.complete else "", style=DOUBT)
    for item in items[:_MOST_MISSING]:
        page.paragraph(Text.assemble((f"{safe_text(item.what)}: ", STRONG), safe_text(item.reason)), lead="  -", indent=4)
    more(page, len(items) - _MOST_MISSING, "thing not seen")


def notices(page: Page, plan: Plan) -> None:
    """What this plan does not examine, and what it took for granted."""
    told = [notice for notice in plan.notices if notice != UPSTREAM]
    if told:
        page.heading("NOTICES")
    for notice in told:
        page.paragraph(safe_text(notice), lead="  -", indent=4)


def next_steps(page: Page, plan: Plan) -> None:
    """What to do next, what upstream says, and what the exit code means."""
    page.heading("NEXT")
    for number, step in enumerate(_steps(plan), start=1):
        page.paragraph(step, lead=f"  {number}.", indent=5)
    page.blank()
    page.paragraph(UPSTREAM)
    page.paragraph(f"Exit code {plan.exit_code}: {_exit_code(plan)}.")


def _object(finding: Finding) -> str:
    about = finding.object
    place = f"{about.namespace}/{about.name}" if about.namespace else about.name
    return f"{about.kind} {place}" + (f" ({about.container})" if about.container else "")


def _steps(plan: Plan) -> Iterator[str]:
    if not plan.pods and not plan.coverage.pods:
        yield "Check the input and the filters: is that the right file, and does a pod match?"
        return
    if _any_gone(plan):
        yield (
            "Drain each node before its kubelet is upgraded (`kubectl drain NODE --ignore-daemonsets`): pods then move within their"
            " PodDisruptionBudgets. A restart by the kubelet ignores PodDisruptionBudgets."
        )
    if plan.overrides:
        yield APPLY_OVERRIDE
    steps = [reason.next_step for reason, _ in reasons(plan.pods, Verdict.UNKNOWN) if reason.next_step is not None]
    if grades(plan.pods)[Grade.ESTIMATED]:
        steps.append(READ_RECORDS)
    yield from dict.fromkeys(steps)
    if plan.coverage.missing:
        yield "Supply what is listed as not seen, and plan again."
    yield "Keep the whole plan beside your change record: add -o json=plan.json."


def _any_gone(plan: Plan) -> bool:
    return any(plan.summary.containers.get(verdict, 0) or plan.summary.pods.get(verdict, 0) for verdict in GONE)


def _exit_code(plan: Plan) -> str:
    match plan.exit_code:
        case 0 if _any_gone(plan):
            return "nothing that your conditions forbid"
        case 0:
            return "complete, and nothing that --fail-on names"
        case 2:
            return "restarts, recreations or rejections predicted"
        case 3:
            return "undetermined: something is unknown, not seen, or below a threshold"
        case 4:
            return "hazards that --fail-on names"
        case _:
            return "no conclusion"
