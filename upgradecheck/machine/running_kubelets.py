"""The kubelets that run on this machine: by the sockets that they serve, and by name those that serve none yet.

Either alone would be wrong: the name of a kubelet inside another program can be anything, and a kubelet serves its sockets only a moment
after its start, the one for plugins when the runtime answers.
"""

from __future__ import annotations

import re

import msgspec
from msgspec.structs import replace

from upgradecheck.machine.kubelet_sockets import served_sockets
from upgradecheck.machine.node import Machine
from upgradecheck.machine.processes import carrier_pids, is_kubelet, kubelet_pids, of_another_namespace, program_name
from upgradecheck.model.patterns import pattern

_SHOWN = 13
_CONTAINER = pattern(
    r"^[0-9]+:[^:\n]*:/(?:\S*[/:-])?([0-9a-f]{64})(?:\.scope)?(?:/init)?$|^[0-9]+:[^:\n]*:/default/([A-Za-z0-9_.-]{1,76})$", re.MULTILINE
)
"""Cgroups of containers: ``/docker/ID``, ``docker-ID.scope``, ``libpod-ID.scope``, ``cri-containerd-ID.scope``, ctr ``/default/NAME``."""
_SERVICE = pattern(r"/([^/\s]+\.service)(?:/|$)", re.MULTILINE)


class RunningKubelet(msgspec.Struct, frozen=True, gc=False):
    """One of them. pid is 0 where its process cannot be seen from here; program is what that is called, unit the service that it is in.

    inside: it is part of another program, or that program's child. socket: where it was found to listen. container: the one that it is in.
    """

    pid: int
    program: str = ""
    inside: bool = False
    socket: str | None = None
    unit: str | None = None
    container: str = ""

    @property
    def words(self) -> str:
        """How a message names its process."""
        if not self.pid:
            return "a process that cannot be seen from here"
        named = f"process {self.pid} ({self.program})" if self.inside and self.program else f"process {self.pid}"
        return f"{named}, in container {self.container[:_SHOWN]}" if self.container else named


def running_kubelets(machine: Machine) -> tuple[RunningKubelet, ...]:
    """All of them, those that serve a kubelet's socket first; each process once."""
    kubelets, carriers = kubelet_pids(machine), carrier_pids(machine)
    served = served_sockets(machine)
    if of_another_namespace(machine):  # the kernel names who listens by our own numbers, and those of machine.proc are others
        its = kubelets[0] if len(kubelets) == 1 and not carriers else 0
        served = tuple(replace(one, pid=its) for one in served)
    found = {one.pid: _running(machine, one.pid, one.path) for one in reversed(served)}
    found = dict(sorted(found.items()))
    by_name = (*kubelets, *carriers)
    return (*found.values(), *(_running(machine, pid, None) for pid in by_name if pid not in found))


def _running(machine: Machine, pid: int, path: str | None) -> RunningKubelet:
    if not pid:
        return RunningKubelet(0, inside=True, socket=path)
    inside = not is_kubelet(machine, pid)
    return RunningKubelet(pid, program_name(machine, pid), inside, path, unit_of(machine, pid), container_of(machine, pid))


def unit_of(machine: Machine, pid: int) -> str | None:
    """The service whose cgroup the process is in."""
    found = _SERVICE.findall(_cgroups(machine, pid))
    return found[-1] if found else None


def container_of(machine: Machine, pid: int) -> str:
    """The ID of the container whose cgroup the process is in, of ctr its name; empty where that is none, or not to be seen from here."""
    found = _CONTAINER.search(_cgroups(machine, pid))
    return "" if found is None else found[1] or found[2]


def _cgroups(machine: Machine, pid: int) -> str:
    try:
        return (machine.proc / str(pid) / "cgroup").read_text("utf-8", "replace")
    except OSError:
        return ""
