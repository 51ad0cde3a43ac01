"""The plan for a person who has to decide tonight: the answer first, then what it rests on, who is hit and why, what is open.

"No restarts" is said only of a complete plan that leaves nothing unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from rich.cells import cell_len
from rich.text import Text

from upgradecheck.model.plan import GONE, Finding, Grade, HistoryCheck, Plan, PlannedNode, Scope, Severity, Verdict, grades
from upgradecheck.model.reasons import READ_RECORDS
from upgradecheck.model.wording import count
from upgradecheck.renderers import Canvas, hex_hash
from upgradecheck.renderers.media.page import BAD, DOUBT, FAINT, GOOD, STRONG, VERDICT_STYLE, Page, listed, name, padded
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.groups import Fate, WorkloadGroup, by_workload, reasons
from upgradecheck.reporting.words import (
    APPLY_OVERRIDE,
    GRADE,
    KIND,
    MEANING,
    UPSTREAM,
    WORD,
    cause_text,
    fact_text,
    history_text,
    kept_text,
    node_evidence_text,
    not_held_text,
    override_text,
)

_LABEL = 15
_NUMBER = 10
_MOST_NAMES = 6
_MOST_WORKLOADS = 20
_MOST_NODES = 4
_MOST_NODE_NAMES = 8
_MOST_POOLS = 12
_MOST_CAUSES = 3
_WIDEST_NAME = 24
_MOST_RULES = 12
_MOST_FINDINGS = 8
_MOST_OBJECTS = 4
_MOST_MISSING = 10
_SEVERITY_STYLE: Mapping[Severity, str] = {Severity.ERROR: BAD, Severity.WARNING: DOUBT, Severity.INFO: ""}


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The whole report, section by section."""
    page = Page(canvas)
    sections = (
        _answer,
        _rests_on,
        _gone,
        _unknown,
        _held,
        _nodes,
        _findings,
        _missing,
        _notices,
        _next_steps,
    )
    for section in sections:
        section(page, plan)
        yield page.take()


def _answer(page: Page, plan: Plan) -> None:
    """The headline, the step, and containers and pods by verdict."""
    word, style, sentence = _headline(plan)
    page.paragraph(Text.assemble((word, style), f"  {sentence}"))
    page.paragraph(Text(_step(plan), STRONG))
    if plan.summary.containers or plan.summary.pods:
        page.blank()
        page.paragraph(Text.assemble(padded("", _LABEL), padded("containers", _NUMBER, right=True), padded("pods", _NUMBER, right=True)))
    for verdict in Verdict:
        _count_line(page, plan, verdict)


def _rests_on(page: Page, plan: Plan) -> None:
    """What the answer rests on: scope, what was seen, calibration, evidence, and what a drained node would still hold."""
    page.blank()
    for label, text in _basis(plan):
        page.paragraph(text, lead=label, indent=_LABEL)


def _headline(plan: Plan) -> tuple[str, str, str]:
    containers, pods = plan.summary.containers, plan.summary.pods
    gone = sum(containers.get(verdict, 0) for verdict in GONE)
    gone_pods = sum(pods.get(verdict, 0) for verdict in GONE)
    unknown, unknown_pods = containers.get(Verdict.UNKNOWN, 0), pods.get(Verdict.UNKNOWN, 0)
    if gone or gone_pods:
        doubt = f"; {count(unknown, 'more container')} cannot be told" if unknown else ""
        return "RESTARTS", BAD, f"{count(gone, 'container')} in {count(gone_pods, 'pod')} will be killed by the new kubelet{doubt}."
    if not plan.pods and not plan.coverage.pods:
        return "NOTHING EXAMINED", DOUBT, "No pod was seen, so nothing can be concluded."
    if unknown or unknown_pods:
        return "UNDETERMINED", DOUBT, f"{count(unknown, 'container')} in {count(unknown_pods, 'pod')} cannot be told. This is no all-clear."
    if not plan.complete:
        return "UNDETERMINED", DOUBT, "No restart in what was seen, but not everything could be seen or trusted. This is no all-clear."
    return _all_clear(plan)


def _all_clear(plan: Plan) -> tuple[str, str, str]:
    sentence = f"T{kept_text(plan)[1:]}"
    if plan.exit_code == 0:
        return "NO RESTARTS", GOOD, sentence
    return "NO RESTARTS", DOUBT, f"{sentence} But a condition that you set is not met: exit code {plan.exit_code}."


def _step(plan: Plan) -> str:
    if plan.from_version is not None:
        start = name(plan.from_version)
    else:
        start = "of differing versions" if any(node.from_version for node in plan.nodes) else "of unknown version"
    return f"kubelet {start} -> {name(plan.to_version)}" + ("  (a downgrade)" if plan.downgrade else "")


def _count_line(page: Page, plan: Plan, verdict: Verdict) -> None:
    containers, pods = plan.summary.containers.get(verdict, 0), plan.summary.pods.get(verdict, 0)
    if containers or pods:
        numbers = Text.assemble(
            padded(Text(WORD[verdict], VERDICT_STYLE.get(verdict, "")), _LABEL),
            padded(str(containers), _NUMBER, right=True),
            padded(str(pods), _NUMBER, right=True),
        )
        page.paragraph(MEANING[verdict], lead=numbers, indent=_LABEL + 2 * _NUMBER + 3)


def _basis(plan: Plan) -> Iterator[tuple[str, str | Text]]:
    yield "Input", listed(plan.scope.inputs, _MOST_NAMES) or "none"
    yield "Scope", _scope(plan.scope)
    seen = plan.coverage
    yield "Seen", f"{count(seen.pods, 'pod')}, {count(seen.nodes, 'node')}; runtime records from {seen.nodes_with_evidence} of them"
    if not plan.pods:
        return
    yield "Calibration", _calibration(plan)
    if plan.history is not None and plan.history != HistoryCheck():
        yield "History", Text(history_text(plan.history), DOUBT if plan.history.contradicts else "")
    yield "Evidence", _evidence(plan)
    if plan.summary.override is not None:
        yield "Override", override_text(plan.summary.override, plan.summary)
    yield "After a drain", _after_drain(plan)


def _scope(scope: Scope) -> str:
    parts = [
        ("namespaces " + listed(scope.namespaces, _MOST_NAMES)) if scope.namespaces else "all namespaces",
        scope.excluded_namespaces and "without " + listed(scope.excluded_namespaces, _MOST_NAMES),
        scope.nodes and "nodes " + listed(scope.nodes, _MOST_NAMES),
        scope.selector is not None and f"pods with {name(scope.selector)}",
        scope.node_selector is not None and f"nodes with {name(scope.node_selector)}",
    ]
    return "; ".join(part for part in parts if isinstance(part, str))


def _calibration(plan: Plan) -> Text:
    made, all_of = plan.calibration.reproduced, plan.calibration.recorded
    if not all_of:
        return Text("no recorded hash was there to check the computed ones against")
    version = "each node's version" if plan.from_version is None else name(plan.from_version)
    return Text(f"{made}/{all_of} recorded hashes reproduced under {version}", "" if made == all_of else DOUBT)


def _evidence(plan: Plan) -> str:
    counted = grades(plan.pods)
    told = {Grade.ESTIMATED: " (on the word of --from alone)"}
    parts = [f"{counted[grade]} {GRADE[grade]}{told.get(grade, '')}" for grade in Grade if counted[grade]]
    return ", ".join(parts) or "no container to compare"


def _after_drain(plan: Plan) -> str:
    left, left_pods = plan.summary.after_drain.containers, plan.summary.after_drain.pods
    if not any(left.values()) and not any(left_pods.values()):
        return "nothing that was seen would be left on the nodes"
    numbers = [f"{left[verdict]} {WORD[verdict].lower()}" for verdict in Verdict if left.get(verdict)]
    pods = count(sum(left_pods.values()), "pod")
    return f"{pods} left on the nodes (DaemonSet, static, unmanaged); containers: {', '.join(numbers) or 'none'}"


def _gone(page: Page, plan: Plan) -> None:
    """What the new kubelet kills, worst first."""
    for verdict in GONE:
        groups = by_workload(plan.pods, verdict)
        if groups:
            page.heading(WORD[verdict], "by workload and node, with the cause and [how its hash is known]", style=VERDICT_STYLE[verdict])
            _workloads(page, groups, margin=2)


def _held(page: Page, plan: Plan) -> None:
    """What would restart, and an override holds."""
    groups = by_workload(plan.pods, Verdict.OVERRIDDEN)
    if groups:
        page.heading(WORD[Verdict.OVERRIDDEN], "by workload and node, with what would restart it and [how its hash is known]")
        _workloads(page, groups, margin=2)


def _unknown(page: Page, plan: Plan) -> None:
    """What could not be told, by reason."""
    found = reasons(plan.pods, Verdict.UNKNOWN)
    if found:
        page.heading(WORD[Verdict.UNKNOWN], "by reason", style=VERDICT_STYLE[Verdict.UNKNOWN])
    for reason, number in found:
        page.paragraph(reason.sentence, lead=Text(f"  {number} x", STRONG), indent=8)
        _workloads(page, by_workload(plan.pods, Verdict.UNKNOWN, reason), margin=4)


def _nodes(page: Page, plan: Plan) -> None:
    """Nodes that go the same way, together; those whose recorded hashes are not all reproduced stand apart."""
    pools: dict[tuple[str, str, str, Verdict, bool], list[PlannedNode]] = defaultdict(list)
    for node in plan.nodes:
        start, runtime = node.from_version or "unknown version", node.runtime or "unknown runtime"
        whole = node.calibration.reproduced == node.calibration.recorded
        pools[start, node.to_version, runtime, node.verdict, whole].append(node)
    if not pools:
        return
    page.heading("NODES", "with the worst that happens on them, and what their records show")
    for (start, end, runtime, verdict, _), members in list(pools.items())[:_MOST_POOLS]:
        step = f"already {name(end)}, planned all the same" if start == end else f"{name(start)} -> {name(end)}"
        word = padded(Text(WORD[verdict], VERDICT_STYLE.get(verdict, "")), 12)
        lead = Text.assemble("  ", word, padded(str(len(members)), 6, right=True))
        names = tuple(node.name for node in members)
        page.paragraph(f"{step}, {name(runtime)}: {listed(names, _MOST_NODE_NAMES)}", lead=lead, indent=22)
        if shown := node_evidence_text(members):
            page.paragraph(shown, indent=22)
    _more(page, len(pools) - _MOST_POOLS, "node group")


def _workloads(page: Page, groups: tuple[WorkloadGroup, ...], *, margin: int) -> None:
    sentences = {_sentence(group, fate) for group in groups for fate in group.fates}
    common = sentences.pop() if len(sentences) == 1 and len(groups) > 1 else ""
    if common:
        page.paragraph(f"all of them: {common}", indent=margin)
    for group in groups[:_MOST_WORKLOADS]:
        told = _told(group)
        bare = all(sentence in ("", common) for sentence in told) and not group.bare_pods
        names = [", ".join(told.values())] if bare else []
        page.paragraph(Text.assemble((_who(group), STRONG), "  ", "  ".join([*names, _where(group)])), indent=margin, hang=4)
        if not bare:
            _fates(page, group, told, margin + 2)
    left = groups[_MOST_WORKLOADS:]
    _more(page, len(left), "workload", f" with {count(sum(group.containers for group in left), 'container')}")


def _who(group: WorkloadGroup) -> str:
    return f"{name(group.namespace)}  {name(group.workload.kind)}/{name(group.workload.name)}"


def _where(group: WorkloadGroup) -> str:
    if len(group.pods) == 1:
        pod = "" if group.pods[0] == group.workload.name else f"pod {name(group.pods[0])} "
        return f"{pod}on {_node(next(iter(group.nodes)))}"
    ranked = sorted(group.nodes.items(), key=lambda item: (-item[1], item[0] or ""))
    rest = f", … and {count(len(ranked) - _MOST_NODES, 'more node')}" if len(ranked) > _MOST_NODES else ""
    if ranked[0][1] == 1:
        return f"{len(group.pods)} pods, one each on {', '.join(_node(node) for node, _ in ranked[:_MOST_NODES])}{rest}"
    return f"{len(group.pods)} pods: {', '.join(f'{number} on {_node(node)}' for node, number in ranked[:_MOST_NODES])}{rest}"


def _node(node: str | None) -> str:
    return "an unknown node" if node is None else name(node)


def _told(group: WorkloadGroup) -> dict[str, str]:
    """What there is to say, with the names of the containers that it is said of."""
    told: dict[str, list[str]] = defaultdict(list)
    for fate in group.fates:
        told[_sentence(group, fate)].append(name(fate.container) + KIND[fate.kind])
    return {sentence: ", ".join(names) for sentence, names in told.items()}


def _fates(page: Page, group: WorkloadGroup, told: dict[str, str], margin: int) -> None:
    column = margin + 2 + min(max(map(cell_len, told.values()), default=0), _WIDEST_NAME)
    for sentence, label in told.items():
        page.paragraph(sentence or next(iter(group.fates)).reason.sentence, lead=" " * margin + label, indent=column)
    if group.bare_pods:
        page.paragraph(f"{count(group.bare_pods, 'pod')} as a whole", indent=margin)


def _sentence(group: WorkloadGroup, fate: Fate) -> str:
    """What is known of these containers beyond the heading that they stand under; empty for nothing."""
    if fate.verdict is Verdict.UNKNOWN:
        return _compared(fate)
    counted = group.fates[fate]
    share = "" if counted.total() == len(group.pods) else f"in {counted.total()} of {len(group.pods)} pods: "
    causes = [safe_text(cause_text(cause)) for cause in fate.causes[:_MOST_CAUSES]] or [fate.reason.sentence]
    rest = [f"… and {count(len(fate.causes) - _MOST_CAUSES, 'more cause')}"] if len(fate.causes) > _MOST_CAUSES else []
    graded = ", ".join(GRADE[grade] if len(counted) == 1 else f"{counted[grade]} {GRADE[grade]}" for grade in Grade if counted[grade])
    return f"{share}{'; '.join(causes + rest)} [{graded}]{not_held_text(fate.refused)}"


def _compared(fate: Fate) -> str:
    if fate.hashes is None:
        return safe_text("; ".join(map(fact_text, fate.facts)))
    carried, computed = ("none" if number is None else hex_hash(number) for number in fate.hashes)
    return f"carries {carried}, the running version computes {computed}"


def _more(page: Page, number: int, thing: str, rest: str = "", *, indent: int = 2) -> None:
    """The line that ends a list that was cut; nothing if it was not."""
    if number > 0:
        page.paragraph(Text(f"… and {number} more {thing}{'' if number == 1 else 's'}{rest} (-o json lists all)", FAINT), indent=indent)


def _findings(page: Page, plan: Plan) -> None:
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
        _more(page, len(by_message) - _MOST_FINDINGS, "finding", indent=17)
        page.paragraph(f"Remedy: {safe_text(remedy)}", indent=17, hang=2)
    _more(page, len(by_remedy) - _MOST_RULES, "rule")


def _missing(page: Page, plan: Plan) -> None:
    """What should have been seen and was not, or could not be trusted."""
    items = plan.coverage.missing
    if items:
        page.heading("NOT SEEN", "the plan is not complete without it" if not plan.complete else "", style=DOUBT)
    for item in items[:_MOST_MISSING]:
        page.paragraph(Text.assemble((f"{safe_text(item.what)}: ", STRONG), safe_text(item.reason)), lead="  -", indent=4)
    _more(page, len(items) - _MOST_MISSING, "thing not seen")


def _notices(page: Page, plan: Plan) -> None:
    """What this plan does not examine, and what it took for granted."""
    told = [notice for notice in plan.notices if notice != UPSTREAM]
    if told:
        page.heading("NOTICES")
    for notice in told:
        page.paragraph(safe_text(notice), lead="  -", indent=4)


def _next_steps(page: Page, plan: Plan) -> None:
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
