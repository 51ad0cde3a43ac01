"""``upgradecheck checkpoint record``, and the systemd drop-in that runs it at every start of the kubelet."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upgradecheck.cli.checkpoint_options import Checkpoint, Force, NodeName
from upgradecheck.cli.completion import complete_version
from upgradecheck.cli.options import Debug, Quiet, Verbose, option
from upgradecheck.cli.override_options import StateDir
from upgradecheck.cli.systemd import program, quoted
from upgradecheck.model.errors import InvalidVersion, SpecRefused, UsageError

if TYPE_CHECKING:
    from upgradecheck.cli.session import Session
    from upgradecheck.model.checkpoint import KubeletStart

_UNIT = """\
# Records every start and stop of the kubelet. The dash: a record that fails does not stop the kubelet.
# As /etc/systemd/system/kubelet.service.d/50-upgradecheck.conf; then: systemctl daemon-reload
[Service]
ExecStartPost=-{program} checkpoint record{options}
ExecStopPost=-{program} checkpoint record --stopped{options}
"""


def record_command(
    context: typer.Context,
    place: Checkpoint = None,
    node: NodeName = None,
    version: Annotated[
        str | None,
        option(
            "--kubelet-version",
            metavar="VERSION",
            help="The kubelet that started, instead of the one that runs; with --start.",
            show_default=False,
            autocompletion=complete_version,
        ),
    ] = None,
    start: Annotated[
        str | None, option("--start", metavar="TIME", help="When it started, such as 2024-06-02T21:30:00Z.", show_default=False)
    ] = None,
    pid: Annotated[int | None, option("--pid", metavar="PID", help="The kubelet's process, where several run.", show_default=False)] = None,
    stopped: Annotated[bool, typer.Option("--stopped", help="Note that the newest kubelet has stopped now.")] = False,
    state_dir: StateDir = None,
    force: Force = False,
    print_unit: Annotated[bool, typer.Option("--print-unit", help="Print the systemd drop-in that runs this; do nothing else.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """On a node: notes which kubelet runs since when. Adds only what is new; exits 0 only if the state is safely on the disk."""
    if (version is None) != (start is None):
        raise UsageError("--kubelet-version and --start go together: give both, or neither to find the kubelet that runs.")
    if version is not None and (stopped or pid is not None):
        raise UsageError("--kubelet-version: excludes --stopped and --pid. Leave them out.")
    if print_unit:
        from upgradecheck.cli.session import write_stdout

        write_stdout(_unit(place, node, state_dir))
        return 0
    context.obj.start_logging()

    from upgradecheck.checkpoint.operations import merge_starts, record_start, record_stop
    from upgradecheck.cli.checkpoint_files import author, live_store, path_of, tell_written
    from upgradecheck.machine.finding import Machine, boot_id, find_kubelet, this_node

    machine = Machine()
    store = live_store(path_of(None, place))
    if version is not None and start is not None:
        written = merge_starts(store, (_told(version, start),), author(this_node(machine, node), force=force))
    elif stopped:
        written = record_stop(store, boot_id(machine), author(this_node(machine, node), force=force))
    else:
        kubelet = find_kubelet(machine, pid)
        started = _under_override(context.obj, kubelet.start, state_dir)
        written = record_start(store, started, author(this_node(machine, node, kubelet.command_line), force=force))
    tell_written(context.obj, store.path, written)
    return 0


def _under_override(session: Session, start: KubeletStart, state_dir: str | None) -> KubeletStart:
    """The start, with the journal of the override that is in force; one that cannot be read is noted too, and told."""
    from upgradecheck.override.in_force import journal_in_force
    from upgradecheck.override.state import DEFAULT_DIRECTORY

    digest, problem = journal_in_force(state_dir or DEFAULT_DIRECTORY)
    if problem is not None:
        session.tell(f"{problem} The start is recorded as under an override that nobody knows.")
    return replace(start, override_journal=digest)


def _told(version: str, start: str) -> KubeletStart:
    from upgradecheck.decode.kubelet.version import parse_kubelet_version
    from upgradecheck.decode.text.times import nanoseconds
    from upgradecheck.model.checkpoint import Clock, KubeletStart, Mode

    try:
        parse_kubelet_version(version)
        when = nanoseconds(start.strip(), "--start")
    except InvalidVersion as error:
        raise UsageError(f"--kubelet-version: {error}") from error
    except SpecRefused as error:
        raise UsageError(f"--start {start!r}: a time with its zone is wanted, such as 2024-06-02T21:30:00Z.") from error
    if not 0 < when <= time.time_ns():
        raise UsageError(f"--start {start!r}: is in the future, or before 1970. Give the time at which the kubelet started.")
    return KubeletStart(version.strip(), when, mode=Mode.MANUAL, clock=Clock.MANUAL)


def _unit(place: str | None, node: str | None, state_dir: str | None) -> str:
    words = [
        *(["--checkpoint", str(Path(place).absolute())] if place else []),
        *(["--node", node] if node else []),
        *(["--state-dir", str(Path(state_dir).absolute())] if state_dir else []),
    ]
    return _UNIT.format(program=quoted(program()), options="".join(f" {quoted(word)}" for word in words))
