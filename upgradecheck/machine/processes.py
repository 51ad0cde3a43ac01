"""What runs on this node, by /proc: command lines, which of them are kubelets, and when a process began."""

from __future__ import annotations

from upgradecheck.machine.errors import KubeletNotFound
from upgradecheck.machine.node import Machine

_NAMES = ("kubelet", "hyperkube")


def process_ids(machine: Machine) -> tuple[int, ...]:
    """All that can be seen from here.

    Raises:
        OSError: there is no /proc.
    """
    return tuple(sorted(int(entry.name) for entry in machine.proc.iterdir() if entry.name.isdigit()))


def kubelet_pids(machine: Machine) -> tuple[int, ...]:
    """The processes of kubelets that can be seen here; none where there is no /proc."""
    try:
        return tuple(pid for pid in process_ids(machine) if is_kubelet(machine, pid))
    except OSError:
        return ()


def is_kubelet(machine: Machine, pid: int) -> bool:
    """Whether a process is a kubelet, and not only somebody who asks one for its version."""
    words = command_line(machine, pid)
    name = words[0].rpartition("/")[2] if words else ""
    return name in _NAMES and (name == "kubelet" or "kubelet" in words[1:2]) and "--version" not in words[1:2]


def command_line(machine: Machine, pid: int) -> tuple[str, ...]:
    """A process's command line; empty if it is not there or has none."""
    try:
        raw = (machine.proc / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ()
    return tuple(word.decode("utf-8", "replace") for word in raw.split(b"\0")[:-1])


def since_boot_ms(machine: Machine, pid: int) -> int:
    """Milliseconds from boot to the start of the process; the name in field 2 may hold anything, so fields are counted from its end.

    Raises:
        KubeletNotFound: it is not there.
    """
    try:
        fields = (machine.proc / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
        return int(fields[19]) * 1000 // machine.ticks
    except (OSError, IndexError, ValueError) as error:
        raise KubeletNotFound(f"process {pid}: has ended, or /proc does not tell when it began. Try again.") from error
