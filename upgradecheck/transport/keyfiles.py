"""Keys and certificates that the TLS library wants as files, without files: on Linux they are memory that only this process can name.

So a key is never on a disk, and nothing is left behind even by kill -9. Elsewhere they go to a directory of our own, removed at the end.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec

_OPEN_FILES = Path("/proc/self/fd")


class KeyFiles(msgspec.Struct):
    """Files that last until close."""

    _open: list[int] = msgspec.field(default_factory=list)
    _folder: tempfile.TemporaryDirectory[str] | None = None

    def add(self, content: bytes) -> str:
        """The path of a file with this content, for this process alone."""
        if not (hasattr(os, "memfd_create") and _OPEN_FILES.is_dir()):
            return self._on_disk(content)
        number = os.memfd_create("upgradecheck")
        self._open.append(number)
        with os.fdopen(os.dup(number), "wb") as file:
            file.write(content)
        return str(_OPEN_FILES / str(number))

    def close(self) -> None:
        """Forgets them all."""
        while self._open:
            os.close(self._open.pop())
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _on_disk(self, content: bytes) -> str:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="upgradecheck-")  # 0700
        handle, path = tempfile.mkstemp(dir=self._folder.name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        return path
