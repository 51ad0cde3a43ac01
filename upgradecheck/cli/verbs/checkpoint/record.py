"""On a node, at kubelet start: note which kubelet runs.

With --print-unit: the systemd drop-in that runs it at every start and stop of the kubelet.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from upgradecheck.cli.checkpoint_options import Checkpoint, Force, NodeName
from upgradecheck.cli.completion import complete_version
from upgradecheck.cli.declaring import default, option
from upgradecheck.cli.groups import ClusterOptions
from upgradecheck.cli.override_options import StateDir
from upgradecheck.cli.session import Session
from upgradecheck.cli.systemd import NO_CONFIGURATION, program, quoted
from upgradecheck.cli.texts import seconds
from upgradecheck.model.errors import EXIT_NO_REPORT, InvalidVersion, SpecRefused, UsageError
from upgradecheck.model.patterns import pattern

if TYPE_CHECKING:
    from upgradecheck.checkpoint.operations import WrittenCheckpoint
    from upgradecheck.machine.node import Machine
    from upgradecheck.machine.which_kubelet import FoundKubelet
    from upgradecheck.model.checkpoint import KubeletStart

_KUBELET = "kubelet"
_UNIT = """\
# Records every start and stop of the kubelet. The dash, and timeout: a record that fails, or hangs, does not stop the kubelet.
# As /etc/systemd/system/{unit}.d/50-upgradecheck.conf; then: systemctl daemon-reload
[Service]
ExecStartPost=-{before}{program} checkpoint record{own}{options}
ExecStopPost=-{ended}{program} checkpoint record --stopped{options}
"""
_ENDED = "/usr/bin/timeout -k 2 {} "
"""Where systemd itself would end it, by TimeoutStartSec, the kubelet is stopped with it."""
_AFTER = 40
"""Seconds for what is no waiting for the kubelet."""
_BESIDE = "/usr/bin/systemd-run --quiet --collect --no-block "
"""A kubelet inside another program, or its child, comes up long after that: what waits for it must not hold up the unit's start."""
_LONG, _PATIENCE = 120.0, 10.0
_NAME = pattern(r"[A-Za-z0-9:_.@\\-]{1,255}")


class Options(NamedTuple):
    """Checkpoint."""

    place: Checkpoint = None
    node: NodeName = None
    version: Annotated[
        str | None,
        option(
            "--kubelet-version",
            metavar="VERSION",
            help="The kubelet that started, instead of the one that runs; with --start.",
            complete=complete_version,
        ),
    ] = None
    start: Annotated[str | None, option("--start", metavar="TIME", help="When it started, such as 2024-06-02T21:30:00Z.")] = None
    pid: Annotated[int | None, option("--pid", metavar="PID", help="The kubelet's process, where several run.")] = None
    stopped: Annotated[bool, option("--stopped", help="Note that the newest kubelet has stopped now.", variable=False)] = False
    wait: Annotated[
        float,
        option("--wait", metavar="DURATION", help="How long a kubelet is waited for that its process has yet to start.", read=seconds),
    ] = default("10s")
    state_dir: StateDir = None
    metrics: Annotated[
        str | None,
        option("--metrics", metavar="FILE", help="Write there, for a node exporter's textfile collector, whether it was noted."),
    ] = None
    force: Force = False
    cluster: Annotated[
        bool,
        option(
            "--cluster",
            help="Note of all nodes of the cluster which kubelets they report; --checkpoint names the directory of their files.",
            variable=False,
        ),
    ] = False
    print_unit: Annotated[
        bool, option("--print-unit", help="Print the systemd drop-in that runs this; do nothing else.", variable=False)
    ] = False
    unit: Annotated[
        str | None,
        option("--unit", metavar="NAME", help="The service that the drop-in is for. [default: the one with the kubelet]", variable=False),
    ] = None


def run(session: Session, options: Options, cluster: ClusterOptions) -> int:
    """On a node: notes which kubelet runs since when. Adds only what is new; exits 0 only if the state is safely on the disk."""
    if options.cluster:
        return _polled(session, options, cluster)
    if (options.version is None) != (options.start is None):
        raise UsageError("--kubelet-version and --start go together: give both, or neither to find the kubelet that runs.")
    if options.version is not None and (options.stopped or options.pid is not None):
        raise UsageError("--kubelet-version: excludes --stopped and --pid. Leave them out.")
    if options.unit is not None and not options.print_unit:
        raise UsageError("--unit goes with --print-unit: it names the service that the drop-in is for. Give both, or neither.")
    if options.print_unit and (options.pid is not None or options.stopped or options.version is not None):
        raise UsageError("--print-unit: excludes --pid, --stopped and --kubelet-version, which are of one run. Leave them out.")
    if options.print_unit:
        from upgradecheck.cli.session import write_stdout

        write_stdout(_unit(options))
        return 0
    if options.metrics is None:
        _noted(session, options)
        return 0
    return _measured(session, options, options.metrics)


def _polled(session: Session, options: Options, cluster: ClusterOptions) -> int:
    """What all nodes report; 1 where one of them could not be noted."""
    of_a_node = (
        options.node,
        options.version,
        options.start,
        options.pid,
        options.stopped,
        options.metrics,
        options.print_unit,
        options.unit,
    )
    if any(one for one in of_a_node):
        raise UsageError("--cluster: is of all nodes, and goes with --checkpoint, --force and the options of the cluster alone.")
    if options.place is None:
        raise UsageError("--cluster: --checkpoint DIR is missing, the directory in which each node has a file.")
    from upgradecheck.commands.polling import poll
    from upgradecheck.model.wording import count
    from upgradecheck.transport.kubeconfig import Target
    from upgradecheck.transport.waiting import Limits

    target = Target(cluster.kubeconfig, cluster.context, cluster.allow_exec, session.tell)
    found = poll(target, Limits(cluster.timeout, cluster.request_timeout), options.place, force=options.force)
    for one in found:
        for remark in one.remarks:
            session.tell(remark)
        if one.problem:
            session.complain(f"node {one.node}: {one.problem}" if one.node else one.problem)
    bad = sum(bool(one.problem) for one in found)
    new = sum(one.changed for one in found)
    session.tell(f"{options.place}: {count(len(found) - bad, 'node')} noted, {new} with something new{f'; {bad} not' if bad else ''}.")
    return EXIT_NO_REPORT if bad or not found else 0


def _measured(session: Session, options: Options, metrics: str) -> int:
    """The same, and a file that tells how it went."""
    from upgradecheck.cli.metrics import write_metrics
    from upgradecheck.formats.record_metrics import record_metrics

    try:
        written = _noted(session, options)
    except BaseException:  # one that is ended while it waits has noted nothing, too
        write_metrics(metrics, record_metrics(None, time.time_ns()))
        raise
    write_metrics(metrics, record_metrics(written.checkpoint, time.time_ns()))
    return 0


def _noted(session: Session, options: Options) -> WrittenCheckpoint:
    from upgradecheck.checkpoint.operations import merge_starts, record_start, record_stop
    from upgradecheck.cli.checkpoint_files import author, live_store, path_of, tell_written
    from upgradecheck.machine.node import Machine, boot_id, this_node

    machine, node, force = Machine(), options.node, options.force
    store = live_store(path_of(None, options.place))
    if options.version is not None and options.start is not None:
        written = merge_starts(store, (_told(options.version, options.start),), author(this_node(machine, node), force=force))
    elif options.stopped:
        written = record_stop(store, boot_id(machine), author(this_node(machine, node or _named_there(store.path)), force=force))
    else:
        kubelet = _found(machine, options)
        started = _under_override(session, kubelet.start, options.state_dir)
        written = record_start(store, started, author(this_node(machine, node, kubelet.command_line), force=force))
    tell_written(session, store.path, written)
    return written


def _found(machine: Machine, options: Options) -> FoundKubelet:
    """The kubelet that runs; where none is found, this command alone can be told."""
    from upgradecheck.machine.errors import KubeletNotFound
    from upgradecheck.machine.which_kubelet import find_kubelet

    try:
        return find_kubelet(machine, options.pid, options.wait, by_pid=True)
    except KubeletNotFound as problem:
        raise KubeletNotFound(f"{problem} Or tell --kubelet-version and --start yourself.") from problem


def _named_there(path: str) -> str | None:
    """The node's name in the checkpoint: a kubelet that has stopped shows its --hostname-override no more."""
    from upgradecheck.cli.checkpoint_files import loaded

    known = loaded(path).checkpoint
    return None if known is None else known.node.name


def _under_override(session: Session, start: KubeletStart, state_dir: str | None) -> KubeletStart:
    """The start, with the journal of the override that is in force; one that cannot be read is noted too, and told."""
    from msgspec.structs import replace

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
        known = parse_kubelet_version(version)
        when = nanoseconds(start.strip(), "--start")
    except InvalidVersion as error:
        raise UsageError(f"--kubelet-version: {error}") from error
    except SpecRefused as error:
        raise UsageError(f"--start {start!r}: a time with its zone is wanted, such as 2024-06-02T21:30:00Z.") from error
    if not 0 < when <= time.time_ns():
        raise UsageError(f"--start {start!r}: is in the future, or before 1970. Give the time at which the kubelet started.")
    return KubeletStart(known, when, mode=Mode.MANUAL, clock=Clock.MANUAL)


def _unit(options: Options) -> str:
    unit = _service(options.unit)
    beside = unit != f"{_KUBELET}.service"
    words = [
        *(["--checkpoint", str(Path(options.place).absolute())] if options.place else []),
        *(["--node", options.node] if options.node else []),
        *(["--state-dir", str(Path(options.state_dir).absolute())] if options.state_dir else []),
        *(["--metrics", str(Path(options.metrics).absolute())] if options.metrics else []),
        *NO_CONFIGURATION,
    ]
    patience = f" --wait {options.wait:g}s" if options.wait != _PATIENCE else ""
    return _UNIT.format(
        unit=unit,
        program=quoted(program()),
        before=_BESIDE if beside else _ENDED.format(math.ceil(options.wait) + _AFTER),
        ended=_ENDED.format(_AFTER),
        own=f" --pid $MAINPID --wait {max(_LONG, options.wait):g}s" if beside else patience,
        options="".join(f" {quoted(word)}" for word in words),
    )


def _service(named: str | None) -> str:
    """The whole name of the service: as told, else that of this node's distribution, else upstream's."""
    if named is None:
        from upgradecheck.machine.node import Machine
        from upgradecheck.machine.recognising import recognised

        setup = recognised(Machine())
        return (setup and setup.unit) or f"{_KUBELET}.service"
    if not _NAME.fullmatch(named):
        raise UsageError(f"--unit {named!r}: is no name of a systemd service, such as kubelet or k3s-agent.")
    return named if named.endswith(".service") else f"{named}.service"
