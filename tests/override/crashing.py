"""Runs that die: at every call to the system and to the runtime in turn, in this process or, by a real SIGKILL, in one of their own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.override.node import OPERATOR, KeptRuntime, Runtime, plan
from tests.unit.safekeeping.faults import Fault, Faulty, Killed, Quick
from upgradecheck.decode.runtime.containerd_wire import CriStatus
from upgradecheck.model.override import OverrideMap
from upgradecheck.model.override_journal import MetadataRecord
from upgradecheck.override.applying import apply
from upgradecheck.override.state import locked
from upgradecheck.override.surveying import RuntimeDatabase
from upgradecheck.override.undoing import undo
from upgradecheck.safekeeping.system import System
from upgradecheck.transport.cri import CriError


class FaultyRuntime:
    """A runtime whose calls are counted, and fail, together with those of a system."""

    def __init__(self, runtime: Runtime, system: Faulty) -> None:
        self._runtime = runtime
        self._system = system

    def _call(self, real: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return self._system._call(real, *arguments)
        except OSError as error:
            raise CriError("the runtime fails", "UNAVAILABLE") from error

    def records(self) -> Mapping[str, MetadataRecord]:
        return dict(self._call(self._runtime.records))

    def record(self, container_id: str) -> MetadataRecord | None:
        found = self._call(self._runtime.record, container_id)
        assert found is None or isinstance(found, MetadataRecord)
        return found

    def write(self, container_id: str, record: MetadataRecord) -> None:
        self._call(self._runtime.write, container_id, record)

    def served(self, container_id: str) -> CriStatus | None:
        found = self._call(self._runtime.served, container_id)
        assert found is None or isinstance(found, CriStatus)
        return found

    def pids(self) -> Mapping[str, int]:
        return dict(self._call(self._runtime.pids))


class Suicidal(Faulty):
    """At one call the process kills itself, as kill -9 does: nothing is cleaned up."""

    def __init__(self, number: int) -> None:
        super().__init__(Fault("kill before"), number)

    def _call(self, real: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return super()._call(real, *arguments)
        except Killed:
            os.kill(os.getpid(), signal.SIGKILL)
            raise


def run_apply(place: str, runtime: RuntimeDatabase, system: System, wanted: OverrideMap) -> None:
    """One apply, from lock to end."""
    with locked(place, system) as held:
        apply(wanted, runtime, held, OPERATOR)


def run_undo(place: str, runtime: RuntimeDatabase, system: System, name: str) -> None:
    """One undo, from lock to end."""
    with locked(place, system) as held:
        undo(held.named(name), runtime, held, OPERATOR)


def dying(step: str, folder: str, number: int) -> None:
    """In a process of its own: the step, until that call. Exits with 0 if there are not so many calls."""
    system = Suicidal(number)
    kept = KeptRuntime(Path(folder) / "database", 2)
    run_kept(step, folder, FaultyRuntime(kept, system), system)


def run_kept(step: str, folder: str, runtime: RuntimeDatabase, system: System | None = None) -> None:
    """A step on what is kept in a folder."""
    place, wanted = f"{folder}/lib/override", plan(2)
    if step == "apply":
        run_apply(place, runtime, system or Quick(), wanted)
    else:
        run_undo(place, runtime, system or Quick(), f"0001-{wanted.plan_hash[:12]}.journal")
