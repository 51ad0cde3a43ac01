"""What becomes of a history when a kubelet starts, and when two histories of one node come together. Pure.

Clocks: a history never runs backwards and is never put in another order in silence. A start that the clock puts before something already
known is written right behind that, with the distance as its uncertainty. A clock that was set back while a kubelet ran shows in the wall
time of the boot, which then differs between two records; containers of before and after overlap by as much, so both kubelets' starts
become uncertain by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import msgspec
from msgspec.structs import replace

from upgradecheck.formats.checkpoint import lineage_of
from upgradecheck.model.checkpoint import UNKNOWN_JOURNAL, Checkpoint, Forced, KubeletStart, Mode, NodeIdentity
from upgradecheck.model.times import SECOND, rfc3339

LONGEST = 1000
"""So many starts are kept; then neighbours that only repeat a kubelet become one."""

_SAME_PROCESS_MS = 20
_SAME_START = 2 * SECOND
_STEP_SEEN = SECOND // 2
"""The wall time of the boot is read from two clocks one after the other; smaller differences are no step."""


class Merged(msgspec.Struct, frozen=True, gc=False):
    """Two histories together; contradictions are sentences, and with any the history is not to be used."""

    history: tuple[KubeletStart, ...]
    contradictions: tuple[str, ...]


def began(node: NodeIdentity, history: tuple[KubeletStart, ...], writer: str) -> Checkpoint:
    """The first state of a new file."""
    return Checkpoint(lineage_of(node, history[0].kubelet_version.text, history[0].start_time), 1, node, history, writer)


def succeeded(
    before: Checkpoint, history: tuple[KubeletStart, ...], writer: str, node: NodeIdentity, forced: Forced | None = None
) -> Checkpoint:
    """The next state of a file; what is newly known of the node's identity is added."""
    known = NodeIdentity(before.node.name, before.node.machine_id or node.machine_id, before.node.system_uuid or node.system_uuid)
    notes = before.forced if forced is None else (*before.forced, forced)
    return replace(before, serial=before.serial + 1, node=known, history=history, writer=writer, forced=notes)


def with_start(history: tuple[KubeletStart, ...], start: KubeletStart) -> tuple[KubeletStart, ...]:
    """The history once this kubelet has started; the same history if it holds that already."""
    if any(is_same_process(known, start) for known in history):
        return history
    if not history:
        return (start,)
    step = set_back(history[-1], start)
    if step:
        history = (*history[:-1], _less_certain(history[-1], step))
        start = _less_certain(start, step)
    return condensed((*history, _behind(history[-1].last_known, start)))


def with_sighting(history: tuple[KubeletStart, ...], seen: KubeletStart) -> tuple[KubeletStart, ...]:
    """The history once this kubelet was seen to run, at its last_seen_time; each process has an entry of its own.

    One under which the override in force has changed counts as under one that nobody knows.
    """
    last = history[-1] if history else None
    if last is None or not is_same_process(last, seen):
        longer = with_start(history, seen)
        return longer if longer is history else (*longer[:-1], _seen_until(longer[-1], seen.last_known))
    if last.override_journal != seen.override_journal:
        last = replace(last, override_journal=UNKNOWN_JOURNAL)
    return (*history[:-1], _seen_until(last, seen.last_known))


def _seen_until(start: KubeletStart, time: int) -> KubeletStart:
    return replace(start, last_seen_time=max(time, start.last_known))


def with_stop(history: tuple[KubeletStart, ...], boot_id: str | None, time: int) -> tuple[KubeletStart, ...]:
    """The history once the newest kubelet has stopped; the same history if its end is known, or it is of another boot."""
    if not history or history[-1].stop_time is not None or (history[-1].boot_id or boot_id) != boot_id:
        return history
    return (*history[:-1], replace(history[-1], stop_time=max(time, history[-1].last_known)))


def is_same_process(one: KubeletStart, other: KubeletStart) -> bool:
    """Whether two entries tell of one start: by boot and the time since, which nobody can set, else by version and time."""
    if one.boot_id and other.boot_id and one.since_boot_ms is not None and other.since_boot_ms is not None:
        return one.boot_id == other.boot_id and abs(one.since_boot_ms - other.since_boot_ms) <= _SAME_PROCESS_MS
    if one.kubelet_version != other.kubelet_version:
        return False
    return abs(one.start_time - other.start_time) <= _tolerance(one, other)


def condensed(history: tuple[KubeletStart, ...]) -> tuple[KubeletStart, ...]:
    """The history, shorter if it was too long (a kubelet that crashes in a loop): nothing that tells two kubelets apart is lost."""
    if len(history) <= LONGEST:
        return history
    kept: list[KubeletStart] = []
    for start in history[:-1]:
        if kept and _what_ran(kept[-1]) == _what_ran(start):
            kept[-1] = replace(
                kept[-1],
                stop_time=start.stop_time,
                last_seen_time=start.last_known,
                uncertainty=max(kept[-1].uncertainty, start.uncertainty),
            )
        else:
            kept.append(start)
    return (*kept, history[-1])[-LONGEST:]


def merged(known: Iterable[KubeletStart], told: Iterable[KubeletStart]) -> Merged:
    """Two histories of one node as one; the first one's entry stays where both tell of the same start."""
    result = list(known)
    for start in told:
        number = next((number for number, each in enumerate(result) if is_same_process(each, start)), None)
        if number is None:
            result.append(start)
        else:
            result[number] = _joined(result[number], start)
    result.sort(key=lambda start: start.start_time)
    joined = _without_sightings(result)
    return Merged(condensed(_clipped(joined)), tuple(_contradictions(joined)))


def set_back(before: KubeletStart, start: KubeletStart) -> int:
    """By how many seconds the clock was set back between two records of one boot."""
    if before.boot_id is None or before.boot_id != start.boot_id or before.boot_time is None or start.boot_time is None:
        return 0
    step = before.boot_time - start.boot_time
    return _seconds(step) if step > _STEP_SEEN else 0


def _less_certain(start: KubeletStart, seconds: int) -> KubeletStart:
    return replace(start, uncertainty=max(start.uncertainty, seconds))


def _behind(earliest: int, start: KubeletStart) -> KubeletStart:
    """The start, moved behind what is known already if the clock puts it before that."""
    if start.start_time > earliest:
        return start
    uncertainty = max(start.uncertainty, _seconds(earliest + 1 - start.start_time))
    moved = replace(start, start_time=earliest + 1, uncertainty=uncertainty)
    return replace(moved, stop_time=None if start.stop_time is None else max(start.stop_time, earliest + 1))


def _seconds(nanoseconds: int) -> int:
    return -(-nanoseconds // SECOND)


def _tolerance(one: KubeletStart, other: KubeletStart) -> int:
    return _SAME_START + (one.uncertainty + other.uncertainty) * SECOND


def _what_ran(start: KubeletStart) -> tuple[object, ...]:
    gates = None if start.feature_gates is None else tuple(sorted(start.feature_gates.items()))
    return start.kubelet_version, start.git_commit, gates, start.boot_id, start.override_journal, start.mode, start.clock


def _joined(one: KubeletStart, other: KubeletStart) -> KubeletStart:
    """One entry of two that tell of the same start: what the first one does not know is the second one's."""
    stop = one.stop_time if one.stop_time is not None else other.stop_time
    if stop is not None and stop < one.start_time:
        stop = None
    seen = max((time for time in (one.last_seen_time, other.last_seen_time) if time is not None and time >= one.start_time), default=None)
    return replace(
        one,
        stop_time=stop,
        last_seen_time=seen,
        git_commit=one.git_commit or other.git_commit,
        boot_id=one.boot_id or other.boot_id,
        feature_gates=one.feature_gates if one.feature_gates is not None else other.feature_gates,
    )


def _without_sightings(history: list[KubeletStart]) -> tuple[KubeletStart, ...]:
    """Sightings of a kubelet whose start is known add nothing but the time at which it was last seen."""
    result: list[KubeletStart] = []
    for start in history:
        before = result[-1] if result else None
        seen = start.mode is Mode.POLLED and before is not None and before.kubelet_version == start.kubelet_version
        if seen and before is not None and before.stop_time is None:
            result[-1] = replace(before, last_seen_time=max(before.last_known, start.last_known))
        else:
            result.append(start)
    return tuple(result)


def _contradictions(history: tuple[KubeletStart, ...]) -> Iterable[str]:
    for before, start in pairwise(history):
        if start.start_time <= before.start_time:
            yield f"kubelet {before.kubelet_version} and kubelet {start.kubelet_version} both start at {rfc3339(start.start_time)}"
        elif before.last_known - start.start_time > _tolerance(before, start):
            yield (
                f"kubelet {before.kubelet_version} still runs at {rfc3339(before.last_known)} ({before.mode.value}), "
                f"and kubelet {start.kubelet_version} runs from {rfc3339(start.start_time)} on ({start.mode.value})"
            )
    yield from _impossible_sightings(history)


def _clipped(history: tuple[KubeletStart, ...]) -> tuple[KubeletStart, ...]:
    """Ends that reach into the next entry, by no more than is uncertain, end with its start."""
    result = list(history)
    for number, (before, start) in enumerate(pairwise(history)):
        if before.last_known > start.start_time > before.start_time:
            stop, seen = before.stop_time, before.last_seen_time
            result[number] = replace(
                before,
                stop_time=None if stop is None else min(stop, start.start_time),
                last_seen_time=None if seen is None else min(seen, start.start_time),
            )
    return tuple(result)


def _impossible_sightings(history: tuple[KubeletStart, ...]) -> Iterable[str]:
    """Between two starts of a history without holes no other kubelet can have been seen."""
    for before, seen, after in zip(history, history[1:], history[2:], strict=False):
        if seen.mode is Mode.POLLED and before.mode is not Mode.POLLED and after.mode is not Mode.POLLED:
            yield (
                f"kubelet {seen.kubelet_version} was seen at {rfc3339(seen.start_time)}, "
                f"where the history has {before.kubelet_version} until {rfc3339(after.start_time)}"
            )
