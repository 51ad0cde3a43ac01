"""``override undo``: the exact old bytes put back, container by container, wherever exactly what was written still stands."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from enum import Enum

import msgspec

from upgradecheck.formats.journal_lines import Anchor, members_of
from upgradecheck.formats.override_journal import Gone, Restored, Undo, Undone
from upgradecheck.model.override_journal import JournalEntry, JournalStep, MetadataRecord
from upgradecheck.override.applying import put
from upgradecheck.override.auditing import Audit, Operator
from upgradecheck.override.state import AUDIT, FoundJournal, OverrideState
from upgradecheck.override.surveying import RuntimeDatabase, is_ours, name_of
from upgradecheck.safekeeping.logs import AppendLog, appending


class UndoWay(Enum):
    """What is to be done about a container of a journal. DRIFTED: neither what was written nor what was before stands there."""

    RESTORE = "restore"
    NOTHING = "nothing"
    GONE = "gone"
    DRIFTED = "drifted"


class Examined(msgspec.Struct, frozen=True, gc=False):
    """One container of a journal, and its record now."""

    entry: JournalEntry
    way: UndoWay
    record: MetadataRecord | None

    @property
    def name(self) -> str:
        """The container as people call it, with its ID."""
        return name_of(self.entry.container_id, self.entry.override)


def examine(found: FoundJournal, runtime: RuntimeDatabase) -> tuple[Examined, ...]:
    """Every container of a journal, the one written last first."""
    records = runtime.records()
    return tuple(_examined(entry, records.get(entry.container_id)) for entry in reversed(tuple(found.journal.entries.values())))


def undo(found: FoundJournal, runtime: RuntimeDatabase, held: OverrideState, operator: Operator) -> tuple[Examined, ...]:
    """Puts back what can be; what drifted stays, and is named in the outcome.

    Raises:
        OverrideRefused, PlaceRefused: nothing was changed.
        OverrideStopped, NotSaved, CriError: it broke off; the same call goes on.
    """
    ways = examine(found, runtime)
    if not has_work(ways, found):
        return ways
    with ExitStack() as stack:
        audit = Audit(stack.enter_context(appending(held.directory, AUDIT, held.audit)), operator, found.journal.plan_hash, found.name)
        journal = stack.enter_context(appending(held.directory, found.name, held.chain(found.name, found.data)))
        audit.note("undo", **{way.value: sum(one.way is way for one in ways) for way in UndoWay})
        journal.append(members_of(Undo(operator.now)))
        outcome = tuple(_put_back(one, runtime, audit, journal) for one in ways)
        audit.note("undone", drifted=[one.entry.container_id for one in outcome if one.way is UndoWay.DRIFTED])
        journal.append(members_of(Undone(Anchor(audit.log.lines, audit.log.head))))
    return outcome


def _put_back(one: Examined, runtime: RuntimeDatabase, audit: Audit, journal: AppendLog) -> Examined:
    """Does what is to be done about a container, as it is at this moment; that moment's view."""
    entry = one.entry
    now = _examined(entry, runtime.record(entry.container_id))
    if now.way is UndoWay.RESTORE:
        put(runtime, entry.container_id, entry.before, one.name)
    if now.way is UndoWay.RESTORE or (now.way is UndoWay.NOTHING and entry.step is not JournalStep.RESTORED):
        hashes = entry.override.hash
        audit.note_container("restored", entry.container_id, entry.override, hashes.after, hashes.before)
        journal.append(members_of(Restored(entry.container_id)))
    elif now.way is UndoWay.GONE and entry.step is not JournalStep.GONE:
        journal.append(members_of(Gone(entry.container_id)))
    return now


def has_work(ways: Sequence[Examined], found: FoundJournal) -> bool:
    """Whether an undo would do anything."""
    return not found.journal.undone or any(one.way is UndoWay.RESTORE for one in ways)


def _examined(entry: JournalEntry, record: MetadataRecord | None) -> Examined:
    if record is None:
        return Examined(entry, UndoWay.GONE, None)
    if record == entry.before:
        return Examined(entry, UndoWay.NOTHING, record)
    return Examined(entry, UndoWay.RESTORE if is_ours(record, entry) else UndoWay.DRIFTED, record)
