"""On the node: runs a command of ours, waits until it has come to a mark, and kills somebody with SIGKILL; prints how that went, as JSON.

    python -m tests.lab.systemd.docker_killing VICTIM MARK COMMAND…

VICTIM is ``itself`` (the command, with all that it has started), ``dockerd``, ``containerd``; or ``guard``, from when on dockerd cannot start, or
``disk``, which is full from then on where dockerd keeps its containers.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

JOURNALS, SETTINGS = Path("/var/lib/upgradecheck/override"), Path("/etc/docker/daemon.json")
FILLER = Path("/var/lib/docker/.filler")
SOCKET, BROKEN = "/run/docker.sock", Path("/run/lab/broken")
PATIENCE = 200.0


class Marks:
    """How far a command has come, as it shows from outside; containers are how many labels it writes."""

    def __init__(self, containers: int) -> None:
        self._containers = containers
        self._lines = _journal().count(b"\n")
        self._before = _process("dockerd")

    def all(self) -> Mapping[str, Callable[[], bool]]:
        """By name whether it is reached; an undo has no live-restore to write."""
        return {
            "live-restore is written": lambda: b'"live-restore": true' in SETTINGS.read_bytes(),
            "docker.socket is stopped": lambda: _state("docker.socket") != "active",
            "dockerd is stopped": lambda: _process("dockerd") is None,
            "one label is written": lambda: self._written() > 2,
            "half of them are written": lambda: self._written() > self._containers,
            "all are written": lambda: b'"applied"' in self._new() or b'"undone"' in self._new(),
            "dockerd starts": lambda: _process("dockerd") not in (None, self._before),
            "dockerd answers": lambda: _process("dockerd") not in (None, self._before) and _answers(),
        }

    def _new(self) -> bytes:
        """What this run has written into the journal."""
        return b"\n".join(_journal().split(b"\n")[self._lines :])

    def _written(self) -> int:
        return _journal().count(b"\n") - self._lines


def main(victim: str, mark: str, containers: int, command: list[str]) -> None:
    """Plays it."""
    reached = Marks(containers).all()[mark]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        if reached():
            killed = _kill(victim, process.pid)
            break
        time.sleep(0.0005)
    else:
        killed = None
    said = process.communicate(timeout=PATIENCE)[0]
    print(json.dumps({"killed": killed, "code": process.returncode, "said": said.splitlines()[-12:]}))


def _kill(victim: str, process: int) -> str:
    """What was done."""
    if victim in ("guard", "disk"):
        with _standing_still(process):
            BROKEN.touch() if victim == "guard" else _fill(FILLER)
        return victim
    if victim == "itself":
        os.killpg(process, signal.SIGKILL)
        return victim
    found = _process(victim)
    if found is None:
        return "nobody"
    os.kill(found, signal.SIGKILL)
    return victim


@contextmanager
def _standing_still(process: int) -> Iterator[None]:
    """The command, with all that it has started, does nothing meanwhile."""
    os.killpg(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(process, signal.SIGCONT)


def _fill(path: Path) -> None:
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(bytes(1 << 16)):
            pass
    with suppress(OSError), path.open("ab", buffering=0) as file:
        while file.write(bytes(512)):
            pass


def _process(name: str) -> int | None:
    """The process of that name."""
    for one in Path("/proc").iterdir():
        with suppress(OSError):
            if one.name.isdecimal() and (one / "comm").read_text() == f"{name}\n":
                state = (one / "stat").read_text().rpartition(") ")[2][:1]
                if state not in "ZX":
                    return int(one.name)
    return None


def _state(unit: str) -> str:
    return subprocess.run(["systemctl", "is-active", unit], capture_output=True, text=True, check=False).stdout.strip()


def _answers() -> bool:
    """Once this is asked, dockerd starts already, so that the socket starts nothing."""
    with socket.socket(socket.AF_UNIX) as line, suppress(OSError):
        line.settimeout(0.2)
        line.connect(SOCKET)
        line.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
        return line.recv(20).startswith(b"HTTP/1.0 200")
    return False


def _journal() -> bytes:
    """All of them; only the newest grows."""
    return b"".join(one.read_bytes() for one in sorted(JOURNALS.glob("*.journal")))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
