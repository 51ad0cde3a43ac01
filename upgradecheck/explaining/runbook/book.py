"""The chapters of a runbook, in the order in which they are gone through."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from upgradecheck.explaining.runbook import expecting, typing
from upgradecheck.explaining.runbook.before import before
from upgradecheck.explaining.runbook.blocks import Block, Bullets, Commands, Paragraph, Runbook, Section, Table
from upgradecheck.explaining.runbook.choosing import Choice, NodeChoice, choices
from upgradecheck.explaining.runbook.looking import Looks
from upgradecheck.explaining.runbook.losing import decisions, impact
from upgradecheck.explaining.runbook.returning import returning
from upgradecheck.explaining.runbook.walking import in_their_order, order, walk
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.plan import Plan
from upgradecheck.model.pod import PodSource
from upgradecheck.reporting.appendix import AppendixRow, appendix_rows
from upgradecheck.reporting.lines import Command, Line, Name
from upgradecheck.reporting.report import Report, VerdictCount, report_of
from upgradecheck.reporting.words import WORD

_OF_THE_DRAINED: Line = (
    "3 on a drained node, and all that it names is pods that were replaced: expected, for the drain moved them, and what runs in their "
    "place was not in the plan. Go on. Of a StatefulSet's pod it may say that it is not seen, since its controller deletes what was "
    "refused, too: see that it is Ready elsewhere.",
)


_OF_THE_DRAINED_TOGETHER: Line = ("3, and all that it names is pods that were replaced: as expected where drains moved them.",)
_OF_THE_EDITED: Line = (
    "What it calls unexplained was stopped for another reason, and speaks neither for the plan nor against it. So are static pods whose "
    "manifests were edited since, as kubeadm upgrade does: those are another release's, and restart whatever the kubelet does.",
)


def runbook_of(plan: Plan, catalog: SchemaCatalog | None) -> Runbook:
    """The runbook of a plan. catalog: what is known of kubelet versions."""
    report = report_of(plan)
    return Runbook(("Runbook: kubelet ", *report.step), tuple(_head(report)), partial(_sections, plan, report, catalog))


def _head(report: Report) -> Iterator[Block]:
    answer = report.answer
    yield Paragraph((f"{answer.word}: {answer.sentence}",), strong=True)
    if report.impact.sentence:
        yield Paragraph((report.impact.sentence,))
    yield Paragraph((answer.gate,))
    titles = ("verdict", "containers", "pods", "containers on a drained node", "pods on a drained node")
    rows = [((WORD[one.verdict].lower(),), *((f"{number:,}",) for number in _numbers(one))) for one in report.counts]
    yield Table(titles, lambda: iter(rows))
    yield Paragraph((report.closing,))
    yield Paragraph(("Type each line and look at what it says; where one fails, stop, and do not go on with the next. Of this plan: ",
                     Name(report.plan_hash), ", as ", Command(typing.PLAN), " beside you, and in root's home on each node."))  # fmt: skip


def _numbers(one: VerdictCount) -> tuple[int, ...]:
    return one.containers, one.pods, one.containers_after_drain, one.pods_after_drain


def _sections(plan: Plan, report: Report, catalog: SchemaCatalog | None) -> Iterator[Section]:
    chosen = in_their_order(choices(plan), report)
    yield from before(plan, report, chosen)
    yield Section(("2. Calibration",), tuple(_calibration(report)))
    yield Section(("3. Impact",), tuple(impact(plan, report)))
    yield Section(("4. Decision for each pool",), tuple(decisions(report, chosen)))
    yield Section(("5. Order",), tuple(order(report)))
    yield Section(("6. What to expect",), tuple(expecting.blocks(plan, catalog)))
    yield Section(("7. Node by node",), tuple(_what_verify_says(plan, chosen)))
    yield from walk(plan, report, chosen)
    yield Section(("8. At the end",), tuple(_verification(report, chosen)))
    yield from returning(plan, chosen, catalog)
    yield Section(("10. Every verdict",), (Table(("verdict", "namespace", "pod", "container", "workload", "node", "why", "evidence"),
                                                 lambda: map(_verdict, appendix_rows(plan))),))  # fmt: skip


def _calibration(report: Report) -> Iterator[Block]:
    yield Bullets(tuple((f"{one.label}: ", *one.line, " (in doubt)" if one.doubt else "") for one in report.basis))
    if report.notices:
        yield Bullets(tuple((notice,) for notice in report.notices))
    yield Paragraph(("Stop here if recorded hashes are not reproduced and you do not know why: the plan is then of another state.",))


def _what_verify_says(plan: Plan, chosen: tuple[NodeChoice, ...]) -> Iterator[Block]:
    """What to do by the exit code of verify; of a drained node little is left that can be compared, and that is as it should be."""
    drained = any(one.choice is Choice.DRAIN for one in chosen)
    cordoned = "; a drained node stays cordoned" if drained else ""
    yield Paragraph(("After each node upgradecheck verify tells by its exit code whether it is as expected:",))
    yield Bullets((
        ("0: as predicted. Go on.",),
        *([_OF_THE_EDITED] if any(pod.source is not PodSource.API for pod in plan.pods) else []),
        (f"2: something came otherwise than predicted. Stop{cordoned}; look at what it names, and at chapter 9.",),
        *([_OF_THE_DRAINED] if drained else []),
        (f"3{' for anything else' if drained else ''}: something was not seen. It says what: get it, and ask again before the next node.",),
    ))  # fmt: skip


def _verification(report: Report, chosen: tuple[NodeChoice, ...]) -> Iterator[Block]:
    waves = report.waves.waves if report.waves is not None else ()
    yield Commands(typing.CLUSTER, tuple(Looks(waves, chosen).at_the_end()))
    yield Bullets((
        ("0: what could be compared came as predicted.",),
        ("2: misses or false alarms: keep verified.json beside your change record, and find out why before the next pool.",),
        *([_OF_THE_DRAINED_TOGETHER] if any(one.choice is Choice.DRAIN for one in chosen) else []),
        ("3: it could not be decided: what was not seen is named.",),
    ))  # fmt: skip


def _verdict(row: AppendixRow) -> tuple[Line, ...]:
    names = ((Name(text),) for text in (row.namespace, row.pod, row.container, row.workload, row.node))
    return ((WORD[row.verdict].lower(),), *names, (row.why,), (row.evidence,))
