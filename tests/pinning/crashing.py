"""Runs of pin and unpin that die by a real SIGKILL, each in a process of its own, at one call to the system."""

from __future__ import annotations

from pathlib import Path

from tests.override.crashing import Suicidal
from tests.pinning.node import StaticNode, run_pin, run_unpin
from tests.unit.safekeeping.faults import Quick
from upgradecheck.safekeeping.system import System


def run_step(step: str, node: StaticNode, system: System | None = None) -> None:
    """One pin or unpin of all."""
    (run_pin if step == "pin" else run_unpin)(node, system or Quick())


def dying(step: str, folder: str, number: int) -> None:
    """The step on the node in a folder, until that call. Exits with 0 if there are not so many calls."""
    run_step(step, StaticNode(Path(folder), count=2), Suicidal(number))
