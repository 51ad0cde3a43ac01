"""One anonymous temporary file for everything that cannot be read again in its own file.

0600 and without a name from the beginning, so that nothing is left behind, for dumps hold secrets. One for all inputs: a fleet's
directory has more files than a process may hold open.
"""

from __future__ import annotations

from typing import IO


class Spool:
    """Bytes that are kept until close(); the file is made at the first write."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._size = 0

    def write(self, data: bytes) -> int:
        """Keep bytes; the position at which they begin.

        Raises:
            OSError: the disk is full, or there is none.
        """
        if self._file is None:
            import tempfile  # few inputs need it

            self._file = tempfile.TemporaryFile(prefix="upgradecheck-")  # noqa: SIM115 - lives as long as the inputs
        self._file.write(data)
        position, self._size = self._size, self._size + len(data)
        return position

    def fileno(self) -> int:
        """The descriptor, to read from with all that was written.

        Raises:
            ValueError: it was closed, or nothing was ever written.
        """
        if self._file is None:
            raise ValueError("nothing was kept")
        self._file.flush()
        return self._file.fileno()

    def close(self) -> None:
        """Frees it all."""
        if self._file is not None:
            self._file.close()
