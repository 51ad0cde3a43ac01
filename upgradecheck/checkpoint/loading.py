"""Reading a checkpoint: the file, and its backup where the file is damaged or gone.

A backup never stands in for a file of a newer format, or one that others could have written. A backup with a higher serial of the same
lineage shows that the file is an old state that somebody put back.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from upgradecheck.decode.guard import guarded
from upgradecheck.formats.checkpoint import MAX_BYTES, read_checkpoint
from upgradecheck.model.checkpoint import Checkpoint, FoundCheckpoint, Loaded, Problem, ProblemKind
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern
from upgradecheck.planning.evidence.staleness import is_older
from upgradecheck.safekeeping.directory import opened
from upgradecheck.safekeeping.obstacles import Obstacle, ObstacleKind
from upgradecheck.safekeeping.store import BACKUP, LOCK
from upgradecheck.safekeeping.system import REAL, System

DEFAULT_PATH = "/var/lib/upgradecheck/checkpoint"
_BESIDE = pattern(r"(?:.+\.(?:lock|new)|.+\.(?:damaged|replaced|foreign)-[0-9]+)", re.DOTALL)
"""What stands beside a checkpoint and is none."""
_MISSING = 'Write one with "upgradecheck checkpoint record" on the node, or "upgradecheck checkpoint seal" from a history written by hand.'
_REPLACEABLE = (ProblemKind.CORRUPT, ProblemKind.MISSING)


def load(path: str | os.PathLike[str], *, live: bool = False, system: System = REAL) -> Loaded:
    """What stands under a path, with its backup beside it; never raises."""
    parent, name = os.path.split(os.fspath(path))
    with opened(parent, live=live, system=system) as directory:
        if isinstance(directory, Obstacle):
            return Loaded(None, problem_of(directory))
        return loaded(lambda suffix: read(directory.read(name + suffix, MAX_BYTES)))


def is_live(path: str) -> bool:
    """Whether it is a node's own: the default one, or one with a lock beside it."""
    absolute = os.path.normpath(Path(path).absolute())
    with suppress(OSError):
        return absolute == DEFAULT_PATH or Path(absolute + LOCK).exists()
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


def loaded(look: Callable[[str], Checkpoint | Problem]) -> Loaded:
    """What a place holds; look tells the file there, or with BACKUP its backup."""
    own = look("")
    if isinstance(own, Problem) and own.kind not in _REPLACEABLE:
        return Loaded(None, own)
    backup = look(BACKUP)
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


def read(found: bytes | Obstacle) -> Checkpoint | Problem:
    """The checkpoint of a file that was read, or was not."""
    if isinstance(found, Obstacle):
        return problem_of(found)
    try:
        return guarded(lambda: read_checkpoint(found))
    except SpecRefused as error:
        return Problem(
            ProblemKind.CORRUPT, error.reason, 'Compare it with your copy, then write it again with "upgradecheck checkpoint seal".'
        )


def problem_of(obstacle: Obstacle) -> Problem:
    """What keeps a file from being used, as a problem of the checkpoint that it is."""
    remedy = _MISSING if obstacle.kind is ObstacleKind.MISSING else obstacle.remedy
    return Problem(ProblemKind(obstacle.kind.value), obstacle.found, remedy)
