"""A bundle's file: it appears whole and with mode 0600, or not at all. What was there before is replaced only then."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from upgradecheck.cli.session import OutputError, drop_stdout

_ADVICE = "Name another place with -o FILE."


def write_file(place: str, content: bytes) -> None:
    """Writes it.

    Raises:
        OutputError: it cannot be written; nothing was changed.
    """
    path = Path(place)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        if path.is_dir():
            raise IsADirectoryError(0, "it is a directory")
        _write(beside, content)
        beside.replace(path)
    except (OSError, ValueError) as error:
        with suppress(OSError, ValueError):
            beside.unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or "its name is none"
        raise OutputError(f"{place}: cannot be written ({reason}). No bundle was written. {_ADVICE}") from error


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def write_bytes(content: bytes) -> None:
    """Writes it to standard output.

    Raises:
        OutputError: that cannot be written, or is a terminal.
    """
    if sys.stdout is None or sys.stdout.isatty():
        raise OutputError(f"standard output: is {'closed' if sys.stdout is None else 'a terminal, and a bundle is no text'}. {_ADVICE}")
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        drop_stdout()
    except OSError as error:
        drop_stdout()
        raise OutputError(f"standard output: cannot be written ({error.strerror}). {_ADVICE}") from error
