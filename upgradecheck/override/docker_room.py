"""Whether there is room for a start of dockerd, which writes the files of all its containers anew.

A container whose file it cannot write then is dropped ("Failed to register container": daemon.restore and container.CheckpointTo in
moby 20.10): dockerd runs on without it, the kubelet sees none, and makes a second one beside that whose process still runs. So nothing
is stopped where there is little room, and nothing started where there is none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_LEAST = 1 << 20
_BLOCK = 512
_WRITTEN = ("config.v2.json", "hostconfig.json")
BEFORE_STOP, BEFORE_START = 4, 1
"""How many times what a start writes must be free: it has all old files and all new ones at most; between stop and start, others write."""


def lacking_room(root: str, times: int) -> str | None:
    """Where there is less room than a start of dockerd takes so many times, and how much; None where there is enough, or none can tell."""
    containers = f"{root}/containers"
    sizes = list(_sizes(containers))
    for place, least, files in ((root, _LEAST, 1), (containers, times * sum(sizes) + _LEAST, times * len(sizes))):
        free = _free(place)
        if free is not None and free[0] < least:
            return f"{place}: {free[0] >> 10} KiB are free, and {least >> 10} are wanted"
        if free is not None and free[1] is not None and free[1] < files:
            return f"{place}: {free[1]} inodes are free, and {files} are wanted"
    return None


def _sizes(containers: str) -> Iterator[int]:
    """Bytes on the disk of each file that is written anew."""
    try:
        folders = list(Path(containers).iterdir())
    except OSError:
        return
    for folder in folders:
        for name in _WRITTEN:
            try:
                yield (folder / name).lstat().st_blocks * _BLOCK
            except OSError:
                continue


def _free(place: str) -> tuple[int, int | None] | None:
    """Bytes and inodes that are free; None of these where the file system has no number of its own for them."""
    try:
        found = os.statvfs(place)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize, found.f_favail if found.f_files else None
