"""A disk whose power fails: what was not synced may be there, in part or not at all, and names may come in any order.

Model: a file's bytes are durable after fsync of the file; a name (create, rename, unlink) after fsync of the directory. When the power fails,
each file has its synced bytes, or all, none or a torn part (512 bytes) of what was written since; of the names changed since, any subset
took place.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from upgradecheck.safekeeping.system import System

_DIRECTORY = 3
_FIRST = 10


@dataclass
class File:
    """Bytes as programs see them, and as the disk has them."""

    seen: bytes = b""
    synced: bytes = b""


@dataclass(frozen=True)
class Crash:
    """One state in which the disk can be found; step is the call after which the power failed."""

    step: int
    names: dict[str, bytes] = field(hash=False)


class Disk(System):
    """One directory on such a disk; after every call its crashes are added up."""

    def __init__(self, names: dict[str, bytes]) -> None:
        self.names_seen = {name: File(content, content) for name, content in names.items()}
        self.names_synced = dict(self.names_seen)
        self.pending: list[tuple[str, str, File | None]] = []
        self.open_files: dict[int, tuple[File, int]] = {}
        self.crashes: list[Crash] = []
        self._known: set[frozenset[tuple[str, bytes]]] = set()
        self.step = 0

    def _after(self) -> None:
        """Adds what can be left now, each state of the disk once."""
        self.step += 1
        for crash in self.possible():
            known = frozenset(crash.names.items())
            if known not in self._known:
                self._known.add(known)
                self.crashes.append(crash)

    def possible(self) -> Iterator[Crash]:
        """Every state that the disk can have now."""
        for chosen in product((False, True), repeat=len(self.pending)):
            names = dict(self.names_synced)
            for (what, name, file), happened in zip(self.pending, chosen, strict=True):
                if happened and what == "set" and file is not None:
                    names[name] = file
                elif happened:
                    names.pop(name, None)
            files = {id(file): file for file in names.values()}
            for contents in product(*(_remains(file) for file in files.values())):
                found = dict(zip(files, contents, strict=True))
                yield Crash(self.step, {name: found[id(file)] for name, file in names.items()})

    def open(self, name: str, flags: int, mode: int = 0o600, directory: int | None = None) -> int:
        if flags & os.O_DIRECTORY:
            return _DIRECTORY
        file = self.names_seen.get(name)
        if file is None and not flags & os.O_CREAT:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if file is None:
            file = self.names_seen[name] = File()
            self.pending.append(("set", name, file))
        if flags & os.O_TRUNC:
            file.seen = b""
        descriptor = _FIRST + len(self.open_files)
        self.open_files[descriptor] = (file, 0)
        self._after()
        return descriptor

    def close(self, descriptor: int) -> None:
        pass

    def read(self, descriptor: int, size: int) -> bytes:
        file, place = self.open_files[descriptor]
        piece = file.seen[place : place + size]
        self.open_files[descriptor] = (file, place + len(piece))
        return piece

    def write(self, descriptor: int, data: bytes) -> int:
        file, _ = self.open_files[descriptor]
        file.seen += data[:300]
        self._after()
        return len(data[:300])

    def fsync(self, descriptor: int) -> None:
        if descriptor == _DIRECTORY:
            self.names_synced = dict(self.names_seen)
            self.pending.clear()
        else:
            file, _ = self.open_files[descriptor]
            file.synced = file.seen
        self._after()

    def fchmod(self, descriptor: int, mode: int) -> None:
        pass

    def fstat(self, descriptor: int) -> os.stat_result:
        kind = stat.S_IFDIR | 0o700 if descriptor == _DIRECTORY else stat.S_IFREG | 0o600
        return os.stat_result((kind, 1, 1, 1, self.user(), 0, 0, 0, 0, 0))

    def names(self, directory: int) -> list[str]:
        return list(self.names_seen)

    def rename(self, old: str, new: str, directory: int) -> None:
        """One step: a disk never has both names, or neither."""
        file = self.names_seen.pop(old)
        self.names_seen[new] = file
        self.pending.extend((("set", new, file), ("unset", old, None)))
        self._after()

    def unlink(self, name: str, directory: int) -> None:
        if name not in self.names_seen:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        del self.names_seen[name]
        self.pending.append(("unset", name, None))
        self._after()

    def mkdir(self, path: str, mode: int) -> None:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

    def try_lock(self, descriptor: int) -> None:
        pass


def _remains(file: File) -> tuple[bytes, ...]:
    """What can be left of a file: all that was synced, all that was written, nothing of it, a torn part, zeroes."""
    if file.seen == file.synced:
        return (file.seen,)
    torn = file.seen[: len(file.seen) // 2 // 512 * 512 or len(file.seen) // 2]
    return tuple(dict.fromkeys((file.synced, file.seen, b"", torn, bytes(len(file.seen)))))
