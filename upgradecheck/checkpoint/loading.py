"""Reading a checkpoint: the file, and its backup where the file is damaged or gone.

A backup never stands in for a file of a newer format, or one that others could have written. A backup with a higher serial of the same
lineage shows that the file is an old state that somebody put back.
"""

from __future__ import annotations

import os

from upgradecheck.checkpoint.place import close_quietly, open_directory, read_file
from upgradecheck.checkpoint.system import REAL, System
from upgradecheck.decode.checkpoint import read_checkpoint
from upgradecheck.model.checkpoint import Checkpoint, Loaded, NodeIdentity, Problem, ProblemKind

BACKUP = ".bak"
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


def is_older(checkpoint: Checkpoint, than: Checkpoint) -> Problem | None:
    """Whether the first is a state that the second has replaced."""
    if checkpoint.lineage != than.lineage or checkpoint.serial >= than.serial:
        return None
    found = f"is state {checkpoint.serial} of this history, and state {than.serial} is known"
    return Problem(ProblemKind.OLDER_SERIAL, found, 'Take the newer one ("upgradecheck checkpoint restore").')


def is_foreign(checkpoint: Checkpoint, node: NodeIdentity) -> Problem | None:
    """Whether it is the history of another node."""
    what = checkpoint.node.contradicts(node)
    if what is None:
        return None
    found = f"is the history of another node ({checkpoint.node.name}; {what} differs from that of {node.name})"
    return Problem(
        ProblemKind.FOREIGN, found, "Use each checkpoint for the node that it names; begin a new one where a node was made anew."
    )


def is_stale(checkpoint: Checkpoint, running_version: str) -> Problem | None:
    """Whether the kubelet that runs is another than the newest one recorded."""
    newest = checkpoint.newest.kubelet_version
    if newest.removeprefix("v") == running_version.strip().removeprefix("v"):
        return None
    found = f"ends with kubelet {newest}, and {running_version} runs"
    return Problem(ProblemKind.STALE, found, 'Run "upgradecheck checkpoint record" at every start of the kubelet (--print-unit shows how).')
