"""The members of a checkpoint's JSON and of a history written by hand, as msgspec decodes them, and both ways between them and the model.

The two have the entries of ``history`` in common. Unknown members are refused: by hand they are typing errors, and in a file whose
checksum is right they come from a newer format. No message quotes a value.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TypeVar

import msgspec

from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.model.checkpoint import Checkpoint, Clock, Forced, KubeletStart, Mode, NodeIdentity
from upgradecheck.model.errors import InvalidVersion, SpecRefused
from upgradecheck.model.times import LATEST, SECOND, rfc3339

E = TypeVar("E", bound=Enum)

FORMAT_VERSION = "1.0"
MAX_ENTRIES = 100_000


class StartShape(msgspec.Struct, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """An entry of ``history``. mode and clock default to what the document says they default to."""

    kubelet_version: str
    start_time: str
    stop_time: str | None = None
    last_seen_time: str | None = None
    mode: str | None = None
    clock: str | None = None
    uncertainty_seconds: int = 0
    git_commit: str | None = None
    boot_id: str | None = msgspec.field(name="bootID", default=None)
    boot_time: str | None = None
    since_boot_milliseconds: int | None = None
    feature_gates: dict[str, bool] | None = None
    override_journal: str | None = None


class NodeShape(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """``node`` of a checkpoint."""

    name: str
    machine_id: str | None = msgspec.field(name="machineID", default=None)
    system_uuid: str | None = msgspec.field(name="systemUUID", default=None)


class ForcedShape(msgspec.Struct, forbid_unknown_fields=True):
    """An entry of ``forced``."""

    time: str
    what: str


class CheckpointShape(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """The whole body of a checkpoint."""

    format_version: str
    kind: str
    lineage: str
    serial: int
    node: NodeShape
    history: list[StartShape]
    writer: str = ""
    forced: list[ForcedShape] = []


def start_of(shape: StartShape, at: str, mode: Mode, clock: Clock) -> KubeletStart:
    """One entry; mode and clock are what the document's entries have unless they say otherwise.

    Raises:
        SpecRefused: a value is none of those that are possible.
    """
    try:
        parse_kubelet_version(shape.kubelet_version)
    except InvalidVersion as error:
        raise SpecRefused("expected a kubelet version such as v1.20.15, found other text", f"{at}.kubeletVersion") from error
    if shape.uncertainty_seconds < 0:
        raise SpecRefused("expected seconds, found a negative number", f"{at}.uncertaintySeconds")
    return KubeletStart(
        kubelet_version=shape.kubelet_version.strip(),
        start_time=_time(shape.start_time, f"{at}.startTime"),
        mode=_member(Mode, shape.mode, mode, f"{at}.mode"),
        clock=_member(Clock, shape.clock, clock, f"{at}.clock"),
        uncertainty=shape.uncertainty_seconds,
        git_commit=shape.git_commit,
        stop_time=_optional_time(shape.stop_time, f"{at}.stopTime"),
        last_seen_time=_optional_time(shape.last_seen_time, f"{at}.lastSeenTime"),
        boot_id=shape.boot_id,
        boot_time=_optional_time(shape.boot_time, f"{at}.bootTime"),
        since_boot_ms=shape.since_boot_milliseconds,
        feature_gates=shape.feature_gates,
        override_journal=shape.override_journal,
    )


def shape_of(start: KubeletStart, mode: Mode, clock: Clock) -> StartShape:
    """The entry that start_of turns back into this start."""
    gates = start.feature_gates
    return StartShape(
        kubelet_version=start.kubelet_version,
        start_time=rfc3339(start.start_time),
        stop_time=_optional_text(start.stop_time),
        last_seen_time=_optional_text(start.last_seen_time),
        mode=None if start.mode is mode else start.mode.value,
        clock=None if start.clock is clock else start.clock.value,
        uncertainty_seconds=start.uncertainty,
        git_commit=start.git_commit,
        boot_id=start.boot_id,
        boot_time=_optional_text(start.boot_time),
        since_boot_milliseconds=start.since_boot_ms,
        feature_gates=None if gates is None else dict(sorted(gates.items())),
        override_journal=start.override_journal,
    )


def checkpoint_of(shape: CheckpointShape) -> Checkpoint:
    """The checkpoint of a body.

    Raises:
        SpecRefused: a value is impossible, or the history is out of order.
    """
    if shape.serial < 1:
        raise SpecRefused("expected a number from 1 on", "serial")
    starts = (start_of(each, f"history[{number}]", Mode.EXACT, Clock.NODE) for number, each in enumerate(shape.history))
    return Checkpoint(
        lineage=shape.lineage,
        serial=shape.serial,
        node=named(NodeIdentity(shape.node.name, shape.node.machine_id, shape.node.system_uuid), "node.name"),
        history=ordered(starts),
        writer=shape.writer,
        forced=tuple(Forced(_time(each.time, f"forced[{number}].time"), each.what) for number, each in enumerate(shape.forced)),
    )


def body_of(checkpoint: Checkpoint) -> CheckpointShape:
    """The body that checkpoint_of turns back into this checkpoint."""
    node = checkpoint.node
    return CheckpointShape(
        format_version=FORMAT_VERSION,
        kind="Checkpoint",
        lineage=checkpoint.lineage,
        serial=checkpoint.serial,
        node=NodeShape(node.name, node.machine_id, node.system_uuid),
        history=[shape_of(start, Mode.EXACT, Clock.NODE) for start in checkpoint.history],
        writer=checkpoint.writer,
        forced=[ForcedShape(rfc3339(each.time), each.what) for each in checkpoint.forced],
    )


def ordered(starts: Iterable[KubeletStart]) -> tuple[KubeletStart, ...]:
    """A history that is one: not empty, each start after the one before and after that one's end.

    Raises:
        SpecRefused: it is not.
    """
    history = tuple(starts)
    if not history:
        raise SpecRefused("expected at least one kubelet start, found none", "history")
    if len(history) > MAX_ENTRIES:
        raise SpecRefused(f"expected at most {MAX_ENTRIES} kubelet starts, found {len(history)}", "history")
    for number, start in enumerate(history):
        at = f"history[{number}]"
        for what, time in (("stopTime", start.stop_time), ("lastSeenTime", start.last_seen_time)):
            if time is not None and time < start.start_time:
                raise SpecRefused("is before the entry's startTime", f"{at}.{what}")
        if number and start.start_time <= history[number - 1].start_time:
            raise SpecRefused("is not after that of the entry before; oldest first is wanted", f"{at}.startTime")
        if number and start.start_time < history[number - 1].last_known:
            raise SpecRefused("is before the end of the entry before", f"{at}.startTime")
    return history


def named(node: NodeIdentity, at: str) -> NodeIdentity:
    """The identity, if it has a name.

    Raises:
        SpecRefused: it has none.
    """
    if not node.name or node.name != node.name.strip():
        raise SpecRefused("expected the node's name", at)
    return node


def _member(kind: type[E], text: str | None, default: E, at: str) -> E:
    if text is None:
        return default
    try:
        return kind(text)
    except ValueError:
        raise SpecRefused(f"expected one of {', '.join(each.value for each in kind)}", at) from None


def _time(text: str, at: str) -> int:
    time = nanoseconds(text.strip(), at)
    if not 0 < time < LATEST + SECOND:
        raise SpecRefused("expected a time from 1970 to 9999", at)
    return time


def _optional_time(text: str | None, at: str) -> int | None:
    return None if text is None else _time(text, at)


def _optional_text(time: int | None) -> str | None:
    return None if time is None else rfc3339(time)
