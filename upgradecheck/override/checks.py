"""What must hold before a record is written: without each of these an override could restart what it is to keep.

A running kubelet may restart pods in between, and would look at changed annotations with the old version. It is looked for by the sockets
that only kubelets serve, since its process may be called anything, then by name, then by the units that would start one. One unit may be
about to: that whose ExecStartPre this program is, since systemd starts no kubelet of it before we have ended. A restart of
containerd kills its containers unless its unit leaves them alone, and does not come back with a configuration that does not load; a restart
of the unit of another program, in whose cgroup it lies, would start that program's kubelet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import Enum

import msgspec

from upgradecheck.machine.running_kubelets import RunningKubelet
from upgradecheck.machine.runtime import BOUND, Host, Listener
from upgradecheck.machine.start_pre import held_back_unit
from upgradecheck.model.distributions import services
from upgradecheck.model.wording import listed

_AT_REST = ("inactive", "failed")


class CheckName(str, Enum):
    """The preconditions that somebody who knows better may skip, by name."""

    KUBELET = "kubelet"
    KILL_MODE = "kill-mode"
    CONFIG = "config"
    LIVE_RESTORE = "live-restore"


class Unmet(msgspec.Struct, frozen=True, gc=False):
    """A precondition that does not hold, or of which nobody knows; name is None where it cannot be skipped."""

    name: CheckName | None
    message: str


def unmet(host: Host, listener: Listener, skipped: Collection[CheckName]) -> tuple[Unmet, ...]:
    """The preconditions that do not hold, without those that are skipped."""
    found = (
        None if host.user() == 0 else Unmet(None, "root: this is another user. Run it as root, who alone may write containerd's records."),
        _named(CheckName.KUBELET, kubelet_problem(host, listener)),
        _named(CheckName.KILL_MODE, _kill_mode(host, listener)),
        _named(CheckName.CONFIG, _configuration(host, listener)),
    )
    return tuple(one for one in found if one is not None and one.name not in skipped)


def _named(name: CheckName, problem: str | None) -> Unmet | None:
    return None if problem is None else Unmet(name, f"{name.value}: {problem} (--skip-check {name.value} goes on all the same.)")


def kubelet_problem(host: Host, listener: Listener) -> str | None:
    """Which kubelet runs or is about to, None if all are at rest."""
    running = host.kubelets()
    if running:
        return _runs(running, listener)
    states = {name: state for name in services() if (state := _state(host.unit(name))) is not None}
    own = held_back_unit(host, host.pid(), services())
    about = next(((name, state) for name, state in states.items() if state not in _AT_REST and name != own), None)
    if about is not None:
        name, state = about
        whose = "its unit" if name == "kubelet.service" else f"the unit {name}"
        return f"{whose} is {state}: it would start, or has not ended. {_stop(name)}"
    if listener.pid == 0 and not states:
        return "the processes of the node cannot be seen from here. Run it on the node itself, in the node's PID namespace."
    return None


def _runs(running: Sequence[RunningKubelet], listener: Listener) -> str:
    """Which kubelets run, and what stops them; a unit that holds the runtime too stops that as well."""
    told = f"it runs ({'; '.join(map(_seen, running))}) and might restart pods meanwhile."
    units = tuple(dict.fromkeys(one.unit for one in running if one.unit is not None))
    if listener.unit is not None and listener.unit in units:
        return f'{told} {listener.unit} keeps it and the runtime: neither stops without the other. Use "upgradecheck override proxy".'
    if not all(one.pid for one in running):
        return f"{told} Stop it; if it seems stopped, run this on the node itself, in the node's PID namespace."
    if not units and any(one.inside for one in running):
        return f"{told} Stop that program first."
    return f"{told} {_stop(*(units or ('kubelet.service',)))}"


def _seen(one: RunningKubelet) -> str:
    """A kubelet by its process, and where that does not say so by itself, by its socket."""
    return f"{one.words} serves {one.socket}" if one.socket is not None and one.inside else one.words


def _stop(*units: str) -> str:
    return f"Stop it: systemctl stop {' '.join(unit.removesuffix('.service') for unit in units)}"


def _state(unit: Mapping[str, str] | None) -> str | None:
    """A unit's state, None if there is no such unit or nobody to ask."""
    return None if unit is None or unit.get("LoadState") != "loaded" else unit.get("ActiveState")


def restart_hindered(host: Host, listener: Listener) -> str | None:
    """Why a restart of the listener's unit would not be a restart of the runtime alone; None if it would."""
    if listener.unit is None:
        return "containerd is no unit of systemd's here"
    properties = host.unit(listener.unit)
    if properties is None:
        return "systemd cannot be asked here"
    main = properties.get("MainPID", "")
    if not listener.pid or main != str(listener.pid):
        whose = f"which is process {main}" if main.isdigit() and main != "0" else "which nobody can tell"
        return (
            f"containerd (process {listener.pid}) is not the main process of {listener.unit}, {whose}: that unit's restart would start"
            " more than containerd, and perhaps the old kubelet"
        )
    bound = bound_units(host, listener.unit)
    return f"{listed(bound)}, which {listener.unit} takes along, would be restarted with it" if bound else None


def bound_units(host: Host, *units: str) -> tuple[str, ...]:
    """The services that run and that systemd stops or restarts with these (by their Requires=, BindsTo=, PartOf=).

    Those of kubelets are left out, which are looked at by themselves.
    """
    told = (host.unit(unit) or {} for unit in units)
    names = {name for one in told for key in BOUND for name in one.get(key, "").split() if name.endswith(".service")}
    return tuple(sorted(name for name in names - {*units, *services()} if _state(host.unit(name)) not in (None, *_AT_REST)))


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
