"""``override status``: of each container that a journal knows, what the database holds, what the runtime serves, whether it still runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import Enum

import msgspec

from upgradecheck.decode.runtime.containerd_record import Stamps
from upgradecheck.decode.runtime.containerd_wire import CriStatus
from upgradecheck.decode.runtime.kept_records import stamps
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.override_journal import Journal, JournalEntry, MetadataRecord
from upgradecheck.override.surveying import RuntimeDatabase, is_ours, name_of


class Standing(Enum):
    """PENDING: the database holds what it should, and the runtime serves something else until it restarts.

    APPLIED: both have the override's hash. RESTORED: both have the hash before. UNWRITTEN: an apply broke off before this one. GONE: the
    container is no more, or has ended. TAKEN_OVER: a later journal wrote it again. DRIFTED: somebody else changed the record.
    """

    APPLIED = "applied"
    PENDING = "pending"
    RESTORED = "restored"
    UNWRITTEN = "not written"
    GONE = "gone"
    TAKEN_OVER = "taken over"
    DRIFTED = "drifted"


EFFECTIVE = (Standing.APPLIED, Standing.RESTORED, Standing.GONE, Standing.TAKEN_OVER)
"""What needs nothing more to be done."""


class Stood(msgspec.Struct, frozen=True, gc=False):
    """One container of a journal; served is the hash that CRI tells. same_process: None where nobody knows."""

    entry: JournalEntry
    standing: Standing
    served: str | None
    same_process: bool | None

    @property
    def name(self) -> str:
        """The container as people call it, with its ID."""
        return name_of(self.entry.container_id, self.entry.override)


def stand(journal: Journal, runtime: RuntimeDatabase, taken_over: Collection[str] = ()) -> tuple[Stood, ...]:
    """Every container of a journal, in the order of its lines; taken_over are those that a later journal has."""
    records, pids = runtime.records(), runtime.pids()
    return tuple(
        Stood(entry, Standing.TAKEN_OVER, None, None)
        if entry.container_id in taken_over
        else _stood(journal, entry, records.get(entry.container_id), runtime.served(entry.container_id), pids)
        for entry in journal.entries.values()
    )


def _stood(
    journal: Journal, entry: JournalEntry, record: MetadataRecord | None, served: CriStatus | None, pids: Mapping[str, int]
) -> Stood:
    if record is None or served is None or not served.running:
        return Stood(entry, Standing.GONE, None, None)
    standing = _standing(journal, entry, record, served.stamps)
    return Stood(entry, standing, served.stamps.hash, same_process(entry, served, pids))


def _standing(journal: Journal, entry: JournalEntry, record: MetadataRecord, served: Stamps) -> Standing:
    if record != entry.before and not is_ours(record, entry):
        return Standing.DRIFTED
    try:
        kept = stamps(record)
    except SpecRefused:
        return Standing.DRIFTED
    if kept != served:
        return Standing.PENDING
    if record != entry.before:
        return Standing.APPLIED
    return Standing.RESTORED if journal.undo_begun else Standing.UNWRITTEN


def unlike(stood: Sequence[Stood], wanted: Standing) -> list[str]:
    """What is not as it must be after a restart: a sentence for each container."""
    sentences = []
    for one in stood:
        if one.standing in (Standing.GONE, Standing.TAKEN_OVER):
            continue
        if one.standing is not wanted:
            sentences.append(f"{one.name}: {one.standing.value}, not {wanted.value}")
        elif one.same_process is False:
            sentences.append(f"{one.name}: has another process or start time than before")
    return sentences


def same_process(entry: JournalEntry, served: CriStatus, pids: Mapping[str, int]) -> bool | None:
    """Whether a container has the process that it had when it was written; None where nobody knows."""
    if entry.process is None:
        return None
    return (pids.get(entry.container_id), served.started_at) == (entry.process.pid, entry.process.started_at)
