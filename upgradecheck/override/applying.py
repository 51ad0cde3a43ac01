"""``override apply``: the records of a plan's containers written anew, one after the other, each safe in the journal before.

For each container the whole old record is on the disk before containerd is asked to store the new one; then that is read back. Whoever is
killed in between leaves a journal from which the next run goes on: a record that stands as it was is written, one that stands as it was to
be is noted, and any other is left alone and named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import msgspec
from msgspec.structs import replace

from upgradecheck.formats.hash_chain import Chain
from upgradecheck.formats.journal_lines import Anchor, members_of
from upgradecheck.formats.override_journal import FORMAT, Applied, Begin, Written, write_line
from upgradecheck.model.override import OverrideMap
from upgradecheck.model.override_journal import JournalEntry, JournalStep, MetadataRecord, Process
from upgradecheck.override.auditing import Audit, Operator
from upgradecheck.override.errors import OverrideRefused, OverrideStopped
from upgradecheck.override.state import AUDIT, FoundJournal, OverrideState
from upgradecheck.override.surveying import Action, RuntimeDatabase, Surveyed, is_ours, looked_at_again, nodes_here, sum_of, survey
from upgradecheck.safekeeping.logs import AppendLog, appending


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What a run has met and done; written are the IDs written by this run. journal is the path of the journal, None if there is none."""

    surveyed: tuple[Surveyed, ...]
    written: frozenset[str]
    journal: str | None


def apply(wanted: OverrideMap, runtime: RuntimeDatabase, held: OverrideState, operator: Operator) -> Outcome:
    """Writes what is to be written; what is so already stays, what is refused stays and is named in the outcome.

    Raises:
        OverrideRefused, PlaceRefused: nothing was changed.
        OverrideStopped, NotSaved, CriError: it broke off; the same call goes on.
    """
    before = held.of_plan(wanted.plan_hash)
    if before is not None and before.journal.undo_begun:
        raise OverrideRefused(
            f"{held.directory.file(before.name)}: its undo has begun and not ended."
            f' End it first: "upgradecheck override undo {before.name}".'
        )
    found = survey(wanted, runtime)
    if not has_work(found, before):
        return Outcome(found, frozenset(), None if before is None else held.directory.file(before.name))
    name = held.new_name(wanted.plan_hash) if before is None else before.name
    with ExitStack() as stack:
        audit = Audit(stack.enter_context(appending(held.directory, AUDIT, held.audit)), operator, wanted.plan_hash, name)
        chain = Chain() if before is None else held.chain(name, before.data)
        journal = stack.enter_context(appending(held.directory, name, chain))
        audit.note("apply", **_counts(found), **_about(found))
        if before is None:
            journal.append(members_of(_begin(wanted, held, operator)))
        run = _Run(runtime, journal, audit, {} if before is None else before.journal.entries, runtime.pids())
        outcome = tuple(run.carry_out(one) for one in found)
        refused = [one.container_id for one in outcome if one.action is Action.REFUSE]
        audit.note("applied", written=len(run.written), refused=refused, missing=_missing(outcome))
        journal.append(members_of(Applied(Anchor(audit.log.lines, audit.log.head))))
    return Outcome(outcome, frozenset(run.written), held.directory.file(name))


def has_work(found: Sequence[Surveyed], before: FoundJournal | None) -> bool:
    """Whether a run would do anything: a record to write, or a run before to end."""
    if any(one.action is Action.WRITE for one in found):
        return True
    return before is not None and not before.journal.finished


def _begin(wanted: OverrideMap, held: OverrideState, operator: Operator) -> Begin:
    follows = held.in_force
    return Begin(
        format=FORMAT,
        plan=wanted.plan_hash,
        target=wanted.to_version,
        time=operator.now,
        writer=operator.writer,
        start=wanted.from_version,
        follows=None if follows is None else follows.journal.digest,
    )


def _counts(found: Sequence[Surveyed]) -> dict[str, int]:
    return {action.value: sum(one.action is action for one in found) for action in Action}


def _about(found: Sequence[Surveyed]) -> dict[str, list[str]]:
    """The containers that a run has to come to, and those that it does not find: if it breaks off, nothing else tells."""
    containers = [one.container_id for one in found if one.action in (Action.WRITE, Action.REFUSE)]
    return {"containers": containers, "missing": _missing(found)}


def _missing(found: Sequence[Surveyed]) -> list[str]:
    here = nodes_here(found)
    return [one.container_id for one in found if one.action is Action.ELSEWHERE and one.override.node in here]


class _Run:
    """One run over the containers of a plan."""

    def __init__(
        self, runtime: RuntimeDatabase, journal: AppendLog, audit: Audit, entries: Mapping[str, JournalEntry], pids: Mapping[str, int]
    ) -> None:
        self._runtime = runtime
        self._journal = journal
        self._audit = audit
        self._entries = entries
        self._pids = pids
        self.written: list[str] = []

    def carry_out(self, one: Surveyed) -> Surveyed:
        """Does what is to be done about a container, as it is at this moment; that moment's view."""
        if one.action not in (Action.WRITE, Action.NOTHING):
            return one
        now = looked_at_again(one, self._runtime)
        entry = self._entries.get(one.container_id)
        if now.action is Action.WRITE:
            self._write(now, entry)
        elif now.before is not None and entry is not None and entry.step is JournalStep.INTENDED and is_ours(now.before, entry):
            self._note(now)  # written by a run that did not live to note it
        return now

    def _write(self, one: Surveyed, known: JournalEntry | None) -> None:
        assert one.before is not None
        assert one.after is not None
        entry = JournalEntry(one.container_id, one.override, one.before, sum_of(one.after), self._process(one.container_id))
        if known is None or replace(known, process=entry.process, step=entry.step) != entry or known.step is not JournalStep.INTENDED:
            self._journal.append(members_of(write_line(entry)))
        put(self._runtime, one.container_id, one.after, one.name)
        self._note(one)
        self.written.append(one.container_id)

    def _note(self, one: Surveyed) -> None:
        hashes = one.override.hash
        self._audit.note_container("restamped", one.container_id, one.override, hashes.before, hashes.after)
        self._journal.append(members_of(Written(one.container_id)))

    def _process(self, container_id: str) -> Process | None:
        served = self._runtime.served(container_id)
        pid = self._pids.get(container_id)
        return None if served is None or pid is None else Process(pid, served.started_at)


def put(runtime: RuntimeDatabase, container_id: str, record: MetadataRecord, name: str) -> None:
    """Stores a record, and reads it back.

    Raises:
        OverrideStopped: something else stands there afterwards.
    """
    runtime.write(container_id, record)
    if runtime.record(container_id) != record:
        raise OverrideStopped(
            f"{name}: containerd took its new record, and shows another one. Nothing more was written. Look with"
            ' "upgradecheck override status"; run the same command again once nobody else changes containers.'
        )
