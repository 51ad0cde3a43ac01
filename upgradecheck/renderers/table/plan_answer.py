"""The head of the plan's table: the answer in one sentence and a few numbers, and what it rests on.

"No restarts" is said only of a complete plan that leaves nothing unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.text import Text

from upgradecheck.model.plan import Grade, HistoryCheck, Plan, Scope, Verdict, grades
from upgradecheck.renderers.table.page import BAD, DOUBT, GOOD, STRONG, Page, listed, name, padded
from upgradecheck.renderers.table.words import GONE, GRADE, MEANING, WORD, count, history_text, kept_text, override_text

_LABEL = 15
_NUMBER = 10
_MOST_NAMES = 6

VERDICT_STYLE: Mapping[Verdict, str] = {**dict.fromkeys(GONE, BAD), Verdict.UNKNOWN: DOUBT, Verdict.SAFE: GOOD}


def answer(page: Page, plan: Plan) -> None:
    """The headline, the step, and containers and pods by verdict."""
    word, style, sentence = _headline(plan)
    page.paragraph(Text.assemble((word, style), f"  {sentence}"))
    page.paragraph(Text(_step(plan), STRONG))
    if plan.summary.containers or plan.summary.pods:
        page.blank()
        page.paragraph(Text.assemble(padded("", _LABEL), padded("containers", _NUMBER, right=True), padded("pods", _NUMBER, right=True)))
    for verdict in Verdict:
        _count_line(page, plan, verdict)


def basis(page: Page, plan: Plan) -> None:
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
