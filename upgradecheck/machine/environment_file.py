"""An environment as a file of systemd's, for a unit of ours: what a unit is told by Environment= every user can read (systemctl show).

Mirrors parse_env_file_internal in systemd's src/basic/env-file.c: within double quotes a backslash before a quote, a backslash, a dollar
or a backtick is that character, a newline is one, and nothing is expanded. Up to systemd 238 a backslash there vanishes before any
character but a newline, so that only quotes and backslashes are escaped, which all read alike. One value that is not UTF-8 and systemd
reads nothing of the file; a name that is none it leaves out. It could have told neither to the process whose environment it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from upgradecheck.model.patterns import pattern

_NAME = pattern(r"\A[A-Za-z_][A-Za-z0-9_]*\Z")
_FILE = "environment"


def as_file(environment: Iterable[str]) -> bytes:
    """A line for each NAME=VALUE that systemd can tell a process; with surrogateescape, as Python has an environment."""
    return b"".join(_line(one) for one in environment if _is_told(one))


def write_environment(directory: Path, environment: Iterable[str]) -> Path:
    """Writes it anew into a directory that only its owner enters, for its owner's eyes alone; returns the file.

    Raises:
        OSError: it cannot be written.
    """
    directory.mkdir(mode=0o700, exist_ok=True)
    directory.chmod(0o700)
    path = directory / _FILE
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(as_file(environment))
    return path


def remove_environment(directory: Path) -> None:
    """Removes file and directory, if they are there still."""
    with suppress(OSError):
        (directory / _FILE).unlink(missing_ok=True)
        directory.rmdir()


def _is_told(one: str) -> bool:
    name, equals, value = one.partition("=")
    return bool(equals) and _NAME.match(name) is not None and not any("\ud800" <= char <= "\udfff" for char in value)


def _line(one: str) -> bytes:
    name, _, value = one.partition("=")
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{quoted}"\n'.encode()
