"""The proxy through which this node's kubelet will reach its runtime: who listens there, with which map.

Its command line says so. Whoever else listens there is no proxy of ours, and then nothing can be shown to the kubelet.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec

from upgradecheck.decode.kubelet.flags import last
from upgradecheck.machine.node import Machine
from upgradecheck.machine.processes import command_line, seen_processes
from upgradecheck.machine.runtime import Host

_PAUSE = 0.1


class StandingProxy(msgspec.Struct, frozen=True, gc=False):
    """A proxy of ours that listens: its sockets, as paths, and the file of its map."""

    listen: str
    upstream: str
    map_file: str


def standing_proxy(host: Host, endpoint: str, patience: float, sleep: Callable[[float], None] = time.sleep) -> StandingProxy | None:
    """The proxy at the kubelet's endpoint, waited for if nobody listens there yet; None where there is none."""
    path = endpoint.removeprefix("unix://")
    until = time.monotonic() + patience
    while True:
        try:
            return proxy_of(host.listener(path).command_line, path)
        except OSError:
            if time.monotonic() >= until:
                return None
            sleep(_PAUSE)


def running_proxy(machine: Machine, endpoint: str) -> StandingProxy | None:
    """The proxy at a kubelet's endpoint by the processes of a machine, which is seen from a container, too, that has its /proc."""
    path = endpoint.removeprefix("unix://")
    found = (proxy_of(command_line(machine, pid), path) for pid in seen_processes(machine)) if path else ()
    return next((one for one in found if one is not None), None)


def proxy_of(words: Sequence[str], listens_at: str) -> StandingProxy | None:
    """What a command line says of a proxy; None if it is another program's, or does not name whole paths."""
    at = next((number for number in range(len(words) - 1) if tuple(words[number : number + 2]) == ("override", "proxy")), None)
    if at is None:
        return None
    told = [last(words[at + 1 :], name) for name in ("listen", "upstream", "map")]
    listen, upstream, plan = ((one or "").removeprefix("unix://") for one in told)
    if listen != listens_at or not upstream.startswith("/") or not plan.startswith("/"):
        return None
    return StandingProxy(listen, upstream, plan)
