"""What must hold before a record is written: without each of these an override could restart what it is to keep.

A running kubelet may restart pods in between, and would look at changed annotations with the old version. A restart of containerd kills its
containers unless its unit leaves them alone, and does not come back with a configuration that does not load.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum

import msgspec

from upgradecheck.machine.runtime import Host, Listener

_AT_REST = ("inactive", "failed")


class CheckName(str, Enum):
    """The preconditions that somebody who knows better may skip, by name."""

    KUBELET = "kubelet"
    KILL_MODE = "kill-mode"
    CONFIG = "config"


class Unmet(msgspec.Struct, frozen=True, gc=False):
    """A precondition that does not hold, or of which nobody knows; name is None where it cannot be skipped."""

    name: CheckName | None
    message: str


def unmet(host: Host, listener: Listener, skipped: Collection[CheckName]) -> tuple[Unmet, ...]:
    """The preconditions that do not hold, without those that are skipped."""
    found = (
        None if host.user() == 0 else Unmet(None, "root: this is another user. Run it as root, who alone may write containerd's records."),
        _named(CheckName.KUBELET, _kubelet(host, listener)),
        _named(CheckName.KILL_MODE, _kill_mode(host, listener)),
        _named(CheckName.CONFIG, _configuration(host, listener)),
    )
    return tuple(one for one in found if one is not None and one.name not in skipped)


def _named(name: CheckName, problem: str | None) -> Unmet | None:
    return None if problem is None else Unmet(name, f"{name.value}: {problem} (--skip-check {name.value} goes on all the same.)")


def _kubelet(host: Host, listener: Listener) -> str | None:
    carriers = host.carriers()
    if carriers:
        return (
            f"it runs inside {', '.join(carriers)}, which also keeps the runtime: neither stops without the other."
            ' Use "upgradecheck override proxy".'
        )
    pids = host.kubelets()
    if pids:
        return f"it runs (process {', '.join(map(str, pids))}) and might restart pods meanwhile. Stop it: systemctl stop kubelet"
    unit = host.unit("kubelet.service")
    state = _state(unit)
    if state not in (None, *_AT_REST):
        return f"its unit is {state}: it would start, or has not ended. Stop it: systemctl stop kubelet"
    if listener.pid == 0 and state is None:
        return "the processes of the node cannot be seen from here. Run it on the node itself, in the node's PID namespace."
    return None


def _state(unit: Mapping[str, str] | None) -> str | None:
    """A unit's state, None if there is no such unit or nobody to ask."""
    return None if unit is None or unit.get("LoadState") != "loaded" else unit.get("ActiveState")


def _kill_mode(host: Host, listener: Listener) -> str | None:
    properties = None if listener.unit is None else host.unit(listener.unit)
    if properties is None or properties.get("LoadState") != "loaded" or "KillMode" not in properties:
        return (
            "nobody can tell whether a restart of containerd leaves its containers alone: it is no unit of systemd's that can be asked."
            " Make sure that whatever restarts it ends only its own process."
        )
    mode = properties["KillMode"]
    if mode != "process":
        return f"{listener.unit} has KillMode={mode or 'unset'}: its restart would kill every container. Set KillMode=process first."
    return None


def _configuration(host: Host, listener: Listener) -> str | None:
    loads = host.configuration_loads(listener)
    if loads is None:
        return '"containerd config dump" cannot be run, so nobody knows whether containerd would come back from a restart.'
    return None if loads else '"containerd config dump" fails: containerd would not come back from a restart. Mend its configuration first.'
