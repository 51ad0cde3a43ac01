"""The plan that a proxy serves, read again when its file changes. One that cannot be used changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from upgradecheck.contract.v1.plan_reading import overrides_of
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.override import OverrideMap
from upgradecheck.override.proxy.counters import Counters
from upgradecheck.override.proxy.rewriting import Rewriter

_Stamp = tuple[int, int, int]


def read_plan(path: str) -> OverrideMap:
    """The overrides of a saved plan.

    Raises:
        InputError: it cannot be read, or is no plan that can be trusted.
    """
    try:
        return overrides_of(Path(path).read_bytes())
    except OSError as error:
        raise InputError(f"--map {path}: cannot be read ({error.strerror}). Name what plan --override -o json=FILE wrote.") from error
    except SpecRefused as error:
        raise InputError(f"--map {path}: {error}. Make it anew with plan --override -o json=FILE.") from error


class PlanFile:
    """rewriter is always that of the newest plan that could be used.

    Raises:
        InputError: there is none to begin with.
    """

    def __init__(self, path: str, counters: Counters, tell: Callable[[str], None]) -> None:
        self._path, self._counters, self._tell = path, counters, tell
        self._seen = self._stamp()
        self.rewriter = self._taken(read_plan(path))

    def refresh(self) -> None:
        """Looks whether the file is another one, and takes it over."""
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self.rewriter = self._taken(read_plan(self._path))
        except InputError as error:
            self._counters.refused_plans += 1
            self._tell(f"{error} The plan before it stays in use.")
        else:
            self._counters.reloads += 1
            self._tell(f"--map {self._path}: taken over, {self.rewriter.size} containers")

    def _taken(self, plan: OverrideMap) -> Rewriter:
        self._counters.containers = len(plan.overrides)
        return Rewriter(plan)

    def _stamp(self) -> _Stamp | None:
        try:
            found = Path(self._path).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
