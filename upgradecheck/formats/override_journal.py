"""The journal of an override, both ways: lines of a hash chain to what happened, and what happens to lines. Pure.

``begin`` opens it. ``write`` holds a container's whole record, and is on the disk before that record is written anew; ``written`` follows
once it was read back. ``applied`` ends a run. ``undo`` is on the disk before the first record is put back; ``restored`` (or ``gone``)
follows for each, ``undone`` ends. A writer that was killed leaves a beginning of this, from which the next goes on. Where a container has
two ``write`` lines, the first one's record was never replaced by us, and the last one counts.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.formats.hash_chain import read_chain
from upgradecheck.formats.journal_lines import Anchor, JournalForm, Line, line_of
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash, hex_of
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.override_journal import Journal, JournalEntry, JournalStep, MetadataRecord, Process

FORMAT = "upgradecheck-override-journal/1"
_FORM = JournalForm(FORMAT, "an override's journal")


class Begin(Line, tag="begin", rename={"start": "from", "target": "to"}):
    """What is to be carried out, by which program, and when."""

    format: str
    plan: str
    target: str
    time: str
    writer: str
    start: str | None = None
    follows: str | None = None


class _Rewrite(msgspec.Struct, rename={"before": "from", "after": "to"}, forbid_unknown_fields=True):
    before: str | None
    after: str


class _Process(msgspec.Struct, forbid_unknown_fields=True):
    pid: int
    started_at: int


class Write(Line, tag="write"):
    """A container's record, before it is written anew; after is the SHA-256 of the bytes to come."""

    container: str
    namespace: str
    pod: str
    uid: str
    name: str
    hash: _Rewrite
    type_url: str
    before: str
    after: str
    node: str | None = None
    without_resources: _Rewrite | None = None
    process: _Process | None = None


class Written(Line, tag="written"):
    """The record was written, and read back."""

    container: str


class Applied(Line, tag="applied"):
    """All that could be written was."""

    audit: Anchor


class Undo(Line, tag="undo"):
    """From here on records are put back."""

    time: str


class Restored(Line, tag="restored"):
    """The record before stands again."""

    container: str


class Gone(Line, tag="gone"):
    """The container was no more when its record was to be put back."""

    container: str


class Undone(Line, tag="undone"):
    """All that could be put back was."""

    audit: Anchor


JournalLine = Begin | Write | Written | Applied | Undo | Restored | Gone | Undone


def write_line(entry: JournalEntry) -> Write:
    """The line that keeps an entry's old record."""
    told = entry.override
    return Write(
        container=entry.container_id,
        namespace=told.namespace,
        pod=told.pod,
        uid=told.uid,
        name=told.container,
        hash=_rewrite_line(told.hash),
        type_url=entry.before.type_url,
        before=base64.b64encode(entry.before.value).decode("ascii"),
        after=entry.after_sum,
        node=told.node,
        without_resources=None if told.without_resources is None else _rewrite_line(told.without_resources),
        process=None if entry.process is None else _Process(entry.process.pid, entry.process.started_at),
    )


def read_journal(data: bytes) -> Journal | None:
    """What a journal tells; None if its writer died before the first line was whole.

    Raises:
        SpecRefused: it was changed, is of another format, or no journal at all.
    """
    chain = read_chain(data)
    if not chain.entries:
        return None
    lines: list[JournalLine] = [line_of(members, number, JournalLine, _FORM) for number, members in enumerate(chain.entries, 1)]
    journal = _told(lines)
    digests = _digests(data[: chain.size])
    return replace(journal, digest=digests[-1], digests=frozenset(digests))


def _digests(data: bytes) -> list[str]:
    """The SHA-256 of the file as it stood after each line."""
    running = hashlib.sha256()
    found = []
    for line in data.splitlines(keepends=True):
        running.update(line)
        found.append(running.copy().hexdigest())
    return found


class _Fold(msgspec.Struct):
    journal: Journal
    entries: dict[str, JournalEntry]


def _told(lines: Sequence[JournalLine]) -> Journal:
    first = lines[0]
    assert isinstance(first, Begin)
    fold = _Fold(Journal(first.plan, first.start, first.target, follows=first.follows), {})
    for number, line in enumerate(lines[1:], 2):
        _take(fold, line, f"line {number}")
    return replace(fold.journal, entries=fold.entries)


def _take(fold: _Fold, line: JournalLine, at: str) -> None:
    match line:
        case Begin():
            return
        case Write():
            fold.entries[line.container] = _entry(line, at)
            fold.journal = replace(fold.journal, finished=False)
        case Written():
            _step(fold, line.container, JournalStep.WRITTEN, at)
        case Restored():
            _step(fold, line.container, JournalStep.RESTORED, at)
        case Gone():
            _step(fold, line.container, JournalStep.GONE, at)
        case Undo():
            fold.journal = replace(fold.journal, undo_begun=True, undone=False)
        case Applied():
            fold.journal = replace(fold.journal, finished=True, anchors=(*fold.journal.anchors, line.audit.of_audit))
        case Undone():
            fold.journal = replace(fold.journal, undone=True, anchors=(*fold.journal.anchors, line.audit.of_audit))


def _step(fold: _Fold, container_id: str, step: JournalStep, at: str) -> None:
    if container_id not in fold.entries:
        raise SpecRefused("is about a container that was not to be written", at)
    fold.entries[container_id] = replace(fold.entries[container_id], step=step)


def _entry(line: Write, at: str) -> JournalEntry:
    try:
        before = base64.b64decode(line.before, validate=True)
    except (binascii.Error, ValueError):
        raise SpecRefused("holds a record that is no base64", at) from None
    override = Override(
        _rewrite(line.hash),
        line.namespace,
        line.pod,
        line.uid,
        line.name,
        line.node,
        None if line.without_resources is None else _rewrite(line.without_resources),
    )
    process = None if line.process is None else Process(line.process.pid, line.process.started_at)
    return JournalEntry(line.container, override, MetadataRecord(line.type_url, before), line.after, process)


def _rewrite(told: _Rewrite) -> Rewrite:
    try:
        return Rewrite(None if told.before is None else Hash.parse(told.before), Hash.parse(told.after))
    except ValueError as error:
        raise SpecRefused(str(error)) from None


def _rewrite_line(rewrite: Rewrite) -> _Rewrite:
    return _Rewrite(hex_of(rewrite.before), rewrite.after.hex)
