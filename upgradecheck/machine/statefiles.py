"""The state files of a kubelet, read from its directory or a copy of it: these by their names, and nothing else that lies there."""

from __future__ import annotations

from pathlib import Path

from upgradecheck.entry import read_file
from upgradecheck.model.statefiles import PLACES, StateFile, StateName

LARGEST = 16 << 20
"""Bytes of a state file; one of a node with all pods that it can have is far below."""


def state_files_in(directory: Path, shown: str) -> tuple[StateFile, ...]:
    """Every state file of a kubelet's directory, there or not. shown: how the directory is called.

    Raises:
        OSError: the directory cannot be read.
    """
    next(iter(directory.iterdir()), None)
    return tuple(_file(name, directory / PLACES[name], f"{shown.rstrip('/')}/{PLACES[name]}") for name in StateName)


def state_file(name: StateName, path: Path, place: str) -> StateFile:
    """One file, with what it holds, or why that cannot be read.

    Raises:
        FileNotFoundError: it is not there.
    """
    try:
        return StateFile(name, place, read_file(path, LARGEST))
    except FileNotFoundError:
        raise
    except OSError as error:
        return StateFile(name, place, problem=f"cannot be read ({error.strerror})")


def _file(name: StateName, path: Path, place: str) -> StateFile:
    try:
        return state_file(name, path, place)
    except FileNotFoundError:
        return StateFile(name, place, absent=True)
