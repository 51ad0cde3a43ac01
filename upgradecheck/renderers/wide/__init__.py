"""``-o wide``: a line for each container or hash with its UID, IDs and hashes; lines are as long as they have to be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upgradecheck.model.hashlist import HashEntry
from upgradecheck.model.plan import Plan
from upgradecheck.renderers import Canvas, Renderer


def _plan(plan: Plan, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.wide.lines import plan_lines

    return plan_lines(plan)


def _hashes(entries: Iterable[HashEntry], canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.wide.lines import hash_lines

    return hash_lines(entries)


RENDERER = Renderer(plan=_plan, hashes=_hashes)
