"""On the node: waits until hold has come to a mark, and kills all of the kubelet's unit with SIGKILL; prints how many, and where it was."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.systemd.inside import STATE

_UNIT = Path("/sys/fs/cgroup/systemd/system.slice/kubelet.service/cgroup.procs")
_STILL = " still"
_FILES = {"restart": "restart.json", "map": "map.json", "given back": "map-given-back.json"}
_HELD_FOR = 0.5
"""Seconds: by then whoever writes waits for containerd."""


def main(mark: str, *, starting: bool = False) -> None:
    """mark: a number of lines of the journal, ``applied``, its last line, or ``restart``, once containerd's has begun; of hold by proxy
    ``there``, as soon as it is seen, ``plan``, while it plans, ``map``, once that is in place, or ``given back``, once the map before is. starting: the kubelet is started here, so that nothing is missed.

    ``20 still``: containerd is stopped there, so that it is killed in the middle of a write; containerd goes on afterwards.
    """
    begun, until = time.time(), time.monotonic() + 60
    wanted, still = mark.removesuffix(_STILL), mark.endswith(_STILL)
    containerd = int(
        subprocess.run(["systemctl", "show", "-p", "MainPID", "--value", "containerd"], capture_output=True, check=True).stdout
    )
    if starting:
        subprocess.run(["systemctl", "start", "--no-block", "kubelet"], check=True)
    while time.monotonic() < until:
        if _reached(wanted, begun) and (wanted != "restart" or not Path(f"/proc/{containerd}").exists()):
            with _standing_still(containerd if still else None):
                pids = [int(one) for one in _UNIT.read_text().split()]
                for pid in pids:
                    os.kill(pid, signal.SIGKILL)
                print(f"killed {len(pids)} at {_journal().count(10)} lines")
            return
        time.sleep(0.0002 if still else 0.002)
    print("never reached")


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


def _reached(mark: str, begun: float) -> bool:
    if mark in _FILES:
        return _since(STATE / "hold" / _FILES[mark], begun)
    if mark in ("there", "plan"):
        return _plans(0.0 if mark == "there" else 0.8)
    journal = _journal()
    return b'"applied"' in journal if mark == "applied" else journal.count(b"\n") >= int(mark)


def _plans(for_seconds: float) -> bool:
    """Whether hold is there, and has been for a while: a plan takes longer."""
    words = (Path(f"/proc/{one}/cmdline") for one in _UNIT.read_text().split()) if _UNIT.exists() else ()
    there = any(b"hold" in told and b"--seconds" in told and b"timeout" not in told for told in map(_read, words))
    if there:
        time.sleep(for_seconds)
    return there


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _journal() -> bytes:
    """The newest."""
    found = sorted((STATE / "override").glob("*.journal"))
    return found[-1].read_bytes() if found else b""


def _since(path: Path, begun: float) -> bool:
    try:
        return path.stat().st_mtime >= begun
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    main(sys.argv[1], starting="starting" in sys.argv[2:])
