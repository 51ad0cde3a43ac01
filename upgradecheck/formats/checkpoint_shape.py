"""What a checkpoint's JSON and a history written by hand say, checked and made the model's (their members: ``contract.v1.checkpoint``).

The two have the entries of ``history`` in common. No message quotes a value.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TypeVar

from upgradecheck.contract.v1.checkpoint import CheckpointJson, StartJson
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.model.checkpoint import Checkpoint, Clock, Forced, KubeletStart, Mode, NodeIdentity
from upgradecheck.model.errors import InvalidVersion, SpecRefused
from upgradecheck.model.times import is_told

E = TypeVar("E", bound=Enum)

MAX_ENTRIES = 100_000


def start_of(shape: StartJson, at: str, mode: Mode, clock: Clock) -> KubeletStart:
    """One entry; mode and clock are what the document's entries have unless they say otherwise.

    Raises:
        SpecRefused: a value is none of those that are possible.
    """
    try:
        version = parse_kubelet_version(shape.kubelet_version)
    except InvalidVersion as error:
        raise SpecRefused("expected a kubelet version such as v1.20.15, found other text", f"{at}.kubeletVersion") from error
    if shape.uncertainty_seconds < 0:
        raise SpecRefused("expected seconds, found a negative number", f"{at}.uncertaintySeconds")
    return KubeletStart(
        kubelet_version=version,
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


def checkpoint_of(shape: CheckpointJson) -> Checkpoint:
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
    if not is_told(time):
        raise SpecRefused("expected a time from 1970 to 9999", at)
    return time


def _optional_time(text: str | None, at: str) -> int | None:
    return None if text is None else _time(text, at)
