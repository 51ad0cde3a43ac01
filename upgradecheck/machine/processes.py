"""What runs on this node, by /proc: command lines, which of them are kubelets, and when a process began.

Which program a process is, is told by the first word of its command line (k3s replaces its own by the one word ``/usr/local/bin/k3s
server``) and by the name that the kernel keeps. That is enough to find a kubelet of its own; one inside another program is found by its
sockets (``kubelet_sockets``), and by name only while it has none yet.
"""

from __future__ import annotations

import os
from collections import defaultdict

from upgradecheck.machine.errors import KubeletNotFound
from upgradecheck.machine.node import Machine

_NAMES = ("kubelet", "hyperkube")
_CARRIERS = ("k3s-server", "k3s-agent", "kubelite", "edgecore", "microshift")
_STARTERS = ("k3s", "k8e", "rke2", "k0s")
_STARTED = ("server", "agent", "worker", "controller", "single")
"""Programs with a kubelet inside or as their child: the latter if one of these words follows, for they do other things too."""


def process_ids(machine: Machine) -> tuple[int, ...]:
    """All that can be seen from here.

    Raises:
        OSError: there is no /proc.
    """
    return tuple(sorted(int(entry.name) for entry in machine.proc.iterdir() if entry.name.isdigit()))


def seen_processes(machine: Machine) -> tuple[int, ...]:
    """All that can be seen from here; none where there is no /proc."""
    try:
        return process_ids(machine)
    except OSError:
        return ()


def of_another_namespace(machine: Machine) -> bool:
    """Whether what is looked at is the /proc of another PID namespace, such as the node's, mounted into a container."""
    try:
        return str((machine.proc / "self").readlink()) != str(os.getpid())
    except OSError:
        return False


def kubelet_pids(machine: Machine) -> tuple[int, ...]:
    """The processes that are kubelets by their names."""
    return tuple(pid for pid in seen_processes(machine) if is_kubelet(machine, pid))


def is_kubelet(machine: Machine, pid: int) -> bool:
    """Whether a process is a kubelet by its name, and not only somebody who asks one for its version."""
    words = command_line(machine, pid)
    name = words[0].rpartition("/")[2] if words else ""
    return name in _NAMES and (name == "kubelet" or "kubelet" in words[1:2]) and "--version" not in words[1:2]


def carrier_pids(machine: Machine) -> tuple[int, ...]:
    """The processes that have a kubelet inside or start one, by their names."""
    return tuple(pid for pid in seen_processes(machine) if _carries(machine, pid))


def _carries(machine: Machine, pid: int) -> bool:
    names = {_first_name(command_line(machine, pid)), _kernel_name(machine, pid)}
    words = {word for one in command_line(machine, pid) for word in one.split()}
    if "--version" in words:
        return False
    return not names.isdisjoint(_CARRIERS) or (not names.isdisjoint(_STARTERS) and not words.isdisjoint(_STARTED))


def program_name(machine: Machine, pid: int) -> str:
    """What people call the program of a process; empty where nobody can tell."""
    return _first_name(command_line(machine, pid)) or _kernel_name(machine, pid)


def _first_name(words: tuple[str, ...]) -> str:
    """The name in the first word, whatever follows it there."""
    first = words[0].split()[:1] if words else []
    return first[0].rpartition("/")[2] if first else ""


def _kernel_name(machine: Machine, pid: int) -> str:
    try:
        return (machine.proc / str(pid) / "comm").read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def command_line(machine: Machine, pid: int) -> tuple[str, ...]:
    """A process's command line; empty if it is not there or has none."""
    try:
        raw = (machine.proc / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ()
    return tuple(word.decode("utf-8", "replace") for word in raw.split(b"\0")[:-1])


def with_descendants(machine: Machine, pid: int) -> tuple[int, ...]:
    """A process and all that it started, and so on, itself first."""
    children: dict[int, list[int]] = defaultdict(list)
    for one in seen_processes(machine):
        children[_parent(machine, one)].append(one)
    found = [pid]
    for one in found:
        found.extend(children.pop(one, ()))
    return tuple(found)


def _parent(machine: Machine, pid: int) -> int:
    try:
        return int(_stat_fields(machine, pid)[1])
    except (OSError, IndexError, ValueError):
        return 0


def since_boot_ms(machine: Machine, pid: int) -> int:
    """Milliseconds from boot to the start of the process.

    Raises:
        KubeletNotFound: it is not there.
    """
    try:
        return int(_stat_fields(machine, pid)[19]) * 1000 // machine.ticks
    except (OSError, IndexError, ValueError) as error:
        raise KubeletNotFound(f"process {pid}: has ended, or /proc does not tell when it began. Try again.") from error


def has_ended(machine: Machine, pid: int) -> bool:
    """Whether it has ended, or is gone: one that nobody has waited for is listed still."""
    try:
        return _stat_fields(machine, pid)[0] in (b"Z", b"X")
    except (OSError, IndexError):
        return True


def _stat_fields(machine: Machine, pid: int) -> list[bytes]:
    """What /proc tells from field 3 on; the name in field 2 may hold anything, so they are counted from its end."""
    return (machine.proc / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
