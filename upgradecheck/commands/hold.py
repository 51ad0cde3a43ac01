"""``override hold``: before each start of the kubelet, what is provably unchanged is held over its change of version; then it starts.

By the proxy that stands between kubelet and runtime, where one does: nothing restarts, and nothing is written into records. Else by
containerd's records. Whenever something is not known, or not as it must be, nothing is held and the reason is told: the kubelet starts as
it would have. One process, and no child that writes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

from msgspec.structs import replace

from upgradecheck.commands.hold_by_proxy import proxy_here
from upgradecheck.commands.hold_by_records import records_here
from upgradecheck.commands.hold_kubelet import endpoint_of, known_kubelet, require_known
from upgradecheck.commands.hold_pins import Pins, pins_of
from upgradecheck.commands.hold_pods import keep_pods, pods_of
from upgradecheck.commands.hold_request import By, Held, HoldRequest, NotAtStart, NotSeen, OutOfTime, Way, told_of_nothing, would_hold
from upgradecheck.commands.holding import NothingToHold, Wanted, holdable
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.machine.runtime import Host
from upgradecheck.machine.start_pre import why_not_held_back
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.version import KubeletVersion
from upgradecheck.override.hold.place import LAST, SWITCHED_OFF, kept
from upgradecheck.override.hold.starting import starts_by_itself
from upgradecheck.override.state import FoundJournal, looked_at
from upgradecheck.transport.containerd import containerd

__all__ = ["By", "Held", "HoldRequest", "OutOfTime", "hold", "keep_pods", "line_of"]

STARTS_WITHIN = 15.0
"""Seconds for which a containerd that systemd starts is waited for."""
BESIDE = 15.0
"""Seconds by which the unit's own limit must be longer than ours."""


def _nothing() -> None:
    """Where nobody wants to know."""


class Told(NamedTuple):
    """What goes beside the outcome: who is called once it begins, and what else is to be said."""

    begun: Callable[[], None]
    besides: list[str]


def hold(request: HoldRequest, host: Host, switched_off: str = SWITCHED_OFF, begun: Callable[[], None] = _nothing) -> Held:
    """What the kubelet's start is prepared by. Never raises for what is wrong on the node: then nothing is held, and the line says why.

    begun is called before anything is done, where systemd holds the kubelet back.
    """
    besides: list[str] = []
    held = _whatever_happens(request, host, switched_off, Told(begun, besides))
    return replace(held, said="; ".join((held.said, *besides)))


def _whatever_happens(request: HoldRequest, host: Host, switched_off: str, told: Told) -> Held:
    if os.path.exists(switched_off):  # noqa: PTH110 - never raises
        return Held(f"nothing held: {switched_off} is there", at_start=False)
    at_start = not request.dry_run
    try:
        return _held(replace(request, until=time.monotonic() + request.seconds), host, told)
    except NotAtStart as why:
        return Held(f"nothing held: {why}", at_start=False)
    except NotSeen as why:
        return Held(f"held perhaps, nobody has seen it: {why}", at_start=at_start, done=True)
    except NothingToHold as why:
        return told_of_nothing("nothing held", why, at_start=at_start)
    except OutOfTime:
        return Held(f"nothing held, or not shown yet: not ready within {request.seconds:g} s", at_start=at_start)
    except UpgradecheckError as error:
        return Held(f"nothing held: {str(error).splitlines()[0]}", at_start=at_start)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with us, the kubelet starts, and it is told
        return Held(f"nothing held: {type(error).__name__} in upgradecheck itself ({error})", at_start=at_start)


def _held(request: HoldRequest, host: Host, told: Told) -> Held:
    dry = request.dry_run
    if not dry and (why := why_not_held_back(host, os.getpid(), request.seconds + BESIDE)) is not None:
        raise NotAtStart(why)
    if not dry:
        told.begun()
    kubelet = known_kubelet(host, running=dry)
    version = parse_kubelet_version(request.to_version) if request.to_version is not None else kubelet.version
    assert version is not None
    way = _way(request, host, kubelet)
    first = kept(request.file(LAST)) is None and not request.at_once
    pins = Pins()
    try:
        if not dry:
            (way.note if first else way.prepare)()
        require_known(version)
        if not dry and starts_by_itself(host):
            _await(way.runtime, min(STARTS_WITHIN, request.left()))
        way.require(dry=dry)
        wanted = _wanted(request, kubelet, version, way, told)
        pins = pins_of(request, wanted, kubelet, write=not dry and not first) if request.pins else pins
        found = holdable(wanted)
    except (NothingToHold, UpgradecheckError) as why:
        reason = str(why).splitlines()[0]
        done = None if dry or first else way.otherwise(version, reason, why.plan if isinstance(why, NothingToHold) else None)
        if done is None and not pins.words:
            raise
        nothing = why if isinstance(why, NothingToHold) else NothingToHold(reason)
        return _with_pins(done or told_of_nothing("no hash held", nothing, at_start=not dry), pins)
    more = f"{pins.words}; " if pins.words else ""
    if dry:
        return would_hold(found, way.name, "would hold", f"{more}nothing was changed", at_start=False)
    if first:
        ends = f"{more}nothing was changed, later starts hold"
        return would_hold(found, way.name, "first start, a dry run: would have held", ends, at_start=True)
    return _with_pins(way.carry_out(found), pins)


def _await(runtime: str, seconds: float) -> None:
    """Returns once the runtime answers, or the time is up."""
    with suppress(UpgradecheckError), containerd(runtime, "", max(seconds, 0.0)):
        pass


def _with_pins(held: Held, pins: Pins) -> Held:
    """The outcome, with what was done about static pods."""
    return replace(held, said=f"{held.said}; {pins.words}", done=held.done or pins.done) if pins.words else held


def _way(request: HoldRequest, host: Host, kubelet: LocalKubelet) -> Way:
    """The proxy where one stands, else the records; or what was asked for."""
    found = proxy_here(request, host, kubelet)
    if found is not None and request.by is By.RECORDS:
        raise NothingToHold(f"a proxy of ours stands at {endpoint_of(kubelet)}, the kubelet's endpoint: it would show what its map says")
    if found is not None:
        return found
    if request.by is By.PROXY:
        raise NothingToHold(f'no "upgradecheck override proxy" listens at {endpoint_of(kubelet)}, the kubelet\'s endpoint')
    return records_here(request, host, kubelet)


def _wanted(request: HoldRequest, kubelet: LocalKubelet, version: KubeletVersion, way: Way, told: Told) -> Wanted:
    node, journals = request.node or kubelet.name, tuple(_journals(request.state_dir))
    pods = pods_of(request, kubelet, node)
    told.besides.extend([pods.told] if pods.told else [])
    return Wanted(
        node=node,
        version=version,
        runtime=way.runtime,
        files=pods.files,
        checkpoint=request.checkpoint,
        map_file=way.map_file,
        in_force=way.in_force,
        journals=tuple(f"{request.state_dir.rstrip('/')}/{one.name}" for one in journals),
        written_for=tuple(one.journal.to_version for one in reversed(journals)),
        running=kubelet.version if kubelet.runs else None,
    )


def _journals(directory: str) -> Iterator[FoundJournal]:
    """The journals of override apply that are in force: what they wrote is not natural."""
    held = looked_at(directory)
    yield from (one for one in (() if held is None else held.journals) if one.journal.in_force)


def line_of(held: Held, seconds: float) -> str:
    """What stands in the journal."""
    return f"{held.said}; {seconds:.1f} s"
