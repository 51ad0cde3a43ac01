"""On the node: waits until hold has come to a mark, and kills all of the kubelet's unit with SIGKILL; prints how many, and where it was."""

import os
import signal
import sys
import time
from pathlib import Path

from tests.lab.systemd.inside import STATE

_UNIT = Path("/sys/fs/cgroup/systemd/system.slice/kubelet.service/cgroup.procs")


def main(mark: str) -> None:
    """mark: a number of lines of the journal; ``applied``, its last line; ``restart``, the mark of containerd's restart."""
    begun, until = time.time(), time.monotonic() + 60
    while time.monotonic() < until:
        journal = _journal()
        if (
            (mark.isdigit() and journal.count(b"\n") >= int(mark))
            or (mark == "applied" and b'"applied"' in journal)
            or (mark == "restart" and _since(STATE / "hold/restart.json", begun))
        ):
            pids = [int(one) for one in _UNIT.read_text().split()]
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            print(f"killed {len(pids)} at {_journal().count(10)} lines")
            return
        time.sleep(0.002)
    print("never reached")


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
    main(sys.argv[1])
