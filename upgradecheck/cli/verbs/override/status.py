"""What is in effect, pending, gone or drifted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from upgradecheck.cli.declaring import argument
from upgradecheck.cli.override_options import DEFAULT_SOCKET, Socket, StateDir
from upgradecheck.cli.session import Session
from upgradecheck.model.errors import EXIT_NO_REPORT

if TYPE_CHECKING:
    from upgradecheck.override.standing import Stood
    from upgradecheck.override.state import FoundJournal, OverrideState

_PATIENCE = 30.0
"""Seconds: whoever has just restarted containerd asks before it has read its containers."""


class Options(NamedTuple):
    """Override."""

    journal: Annotated[str | None, argument("[JOURNAL]", "One journal. [default: all that are not undone, or else the newest]")] = None
    socket: Socket = DEFAULT_SOCKET
    state_dir: StateDir = None


def run(session: Session, options: Options) -> int:
    """On a node: of each container in the journals what its record holds, what the runtime serves, and whether it still runs as before.

    Exits with 0 if whatever still runs is in effect (or put back), else with 1. Changes nothing.
    """
    from upgradecheck.cli.override_node import SYSTEM, opened_node
    from upgradecheck.cli.override_words import journal_line, stood_lines, text
    from upgradecheck.cli.session import write_stdout
    from upgradecheck.cli.verbs.override.undo import chosen_by, known_state
    from upgradecheck.override.standing import stand
    from upgradecheck.override.state import looked_at
    from upgradecheck.renderers.media.safe_text import safe_text

    chosen, name = chosen_by(options.journal or "", options.socket, options.state_dir)
    held = known_state(chosen, SYSTEM) if name else looked_at(chosen.directory, SYSTEM)
    if held is None or not held.journals:
        write_stdout(text([f"{safe_text(chosen.directory)}: no override was carried out here."]))
        return 0
    lines, good = [], True
    with opened_node(options.socket, _PATIENCE) as node:
        for found in [held.named(name)] if name else _shown(held):
            stood = stand(found.journal, node.runtime, held.taken_over(found))
            lines += [journal_line(held.directory.file(found.name), found.journal), *stood_lines(stood)]
            good = good and (found.journal.finished or found.journal.undone) and all(_is_good(one) for one in stood)
    lines.append(f"audit log: {len(held.audit.entries)} lines, unbroken")
    write_stdout(text(lines))
    return 0 if good else EXIT_NO_REPORT


def _shown(held: OverrideState) -> tuple[FoundJournal, ...]:
    in_force = tuple(one for one in held.journals if not one.journal.undone)
    return in_force or held.journals[-1:]


def _is_good(one: Stood) -> bool:
    from upgradecheck.override.standing import EFFECTIVE

    return one.standing in EFFECTIVE and one.same_process is not False
