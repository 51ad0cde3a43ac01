"""Put the exact old records back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

from upgradecheck.cli.declaring import argument
from upgradecheck.cli.groups import Outputs
from upgradecheck.cli.override_options import (
    DEFAULT_SOCKET,
    Alone,
    Confirm,
    DockerRoot,
    DockerSocket,
    RestartRuntime,
    SkipCheck,
    Socket,
    StateDir,
)
from upgradecheck.cli.session import Session
from upgradecheck.model.errors import EXIT_NO_REPORT

if TYPE_CHECKING:
    from upgradecheck.cli.override_node import Chosen, Node
    from upgradecheck.cli.override_report import Said
    from upgradecheck.override.state import FoundJournal, OverrideState
    from upgradecheck.safekeeping.system import System


class Options(NamedTuple):
    """Override."""

    journal: Annotated[str, argument("JOURNAL", "The journal, by path or by its name in --state-dir.")]
    confirm: Confirm = None
    socket: Socket = DEFAULT_SOCKET
    state_dir: StateDir = None
    skip_check: SkipCheck = ()
    restart_runtime: RestartRuntime = False
    alone: Alone = False
    docker: DockerSocket = None
    docker_root: DockerRoot = None
    outputs: Outputs = ()


SHOWS: Final = "override"


def run(session: Session, options: Options) -> int:
    """On a node: puts back, byte for byte, the records that apply replaced, wherever what it wrote still stands.

    Needed before the old kubelet starts again, which would not know the new hashes. Without --confirm nothing is changed.
    """
    from msgspec.structs import replace

    from upgradecheck.cli.override_node import reached
    from upgradecheck.cli.override_report import saying

    chosen, name = chosen_by(options.journal, options.socket, options.state_dir, options.skip_check)
    _require_no_pins(name)
    _ = chosen.checks  # what is no check is told before anything is started
    with saying("undo", options.outputs, session) as said:
        with reached(options.socket, alone=options.alone, docker=options.docker, confirmed=options.confirm is not None) as socket:
            where = replace(chosen, socket=socket, alone=options.alone, docker=options.docker, docker_root=options.docker_root)
            code = _at(where, name, options, said)
        said.ended(code, _answer(code, said))
    return code


def _answer(code: int, said: Said) -> str:
    """How it ended, in a sentence."""
    if code:
        return "not all is as it was: see the containers that are changed since, or otherwise than before."
    if said.report.confirm is not None:
        return "nothing was changed yet."
    if not said.report.changed:
        return "nothing was to be put back."
    return "put back, and proved after a restart." if said.report.restarted else "put back; in effect once the runtime has restarted."


def _at(chosen: Chosen, name: str, options: Options, said: Said) -> int:
    from upgradecheck.cli.override_node import met

    restart = options.restart_runtime or options.alone
    with met(chosen, chosen.patience) as node:
        said.asked(node)
        if options.confirm is None:
            return _dry_run(node, chosen, name, said, restart=restart)
        code = _undone(options.confirm, node, chosen, name, said, restart=restart)
    if restart:
        from upgradecheck.cli.override_restart import restart_and_verify
        from upgradecheck.override.standing import Standing

        return max(code, restart_and_verify(chosen, name, Standing.RESTORED, said))
    return code


def _require_no_pins(name: str) -> None:
    from upgradecheck.model.errors import UsageError
    from upgradecheck.override.state import PINS

    if name == PINS:
        raise UsageError(f'{name}: is the journal of pins. "upgradecheck override unpin" takes them out.')


def chosen_by(journal: str, socket: str, state_dir: str | None, skipped: tuple[str, ...] = ()) -> tuple[Chosen, str]:
    """The options, and the file name of a journal that was given by path or by name."""
    from upgradecheck.cli.override_node import Chosen

    directory, name = os.path.split(journal)
    return Chosen(socket, directory or state_dir, skipped), name


def _dry_run(node: Node, chosen: Chosen, name: str, said: Said, *, restart: bool) -> int:
    from upgradecheck.cli.override_node import SYSTEM, restart_offered, unmet_on
    from upgradecheck.cli.override_words import examined_lines, journal_line, unmet_lines
    from upgradecheck.override.undoing import UndoWay, examine, has_work

    held = known_state(chosen, SYSTEM)
    found = held.named(name)
    ways = examine(found, node.runtime)
    said.examined(ways, found.journal, held.directory.file(name), done=False)
    lines = [journal_line(held.directory.file(name), found.journal), *examined_lines(ways, done=False)]
    if has_work(ways, found):
        problems = () if chosen.alone else unmet_on(node, chosen.checks, restart=restart or chosen.docker is not None)
        said.to_confirm(found.journal.plan_hash, problems)
        lines += [
            *(() if chosen.alone else (restart_offered(node), *unmet_lines(problems))),
            "nothing was changed; this does it:",
            chosen.command("undo", name, *chosen.restarting, confirm=found.journal.plan_hash),
        ]
    else:
        lines.append("there is nothing to do.")
    said.tell(lines)
    return EXIT_NO_REPORT if any(one.way is UndoWay.DRIFTED for one in ways) else 0


def known_state(chosen: Chosen, system: System) -> OverrideState:
    """The state directory, which is there.

    Raises:
        OverrideRefused: it is not.
    """
    from upgradecheck.override.errors import OverrideRefused
    from upgradecheck.override.state import looked_at

    held = looked_at(chosen.directory, system)
    if held is None:
        raise OverrideRefused(f"{chosen.directory}: is not there, so nothing was overridden from it. Name the journal by its path.")
    return held


def _undone(confirm: str, node: Node, chosen: Chosen, name: str, said: Said, *, restart: bool) -> int:
    from upgradecheck.cli.override_node import SYSTEM, at_rest, is_stopped, require, require_hash
    from upgradecheck.override.state import locked
    from upgradecheck.override.undoing import examine, has_work

    known = known_state(chosen, SYSTEM).named(name)
    require_hash(known.journal.plan_hash, confirm, "the plan of this journal")
    work = has_work(examine(known, node.runtime), known)
    if restart or work:
        require(node, chosen.checks, restart=restart)
    with locked(chosen.directory, SYSTEM) as held, at_rest(node, restart=restart and (work or is_stopped(node))):
        return _put_back(held.named(name), node, held, chosen, said, restart=restart)


def _put_back(found: FoundJournal, node: Node, held: OverrideState, chosen: Chosen, said: Said, *, restart: bool) -> int:
    from upgradecheck.cli.override_node import operator, restart_commands
    from upgradecheck.cli.override_words import after_lines, examined_lines
    from upgradecheck.override.undoing import UndoWay, undo
    from upgradecheck.renderers.media.safe_text import safe_text

    ways = undo(found, node.runtime, held, operator())
    lines = [safe_text(held.directory.file(found.name)), *examined_lines(ways, done=True)]
    if any(one.way is UndoWay.RESTORE for one in ways) and not restart:
        lines += after_lines(restart_commands(node), chosen.command("status", found.name))
    said.examined(ways, found.journal, held.directory.file(found.name), done=True)
    said.tell(lines)
    return EXIT_NO_REPORT if any(one.way is UndoWay.DRIFTED for one in ways) else 0
