"""The lists of the plan's table: what restarts and what is unknown, by workload and node, with the cause; and the nodes."""

from __future__ import annotations

from collections import defaultdict

from rich.cells import cell_len
from rich.text import Text

from upgradecheck.model.plan import Grade, Plan, PlannedNode, Verdict
from upgradecheck.renderers import hex_hash
from upgradecheck.renderers.safe_text import safe_text
from upgradecheck.renderers.table.groups import Fate, WorkloadGroup, by_workload, reasons
from upgradecheck.renderers.table.page import FAINT, STRONG, Page, listed, name, padded
from upgradecheck.renderers.table.plan_answer import VERDICT_STYLE
from upgradecheck.renderers.table.words import (
    GONE,
    GRADE,
    KIND,
    WORD,
    cause_text,
    count,
    fact_text,
    node_evidence_text,
    not_held_text,
)

_MOST_WORKLOADS = 20
_MOST_NODES = 4
_MOST_NODE_NAMES = 8
_MOST_POOLS = 12
_MOST_CAUSES = 3
_WIDEST_NAME = 24


def gone(page: Page, plan: Plan) -> None:
    """What the new kubelet kills, worst first."""
    for verdict in GONE:
        groups = by_workload(plan.pods, verdict)
        if groups:
            page.heading(WORD[verdict], "by workload and node, with the cause and [how its hash is known]", style=VERDICT_STYLE[verdict])
            _workloads(page, groups, margin=2)


def held(page: Page, plan: Plan) -> None:
    """What would restart, and an override holds."""
    groups = by_workload(plan.pods, Verdict.OVERRIDDEN)
    if groups:
        page.heading(WORD[Verdict.OVERRIDDEN], "by workload and node, with what would restart it and [how its hash is known]")
        _workloads(page, groups, margin=2)


def unknown(page: Page, plan: Plan) -> None:
    """What could not be told, by reason."""
    found = reasons(plan.pods, Verdict.UNKNOWN)
    if found:
        page.heading(WORD[Verdict.UNKNOWN], "by reason", style=VERDICT_STYLE[Verdict.UNKNOWN])
    for reason, number in found:
        page.paragraph(reason.sentence, lead=Text(f"  {number} x", STRONG), indent=8)
        _workloads(page, by_workload(plan.pods, Verdict.UNKNOWN, reason), margin=4)


def nodes(page: Page, plan: Plan) -> None:
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
    more(page, len(pools) - _MOST_POOLS, "node group")


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
    more(page, len(left), "workload", f" with {count(sum(group.containers for group in left), 'container')}")


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


def more(page: Page, number: int, thing: str, rest: str = "", *, indent: int = 2) -> None:
    """The line that ends a list that was cut; nothing if it was not."""
    if number > 0:
        page.paragraph(Text(f"… and {number} more {thing}{'' if number == 1 else 's'}{rest} (-o json lists all)", FAINT), indent=indent)
