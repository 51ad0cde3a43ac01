"""What goes down, by workload and, where a label tells it, by owner; and how each pool is upgraded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from upgradecheck.explaining.runbook.blocks import Block, Bullets, Paragraph, Table
from upgradecheck.explaining.runbook.choosing import NodeChoice, pools
from upgradecheck.model.plan import Plan, Summary, Verdict
from upgradecheck.model.pod import Workload
from upgradecheck.model.wording import count
from upgradecheck.reporting.impact_words import heading, notes_of, where
from upgradecheck.reporting.lines import Arrow, Line, Name, Names
from upgradecheck.reporting.radius import Hit
from upgradecheck.reporting.report import Report


def impact(plan: Plan, report: Report) -> Iterator[Block]:
    """What goes down together, a table for each reach."""
    owners = _owners(plan)
    if not report.impact.hits:
        yield Paragraph((_no_loss(plan.summary),))
    for radius, hits in report.impact.hits.items():
        title, explanation = heading(radius, report.scope)
        yield Paragraph((f"{title.capitalize()}: {explanation}.",), strong=True)

        owner = ("owner",) if owners else ()
        yield Table(("namespace", "workload", *owner, "at once", "notes"), partial(_hits, hits, report, owners))
    if len(report.causes.told) > 1:
        yield Bullets(tuple((f"{one.letter}: {one.number:,} x {one.text}",) for one in report.causes.told))
    if report.drain is not None:
        yield Paragraph((f"If you drain first: {report.drain.sentence}",))
        yield Bullets(tuple((*note.about, ": ", *note.what) for note in report.drain.notes))


def _no_loss(summary: Summary) -> str:
    """Nothing is known to go down, which is no all-clear while something is not known."""
    containers, pods = (numbers.get(Verdict.UNKNOWN, 0) for numbers in (summary.containers, summary.pods))
    if not containers and not pods:
        return "No workload loses a pod."
    what = f"{count(containers, 'container')} in {count(pods, 'pod')}" if containers else count(pods, "pod")
    return f"No workload is known to lose a pod; of {what} it cannot be told."


_Owners = Mapping[tuple[str, Workload], tuple[str, ...]]


def _owners(plan: Plan) -> _Owners:
    """By workload, whose its pods are by their label; nothing where nobody asked."""
    found: dict[tuple[str, Workload], dict[str, None]] = {}
    for pod in plan.pods:
        if pod.owner is not None:
            found.setdefault((pod.namespace, pod.workload), {})[pod.owner] = None
    return {key: tuple(names) for key, names in found.items()}


def _hits(hits: tuple[Hit, ...], report: Report, owners: _Owners) -> Iterator[tuple[Line, ...]]:
    for hit in hits:
        notes = "; ".join(notes_of(hit, budgets_read=report.budgets_read))
        known = owners.get((hit.namespace, hit.workload))
        owner: tuple[Line, ...] = (((Names(known),) if known else ("–",)),) if owners else ()
        yield (Name(hit.namespace),), (Name(f"{hit.workload.kind}/{hit.workload.name}"),), *owner, where(hit), (notes,)


def decisions(report: Report, chosen: tuple[NodeChoice, ...]) -> Iterator[Block]:
    """How each pool is upgraded, and why."""

    def rows() -> Iterator[tuple[Line, ...]]:
        for one in pools(chosen):
            start, end = one.step
            whys = (*one.whys[:3], *([f"and {len(one.whys) - 3} other reasons"] if len(one.whys) > 3 else []))
            pool: Line = ("–",) if one.pool is None else (Name(one.pool),)
            step: Line = ("unknown version" if start is None else start, Arrow(), end)
            yield pool, step, (Name(one.runtime),), (one.choice.value,), ("; ".join(whys),), (Names(one.names),)

    yield Table(("pool", "kubelet", "runtime", "decision", "because", "nodes"), rows)
    yield Bullets(report.next_steps)
