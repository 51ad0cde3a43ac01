"""What an override did on a node, as its journal tells: which containers' records were written under which pair of kubelets, and back.

A container is *restamped* as long as its record carries the hash that an override wrote; its natural hash is then the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import msgspec

from upgradecheck.model.override import Override


class MetadataRecord(msgspec.Struct, frozen=True, gc=False):
    """What containerd keeps of a container for CRI: the type that it names, and the exact bytes."""

    type_url: str
    value: bytes


class Process(msgspec.Struct, frozen=True, gc=False):
    """The process of a container as seen before its record was written: its ID, and when CRI says it started (nanoseconds)."""

    pid: int
    started_at: int


class JournalStep(Enum):
    """How far a container has got. INTENDED: its old bytes are safe, and its record was or was not written after that.

    GONE: it was no more when its record was to be put back. One that had drifted then keeps its step: nobody knows what it carries.
    """

    INTENDED = "intended"
    WRITTEN = "written"
    RESTORED = "restored"
    GONE = "gone"


class JournalEntry(msgspec.Struct, frozen=True, gc=False):
    """One container: its whole record before, the SHA-256 (hex) of the bytes that were written in its place."""

    container_id: str
    override: Override
    before: MetadataRecord
    after_sum: str
    process: Process | None = None
    step: JournalStep = JournalStep.INTENDED


class AuditAnchor(msgspec.Struct, frozen=True, gc=False):
    """A line of the audit log that was there when a line of a journal was written: its number, and its SHA-256."""

    line: int
    sum: str


class Journal(msgspec.Struct, frozen=True, gc=False):
    """A plan's overrides on one node, as far as they were carried out.

    digest is the SHA-256 of its file as it stands; digests holds those of every earlier state too, so that a checkpoint that names an
    earlier one still finds it. finished: all that could be written was; undone: all that could be put back was.
    follows: the digest of the journal that was in force before.
    """

    plan_hash: str
    from_version: str | None
    to_version: str
    entries: Mapping[str, JournalEntry] = msgspec.field(default_factory=dict)
    follows: str | None = None
    finished: bool = False
    undo_begun: bool = False
    undone: bool = False
    anchors: tuple[AuditAnchor, ...] = ()
    digest: str = ""
    digests: frozenset[str] = frozenset()

    @property
    def in_force(self) -> bool:
        """Whether containers may carry a hash that this override wrote."""
        return bool(self.restamped)

    @property
    def restamped(self) -> Mapping[str, Override]:
        """By container ID what was, or may have been, written and not taken back."""
        return {one.container_id: one.override for one in self.entries.values() if one.step in (JournalStep.INTENDED, JournalStep.WRITTEN)}
