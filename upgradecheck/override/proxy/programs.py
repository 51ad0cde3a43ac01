"""The map of the program that asks: a kubelet that comes back is shown what it was shown, whatever stands in the proxy's own file by then.

Beside its map, in ``MAP.d``, ``override hold`` keeps for each kubelet's program the last map that was made for it. On the way back the
kubelet before so has the right one from its first call on, before hold has done anything, and if hold is killed. Which program asks, the
kernel says: who has connected (SO_PEERCRED), and /proc/PID/exe. A map that nobody keeps there was put in place by hand, and is for all.
"""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

import msgspec

from upgradecheck.contract.v1.plan_reading import overrides_of
from upgradecheck.decode.guard import guarded
from upgradecheck.machine.kubelet_sockets import peer
from upgradecheck.model.errors import SpecRefused
from upgradecheck.override.proxy.rewriting import Rewriter
from upgradecheck.safekeeping.directory import Directory, opened
from upgradecheck.safekeeping.obstacles import Obstacle
from upgradecheck.safekeeping.system import REAL, System

_PIECE = 1 << 20
_LARGEST = 256 << 20
_ENDING = ".json"
_ELF = b"\x7fELF"
_State = tuple[int, int, int, int]


def maps_beside(map_file: str) -> str:
    """The directory of the maps that were made for one program each."""
    return f"{map_file}.d"


def name_of(program: str) -> str:
    """How a program's map is called: by the size and the content of the program, which may be replaced later.

    Raises:
        OSError: it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    with open(program, "rb", buffering=0) as file:  # noqa: PTH123 - /proc/PID/exe, too, which is no path of its own
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return f"{size}-{digest.hexdigest()}{_ENDING}"


def is_program(path: str) -> bool:
    """Whether a file is run by the kernel itself, and not by the interpreter that it names.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:  # noqa: PTH123 - as below
        return file.read(len(_ELF)) == _ELF


class Own(msgspec.Struct, frozen=True):
    """What one program is shown in place of the maps that were made for others; those by their plan_hash."""

    rewriter: Rewriter
    others: frozenset[str]

    def chosen(self, standing: Rewriter) -> Rewriter:
        """Its own, where what stands in the proxy's file was made for another program."""
        return self.rewriter if standing.plan_hash in self.others else standing


class Programs:
    """What is kept beside a proxy's map. What was read of it, and of programs, is kept until it changes."""

    def __init__(self, map_file: str, tell: Callable[[str], None], proc: str = "/proc", system: System = REAL) -> None:
        self._folder, self._tell, self._proc, self._system = maps_beside(map_file), tell, proc, system
        self._lock = threading.Lock()
        self._names: dict[_State, str] = {}
        self._rewriters: dict[str, tuple[bytes, Rewriter]] = {}
        self._told: set[str] = set()

    def of(self, client: socket.socket) -> Own | None:
        """The map of whoever has connected; None where there is none that can be trusted, and then what stands is shown."""
        try:
            with self._lock, opened(self._folder, live=True, system=self._system) as found:
                return None if isinstance(found, Obstacle) else self._own(found, peer(client))
        except OSError:  # who has connected is gone, or is not to be seen from here
            return None
        except Exception as error:  # noqa: BLE001 - ours to answer for: without a connection the kubelet has no runtime
            self._tell(f"{self._folder}: cannot be read ({type(error).__name__}); everybody is shown what stands.")
            return None

    def _own(self, folder: Directory, pid: int) -> Own | None:
        kept = [one for one in folder.names() if one.endswith(_ENDING)]
        name = self._name(f"{self._proc}/{pid}/exe", kept) if pid and kept else None
        if name not in kept:
            return None
        maps = {one: read for one in kept if (read := self._rewriter(folder, one)) is not None}
        own = maps.get(name)
        if own is None:
            return None
        self._say(pid, own)
        return Own(own, frozenset(one.plan_hash for one in maps.values()) - {own.plan_hash})

    def _rewriter(self, folder: Directory, name: str) -> Rewriter | None:
        content = folder.read(name, _LARGEST)
        if isinstance(content, Obstacle):
            return None
        digest, known = hashlib.sha256(content).digest(), self._rewriters.get(name)
        if known is not None and known[0] == digest:
            return known[1]
        with suppress(SpecRefused):
            self._rewriters[name] = digest, Rewriter(guarded(lambda: overrides_of(content)))
            return self._rewriters[name][1]
        return None

    def _name(self, program: str, kept: list[str]) -> str | None:
        """Only what is of a size that any of them has is read: other programs' connections cost nothing."""
        told = os.stat(program)  # noqa: PTH116 - as above
        if not any(one.startswith(f"{told.st_size}-") for one in kept):
            return None
        state = (told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns)
        if state not in self._names:
            self._names[state] = name_of(program)
        return self._names[state]

    def _say(self, pid: int, own: Rewriter) -> None:
        if own.plan_hash not in self._told:
            self._told.add(own.plan_hash)
            self._tell(f"process {pid} has a map of its own, of plan {own.plan_hash[:12]}, and is not shown another kubelet's")
