"""What an override command says, collected: for people line by line as it comes, for programs as one document at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from upgradecheck.cli.groups import Color
from upgradecheck.cli.outputs import Wanted, open_sinks, parse_outputs, write_all
from upgradecheck.cli.override_words import text
from upgradecheck.cli.session import Session, write_stdout
from upgradecheck.model.override_report import (
    ContainerState,
    OverriddenContainer,
    OverrideReport,
    OverrideRuntime,
    PinState,
    UnmetCheck,
)
from upgradecheck.override.readiness import Readiness, Ready
from upgradecheck.override.standing import Standing, Stood
from upgradecheck.override.surveying import Action, Surveyed
from upgradecheck.override.undoing import Examined, UndoWay
from upgradecheck.pinning.standing import HOLDS, StoodPin

if TYPE_CHECKING:
    from upgradecheck.cli.override_node import Node
    from upgradecheck.model.override import OverrideMap
    from upgradecheck.model.override_journal import Journal
    from upgradecheck.override.checks import Unmet

SHOWS: Final = "override"

_ACTIONS: Mapping[Action, ContainerState] = {
    Action.WRITE: ContainerState.TO_WRITE,
    Action.NOTHING: ContainerState.SO,
    Action.REFUSE: ContainerState.REFUSED,
    Action.ENDED: ContainerState.ENDED,
    Action.ELSEWHERE: ContainerState.ELSEWHERE,
}
_READINESS: Mapping[Readiness, ContainerState] = {
    Readiness.HELD: ContainerState.HELD,
    Readiness.PENDING: ContainerState.PENDING,
    Readiness.UNWRITTEN: ContainerState.UNWRITTEN,
    Readiness.REFUSED: ContainerState.REFUSED,
    Readiness.DISTURBED: ContainerState.DISTURBED,
    Readiness.MISSING: ContainerState.MISSING,
    Readiness.ENDED: ContainerState.ENDED,
    Readiness.ELSEWHERE: ContainerState.ELSEWHERE,
}
_STANDINGS: Mapping[Standing, ContainerState] = {
    Standing.APPLIED: ContainerState.APPLIED,
    Standing.PENDING: ContainerState.PENDING,
    Standing.RESTORED: ContainerState.RESTORED,
    Standing.UNWRITTEN: ContainerState.UNWRITTEN,
    Standing.GONE: ContainerState.GONE,
    Standing.TAKEN_OVER: ContainerState.TAKEN_OVER,
    Standing.DRIFTED: ContainerState.DRIFTED,
}


_WAYS: Mapping[UndoWay, ContainerState] = {
    UndoWay.RESTORE: ContainerState.TO_PUT_BACK,
    UndoWay.NOTHING: ContainerState.AS_BEFORE,
    UndoWay.GONE: ContainerState.GONE,
    UndoWay.DRIFTED: ContainerState.DRIFTED,
}


class Said:
    """What a command has said so far. aloud: lines are written to standard output as they come."""

    def __init__(self, command: str, *, aloud: bool) -> None:
        self.report = OverrideReport(command, ok=False, answer="")
        self._aloud = aloud

    def tell(self, lines: Iterable[str]) -> None:
        """Lines for people; of several calls the last line is the answer."""
        told = tuple(lines)
        if told and self._aloud:
            write_stdout(text(told))
        self._change(lines=(*self.report.lines, *told))

    def about(self, wanted: OverrideMap, node: Node) -> None:
        """The plan, and the runtime that it meets."""
        self._change(plan_hash=wanted.plan_hash, from_version=wanted.from_version, to_version=wanted.to_version)
        self.asked(node)

    def asked(self, node: Node) -> None:
        """The runtime that was asked."""
        name = "containerd" if node.docker is None else "docker"
        self._change(runtime=OverrideRuntime(name, node.runtime.version, node.path))

    def surveyed(self, found: Iterable[Surveyed], written: frozenset[str] = frozenset()) -> None:
        """The containers of a plan, and which of them this run wrote."""
        told = (
            OverriddenContainer(
                one.container_id,
                one.override,
                ContainerState.WRITTEN if one.container_id in written else _ACTIONS[one.action],
                one.reason,
            )
            for one in found
        )
        self._change(containers=tuple(told), changed=bool(written))

    def ready(self, found: Iterable[Ready]) -> None:
        """The containers of a plan by whether the new kubelet may find them as they are."""
        told = (OverriddenContainer(one.container_id, one.override, _READINESS[one.readiness], one.reason) for one in found)
        self._change(containers=tuple(told))

    def examined(self, found: Iterable[Examined], known: Journal, path: str, *, done: bool) -> None:
        """The containers of a journal, by what an undo would do about them, or did."""
        ways = {**_WAYS, UndoWay.RESTORE: ContainerState.PUT_BACK} if done else _WAYS
        told = tuple(OverriddenContainer(one.entry.container_id, one.entry.override, ways[one.way], journal=path) for one in found)
        changed = done and any(one.way is UndoWay.RESTORE for one in found)
        self._change(plan_hash=known.plan_hash, from_version=known.from_version, to_version=known.to_version)
        self._change(containers=told, journals=(path,), changed=changed)

    def stood(self, found: Sequence[Stood], journal: str) -> None:
        """The containers of a journal, in the place of what was said of them before."""
        told = {one.entry.container_id: _of_journal(one, journal) for one in found}
        before = self.report.containers
        kept = tuple(told.pop(one.container_id, one) if one.journal in (None, journal) else one for one in before)
        self._change(containers=(*kept, *told.values()), journals=tuple(dict.fromkeys((*self.report.journals, journal))))

    def journal(self, path: str | None) -> None:
        """The journal of this run."""
        if path is not None:
            self._change(journals=(path,))

    def restarted(self) -> None:
        """The runtime was restarted."""
        self._change(restarted=True)

    def to_confirm(self, plan_hash: str, unmet: Iterable[Unmet]) -> None:
        """Something can be done, and what does not hold yet."""
        problems = tuple(UnmetCheck(None if one.name is None else one.name.value, one.message) for one in unmet)
        self._change(confirm=plan_hash, unmet=problems)

    def pins(self, found: Iterable[StoodPin]) -> None:
        """The static pods that were pinned."""
        told = (PinState(f"{one.pin.directory}/{one.pin.file}", one.standing.value, one.standing in HOLDS) for one in found)
        self._change(pins=tuple(told))

    def ended(self, code: int, answer: str) -> None:
        """How it ended."""
        self._change(ok=code == 0, answer=answer)

    def _change(self, **members: object) -> None:
        self.report = replace(self.report, **members)


def _of_journal(one: Stood, journal: str) -> OverriddenContainer:
    entry = one.entry
    state = _STANDINGS[one.standing]
    return OverriddenContainer(entry.container_id, entry.override, state, "", one.served, one.same_process, journal)


@contextmanager
def saying(command: str, outputs: Sequence[str], session: Session) -> Iterator[Said]:
    """Collects what a command says, and writes it where -o asks for it. A run that breaks off leaves no document.

    Raises:
        UsageError, OutputError: as parse_outputs and open_sinks.
    """
    wanted = parse_outputs(outputs, SHOWS, Color.AUTO)
    said = Said(command, aloud=any(_is_aloud(one) for one in wanted))
    later = [one for one in wanted if not _is_aloud(one)]
    with open_sinks(later, session) as sinks:
        yield said
        write_all([one.of(said.report) for one in later], sinks)


def _is_aloud(one: Wanted) -> bool:
    return one.format.name == "table" and one.file is None
