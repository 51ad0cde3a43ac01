"""The kubelets of this machine by the sockets that only kubelets serve, whatever their processes are called.

A kubelet may be a goroutine of another program (k3s, kubelite, edgecore, microshift), and that program may call itself what it likes (k3s
replaces its command line). But every kubelet listens on ``/var/lib/kubelet/device-plugins/kubelet.sock``, a constant that plugins are built
with, whatever ``--root-dir`` says (pluginapi.KubeletSocket, seen in every minor, on by default from 1.10), and in
``<root-dir>/pod-resources`` (ListenAndServePodResources, on by default from 1.15; KubeEdge's leaves that one out). The kernel tells who
listens (SO_PEERCRED): process 0 is one of another PID namespace. A kubelet that has ended leaves the files behind, and nobody listens.

The kernel's list of sockets shows those of other roots. What stands in pod-resources was bound under a name of its own and then renamed
(CreateListener in pkg/kubelet/util/util_unix.go), so of that the folder counts. One that is on the list and not to be reached, of another
mount namespace, is a kubelet that cannot be seen.
"""

from __future__ import annotations

import socket
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

from upgradecheck.machine.node import Machine

_PLUGINS, _RESOURCES, _NAME = "device-plugins", "pod-resources", "kubelet.sock"
_USUAL = (f"/var/lib/kubelet/{_PLUGINS}/{_NAME}", f"/var/lib/kubelet/{_RESOURCES}/{_NAME}")
_SECONDS = 5.0
_ACCEPTS = 1 << 16
"""__SO_ACCEPTCON among the flags of /proc/net/unix: it listens."""


class ServedSocket(msgspec.Struct, frozen=True, gc=False):
    """A kubelet's socket on which somebody listens; pid is 0 where that process cannot be seen from here."""

    path: str
    pid: int


def served_sockets(machine: Machine) -> tuple[ServedSocket, ...]:
    """The sockets of kubelets that run, as far as this user may look."""
    listed = tuple(_listed(machine))
    found = []
    for path in dict.fromkeys((*_USUAL, *listed)):
        pid = listening_pid(machine.root / path.lstrip("/"))
        if pid is not None or path in listed:
            found.append(ServedSocket(path, pid or 0))
    return tuple(found)


def listening_pid(path: Path) -> int | None:
    """Who listens on a socket, 0 for one that cannot be seen from here; None if nobody does, or this user may not ask."""
    try:
        if not stat.S_ISSOCK(path.stat().st_mode):
            return None
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_SECONDS)
            line.connect(str(path))
            return peer(line)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError, PermissionError):
        return None
    except OSError:  # it takes no more connections: somebody has it
        return 0


def peer(line: socket.socket) -> int:
    """The process that began to listen on the socket at the other end; of a connection that was accepted, the one that has connected."""
    pid: int = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))[0]
    return pid


def _listed(machine: Machine) -> Iterator[str]:
    """The paths of kubelets' sockets that listen in this network namespace: number, users, protocol, flags, type, state, inode, path."""
    try:
        lines = (machine.proc / "net/unix").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return
    for line in lines[1:]:
        fields = line.split(None, 7)
        if len(fields) == 8 and int(fields[3], 16) & _ACCEPTS and (path := _kubelet_socket(fields[7])) is not None:
            yield path


def _kubelet_socket(bound: str) -> str | None:
    """The kubelet's socket that a listening one is by the path at which it was bound."""
    folder, _, name = bound.rpartition("/")
    if folder.endswith(f"/{_RESOURCES}") or (folder.endswith(f"/{_PLUGINS}") and name == _NAME):
        return f"{folder}/{_NAME}"
    return None
