"""A section of containers by workload, as the table lays it out: who, where, and what is known of each container."""

from __future__ import annotations

from collections import defaultdict

from rich.cells import cell_len
from rich.text import Text

from upgradecheck.model.plan import Verdict
from upgradecheck.model.wording import count
from upgradecheck.renderers.media.page import STRONG, Page
from upgradecheck.renderers.media.plain import name
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.groups import Fate, Section, WorkloadGroup
from upgradecheck.reporting.words import GRADE, KIND, UNKNOWN_NODE

_MOST_CAUSES = 3
_WIDEST_NAME = 24


def workloads(page: Page, section: Section, *, margin: int, most: int, named: bool = False) -> int:
    """Writes the first of a section's workloads; how many are left. named: with the name of each of their nodes."""
    groups, shown = section.groups, section.groups[:most]
    sentences = {_sentence(section, group, fate) for group in shown for fate in group.fates}
    common = sentences.pop() if len(sentences) == 1 and len(shown) > 1 else ""
    if common:
        every = all(_sentence(section, group, fate) == common for group in groups[most:] for fate in group.fates)
        page.paragraph(f"{'all of them' if every else 'each of these'}: {common}", indent=margin)
    for group in shown:
        told = _told(section, group)
        bare = all(sentence in ("", common) for sentence in told) and not group.whole_pods
        names = [", ".join(told.values())] if bare else []
        page.paragraph(Text.assemble((_who(group), STRONG), "  ", "  ".join([*names, _where(group, named=named)])), indent=margin, hang=4)
        if not bare:
            _fates(page, section, group, told, margin + 2)
    return len(groups) - most


def _who(group: WorkloadGroup) -> str:
    return f"{name(group.namespace)}  {name(group.workload.kind)}/{name(group.workload.name)}"


def _where(group: WorkloadGroup, *, named: bool) -> str:
    """On which nodes its pods are; named: each by its name."""
    if group.replicas is not None:
        return f"{count(group.replicas, 'pod')} by its replicas"
    if len(group.pods) == 1:
        pod = "" if group.pods[0] == group.workload.name else f"pod {name(group.pods[0])} "
        return f"{pod}on {_node(next(iter(group.nodes)))}"
    ranked = sorted(group.nodes.items(), key=lambda item: (-item[1], item[0] or ""))
    pods, (node, number) = f"{len(group.pods):,} pods", ranked[0]
    if len(ranked) == 1:
        return f"{pods} on {_node(node)}"
    if named:
        return f"{pods}: {', '.join(f'{number:,} on {_node(node)}' for node, number in ranked)}"
    on = count(len(ranked), "node")
    return f"{pods}, one each on {on}" if number == 1 else f"{pods} on {on}, {number:,} of them on {_node(node)}"


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
    share = "" if fate.number == group.number else f"in {fate.number:,} of {group.number:,} pods: "
    graded = ", ".join(GRADE[grade] if len(fate.grades) == 1 else f"{number:,} {GRADE[grade]}" for grade, number in fate.grades.items())
    return f"{share}{why} [{graded}]{f'; {fate.refused}' if fate.refused else ''}"
