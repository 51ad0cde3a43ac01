"""Processes that take turns, so that each sees the same machine: what the least of the rounds took, and at its peak held."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

ANSWERS = (0, 2, 3)
"""Exit codes that are answers: of a plan nothing restarts, something does, it cannot be told of something."""


class Took(msgspec.Struct, frozen=True, gc=False):
    """Seconds of processor time (user and system), seconds on the wall, and the peak of the memory in MB."""

    cpu: float
    wall: float
    peak: float


def in_turns(commands: Mapping[str, Sequence[str]], rounds: int, into: Path) -> dict[str, Took]:
    """By name; what each prints is left in the folder under its name.

    Raises:
        RuntimeError: one of them failed.
    """
    found: dict[str, Took] = {}
    for _ in range(rounds):
        for name, command in commands.items():
            took = once(command, into / name)
            found[name] = min(took, found.get(name, took), key=lambda one: one.cpu)
    return found


def once(command: Sequence[str], printed: Path) -> Took:
    """Runs one to its end, without what the environment says to Python or to the program.

    Raises:
        RuntimeError: it failed.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "UPGRADECHECK_"))}
    with printed.open("wb") as file:
        begun = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ANSWERS:
        raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}")
    return Took(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)
