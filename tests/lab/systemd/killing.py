"""On the node: waits until hold has come to a mark, and kills all of the kubelet's unit with SIGKILL, or containerd; prints how many, and where it was."""

import argparse
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.lab.systemd.inside import STATE
from tests.lab.systemd.units import CONTAINERD

_SLICE = Path("/sys/fs/cgroup/systemd/system.slice")
_STILL = " still"
_FILES = {
    "ready": "restart-next.json",
    "marked": "restart.json",
    "map": "map.json",
    "given back": "map-given-back.json",
    "noted": "last.json",
}
_HELD_FOR = 0.5
"""Seconds: by then whoever writes waits for containerd."""


class Seen(NamedTuple):
    """What a mark is looked for in: since when, and the containerd that ran then."""

    begun: float
    containerd: int


def main() -> None:
    """mark: a number of lines of the journal; ``applied``, its last; ``ready``, the mark of the next restart, and ``marked``, that of this one;
    ``restart``, once containerd is gone for it, ``starting``, once another one is there, ``up``, once that answers, ``verified``, once that was
    looked at, ``noted``, once the outcome is kept; of hold by proxy ``there``, as soon as it is seen, ``plan``, while it plans, ``map``, once
    that is in place, or ``given back``, once the map before is.

    ``20 still``: containerd is stopped there, so that it is killed in the middle of a write; containerd goes on afterwards. starting: the
    kubelet is started here, so that nothing is missed. containerd: that is killed, and hold lives; stop: it is stopped, and goes on later.
    """
    asked = argparse.ArgumentParser()
    asked.add_argument("mark")
    asked.add_argument("--starting", action="store_true")
    asked.add_argument("--containerd", choices=("kill", "stop"))
    given = asked.parse_args()
    begun, until = time.time(), time.monotonic() + 60
    wanted, still = given.mark.removesuffix(_STILL), given.mark.endswith(_STILL)
    main_pid = subprocess.run(["systemctl", "show", "-p", "MainPID", "--value", "containerd"], capture_output=True, check=True).stdout
    seen = Seen(begun, int(main_pid))
    if given.starting:
        subprocess.run(["systemctl", "start", "--no-block", "kubelet"], check=True)
    while time.monotonic() < until:
        if _reached(wanted, seen):
            state = f"containerd {_state_of(seen)}"
            done = _containerd(given.containerd, seen) if given.containerd else _unit(seen.containerd if still else None)
            print(f"{done} at {_journal(begun).count(10)} lines\n{state}")
            return
        time.sleep(0.0002)
    print("never reached")


def _unit(stopped: int | None) -> str:
    """All of the kubelet's unit is killed; containerd stands still meanwhile, if it is to."""
    with _standing_still(stopped):
        pids = _processes("kubelet")
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
    return f"killed {len(pids)}"


def _containerd(how: str, seen: Seen) -> str:
    """The one that ran at the beginning at once; looking for another takes some milliseconds, in which much is written."""
    pids = [seen.containerd] if _state_of(seen) == "as before" else _containerds()
    for pid in pids:
        os.kill(pid, signal.SIGKILL if how == "kill" else signal.SIGSTOP)
    return f"{'killed' if how == 'kill' else 'stopped'} {len(pids)} of containerd"


@contextmanager
def _standing_still(process: int | None) -> Iterator[None]:
    if process is None:
        yield
        return
    os.kill(process, signal.SIGSTOP)
    try:
        time.sleep(_HELD_FOR)
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def _reached(mark: str, seen: Seen) -> bool:
    if found := _MARKS.get(mark):
        return found(seen)
    if mark in _FILES:
        return _since(STATE / "hold" / _FILES[mark], seen.begun)
    journal = _journal(seen.begun)
    return b'"applied"' in journal if mark == "applied" else journal.count(b"\n") >= int(mark)


def _restarts(seen: Seen) -> bool:
    return _since(STATE / "hold/restart.json", seen.begun) and _state_of(seen) != "as before"


def _starting(seen: Seen) -> bool:
    return _restarts(seen) and bool(_containerds())


def _up(seen: Seen) -> bool:
    """Whether another one answers."""
    if not _starting(seen):
        return False
    with socket.socket(socket.AF_UNIX) as line:
        return line.connect_ex(CONTAINERD) == 0


def _verified(seen: Seen) -> bool:
    return _restarts(seen) and b'"verified":true' in _read(STATE / "hold/restart.json")


def _there(_: Seen) -> bool:
    return _hold_is_there()


def _plans(_: Seen) -> bool:
    """Whether hold is there, and has been for a while: a plan takes longer."""
    there = _hold_is_there()
    if there:
        time.sleep(0.8)
    return there


_MARKS: dict[str, Callable[[Seen], bool]] = {
    "restart": _restarts,
    "starting": _starting,
    "up": _up,
    "verified": _verified,
    "there": _there,
    "plan": _plans,
}


def _hold_is_there() -> bool:
    words = (_read(Path(f"/proc/{one}/cmdline")) for one in _processes("kubelet"))
    return any(b"hold" in told and b"--seconds" in told and b"timeout" not in told for told in words)


def _state_of(seen: Seen) -> str:
    """Of the containerd that ran at the beginning; a process that was killed is gone before its parent has heard of it."""
    told = _read(Path(f"/proc/{seen.containerd}/stat")).rpartition(b") ")[2][:1]
    return "gone" if told in (b"", b"Z", b"X") else "as before"


def _containerds() -> list[int]:
    """The processes of containerd itself, shims left out."""
    return [one for one in _processes("containerd") if _read(Path(f"/proc/{one}/comm")) == b"containerd\n"]


def _processes(unit: str) -> list[int]:
    return [int(one) for one in _read(_SLICE / f"{unit}.service/cgroup.procs").split()]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _journal(begun: float) -> bytes:
    """The newest that was written to since then."""
    found = [one for one in sorted((STATE / "override").glob("*.journal")) if _since(one, begun)]
    return _read(found[-1]) if found else b""


def _since(path: Path, begun: float) -> bool:
    try:
        return path.stat().st_mtime >= begun
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    main()
