"""Hold what is unchanged at each start of the kubelet.

Run by systemd before the kubelet starts: by "override proxy", where the kubelet reaches its runtime through it, else by containerd's
records. There it always exits with 0: whatever happens, the kubelet starts.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NamedTuple

from upgradecheck.cli.checkpoint_options import Checkpoint
from upgradecheck.cli.completion import complete_version
from upgradecheck.cli.declaring import argument, default, option
from upgradecheck.cli.override_options import StateDir, ThisNode
from upgradecheck.cli.session import Session
from upgradecheck.cli.texts import seconds
from upgradecheck.model.errors import EXIT_NO_REPORT, UpgradecheckError, UsageError

if TYPE_CHECKING:
    from upgradecheck.commands.hold import Held, HoldRequest

EPILOG = """\
Examples:
  On the node, as root: what would the upgrade hold? Then have each start of the kubelet hold it:
    upgradecheck override hold --dry-run --to 1.31
    upgradecheck override hold --print-unit > /etc/systemd/system/kubelet.service.d/60-upgradecheck-hold.conf
    systemctl daemon-reload
  What did the last start do? And not at the next one:
    upgradecheck override hold status
    touch /etc/upgradecheck/no-hold

Exit codes: 0 whatever was held; of --dry-run: that start would hold, or has nothing to hold; of the others: done. 1: --dry-run finds what
hinders it; nothing is kept, or known; 64 usage error.
"""

_STATUS = "status"


class By(str, Enum):
    """The ways to hold."""

    AUTO = "auto"
    PROXY = "proxy"
    RECORDS = "records"


class HoldFormat(str, Enum):
    """How an outcome is told."""

    TEXT = "text"
    JSON = "json"


class Options(NamedTuple):
    """Override."""

    what: Annotated[str | None, argument("[status]", "What the last start held, and whether the next one can.")] = None
    dry_run: Annotated[
        bool, option("--dry-run", help="Beside the kubelet that runs: tell what a start of --to would hold.", variable=False)
    ] = False
    to_version: Annotated[
        str | None,
        option("--to", metavar="VERSION", help="The kubelet to upgrade to, with --dry-run.", complete=complete_version, variable=False),
    ] = None
    keep_pods: Annotated[
        bool, option("--keep-pods", help="Keep a copy of this node's pods, for a start when no API server answers.", variable=False)
    ] = False
    at_once: Annotated[bool, option("--at-once", help="Hold at the first start, too, which is a dry run else.", variable=False)] = False
    first_map: Annotated[
        bool,
        option(
            "--first-map",
            help="Make the first map for a proxy, which overrides nothing, where none is there; do nothing else.",
            variable=False,
        ),
    ] = False
    by: Annotated[By, option("--by", help="By which way; auto is the proxy where one stands, else the records.", variable=False)] = By.AUTO
    pins: Annotated[
        bool,
        option(
            "--pins",
            help="Also write the UIDs of static pods that would change into their manifests, as override pin does.",
            variable=False,
        ),
    ] = False
    print_unit: Annotated[
        bool, option("--print-unit", help="Print the systemd drop-in that runs this; do nothing else.", variable=False)
    ] = False
    seconds: Annotated[float, option("--seconds", metavar="DURATION", help="Be done within this time, or hold nothing.", read=seconds)] = (
        default("50s")
    )
    kubeconfig: Annotated[
        str | None, option("--kubeconfig", metavar="FILE", help="The kubelet's. [default: as its unit says]", variable=False)
    ] = None
    node: ThisNode = None
    checkpoint: Checkpoint = None
    state_dir: StateDir = None
    hold_dir: Annotated[
        str | None,
        option("--hold-dir", metavar="DIR", help="Where copies and the last outcome are. [default: /var/lib/upgradecheck/hold]"),
    ] = None
    metrics: Annotated[
        str | None,
        option("--metrics", metavar="FILE", help="Write there, for a node exporter's textfile collector, what was held."),
    ] = None
    output: Annotated[
        HoldFormat, option("--output", "-o", help="How --dry-run and status tell it: as text, or as one object in JSON.", variable=False)
    ] = HoldFormat.TEXT


def run(session: Session, options: Options) -> int:
    """On a node, run by systemd before its kubelet starts: the proxy then shows it what it will compute of what is unchanged.

    Only what is proved to be unchanged is held. Where anything is not known, nothing is, and one line says why.
    """
    _check(options)
    if options.print_unit:
        from upgradecheck.cli.hold_unit import hold_unit
        from upgradecheck.cli.session import write_stdout

        write_stdout(hold_unit(options))
        return 0
    if options.first_map:
        return _first_map(session, _request(options))
    if options.what == _STATUS:
        return _status(_request(options), as_json=options.output is HoldFormat.JSON)
    if options.keep_pods:
        return _keep(session, _request(options))
    return _hold(session, options)


def _check(options: Options) -> None:
    if options.what not in (None, _STATUS):
        raise UsageError(f'{options.what!r}: is nothing that hold knows. Write "upgradecheck override hold status", or leave it out.')
    chosen = [
        name
        for name, given in (
            ("--dry-run", options.dry_run),
            ("--keep-pods", options.keep_pods),
            ("--first-map", options.first_map),
            ("--print-unit", options.print_unit),
        )
        if given
    ]
    chosen += [_STATUS] if options.what else []
    if len(chosen) > 1:
        raise UsageError(f"{chosen[0]} and {chosen[1]} exclude each other: leave one of them out.")
    if options.dry_run != (options.to_version is not None):
        raise UsageError("--dry-run and --to go together: name the version whose start is asked about, such as --dry-run --to 1.31.0.")


def _request(options: Options) -> HoldRequest:
    from upgradecheck.checkpoint import DEFAULT_PATH
    from upgradecheck.commands.hold_request import By as Ways
    from upgradecheck.commands.hold_request import HoldRequest
    from upgradecheck.override.hold.place import DEFAULT_DIRECTORY
    from upgradecheck.override.state import DEFAULT_DIRECTORY as JOURNALS

    return HoldRequest(
        directory=options.hold_dir or DEFAULT_DIRECTORY,
        checkpoint=options.checkpoint or DEFAULT_PATH,
        kubeconfig=options.kubeconfig,
        node=options.node,
        seconds=options.seconds,
        dry_run=options.dry_run,
        to_version=options.to_version,
        at_once=options.at_once,
        by=Ways(options.by.value),
        state_dir=options.state_dir or JOURNALS,
        pins=options.pins,
    )


def _hold(session: Session, options: Options) -> int:
    from msgspec.structs import replace

    from upgradecheck.cli.override_node import HOST
    from upgradecheck.cli.session import write_stdout
    from upgradecheck.commands.hold import hold, line_of
    from upgradecheck.override.hold.unfinished import unfinished
    from upgradecheck.renderers.media.safe_text import safe_text

    since, request = time.monotonic(), _request(options)
    before = unfinished(request.directory, HOST.machine)
    with _deadline(options.seconds):
        held = hold(request, HOST, begun=lambda: _note_begun(session, options, request))
    if held.at_start and before is not None:
        held = replace(held, said=f"{held.said}; the start before, at {before.time}, {before.said}")
    taken = time.monotonic() - since
    if options.dry_run and options.output is HoldFormat.JSON:
        write_stdout(_as_json(held, taken).decode())
    else:
        write_stdout(f"override hold: {safe_text(line_of(held, taken))}\n")
    if held.at_start:
        _note(session, options, request, held, taken)
    return 0 if held.fit or not options.dry_run else EXIT_NO_REPORT


def _as_json(held: Held, taken: float) -> bytes:
    from upgradecheck.formats.hold_outcome import Numbers, outcome

    step = {"by": held.by, "from": held.start, "to": held.target, "plan": held.plan}
    numbers = Numbers(held.held, held.left_out, held.fitting)
    return outcome(held.said, numbers, done=held.done, seconds=taken, time=time.time_ns(), step=step)


@contextmanager
def _deadline(limit: float) -> Iterator[None]:
    """One alarm for all of it."""
    from upgradecheck.commands.hold import OutOfTime

    def end(number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _note_begun(session: Session, options: Options, request: HoldRequest) -> None:
    """Notes that a start has begun, so that one that is killed is known; what fails is told, and hinders nothing."""
    from upgradecheck.cli.metrics import write_metrics
    from upgradecheck.cli.override_node import HOST
    from upgradecheck.formats.hold_outcome import begun_metrics
    from upgradecheck.override.hold.unfinished import note_begun

    now = time.time_ns()
    try:
        note_begun(request.directory, now, HOST.machine)
        if options.metrics is not None:
            write_metrics(options.metrics, begun_metrics(now))
    except UpgradecheckError as error:
        session.complain(str(error))


def _note(session: Session, options: Options, request: HoldRequest, held: Held, taken: float) -> None:
    """Keeps the outcome, and writes the metrics; what fails is told, and hinders nothing."""
    from upgradecheck.cli.metrics import write_metrics
    from upgradecheck.formats.hold_outcome import Numbers, hold_metrics
    from upgradecheck.override.hold.place import LAST, keep
    from upgradecheck.override.hold.unfinished import note_ended

    now = time.time_ns()
    try:
        keep(request.file(LAST), _as_json(held, taken))
        note_ended(request.directory)
        if options.metrics is not None:
            numbers = Numbers(held.held if held.done else 0, held.left_out, held.fitting)
            write_metrics(options.metrics, hold_metrics(numbers, done=held.done, seconds=taken, time=now))
    except UpgradecheckError as error:
        session.complain(str(error))


def _keep(session: Session, request: HoldRequest) -> int:
    from upgradecheck.cli.override_node import HOST
    from upgradecheck.commands.hold import keep_pods
    from upgradecheck.machine.local_kubelet import local_kubelet

    kubelet = local_kubelet(HOST.machine)
    keep_pods(request, kubelet, request.node or kubelet.name)
    session.tell(f"this node's pods are kept in {request.directory}.")
    return 0


def _first_map(session: Session, request: HoldRequest) -> int:
    from upgradecheck.commands.hold_first_map import make_first_map

    path, made = make_first_map(request)
    session.tell(f"{path} {'overrides nothing yet; a proxy can serve it' if made else 'is there already, and stays as it is'}.")
    return 0


def _status(request: HoldRequest, *, as_json: bool) -> int:
    from upgradecheck.cli.override_node import HOST
    from upgradecheck.cli.session import write_stdout
    from upgradecheck.commands.hold_amiss import amiss
    from upgradecheck.machine.same_process import Life
    from upgradecheck.override.hold.place import LAST, PODS, SWITCHED_OFF, kept
    from upgradecheck.override.hold.unfinished import unfinished
    from upgradecheck.renderers.media.safe_text import safe_text

    last = kept(request.file(LAST))
    told = None if last is None else _told_in(last)
    copy, off = kept(request.file(PODS)) is not None, Path(SWITCHED_OFF).exists()
    wrong = [f"{one.what}: {one.found}. {one.remedy}" for one in amiss(HOST.machine, request.directory)]
    begun = unfinished(request.directory, HOST.machine)
    if as_json:
        status = {"kind": "HoldStatus", "last": told, "pods_kept": copy, "switched_off": off}
        run = (None, None) if begun is None else (begun.time, begun.life.value)
        write_stdout(json.dumps({**status, "unfinished": run[0], "unfinished_run": run[1], "amiss": wrong}) + "\n")
        return 0 if told is not None else EXIT_NO_REPORT
    start = f"no start of the kubelet was seen: {request.file(LAST)} is not there, or not root's alone."
    if told is not None:
        start = f"last start, {safe_text(str(told.get('time')))}: {safe_text(str(told.get('said')))}"
    elif last is not None:
        start = f"a start of the kubelet was seen, and what it held is not known: {request.file(LAST)} is damaged."
    next_one = f"holds nothing, {SWITCHED_OFF} is there" if off else "holds what it can prove"
    next_one = next_one if last is not None or off else "a dry run, which tells what it would hold (--at-once: it holds)"
    now = [f"now: a start of the kubelet at {begun.time} {begun.said}"] if begun is not None and begun.life is Life.RUNS else []
    lines = (start, *now, f"copy of this node's pods: {'there' if copy else 'none'}", f"next start: {next_one}")
    write_stdout("".join(f"{line}\n" for line in (*lines, *(safe_text(f"amiss: {one}") for one in wrong))))
    return 0 if told is not None else EXIT_NO_REPORT


def _told_in(content: bytes) -> dict[str, object] | None:
    """An outcome as it was kept; None where it is damaged."""
    with suppress(ValueError, RecursionError):
        told = json.loads(content)
        return told if isinstance(told, dict) else None
    return None
