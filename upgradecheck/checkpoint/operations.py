"""What the commands do to a checkpoint: record, stop, merge, seal, restore. Each holds the lock from reading to the synced write.

A damaged file is set aside under a name of its own, and its backup takes over; without a good backup a new history begins, and what ran
before is then unknown, never guessed. A file of a newer format, or one that others could have written, is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from msgspec.structs import replace

from upgradecheck.checkpoint.errors import CheckpointRefused, HistoryContradicts
from upgradecheck.checkpoint.history import began, merged, succeeded, with_start, with_stop
from upgradecheck.checkpoint.store import CheckpointStore, HeldCheckpoint
from upgradecheck.model.checkpoint import Checkpoint, Forced, KubeletStart, NodeIdentity, Problem, ProblemKind
from upgradecheck.planning.evidence.staleness import is_foreign, is_older

_LEFT_ALONE = (ProblemKind.NEWER_FORMAT, ProblemKind.UNSAFE, ProblemKind.UNREADABLE)
History = tuple[KubeletStart, ...]


class WrittenCheckpoint(msgspec.Struct, frozen=True, gc=False):
    """The state that is now on the disk; changed is False if it was there before. remarks say what else was done, and why."""

    checkpoint: Checkpoint
    changed: bool
    remarks: tuple[str, ...] = ()


class Author(msgspec.Struct, frozen=True, gc=False):
    """Who writes, for which node, at what time; force overrides that a file is foreign or older, and is noted in the file."""

    node: NodeIdentity
    writer: str
    time: int
    force: bool = False


def record_start(store: CheckpointStore, start: KubeletStart, author: Author) -> WrittenCheckpoint:
    """Adds a start that the node sees now.

    Raises:
        CheckpointRefused, PlaceRefused, PlaceBusy, NoLocks, NotSaved: nothing was added.
    """
    return _update(store, author, lambda history: with_start(history, start))


def record_stop(store: CheckpointStore, boot_id: str | None, author: Author) -> WrittenCheckpoint:
    """Notes that the newest kubelet has stopped.

    Raises:
        HistoryContradicts: no start was recorded, so none can have stopped.
        CheckpointRefused, PlaceRefused, PlaceBusy, NoLocks, NotSaved: nothing was noted.
    """

    def stop(history: History) -> History:
        if not history:
            raise HistoryContradicts(f"checkpoint {store.path}: holds no kubelet start, so no stop can be noted. Record the start first.")
        return with_stop(history, boot_id, author.time)

    return _update(store, author, stop)


def merge_starts(store: CheckpointStore, starts: Iterable[KubeletStart], author: Author) -> WrittenCheckpoint:
    """Adds starts of any time, learnt elsewhere.

    Raises:
        HistoryContradicts: they and the history cannot both be true; nothing was added.
        CheckpointRefused, PlaceRefused, PlaceBusy, NoLocks, NotSaved: nothing was added.
    """
    told = tuple(starts)

    def merge(history: History) -> History:
        both = merged(history, told)
        if both.contradictions:
            lines = "\n".join(f"- {each}" for each in both.contradictions)
            raise HistoryContradicts(
                f"checkpoint {store.path}: contradicts what is to be added; nothing was added:\n{lines}\n"
                'Find out which is true, write it down by hand ("upgradecheck checkpoint show -o yaml" is a beginning), and seal that.'
            )
        return both.history

    return _update(store, author, merge)


def seal(store: CheckpointStore, history: History, author: Author) -> WrittenCheckpoint:
    """Makes a history written by hand the state; another state of the same node is set aside.

    Raises:
        CheckpointRefused, PlaceRefused, PlaceBusy, NoLocks, NotSaved: nothing was changed.
    """
    with store.locked() as held:
        before, remarks, forced = _usable(held, author)
        if before is not None and before.history == history and not remarks:
            held.mend(before)
            return WrittenCheckpoint(before, changed=False)
        if before is None:
            new = began(author.node, history, author.writer)
        else:
            new = succeeded(before, history, author.writer, author.node, forced)
            remarks += _aside(held, "replaced", "the state before is kept as")
        held.save(_noted(new, forced))
        return WrittenCheckpoint(_noted(new, forced), changed=True, remarks=remarks)


def restore(store: CheckpointStore, copy: Checkpoint | None, author: Author) -> WrittenCheckpoint:
    """Makes a copy (None: the backup) the state again, at its own serial; what is there is set aside.

    Raises:
        CheckpointRefused: the copy is of another node, or older than what is there; or there is no good backup.
        PlaceRefused, PlaceBusy, NoLocks, NotSaved: nothing was changed.
    """
    with store.locked() as held:
        loaded = held.load()
        if loaded.problem is not None and loaded.problem.kind is ProblemKind.NEWER_FORMAT:
            raise CheckpointRefused(store.path, loaded.problem)
        source = _source(store, held, copy)
        current = loaded.checkpoint
        if current is not None and loaded.problem is None and current == source:
            held.mend(source)
            return WrittenCheckpoint(source, changed=False)
        forced = _check_copy(store, source, current, author)
        if forced is not None and current is not None:
            source = replace(source, serial=max(source.serial, current.serial) + 1)
        source = _noted(source, forced)
        why = "replaced" if loaded.problem is None else "damaged"
        remarks = _aside(held, why, "the file that was there is kept as") + _bad_backup_aside(held)
        held.save(source)
        return WrittenCheckpoint(source, changed=True, remarks=remarks)


def _update(store: CheckpointStore, author: Author, change: Callable[[History], History]) -> WrittenCheckpoint:
    with store.locked() as held:
        before, remarks, forced = _usable(held, author)
        history = change(before.history if before is not None else ())
        if before is None:
            new = _noted(began(author.node, history, author.writer), forced)
        elif history is before.history or history == before.history:
            held.mend(before)
            return WrittenCheckpoint(before, changed=False, remarks=remarks)
        else:
            new = succeeded(before, history, author.writer, author.node, forced)
        held.save(new)
        return WrittenCheckpoint(new, changed=True, remarks=remarks)


def _usable(held: HeldCheckpoint, author: Author) -> tuple[Checkpoint | None, tuple[str, ...], Forced | None]:
    """The state to go on from, None to begin a new one; what is damaged or foreign is out of the way."""
    loaded = held.load()
    problem = loaded.problem
    if problem is not None and problem.kind in _LEFT_ALONE:
        raise CheckpointRefused(held.path, problem)
    forced = None
    foreign = None if loaded.checkpoint is None else is_foreign(loaded.checkpoint, author.node)
    if foreign is not None:
        if not author.force:
            raise CheckpointRefused(held.path, foreign)
        forced = Forced(author.time, foreign.found)
        remarks = _aside(held, "foreign", f"it {foreign.found}; it is kept as")
        return None, remarks + _aside(held, "foreign", "its backup is kept as", backup=True), forced
    return loaded.checkpoint, _out_of_the_way(held, problem, kept=loaded.checkpoint is not None), None


def _out_of_the_way(held: HeldCheckpoint, problem: Problem | None, *, kept: bool) -> tuple[str, ...]:
    remarks: tuple[str, ...] = ()
    if problem is not None and problem.kind is not ProblemKind.MISSING:
        then = "going on from its backup" if kept else "there is no good backup, so a new history begins"
        remarks = _aside(held, "damaged", f"it {problem.found}; {then}; it is kept as")
    elif problem is not None and kept:
        remarks = (f"checkpoint {held.path}: it is not there; going on from its backup.",)
    return remarks + _bad_backup_aside(held)


def _bad_backup_aside(held: HeldCheckpoint) -> tuple[str, ...]:
    backup = held.backup()
    if not isinstance(backup, Problem) or backup.kind is ProblemKind.MISSING:
        return ()
    return _aside(held, "damaged", f"its backup {backup.found}; it is kept as", backup=True)


def _aside(held: HeldCheckpoint, why: str, words: str, *, backup: bool = False) -> tuple[str, ...]:
    name = held.set_aside(why, backup=backup)
    return () if name is None else (f"checkpoint {held.path}: {words} {name}.",)


def _source(store: CheckpointStore, held: HeldCheckpoint, copy: Checkpoint | None) -> Checkpoint:
    if copy is not None:
        return copy
    backup = held.backup()
    if isinstance(backup, Problem):
        raise CheckpointRefused(store.path, Problem(backup.kind, f"its backup {backup.found}", "Give a copy to restore from."))
    return backup


def _check_copy(store: CheckpointStore, source: Checkpoint, current: Checkpoint | None, author: Author) -> Forced | None:
    """Why the copy should not become the state; with force that is only noted."""
    problem = is_foreign(source, author.node)
    if problem is None and current is not None:
        problem = is_foreign(source, current.node) or is_older(source, current) or _other_lineage(source, current)
    if problem is None:
        return None
    if not author.force:
        raise CheckpointRefused(store.path, Problem(problem.kind, f"the copy {problem.found}", f"{problem.remedy} --force overrides this."))
    return Forced(author.time, f"restored a copy that {problem.found}")


def _other_lineage(source: Checkpoint, current: Checkpoint) -> Problem | None:
    if source.lineage == current.lineage:
        return None
    found = f"is no state of the history that is there (lineage {source.lineage[:8]}..., not {current.lineage[:8]}...)"
    return Problem(ProblemKind.FOREIGN, found, 'Look at both with "upgradecheck checkpoint show".')


def _noted(checkpoint: Checkpoint, forced: Forced | None) -> Checkpoint:
    if forced is None or forced in checkpoint.forced:
        return checkpoint
    return replace(checkpoint, forced=(*checkpoint.forced, forced))
