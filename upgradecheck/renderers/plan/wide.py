"""A line for each container with its UID, IDs and hashes, then the answer, then a line for each node; lines are as long as they must be."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.plan import Grade, Plan, PlannedNode, Verdict
from upgradecheck.model.version import release_of
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.columns import NOTHING, Again, aligned, seen
from upgradecheck.renderers.media.plain import said
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.report import Report, report_of
from upgradecheck.reporting.rows import ContainerCells, PodCells, plan_rows
from upgradecheck.reporting.waves import APART, ToldWave, ToldWaves
from upgradecheck.reporting.words import WORD

_PLAN = (
    "NAMESPACE", "POD", "UID", "NODE", "WORKLOAD", "CONTAINER", "KIND", "CONTAINER ID", "VERDICT", "REASON", "EVIDENCE", "CARRIES",
    "CREATOR", "FROM", "TO", "CAUSES",
)  # fmt: skip
_NODES = ("NODE", "FROM", "TO", "RUNTIME", "VERDICT", "REPRODUCED", "STATIC UIDS", "EVIDENCE", "POOL", "ZONE", "WAVE")
_WAVES = ("WAVE", "OF", "POOL", "ZONE", "NODES", "STOPS", "WHY")
_COUNTS = ("VERDICT", "CONTAINERS", "PODS")
_NO_OVERRIDE_NEEDED = (Verdict.SAFE.value, Verdict.NOT_COMPARED.value)


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The rows, gone through twice, first for the widths; then what they come to."""
    yield from aligned(Again(lambda: _rows(plan)))
    yield "\n"
    report = report_of(plan)
    yield from _answer(report)
    if plan.nodes:
        waves = {name: str(wave.number) for wave in plan.waves for name in wave.nodes}
        yield "\n"
        yield from aligned([_NODES, *(_node(node, waves.get(node.name, NOTHING)) for node in plan.nodes)])
    if report.waves is not None:
        yield from _waves(report.waves)


def _answer(report: Report) -> Iterator[str]:
    if report.counts:
        yield from aligned([_COUNTS, *((WORD[one.verdict], f"{one.containers:,}", f"{one.pods:,}") for one in report.counts)])
        yield "\n"
    yield f"{report.answer.word}  {report.answer.sentence}\n{report.answer.gate}\n"
    if report.impact.sentence:
        yield f"{report.impact.sentence}\n"
    if report.drain is not None:
        yield f"If you drain first: {report.drain.sentence}\n"
    for basis in report.basis:
        yield f"{basis.label}: {said(basis.line)}\n"
    for entry in report.ignores:
        yield f"Ignore entry {entry.number}, {safe_text(entry.state)}: {safe_text(entry.sentence)}\n"
    for item in report.missing:
        yield f"Not seen: {safe_text(item.what)}: {safe_text(item.reason)}\n"


def _rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    yield _PLAN
    of_pod: PodCells | None = None
    told: tuple[str, ...] = ()
    for pod, container in plan_rows(plan):
        if pod is not of_pod:
            of_pod, told = pod, _pod(pod)
        yield (*told, *_container(container))


def _pod(pod: PodCells) -> tuple[str, ...]:
    return seen(pod.namespace), seen(pod.pod), seen(pod.uid), seen(pod.node), f"{seen(pod.workload_kind)}/{seen(pod.workload)}"


def _container(one: ContainerCells) -> tuple[str, ...]:
    causes = "; ".join(part for part in (one.causes, one.facts) if part)
    verdict = one.verdict if one.would_be is None else f"{one.verdict} ({one.would_be})"
    what = seen(one.container), one.kind or NOTHING, seen(one.container_id), verdict, _reason(one)
    hashes = (each or NOTHING for each in (one.from_hash, one.to_hash))
    return (*what, one.grade or NOTHING, one.hash or NOTHING, seen(one.creator), *hashes, seen(causes))


def _reason(one: ContainerCells) -> str:
    if one.override_refused is None or one.verdict in _NO_OVERRIDE_NEEDED:
        return one.reason
    return f"{one.reason}, not to override: {one.override_refused}"


def _waves(told: ToldWaves) -> Iterator[str]:
    yield f"\n{told.sentence}\n"
    if told.waves:
        yield from aligned([_WAVES, *map(_wave, told.waves)])
    for stuck in told.apart:
        yield f"In no wave, {APART}: {', '.join(map(seen, stuck.nodes))}: {stuck.why}\n"
    for one in told.unsolved:
        helps = f". What helps: {one.ways}" if one.ways else ""
        yield f"No order of nodes helps {said(one.about)}: {said(one.what)}{helps}\n"


def _wave(wave: ToldWave) -> tuple[str, ...]:
    why = "; ".join(map(said, wave.reasons))
    return str(wave.number), wave.kind, seen(wave.pool), seen(wave.zone), f"{len(wave.nodes):,}", wave.stops, why or NOTHING


def _node(node: PlannedNode, wave: str) -> tuple[str, ...]:
    checked, uids = node.calibration, node.calibration.static_uids
    return (
        seen(node.name),
        seen(release_of(node.from_version)),
        seen(node.to_version.release),
        seen(node.runtime),
        node.verdict.value,
        f"{checked.reproduced:,}/{checked.recorded:,}",
        NOTHING if uids is None else f"{uids.reproduced:,}/{uids.recorded:,}",
        ", ".join(f"{node.evidence[grade]:,} {grade.value}" for grade in Grade if node.evidence.get(grade)) or NOTHING,
        seen(node.pool),
        seen(node.zone),
        wave,
    )
