"""How far the reading of files is: in bytes when they are gone through, in pods (or documents) when these are read again.

How many bytes there are is known where all of them are plain files; of a pipe or standard input nobody knows. Files are measured only
where somebody watches.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from upgradecheck.model.progress import Progress, Watch, unwatched
from upgradecheck.sources.files.paths import STDIN, InputFile

T = TypeVar("T")

_EVERY = 256
"""Pods or documents: telling of each would take longer than reading some."""


class Meter:
    """The bytes that were read, of those that there are."""

    def __init__(self, watch: Watch) -> None:
        self._watch, self._done = watch, 0
        self._total: int | None = None

    def expects(self, files: Sequence[InputFile]) -> None:
        """All that is to be read."""
        if self._watch is not unwatched:
            sizes = [_size(file) for file in files]
            self._total = None if None in sizes else sum(size for size in sizes if size is not None)

    def took(self, file: InputFile, number: int) -> None:
        """So many bytes more, of this file."""
        if self._watch is not unwatched:
            self._done += number
            self._watch(Progress("bytes", self._done, self._total, file=file.name))


def metered(read: Iterable[T], total: int | None, watch: Watch, stage: str = "pods") -> Iterator[T]:
    """The same, told of as they pass."""
    if watch is unwatched:
        yield from read
        return
    done = 0
    for done, one in enumerate(read, start=1):
        yield one
        if done % _EVERY == 0:
            watch(Progress(stage, done, total))
    watch(Progress(stage, done, total))


def _size(file: InputFile) -> int | None:
    """None of what is no plain file; what cannot be read has nothing to be read."""
    if file.path == STDIN:
        return None
    try:
        told = os.stat(file.path)  # noqa: PTH116 - as open_file does
    except (OSError, ValueError):
        return 0
    return told.st_size if stat.S_ISREG(told.st_mode) else None
