"""Put the exact old records back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, NamedTuple

from upgradecheck.cli.declaring import argument
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
    from upgradecheck.override.checks import CheckName
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


def run(session: Session, options: Options) -> int:
    """On a node: puts back, byte for byte, the records that apply replaced, wherever what it wrote still stands.

    Needed before the old kubelet starts again, which would not know the new hashes. Without --confirm nothing is changed.
    """
    from msgspec.structs import replace

    from upgradecheck.cli.override_node import reached

    chosen, name = chosen_by(options.journal, options.socket, options.state_dir, options.skip_check)
    _require_no_pins(name)
    _ = chosen.checks  # what is no check is told before anything is started
    with reached(options.socket, alone=options.alone, docker=options.docker, confirmed=options.confirm is not None) as socket:
        where = replace(chosen, socket=socket, alone=options.alone, docker=options.docker, docker_root=options.docker_root)
        return _at(where, name, options)


def _at(chosen: Chosen, name: str, options: Options) -> int:
    from upgradecheck.cli.override_node import met

    restart = options.restart_runtime or options.alone
    with met(chosen, chosen.patience) as node:
        if options.confirm is None:
            return _dry_run(node, chosen, name, restart=restart)
        code = _undone(options.confirm, node, chosen, name, chosen.checks, restart=restart)
    if restart:
        from upgradecheck.cli.override_report import Said
        from upgradecheck.cli.override_restart import restart_and_verify
        from upgradecheck.override.standing import Standing

        return max(code, restart_and_verify(chosen, name, Standing.RESTORED, Said("undo", aloud=True)))
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


def _dry_run(node: Node, chosen: Chosen, name: str, *, restart: bool) -> int:
    from upgradecheck.cli.override_node import SYSTEM, restart_offered, unmet_on
    from upgradecheck.cli.override_words import examined_lines, journal_line, text, unmet_lines
    from upgradecheck.cli.session import write_stdout
    from upgradecheck.override.undoing import UndoWay, examine, has_work

    held = known_state(chosen, SYSTEM)
    found = held.named(name)
    ways = examine(found, node.runtime)
    lines = [journal_line(held.directory.file(name), found.journal), *examined_lines(ways, done=False)]
    if has_work(ways, found):
        lines += [
            *(
                ()
                if chosen.alone
                else (restart_offered(node), *unmet_lines(unmet_on(node, chosen.checks, restart=restart or chosen.docker is not None)))
            ),
            "nothing was changed; this does it:",
            chosen.command("undo", name, *chosen.restarting, confirm=found.journal.plan_hash),
        ]
    else:
        lines.append("there is nothing to do.")
    write_stdout(text(lines))
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


def _undone(confirm: str, node: Node, chosen: Chosen, name: str, skipped: frozenset[CheckName], *, restart: bool) -> int:
    from upgradecheck.cli.override_node import SYSTEM, at_rest, is_stopped, require, require_hash
    from upgradecheck.override.state import locked
    from upgradecheck.override.undoing import examine, has_work

    known = known_state(chosen, SYSTEM).named(name)
    require_hash(known.journal.plan_hash, confirm, "the plan of this journal")
    work = has_work(examine(known, node.runtime), known)
    if restart or work:
        require(node, skipped, restart=restart)
    with locked(chosen.directory, SYSTEM) as held, at_rest(node, restart=restart and (work or is_stopped(node))):
        return _put_back(held.named(name), node, held, chosen, restart=restart)


def _put_back(found: FoundJournal, node: Node, held: OverrideState, chosen: Chosen, *, restart: bool) -> int:
    from upgradecheck.cli.override_node import operator, restart_commands
    from upgradecheck.cli.override_words import after_lines, examined_lines, text
    from upgradecheck.cli.session import write_stdout
    from upgradecheck.override.undoing import UndoWay, undo
    from upgradecheck.renderers.media.safe_text import safe_text

    ways = undo(found, node.runtime, held, operator())
    lines = [safe_text(held.directory.file(found.name)), *examined_lines(ways, done=True)]
    if any(one.way is UndoWay.RESTORE for one in ways) and not restart:
        lines += after_lines(restart_commands(node), chosen.command("status", found.name))
    write_stdout(text(lines))
    return EXIT_NO_REPORT if any(one.way is UndoWay.DRIFTED for one in ways) else 0
