"""Whether systemd holds the kubelet back until this process has ended: it runs as an ExecStartPre of the unit that starts the kubelet.

Then nothing else starts that kubelet meanwhile. All three must be so: the unit is in start-pre, this process is in its cgroup, and it is,
or descends from, the process that systemd waits for. An outsider has no lock: systemd starts the kubelet when its own control process ends.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from upgradecheck.machine.node import Machine
from upgradecheck.machine.running_kubelets import unit_of
from upgradecheck.machine.runtime import Host
from upgradecheck.model.patterns import pattern

UNIT = "kubelet.service"
_START_PRE = "start-pre"
_SPAN = pattern(r"(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<unit>us|ms|s|min|h|d|w|month|y)")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "month": 2629800.0, "y": 31557600.0}


def held_back_unit(host: Host, pid: int, units: Collection[str]) -> str | None:
    """The one of these units whose kubelet systemd holds back as long as the process pid runs; None if there is none."""
    own = unit_of(host.machine, pid)
    return own if own in units and own is not None and _why_not(host, pid, own) is None else None


def why_not_held_back(host: Host, pid: int, seconds: float) -> str | None:
    """Why systemd does not hold the kubelet back while the process pid works for so many seconds; None if it does."""
    own = unit_of(host.machine, pid)
    if own != UNIT:
        return f"this process is in {'no service' if own is None else own}, not in {UNIT}: nobody holds the kubelet back"
    return _why_not(host, pid, UNIT) or _too_short(host, seconds)


def _why_not(host: Host, pid: int, unit: str) -> str | None:
    """Why the unit's start does not wait for the process."""
    state = host.unit(unit)
    if state is None:
        return "systemd cannot be asked here"
    if state.get("SubState") != _START_PRE:
        return f"{unit} is in {state.get('SubState') or 'a state that is not told'}, not in {_START_PRE}: nobody holds the kubelet back"
    if state.get("ControlPID", "0") not in {str(one) for one in _ancestry(host.machine, pid)}:
        return f"systemd does not wait for this process before it starts the kubelet (it waits for {state.get('ControlPID', 'none')})"
    if running := host.kubelets():
        return f"a kubelet runs ({'; '.join(one.words for one in running)})"
    return None


def _too_short(host: Host, seconds: float) -> str | None:
    state = host.unit(UNIT) or {}
    limit = span(state.get("TimeoutStartUSec", ""))
    if limit is None or limit < seconds:
        told = state.get("TimeoutStartUSec") or "not told"
        return f"TimeoutStartSec of {UNIT} is {told}, and {seconds:g} s are wanted: systemd would give the kubelet up"
    return None


def span(text: str) -> float | None:
    """Seconds of a time span as systemctl prints it (``1min 30s``, ``infinity``), None for what is none."""
    if text.strip() == "infinity":
        return float("inf")
    words = text.split()
    found = [_SPAN.fullmatch(word) for word in words]
    if not words or not all(found):
        return None
    return sum(float(one["number"]) * _SECONDS[one["unit"]] for one in found if one is not None)


def _ancestry(machine: Machine, pid: int) -> Iterator[int]:
    """The process and those above it."""
    while pid > 0:
        yield pid
        pid = _parent(machine, pid)


def _parent(machine: Machine, pid: int) -> int:
    """Field 4 of stat; the name before it may hold anything."""
    try:
        told = (machine.proc / str(pid) / "stat").read_text("utf-8", "replace")
    except OSError:
        return 0
    found = re.match(r"\s+\S\s+([0-9]+)\b", told.rpartition(")")[2])
    return int(found[1]) if found else 0
