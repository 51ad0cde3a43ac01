"""The plan as the body of a change ticket: answer, basis, who is hit and why, what is open, findings with their remedies.

Containers are gathered by workload; a ticket is no place for thousands of rows, so long lists are cut and say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upgradecheck.model.plan import GONE, HistoryCheck, Plan, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.wording import count
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.markdown import code, table, words
from upgradecheck.reporting.groups import Fate, WorkloadGroup, by_workload, reasons
from upgradecheck.reporting.words import (
    APPLY_OVERRIDE,
    GRADE,
    KIND,
    MEANING,
    UPSTREAM,
    WORD,
    cause_text,
    history_text,
    kept_text,
    not_held_text,
    override_text,
)

_MOST_WORKLOADS = 100
_MOST_NODES = 5
_MOST_LISTED = 50


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The text, section by section."""
    start = "several versions" if plan.from_version is None else plan.from_version
    yield f"# Kubelet upgrade {words(start)} to {words(plan.to_version)}{' (a downgrade)' if plan.downgrade else ''}\n\n"
    yield f"**{_answer(plan)}**\n\n"
    yield _counts(plan)
    yield from _basis(plan)
    for verdict in GONE:
        yield from _section(f"{WORD[verdict].capitalize()}: {MEANING[verdict]}", plan, verdict)
    for reason, _ in reasons(plan.pods, Verdict.UNKNOWN):
        yield from _section(f"Unknown: {reason.sentence}", plan, Verdict.UNKNOWN, reason)
    yield from _section(f"{WORD[Verdict.OVERRIDDEN].capitalize()}: {MEANING[Verdict.OVERRIDDEN]}", plan, Verdict.OVERRIDDEN)
    if plan.overrides:
        yield f"\n{words(APPLY_OVERRIDE)}\n"
    yield from _findings(plan)
    yield from _bullets("Not seen", (f"{code(each.what)}: {words(each.reason)}" for each in plan.coverage.missing))
    yield from _bullets("Notices", (words(notice) for notice in plan.notices if notice != UPSTREAM))
    yield f"\n{UPSTREAM}\n"


def _answer(plan: Plan) -> str:
    """Said only of a complete plan that leaves nothing unknown: that nothing restarts."""
    containers, pods = plan.summary.containers, plan.summary.pods
    gone = sum(containers.get(verdict, 0) for verdict in GONE)
    gone_pods = sum(pods.get(verdict, 0) for verdict in GONE)
    unknown = containers.get(Verdict.UNKNOWN, 0)
    if gone or gone_pods:
        doubt = f" Of {count(unknown, 'more container')} it cannot be told." if unknown else ""
        return f"{count(gone, 'container')} in {count(gone_pods, 'pod')} will be killed by the new kubelet.{doubt}"
    if not plan.pods:
        return "No pod was examined, so nothing can be concluded."
    if unknown or pods.get(Verdict.UNKNOWN) or not plan.complete:
        return f"No restart in what could be told, but {count(unknown, 'container')} could not. This is no all-clear."
    return f"No restarts: {kept_text(plan)}"


def _counts(plan: Plan) -> str:
    containers, pods = plan.summary.containers, plan.summary.pods
    left, left_pods = plan.summary.after_drain.containers, plan.summary.after_drain.pods
    rows = (
        (WORD[verdict].lower(), *(str(numbers.get(verdict, 0)) for numbers in (containers, pods, left, left_pods)))
        for verdict in Verdict
        if containers.get(verdict) or pods.get(verdict)
    )
    return table(("verdict", "containers", "pods", "containers on a drained node", "pods on a drained node"), rows)


def _basis(plan: Plan) -> Iterator[str]:
    made = plan.calibration
    yield from _bullets(
        "Basis",
        (
            f"Input: {_names(plan.scope.inputs) or 'none'}",
            f"Seen: {count(plan.coverage.pods, 'pod')}, {count(plan.coverage.nodes, 'node')}, "
            f"runtime records from {plan.coverage.nodes_with_evidence} of them",
            f"Calibration: {made.reproduced}/{made.recorded} recorded hashes reproduced",
            *([f"History: {history_text(plan.history)}"] if plan.history not in (None, HistoryCheck()) else []),
            *([] if plan.summary.override is None else [f"Override: {override_text(plan.summary.override, plan.summary)}"]),
            f"Complete: {'yes' if plan.complete else 'no'}; exit code {plan.exit_code}; plan {code(plan.plan_hash)}",
        ),
    )


def _names(names: Iterable[str]) -> str:
    told = [code(name) for name in names]
    rest = [f"… and {len(told) - _MOST_LISTED} more"] if len(told) > _MOST_LISTED else []
    return ", ".join([*told[:_MOST_LISTED], *rest])


def _section(title: str, plan: Plan, verdict: Verdict, reason: Reason | None = None) -> Iterator[str]:
    groups = by_workload(plan.pods, verdict, reason)
    if not groups:
        return
    yield f"\n## {title}\n\n"
    yield table(("namespace", "workload", "container", "pods", "nodes", "why", "evidence"), _rows(groups[:_MOST_WORKLOADS]))
    if len(groups) > _MOST_WORKLOADS:
        yield f"\n… and {count(len(groups) - _MOST_WORKLOADS, 'more workload')} (`-o json` lists all)\n"


def _rows(groups: Iterable[WorkloadGroup]) -> Iterator[tuple[str, ...]]:
    for group in groups:
        who = code(group.namespace), f"{code(group.workload.kind)} {code(group.workload.name)}"
        if group.bare_pods:
            yield *who, "all", str(group.bare_pods), _nodes(group), "the pod as a whole", ""
        for fate, grades in group.fates.items():
            evidence = ", ".join(GRADE[grade] for grade in grades)
            yield *who, f"{code(fate.container)}{KIND[fate.kind]}", str(grades.total()), _nodes(group), _why(fate), evidence


def _nodes(group: WorkloadGroup) -> str:
    names = sorted(node or "no node" for node in group.nodes)
    rest = f" … {len(names) - _MOST_NODES} more" if len(names) > _MOST_NODES else ""
    return ", ".join(code(name) for name in names[:_MOST_NODES]) + rest


def _why(fate: Fate) -> str:
    why = "; ".join(words(cause_text(cause)) for cause in fate.causes) or words(fate.reason.sentence)
    return why + words(not_held_text(fate.refused))


def _findings(plan: Plan) -> Iterator[str]:
    if not plan.findings:
        return
    yield "\n## Findings\n\n"
    rows = (
        (found.rule, found.severity.value, _target(found.object.namespace, found.object.kind, found.object.name, found.object.container),
         words(found.message), words(found.remedy))
        for found in plan.findings[:_MOST_WORKLOADS]
    )  # fmt: skip
    yield table(("rule", "severity", "object", "what", "remedy"), rows)
    if len(plan.findings) > _MOST_WORKLOADS:
        yield f"\n… and {count(len(plan.findings) - _MOST_WORKLOADS, 'more finding')} (`-o json` lists all)\n"


def _target(*parts: str | None) -> str:
    return " ".join(code(part) for part in parts if part)


def _bullets(title: str, items: Iterable[str]) -> Iterator[str]:
    told = list(items)
    if told:
        rest = [f"… and {len(told) - _MOST_LISTED} more"] if len(told) > _MOST_LISTED else []
        yield f"\n## {title}\n\n" + "".join(f"- {item}\n" for item in [*told[:_MOST_LISTED], *rest])
