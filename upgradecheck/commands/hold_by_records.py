"""``override hold`` by containerd's records, where no proxy stands: written as ``override apply`` does, and containerd is restarted once.

In this process and before the kubelet starts. Room is asked for first; what a run that breaks off has written is right by itself, so it
gets its restart all the same. Time for that restart is kept back, and a containerd that does not answer is never restarted, nor one whose
unit was changed since it started: with it down the node would stay down.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from upgradecheck.commands.hold_by_proxy import require_something_runs
from upgradecheck.commands.hold_kubelet import endpoint_of
from upgradecheck.commands.hold_request import RUNTIME_SECONDS, By, Held, HoldRequest, NotSeen, OutOfTime, told_of
from upgradecheck.commands.hold_writing import RESTART_SECONDS, InTime, applied, free_bytes, operator
from upgradecheck.commands.holding import Holdable, NothingToHold, as_json, in_words
from upgradecheck.contract.v1.plan_reading import overrides_of
from upgradecheck.machine.node import boot_id
from upgradecheck.machine.processes import since_boot_ms
from upgradecheck.machine.runtime import Host, Listener
from upgradecheck.machine.unit_changes import changed_since_start, containerd_changed_since_start
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.override import OverrideMap
from upgradecheck.model.plan import Plan
from upgradecheck.model.version import KubeletVersion
from upgradecheck.override.checks import CheckName, restart_hindered, unmet
from upgradecheck.override.hold.ended_journals import drop, ended
from upgradecheck.override.hold.restarts import Mark, begun, is_verified, make_ready, mark_of
from upgradecheck.override.hold.stand_in import UNIT, gave_up, left_alone, stands_in, words_of, words_of_a_slow_one
from upgradecheck.override.readiness import HINDERS, Readiness, Ready, readiness_of
from upgradecheck.override.standing import Standing, Stood, stand, unlike
from upgradecheck.override.state import FoundJournal, OverrideState, locked, looked_at
from upgradecheck.override.surveying import survey
from upgradecheck.override.undoing import undo
from upgradecheck.transport.containerd import Containerd, containerd

CALL_SECONDS = 10.0
"""For which containerd may take to answer one call: a write on a busy disk takes some."""
_STAND_IN_SECONDS = 5.0
"""Of the time for a restart, for a containerd in the place of one that does not come back."""
_TIMES = 4
"""So often the sum of the records must be free: a journal holds each in base64, and logs and copies come on top."""
_PAUSE = 0.1
_HINT = "The journal tells what was done"
_Told = TypeVar("_Told")


class ByRecords:
    """The containerd that the kubelet reaches by itself."""

    name = By.RECORDS.value
    map_file = None
    in_force: OverrideMap | None = None

    def __init__(self, request: HoldRequest, host: Host, socket: str) -> None:
        self._request = request
        self._host = host
        self._socket = socket

    @property
    def runtime(self) -> str:
        """Its socket."""
        return self._socket

    def note(self) -> None:
        """Nothing: records are no kubelet's own."""

    def prepare(self) -> None:
        """Nothing: what was written is shown to nobody before containerd restarts, and what is shown was meant for who ran."""

    def require(self, *, dry: bool) -> None:
        """That records may be written, and containerd restarted.

        Raises:
            NothingToHold, UpgradecheckError: not so, or nothing runs.
        """
        self._await_a_restart()
        require_something_runs(self._socket)
        with self._containerd():
            problems = [one.message for one in unmet(self._host, self._listener(), {CheckName.KUBELET} if dry else ())]
        hindrances = (restart_hindered(self._host, self._listener()), self._untried(), self._stands_in())
        if told := "; ".join([*problems, *(one for one in hindrances if one is not None)]):
            raise NothingToHold(told)
        held = looked_at(self._request.state_dir)
        begun_undo = next(
            (one.name for one in ([] if held is None else held.journals) if one.journal.undo_begun != one.journal.undone), None
        )
        if begun_undo is not None:
            raise NothingToHold(f"the undo of {begun_undo} has begun and not ended")

    def carry_out(self, found: Holdable) -> Held:
        """Writes what is to be written, restarts containerd, and looks at each container."""
        if self._request.left() < RESTART_SECONDS + RUNTIME_SECONDS:
            raise NothingToHold(f"{self._request.left():.0f} s are left, too few for a restart of containerd")
        wanted = overrides_of(as_json(found.plan))
        before = self._process()
        broken_off = self._written(wanted)
        if broken_off and self._ended_and_is_back(before):
            broken_off = self._written(wanted)
        restarted = self._in_effect(wanted.plan_hash, wanted.to_version)
        ready = self._patiently(lambda rest: self._ready(wanted, rest), self._request.left())
        held = sum(one.readiness is Readiness.HELD for one in ready)
        besides = tuple(f"{one.name}: {one.reason or one.readiness.value}" for one in ready if one.readiness in HINDERS)
        told = f"held {in_words(found, held, besides)}, by records, {restarted}"
        told += f"; it broke off: {broken_off}" if broken_off else ""
        return told_of(found, self.name, Held(told, held, len(found.left_out) + len(besides), done=held > 0))

    def otherwise(self, version: KubeletVersion, why: str, plan: Plan | None = None) -> Held | None:
        """What a run before has written for this version, and did not come to restart or to look at: systemd ended it, or it broke off.

        What it has written for another version, and nothing serves yet, is taken back.
        """
        journal = self._journal(lambda held: held.in_force)
        mark = mark_of(self._request.directory)
        if journal is None:
            return None
        unseen = mark is not None and mark.is_unseen(journal.journal.plan_hash, self._boot)
        if journal.journal.to_version != version.release:
            return self._taken_back(journal, why)
        if not unseen and not self._waits(version.release):
            return None
        make_ready(self._request.directory, self._mark(journal.journal.plan_hash))
        restarted = self._in_effect(journal.journal.plan_hash, version.release)
        stood = self._stood(journal)
        held, wrong = sum(one.standing is Standing.APPLIED for one in stood), unlike(stood, Standing.APPLIED)
        left_out = f" ({len(wrong)} not: {'; '.join(wrong[:3])})" if wrong else ""
        step = f"{journal.journal.from_version} -> {version.release}"
        told = f"held {held} of {held + len(wrong)}{left_out}, {step}, plan {journal.journal.plan_hash[:12]}, by records that a run before"
        done = Held(f"{told} has written, {restarted} (now {why})", held, len(wrong), done=held > 0, by=self.name)
        return done if held or wrong else None

    def _taken_back(self, journal: FoundJournal, why: str) -> Held | None:
        """Records for a kubelet that never came up, of which containerd shows nothing yet: after its next restart it would."""
        waiting = [one for one in self._stood(journal) if one.standing not in (Standing.GONE, Standing.UNWRITTEN, Standing.TAKEN_OVER)]
        if not waiting or any(one.standing is not Standing.PENDING for one in waiting):
            return None
        with self._containerd() as runtime, locked(self._request.state_dir) as held:
            undo(held.named(journal.name), runtime, held, operator())
        step = f"{journal.journal.from_version} -> {journal.journal.to_version}"
        told = f"{len(waiting)} records that a run before wrote for {step}, and nothing shows yet, are as they were again"
        return Held(f"nothing held: {why}; {told}", done=True, by=self.name)

    def _written(self, wanted: OverrideMap) -> str:
        """Writes, in time; why it broke off, empty if it did not.

        Raises:
            NothingToHold, UpgradecheckError: nothing was changed.
        """
        with self._containerd() as runtime:
            with locked(self._request.state_dir) as held:
                drop(ended(held, runtime), held, operator())
            with locked(self._request.state_dir) as held:
                self._require_room(wanted, runtime)
                make_ready(self._request.directory, self._mark(wanted.plan_hash))
                return applied(wanted, InTime(runtime, self._request), held)

    def _ended_and_is_back(self, before: str) -> bool:
        """Whether it broke off because containerd ended, which is there again: waited for, as long as a restart afterwards is in time."""
        patience = min(RESTART_SECONDS, self._request.left() - RESTART_SECONDS - RUNTIME_SECONDS)
        if patience <= 0 or self._process() == before:
            return False
        with suppress(UpgradecheckError, NothingToHold), self._containerd(patience):
            return True
        return False

    def _require_room(self, wanted: OverrideMap, runtime: Containerd) -> None:
        records = runtime.records()
        least = _TIMES * sum(len(records[key].value) for key in wanted.overrides if key in records)
        free = free_bytes(self._request.state_dir)
        if free < least:
            raise NothingToHold(f"{self._request.state_dir} has {free >> 10} KiB free, and its journals may need {-(-least >> 10)}")

    def _in_effect(self, plan_hash: str, target: str) -> str:
        """Restarts containerd if anything for this version waits for that, once for a plan until that was seen to help; what was done.

        Raises:
            NothingToHold, UpgradecheckError: nobody sees what came of it.
        """
        mark, done = self._mark(plan_hash), mark_of(self._request.directory)
        restarted = done is not None and done.is_unseen(plan_hash, self._boot) and done.has_come(mark.process)
        told = "containerd had restarted" if restarted else "containerd was not restarted, since nothing waits for that"
        if self._waits_or_hangs(target, restarted=restarted):
            told = "containerd was restarted for it in this boot already, and not again"
            if not restarted:  # one that was seen to have helped is no reason against another
                begun(self._request.directory)
                told = self._restart()
        waits = self._still_waits(target, told, self._request.left())
        if not waits:
            with suppress(UpgradecheckError):
                is_verified(self._request.directory, mark)
        return told

    def _waits_or_hangs(self, target: str, *, restarted: bool) -> bool:
        """Whether what was written waits for a restart; one that hangs since is restarted all the same, as it was to be, if there is time.

        Raises:
            NotSeen, NothingToHold: nobody can tell.
        """
        try:
            return self._still_waits(target, "containerd was not restarted", RESTART_SECONDS)
        except NotSeen:
            if restarted or not self._process() or self._request.left() < RESTART_SECONDS:
                raise
            return True

    def _still_waits(self, target: str, told: str, patience: float) -> bool:
        """Whether any record of this version waits for a restart; for so long containerd may be starting. told: what was done about that.

        Raises:
            NotSeen: nobody can tell.
            NothingToHold: nor is there anything to tell of.
        """
        try:
            return self._patiently(lambda rest: self._waits(target, rest), patience)
        except (OutOfTime, UpgradecheckError) as error:
            silent = f"{told}, and it does not answer since: see systemctl status containerd"
            written = len({key for one in self._in_force_for(target) for key in one.journal.restamped})
            raise (NotSeen(f"{written} records are written, {silent}") if written else NothingToHold(silent)) from error

    def _patiently(self, ask: Callable[[float], _Told], patience: float) -> _Told:
        """What containerd tells, asked again where it ends meanwhile; ask is told for how long it may be starting.

        Raises:
            NothingToHold, UpgradecheckError: it tells nothing in that time.
        """
        until = time.monotonic() + min(patience, self._request.left())
        while True:
            try:
                return ask(max(until - time.monotonic(), 0.0))
            except UpgradecheckError:
                if time.monotonic() >= until:
                    raise
            time.sleep(_PAUSE)

    def _in_force_for(self, target: str) -> tuple[FoundJournal, ...]:
        """The journals whose records are for this version."""
        held = looked_at(self._request.state_dir)
        return tuple(one for one in (() if held is None else held.journals) if one.journal.in_force and one.journal.to_version == target)

    def _waits(self, target: str, patience: float = 0.0) -> bool:
        """Whether any record that was written for this version is not what containerd shows."""
        held, journals = looked_at(self._request.state_dir), self._in_force_for(target)
        with self._containerd(patience) as runtime:
            stood = (one for each in journals for one in stand(each.journal, runtime, held.taken_over(each) if held is not None else ()))
            return any(one.standing is Standing.PENDING for one in stood)

    def _ready(self, wanted: OverrideMap, patience: float) -> tuple[Ready, ...]:
        """Each container of a plan, as it is now."""
        with self._containerd(patience) as runtime:
            return readiness_of(survey(wanted, runtime), runtime, (self._host.name(),), looked_at(self._request.state_dir))

    def _restart(self) -> str:
        """Restarts containerd; where its unit does not start it again, its program all the same. What was done.

        One that has ended a moment ago is started by systemd, or by nobody: there is nothing to restart.
        """
        try:
            found = self._listener()
        except NothingToHold:
            return "containerd had ended"
        unit, before = found.unit, self._host.started_as(found)
        seconds = max(self._request.left() - RUNTIME_SECONDS - _STAND_IN_SECONDS, RUNTIME_SECONDS)
        if unit is not None and self._host.restart(unit, seconds):
            return "containerd has restarted"
        if unit is not None and gave_up(self._host, unit) and stands_in(self._host, unit, before) and self._stays(unit):
            return words_of(unit)
        raise NotSeen(f'the records are written, and "systemctl restart {unit}" failed: see journalctl -u {unit}')

    def _stays(self, unit: str) -> bool:
        """Whether a stand-in answers, waited for as long as there is time. Where it ended, the unit goes on trying, whatever ends the wait.

        Raises:
            NothingToHold: it is slow, and left to come up.
        """
        answers = left = False
        try:
            with suppress(UpgradecheckError, NothingToHold), self._containerd(max(self._request.left() - RUNTIME_SECONDS, RUNTIME_SECONDS)):
                answers = True
        finally:
            if not answers:
                left = left_alone(self._host, unit)
        if left:
            raise NotSeen(words_of_a_slow_one(unit))
        return answers

    def _stood(self, journal: FoundJournal) -> tuple[Stood, ...]:
        held = looked_at(self._request.state_dir)
        with self._containerd() as runtime:
            return stand(journal.journal, runtime, frozenset() if held is None else held.taken_over(held.named(journal.name)))

    def _journal(self, chosen: Callable[[OverrideState], FoundJournal | None]) -> FoundJournal | None:
        held = looked_at(self._request.state_dir)
        return None if held is None else chosen(held)

    def _await_a_restart(self) -> None:
        """A run before has restarted containerd, and systemd put us in its place: it may be starting still."""
        mark = mark_of(self._request.directory)
        if mark is None or mark.verified or mark.boot != self._boot:
            return
        with suppress(UpgradecheckError), containerd(self._socket, _HINT, min(RESTART_SECONDS, max(self._request.left(), 0.0))):
            return

    @property
    def _boot(self) -> str:
        return boot_id(self._host.machine) or ""

    def _mark(self, plan_hash: str) -> Mark:
        """The mark of a restart of the containerd that runs now."""
        return Mark(self._boot, plan_hash, process=self._process())

    def _process(self) -> str:
        """That containerd, by number and start; empty where nobody answers, or /proc does not tell."""
        try:
            found = self._listener().pid
            return f"{found}:{since_boot_ms(self._host.machine, found)}"
        except (NothingToHold, UpgradecheckError):
            return ""

    def _untried(self) -> str | None:
        """Why containerd may not come back from a restart that nobody stands by: it is not what it was started from, or its unit is not."""
        found, machine = self._listener(), self._host.machine
        if found.unit is None:
            return None
        place = changed_since_start(machine, found.pid, found.unit) or containerd_changed_since_start(
            machine, found.pid, found.command_line
        )
        if place is None:
            return None
        return f"{place} was changed after containerd started, so nobody knows whether it starts again. Try: systemctl restart {found.unit}"

    def _stands_in(self) -> str | None:
        """Why the containerd that runs is not restarted: it stands in for one that does not start."""
        told = f"containerd runs as {UNIT}, since its own unit did not start: mend that, and start it"
        return told if self._listener().unit == UNIT else None

    def _listener(self) -> Listener:
        try:
            return self._host.listener(self._socket)
        except OSError as error:
            raise NothingToHold(f"{self._socket} cannot be reached ({error.strerror or error})") from error

    @contextmanager
    def _containerd(self, patience: float = 0.0) -> Iterator[Containerd]:
        """The runtime at the socket.

        Raises:
            NothingToHold: it is another one, which keeps no records that can be written so.
            UpgradecheckError: nobody answers.
        """
        with containerd(self._socket, _HINT, patience, CALL_SECONDS) as runtime:
            if runtime.name != "containerd":
                raise NothingToHold(
                    f"the runtime is {runtime.name[:40]}, and no proxy of ours stands between: records are containerd's alone"
                )
            yield runtime


def records_here(request: HoldRequest, host: Host, kubelet: LocalKubelet) -> ByRecords:
    """The containerd at the kubelet's endpoint.

    Raises:
        NothingToHold: the kubelet is told none, or no unix socket.
    """
    socket = endpoint_of(kubelet).removeprefix("unix://")
    if not socket.startswith("/"):
        raise NothingToHold(f"the kubelet's endpoint is {socket[:100]!r}, which is no unix socket")
    return ByRecords(request, host, socket)
