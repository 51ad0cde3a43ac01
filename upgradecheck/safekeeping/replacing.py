"""A file of somebody else's, replaced at once: beside it, synced, renamed over it; never half of it, and nothing else in its directory.

The directory may be watched by a program that takes every file in it, as a kubelet does with static pods: so there is no lock and no copy
in it, and the new file's name begins with a dot until it is renamed, which a kubelet passes over (pkg/kubelet/config/file.go). What a
killed writer left under that name is swept by the next.
"""

from __future__ import annotations

import os
from contextlib import suppress

from upgradecheck.safekeeping.directory import Directory, ReadFile
from upgradecheck.safekeeping.errors import NotSaved
from upgradecheck.safekeeping.system import write_all

NEW = ".upgradecheck-new"


def replace_file(directory: Directory, name: str, old: ReadFile, content: bytes) -> None:
    """Puts this content in the place of the old one, with its mode and its owner.

    Raises:
        NotSaved: it failed; the message says so, and what stands there now is the old file or the new one.
    """
    place = directory.file(name)
    try:
        sweep(directory, name)
        _write(directory, _beside(name), old, content)
        _rename(directory, name, old, content)
    except OSError as error:
        with suppress(OSError):
            sweep(directory, name)
        raise NotSaved(
            f"{place}: cannot be replaced ({error.strerror}). What stands there is whole, the file before or the new one; mend that, and"
            " run the same command again."
        ) from error


def _beside(name: str) -> str:
    return f".{name}{NEW}"


def sweep(directory: Directory, name: str) -> None:
    """Removes what a killed writer left beside a file.

    Raises:
        OSError: it is there, and cannot be.
    """
    with suppress(FileNotFoundError):
        directory.system.unlink(_beside(name), directory.descriptor)


def _write(directory: Directory, beside: str, old: ReadFile, content: bytes) -> None:
    system = directory.system
    descriptor = system.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, directory.descriptor)
    try:
        system.fchown(descriptor, old.user, old.group)
        system.fchmod(descriptor, old.mode)
        write_all(system, descriptor, content)
        system.fsync(descriptor)
    finally:
        system.close(descriptor)


def _rename(directory: Directory, name: str, old: ReadFile, content: bytes) -> None:
    """Renames it over the old one, if nobody wrote that meanwhile."""
    if directory.read_file(name, max(len(old.content), len(content))) != old:
        sweep(directory, name)
        raise NotSaved(f"{directory.file(name)}: somebody else wrote it just now. Nothing was changed; run the same command again.")
    directory.system.rename(_beside(name), name, directory.descriptor)
    directory.system.fsync(directory.descriptor)
