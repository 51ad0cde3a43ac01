"""Reading a checkpoint: the file, and its backup where the file is damaged or gone.

A backup never stands in for a file of a newer format, or one that others could have written. A backup with a higher serial of the same
lineage shows that the file is an old state that somebody put back.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from upgradecheck.formats.checkpoint import read_checkpoint
from upgradecheck.model.checkpoint import Checkpoint, FoundCheckpoint, Loaded, Problem, ProblemKind
from upgradecheck.planning.evidence.staleness import is_older
from upgradecheck.safekeeping.place import close_quietly, open_directory, read_file
from upgradecheck.safekeeping.system import REAL, System

DEFAULT_PATH = "/var/lib/upgradecheck/checkpoint"
BACKUP = ".bak"
_BESIDE = re.compile(r"(?:.+\.(?:lock|new)|.+\.(?:damaged|replaced|foreign)-[0-9]+)", re.DOTALL)
"""What stands beside a checkpoint and is none."""
_REPLACEABLE = (ProblemKind.CORRUPT, ProblemKind.MISSING)


def load(path: str | os.PathLike[str], *, live: bool = False, system: System = REAL) -> Loaded:
    """What stands under a path, with its backup beside it; never raises."""
    parent, name = os.path.split(os.fspath(path))
    directory = open_directory(system, parent, live=live)
    if isinstance(directory, Problem):
        return Loaded(None, directory)
    try:
        return load_in(system, directory, name, live=live)
    finally:
        close_quietly(system, directory)


def is_live(path: str) -> bool:
    """Whether it is a node's own: the default one, or one with a lock beside it."""
    absolute = os.path.normpath(Path(path).absolute())
    with suppress(OSError):
        return absolute == DEFAULT_PATH or Path(f"{absolute}.lock").exists()
    return False


def load_all(path: str) -> tuple[FoundCheckpoint, ...]:
    """What a file or a directory of files holds, by name; never raises."""
    try:
        if not Path(path).is_dir():
            return (FoundCheckpoint(path, load(path, live=is_live(path))),)
        names = {entry.name for entry in Path(path).iterdir() if not entry.is_dir()}
    except OSError as error:
        found = Problem(ProblemKind.UNREADABLE, f"cannot be read ({error.strerror})", "Look at owner and mode of it and of its directory.")
        return (FoundCheckpoint(path, Loaded(None, found)),)
    files = sorted({name.removesuffix(BACKUP) for name in names if not _BESIDE.fullmatch(name)} - {""})
    if not files:
        return (
            FoundCheckpoint(path, Loaded(None, Problem(ProblemKind.MISSING, "is not there: the directory is empty", "Copy it there."))),
        )
    places = (str(Path(path) / name) for name in files)
    return tuple(FoundCheckpoint(place, load(place, live=is_live(place)), alone=False) for place in places)


def load_in(system: System, directory: int, name: str, *, live: bool) -> Loaded:
    """The same, in a directory that is open and was looked at."""
    own = look(system, directory, name, live=live)
    if isinstance(own, Problem) and own.kind not in _REPLACEABLE:
        return Loaded(None, own)
    backup = look(system, directory, name + BACKUP, live=live)
    if isinstance(own, Checkpoint):
        older = is_older(own, backup) if isinstance(backup, Checkpoint) else None
        if older is None or isinstance(backup, Problem):
            return Loaded(own, None)
        return Loaded(backup, older, from_backup=True)
    if isinstance(backup, Checkpoint):
        return Loaded(backup, own, from_backup=True)
    return Loaded(None, _both(own, backup))


def _both(own: Problem, backup: Problem) -> Problem:
    """The problem of a file that needs its backup. One that only cannot be read now is no reason to begin anew, and so counts more."""
    if backup.kind is ProblemKind.MISSING:
        return own
    graver = own if backup.kind in _REPLACEABLE else backup
    return Problem(graver.kind, f"{own.found}, and its backup {backup.found}", graver.remedy)


def look(system: System, directory: int, name: str, *, live: bool) -> Checkpoint | Problem:
    """One file, without its backup."""
    data = read_file(system, directory, name, live=live)
    return data if isinstance(data, Problem) else read_checkpoint(data)
