"""The plan as a page for a browser: one file to send, to archive, to print, that asks no network and reads without script.

All that people are told stands in the page as text. The rows of the appendix, of which there may be more than a browser can show, stand
in it as data: a script shows a page of them at a time, and searches all. Without script the worst of them are there to be read, and how
to get the rest.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

import msgspec

from upgradecheck.model.changes import Effect
from upgradecheck.model.plan import Grade, Plan, Verdict
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.html import asset, environment, policy
from upgradecheck.renderers.media.html.data import blocks
from upgradecheck.renderers.media.html.lanes import drawn
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.answer import AnswerKind
from upgradecheck.reporting.appendix import AppendixRow, appendix_rows
from upgradecheck.reporting.around import HEADLINE, SANDBOX_SIGN, SIGN, UID_READING, UID_SIGN, own_steps, span_of, steps_of
from upgradecheck.reporting.effects import EFFECT, MATRIX_READING, SCOPE, SKIPPED
from upgradecheck.reporting.impact_words import heading, least_of, notes_of, where
from upgradecheck.reporting.lines import with_commands
from upgradecheck.reporting.nodes import node_rows
from upgradecheck.reporting.report import VerdictCount, report_of
from upgradecheck.reporting.timeline import NO_STARTS, READING, timeline_of
from upgradecheck.reporting.waves import APART, UNSOLVED
from upgradecheck.reporting.words import GRADE, KIND, UNKNOWN_NODE, WORD

WANTS_MATRIX = True
_PACKAGE, _FOLDER = "upgradecheck.renderers.plan", "html_page"
_PIECE = 64
"""Parts of the template that go out together."""
_MOST_ROWS = 100
"""Rows that stand in the page without script."""
_MOST_LISTED = 40
"""Workloads of a section, and nodes, unless --all is given; the rows tell of all."""
_ALL = 1_000_000
_TONE = {AnswerKind.RESTARTS: "bad", AnswerKind.NO_RESTARTS: "good"}


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The page, piece by piece; it is as wide as the reader's window, whatever the canvas."""
    style, script = (asset(f"{_PACKAGE}", f"{_FOLDER}/page.{ending}") for ending in ("css", "js"))
    template = environment(_PACKAGE, _FOLDER).get_template("page.html")
    report, timeline = report_of(plan), timeline_of(plan)
    stream = template.stream(
        report=report,
        tone=_TONE.get(report.answer.kind, "doubt"),
        nodes=node_rows(plan.nodes, plan.pods),
        waves={name: wave.number for wave in plan.waves for name in wave.nodes},
        rows=heapq.nsmallest(_MOST_ROWS, appendix_rows(plan), key=lambda row: row.rank),
        number=sum(len(pod.containers) or 1 for pod in plan.pods),
        blocks=blocks(map(_cells, appendix_rows(plan))),
        timeline=timeline,
        drawing=None if timeline is None else drawn(timeline),
        **_versions(plan, canvas),
        style=style,
        script=script,
        policy=policy(style, script),
        shares=_shares(report.counts),
        **_filters(plan),
        most=_ALL if canvas.everything else _MOST_LISTED,
        **_WORDS,
    )
    stream.enable_buffering(_PIECE)
    return iter(stream)


def _versions(plan: Plan, canvas: Canvas) -> dict[str, object]:
    """The grid of the minors between and around, where somebody hands the means to make it."""
    if canvas.matrix is None:
        return {"matrix": None}
    matrix, own = canvas.matrix(*span_of(plan)), own_steps(plan)
    cells = {(cell.old, cell.new): cell for cell in matrix.cells}
    return {"matrix": matrix, "cells": cells, "own": own, "steps": steps_of(matrix, own)}


def _filters(plan: Plan) -> dict[str, object]:
    """The verdicts and grades that rows have, whether anything counts them or not (a template may stand for no pod)."""
    verdicts = {one.verdict for pod in plan.pods for one in pod.containers or (pod,)}
    grades = {one.evidence.grade for pod in plan.pods for one in pod.containers if one.verdict is not Verdict.NOT_COMPARED}
    return {"verdicts": [each for each in Verdict if each in verdicts], "grades": [each for each in Grade if each in grades]}


def _cells(row: AppendixRow) -> tuple[str, ...]:
    """A row as the script takes it: what it shows, then label and text of each detail."""
    told = row.verdict.value, row.namespace, row.pod, row.container, row.workload, row.node, row.why, row.evidence
    return (*told, *(part for detail in row.details for part in (detail.label, detail.text)))


def _query(**fields: str) -> str:
    """What the script is to search for: these fields with these texts, and no longer ones."""
    return " ".join(f'{name}="{_escaped(safe_text(text))}"' for name, text in fields.items())


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


class _Share(msgspec.Struct, frozen=True, gc=False):
    """A verdict's part of a bar of 1000."""

    verdict: Verdict
    start: float
    width: float


def _shares(counts: Sequence[VerdictCount]) -> tuple[_Share, ...]:
    """The parts of all containers, the worst first."""
    whole, start, shares = sum(one.containers for one in counts), 0.0, list[_Share]()
    for one in counts:
        if one.containers:
            width = one.containers * 1000 / whole
            shares.append(_Share(one.verdict, round(start, 2), round(width, 2)))
            start += width
    return tuple(shares)


_WORDS = {
    "EFFECT_ALL": EFFECT[Effect.ALL],
    "EFFECT_NONE": EFFECT[Effect.NONE],
    "EFFECT_SOME": EFFECT[Effect.CONDITIONAL],
    "HEADLINE": HEADLINE,
    "UID_READING": UID_READING,
    "UID_SIGN": UID_SIGN,
    "SANDBOX_SIGN": SANDBOX_SIGN,
    "MATRIX_READING": MATRIX_READING,
    "NO_STARTS": NO_STARTS,
    "READING": READING,
    "SCOPE": SCOPE,
    "SIGN": SIGN,
    "SKIPPED": SKIPPED,
    "heading": heading,
    "least_of": least_of,
    "query": _query,
    "with_commands": with_commands,
    "where": where,
    "notes_of": notes_of,
    "WORD": WORD,
    "GRADE": GRADE,
    "KIND": KIND,
    "UNKNOWN_NODE": UNKNOWN_NODE,
    "APART": APART,
    "UNSOLVED": UNSOLVED,
}
