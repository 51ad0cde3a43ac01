"""``upgradecheck override undo``: the exact old records put back, from a journal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from upgradecheck.cli.options import Debug, Quiet, Verbose
from upgradecheck.cli.override_options import DEFAULT_SOCKET, Confirm, RestartRuntime, SkipCheck, Socket, StateDir
from upgradecheck.model.errors import EXIT_NO_REPORT

if TYPE_CHECKING:
    from upgradecheck.cli.override_node import Node
    from upgradecheck.override.checks import CheckName
    from upgradecheck.override.state import FoundJournal, Held


def undo_command(
    context: typer.Context,
    journal: Annotated[
        str, typer.Argument(metavar="JOURNAL", help="The journal, by path or by its name in --state-dir.", show_default=False)
    ],
    confirm: Confirm = None,
    socket: Socket = DEFAULT_SOCKET,
    state_dir: StateDir = None,
    skip_check: SkipCheck = None,
    restart_runtime: RestartRuntime = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """On a node: puts back, byte for byte, the records that apply replaced, wherever what it wrote still stands.

    Needed before the old kubelet starts again, which would not know the new hashes. Without --confirm nothing is changed.
    """
    context.obj.start_logging()

    from upgradecheck.cli.override_node import checks_of, opened_node

    skipped = checks_of(skip_check)
    directory, name = journal_place(journal, state_dir)
    with opened_node(socket) as node:
        if confirm is None:
            return _dry_run(journal, node, directory, name, skipped)
        code = _undone(confirm, node, directory, name, skipped, restart=restart_runtime)
    if restart_runtime:
        from upgradecheck.cli.override_restart import restart_and_verify
        from upgradecheck.override.standing import Standing

        return max(code, restart_and_verify(node, directory, name, Standing.RESTORED))
    return code


def journal_place(journal: str, state_dir: str | None) -> tuple[str, str]:
    """Directory and file name of a journal that was given by path or name."""
    from upgradecheck.override.state import DEFAULT_DIRECTORY

    directory, name = os.path.split(journal)
    return directory or state_dir or DEFAULT_DIRECTORY, name


def _dry_run(journal: str, node: Node, directory: str, name: str, skipped: frozenset[CheckName]) -> int:
    from upgradecheck.cli.override_node import SYSTEM, restart_commands, unmet_on
    from upgradecheck.cli.override_words import examined_lines, journal_line, text, unmet_lines
    from upgradecheck.cli.session import write_stdout
    from upgradecheck.override.errors import OverrideRefused
    from upgradecheck.override.state import looked_at
    from upgradecheck.override.undoing import Way, examine

    held = looked_at(directory, SYSTEM)
    if held is None:
        raise OverrideRefused(f"{directory}: is not there, so nothing was overridden from it. Name the journal by its path.")
    found = held.named(name)
    ways = examine(found, node.runtime)
    lines = [
        journal_line(held.place.file(name), found.journal),
        *examined_lines(ways, done=False),
        f"then, or with --restart-runtime: {restart_commands(node)}",
        *unmet_lines(unmet_on(node, skipped)),
        "nothing was changed; this does it:",
        f"  upgradecheck override undo {journal} --confirm {found.journal.plan_hash}",
    ]
    write_stdout(text(lines))
    return EXIT_NO_REPORT if any(one.way is Way.DRIFTED for one in ways) else 0


def _undone(confirm: str, node: Node, directory: str, name: str, skipped: frozenset[CheckName], *, restart: bool) -> int:
    from upgradecheck.cli.override_node import SYSTEM, require, require_hash
    from upgradecheck.override.state import locked

    require(node, skipped, restart=restart)
    with locked(directory, SYSTEM) as held:
        found = held.named(name)
        require_hash(found.journal.plan_hash, confirm, "the plan of this journal")
        return _put_back(found, node, held, restart=restart)


def _put_back(found: FoundJournal, node: Node, held: Held, *, restart: bool) -> int:
    from upgradecheck.cli.override_node import operator, restart_commands
    from upgradecheck.cli.override_words import after_lines, examined_lines, journal_line, text
    from upgradecheck.cli.session import write_stdout
    from upgradecheck.override.undoing import Way, undo

    ways = undo(found, node.runtime, held, operator())
    lines = [journal_line(held.place.file(found.name), found.journal), *examined_lines(ways, done=True)]
    if any(one.way is Way.RESTORE for one in ways) and not restart:
        lines += after_lines(restart_commands(node))
    write_stdout(text(lines))
    return EXIT_NO_REPORT if any(one.way is Way.DRIFTED for one in ways) else 0
