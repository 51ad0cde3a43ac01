"""A containerd that stands in for one whose unit does not start it again: it ran until hold restarted it, and without it no kubelet starts.

What keeps a unit from starting (a script before it, a file that is gone) need not keep its program: the same file, words and environment as
before run as a transient unit, which kills its own process alone, too. The unit itself is stopped, so that it does not try again and again.
Two cannot work on the same directories: whoever comes second waits for the lock of containerd's databases.
"""

from __future__ import annotations

from upgradecheck.machine.runtime import Host, Started

UNIT = "upgradecheck-containerd-stand-in.service"
_GAVE_UP = ("failed", "inactive")
_LATER = "auto-restart"


def gave_up(host: Host, unit: str) -> bool:
    """Whether a start of it has ended without it: one that is only slow goes on by itself."""
    state = host.unit(unit)
    return state is not None and (state.get("ActiveState") in _GAVE_UP or state.get("SubState") == _LATER)


def stands_in(host: Host, unit: str, started: Started) -> bool:
    """Starts the stand-in; whether systemd has. Where it has not, for whatever reason, the unit goes on trying as before."""
    begun = False
    try:
        host.stop(unit)
        begun = host.start_once_more(UNIT, started)
    finally:
        if not begun:
            host.let_start(unit)
    return begun


def left_alone(host: Host, unit: str) -> bool:
    """Of a stand-in that has not answered in time: whether it is left to come up. Else it is taken away, and the unit goes on trying.

    One that runs since its start is slow and no more (a large database, a busy disk). Taken away for a unit that is known to fail, it would
    leave the node without any containerd until somebody mends that; left, it answers by and by, the kubelet's next start finds it, and the
    records that were written are in effect. Containers run on either way. One that has ended meanwhile, though systemd started it again,
    fails as its unit does, and of one of which systemd tells nothing nobody knows: there the unit is the better hope.
    """
    if _runs_since_its_start(host):
        return True
    taken_away(host, unit)
    return False


def _runs_since_its_start(host: Host) -> bool:
    state = host.unit(UNIT)
    return state is not None and (state.get("ActiveState"), state.get("SubState"), state.get("NRestarts")) == ("active", "running", "0")


def taken_away(host: Host, unit: str) -> None:
    """Stops the stand-in, which was of no use, and lets the unit go on trying."""
    try:
        host.stop(UNIT)
    finally:
        host.let_start(unit)


def words_of(unit: str) -> str:
    """What stands in the line, and what is to be done."""
    name = UNIT.removesuffix(".service")
    mended = f"systemctl stop {name}; systemctl start {unit.removesuffix('.service')}"
    return f"{unit} did not start again (journalctl -u {unit}), so its program runs as {name}; once that is mended: {mended}"


def words_of_a_slow_one(unit: str) -> str:
    """The same of one that does not answer yet."""
    return f"the records are written, but {words_of(unit)}. It does not answer yet, and is left to come up: journalctl -u {UNIT}"
