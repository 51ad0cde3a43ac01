"""Journals of which nothing runs any more are dropped: with nobody looking, each upgrade leaves one, full of what containers are told.

One whose undo is under way stays, and one that a journal which stays was written upon: that tells of it by its digest.
"""

from __future__ import annotations

from contextlib import ExitStack

from upgradecheck.model.override_journal import Journal
from upgradecheck.override.auditing import Audit, Operator
from upgradecheck.override.state import AUDIT, FoundJournal, OverrideState
from upgradecheck.override.surveying import RuntimeDatabase
from upgradecheck.safekeeping.errors import NotSaved
from upgradecheck.safekeeping.logs import appending


def ended(held: OverrideState, runtime: RuntimeDatabase) -> tuple[FoundJournal, ...]:
    """The journals that can be dropped, the newest first."""
    here = runtime.records().keys()
    found: list[FoundJournal] = []
    staying: list[Journal] = []
    for one in reversed(held.journals):
        followed = any(other.follows in one.journal.digests for other in staying)
        if followed or not here.isdisjoint(one.journal.entries) or (one.journal.undo_begun and not one.journal.undone):
            staying.append(one.journal)
        else:
            found.append(one)
    return tuple(found)


def drop(found: tuple[FoundJournal, ...], held: OverrideState, operator: Operator) -> None:
    """Takes them out of the directory, each noted in the audit log before; the state must be read anew then.

    Raises:
        NotSaved, PlaceRefused: not all are.
    """
    if not found:
        return
    directory = held.directory
    with ExitStack() as stack:
        log = stack.enter_context(appending(directory, AUDIT, held.audit))
        for one in found:
            Audit(log, operator, one.journal.plan_hash, one.name).note("dropped", containers=len(one.journal.entries))
            try:
                directory.system.unlink(one.name, directory.descriptor)
                directory.system.fsync(directory.descriptor)
            except OSError as error:
                raise NotSaved(f"{directory.file(one.name)}: cannot be removed ({error.strerror}).") from error
