"""``override status PLAN``: may the new kubelet start? Of each container of a plan, whether what was planned is in effect here.

A journal tells what was done, and only the plan what was to be done: what apply refused, did not find or never came to is restarted by
the new kubelet as if nobody had planned anything. Containers of other nodes are no matter of this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

import msgspec

from upgradecheck.decode.runtime.kept_records import stamps
from upgradecheck.model.override import Override
from upgradecheck.model.override_journal import JournalEntry
from upgradecheck.override.standing import same_process
from upgradecheck.override.state import OverrideState
from upgradecheck.override.surveying import Action, RuntimeDatabase, Surveyed, name_of, nodes_here


class Readiness(Enum):
    """HELD: record and runtime carry the new kubelet's hash. PENDING: the record does, and the runtime serves it once it has restarted.

    UNWRITTEN: nothing was done yet. DISTURBED: it is held, and has another process than when it was written. MISSING: of this node, and
    not in its runtime. ENDED: it runs no more, so there is nothing to hold. ELSEWHERE: of another node.
    """

    HELD = "held"
    PENDING = "pending"
    UNWRITTEN = "not written"
    REFUSED = "refused"
    DISTURBED = "disturbed"
    MISSING = "missing"
    ENDED = "ended"
    ELSEWHERE = "elsewhere"


HINDERS = (Readiness.PENDING, Readiness.UNWRITTEN, Readiness.REFUSED, Readiness.DISTURBED, Readiness.MISSING)
"""With any of these something restarts, or has restarted, that the plan says is held."""


class Ready(msgspec.Struct, frozen=True, gc=False):
    """One container of a plan; reason says why it is refused."""

    container_id: str
    override: Override
    readiness: Readiness
    reason: str = ""

    @property
    def name(self) -> str:
        """The container as people call it, with its ID."""
        return name_of(self.container_id, self.override)


def readiness_of(
    found: Sequence[Surveyed], runtime: RuntimeDatabase, names: Sequence[str], held: OverrideState | None
) -> tuple[Ready, ...]:
    """Of every container of the plan. names: those of this node; held: the journals that are here."""
    here, entries, pids = nodes_here(found, names), _entries(held), runtime.pids()
    return tuple(_ready(one, runtime, here, entries.get(one.container_id), pids) for one in found)


def _entries(held: OverrideState | None) -> Mapping[str, JournalEntry]:
    """What journals know of containers, the newest word on each."""
    journals = () if held is None else (one.journal for one in held.journals if not one.journal.undone)
    return {container_id: entry for journal in journals for container_id, entry in journal.entries.items()}


def _ready(
    one: Surveyed, runtime: RuntimeDatabase, here: frozenset[str | None], entry: JournalEntry | None, pids: Mapping[str, int]
) -> Ready:
    return Ready(one.container_id, one.override, _readiness(one, runtime, here, entry, pids), one.reason)


def _readiness(
    one: Surveyed, runtime: RuntimeDatabase, here: frozenset[str | None], entry: JournalEntry | None, pids: Mapping[str, int]
) -> Readiness:
    if one.before is None:
        return Readiness.MISSING if one.override.node in here else Readiness.ELSEWHERE
    served = runtime.served(one.container_id)
    if served is None or not served.running:
        return Readiness.ENDED
    if one.action is Action.REFUSE:
        return Readiness.REFUSED
    if one.action is not Action.NOTHING:
        return Readiness.UNWRITTEN
    if stamps(one.before) != served.stamps:
        return Readiness.PENDING
    disturbed = entry is not None and same_process(entry, served, pids) is False
    return Readiness.DISTURBED if disturbed else Readiness.HELD
