"""The way back: what it restarts, and the commands for each node."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from upgradecheck.explaining.runbook import typing
from upgradecheck.explaining.runbook.blocks import Block, Bullets, Commands, Paragraph, Section, Table
from upgradecheck.explaining.runbook.choosing import NodeChoice
from upgradecheck.explaining.runbook.way_back import Back, WayBack, in_order, way_back
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.plan import Plan
from upgradecheck.model.version import release_of
from upgradecheck.model.wording import count
from upgradecheck.reporting.lines import Arrow, Line, Name


def returning(plan: Plan, chosen: tuple[NodeChoice, ...], catalog: SchemaCatalog | None) -> Iterator[Section]:
    """The chapter."""
    pinned: dict[str | None, bool] = {one.node.name: one.overridden for one in chosen if one.pins.typed}
    found = way_back(plan, catalog, pinned)
    yield Section(("9. The way back",), tuple(_told_back(plan, found)))
    for one in chosen:
        given = tuple(typing.back(one, plan))
        if given:
            yield Section((Name(one.node.name), Arrow(), str(release_of(one.node.from_version))), given, level=3)


def _told_back(plan: Plan, found: WayBack) -> Iterator[Block]:
    words = {Back.RESTART: "restarted", Back.UNKNOWN: "cannot be told", Back.KEPT: "kept"}
    told = ", ".join(f"{words[one]} {number:,}" for one, number in in_order(found.numbers))
    yield Paragraph((f"If the old kubelet runs again after the upgrade, of the containers there: {told or 'none is known'}.",), strong=True)
    if found.pinned:
        yield Paragraph((f"{count(found.pinned, 'static pod')} counted as pinned, and unpinned once the old kubelet runs.",))
    if found.without_undo is not None:
        yield Paragraph((f"That is with overrides put back first, as below; without, {found.without_undo:,} are restarted.",))

    def rows() -> Iterator[tuple[Line, ...]]:
        return (
            ((Name(namespace),), (Name(f"{workload.kind}/{workload.name}"),), (f"{restart:,}",), (f"{unknown:,}",))
            for namespace, workload, restart, unknown in found.workloads
        )

    if found.workloads:
        yield Table(("namespace", "workload", "restart", "unknown"), rows)
    yield Bullets((
        ("It is foretold of the hashes of this plan. Not in it is what the old kubelet refuses or resizes, and what has moved meanwhile: "
         "before you take it, plan the way back on the nodes as they are then.",),
        ("The control plane stays: upstream supports no way back for it. A kubelet may be two minors older than it, from 1.25 on three.",),
        ("If the old kubelet does not start and names a state file, put back the one of ", Name(typing.STATE), "."),
    ))  # fmt: skip
    if plan.from_version is not None:
        again = f"upgradecheck plan --from {quote(plan.to_version.release)} --to {quote(plan.from_version.release)} -o table"
        yield Commands(typing.CLUSTER, (again,))
