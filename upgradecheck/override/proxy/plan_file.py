"""The plan that a proxy serves, read again when its file changes. One that cannot be used changes nothing.

Whatever becomes of the file, the proxy goes on with the plan that it has: a kubelet whose proxy ends has no runtime.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from upgradecheck.model.errors import InputError
from upgradecheck.model.override import OverrideMap
from upgradecheck.model.wording import count
from upgradecheck.override.planned import read_plan
from upgradecheck.override.proxy.counters import Counters
from upgradecheck.override.proxy.rewriting import Rewriter
from upgradecheck.safekeeping.store import BACKUP, LOCK

_OPTION = "--map"
_Stamp = tuple[int, int, int]
Remarks = Callable[[OverrideMap], Iterable[str]]


def no_remarks(_: OverrideMap) -> Iterable[str]:
    """Nothing is to be told."""
    return ()


class PlanFile:
    """rewriter is always that of the newest plan that could be used.

    Raises:
        InputError: there is none to begin with.
    """

    def __init__(self, path: str, counters: Counters, tell: Callable[[str], None], remarks: Remarks = no_remarks) -> None:
        self._path, self._counters, self._tell, self._remarks = path, counters, tell, remarks
        self._seen = self._stamp()
        self.rewriter = self._taken(self._first())

    def _first(self) -> OverrideMap:
        """Without one nobody listens, and a kubelet has no runtime: so of one that ``override hold`` keeps its copy will do."""
        try:
            return read_plan(self._path, _OPTION)
        except InputError as problem:
            if not Path(f"{self._path}{LOCK}").exists():  # nobody's who keeps a copy that is the same
                raise
            try:
                plan = read_plan(f"{self._path}{BACKUP}", _OPTION)
            except InputError:
                raise problem from None
            self._counters.refused_plans += 1
            self._tell(f"{problem} Its copy, {self._path}{BACKUP}, is used until that is mended.")
            return plan

    def refresh(self) -> None:
        """Looks whether the file is another one, and takes it over."""
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self.rewriter = self._taken(read_plan(self._path, _OPTION))
        except InputError as error:
            self._refused(str(error))
        except Exception as error:  # noqa: BLE001 - ours to answer for, or no memory left: neither may end the proxy
            self._refused(f"{_OPTION} {self._path}: cannot be taken over ({type(error).__name__}).")
        else:
            self._counters.reloads += 1
            self._tell(f"{_OPTION} {self._path}: taken over, {count(self.rewriter.size, 'container')}")

    def _refused(self, why: str) -> None:
        self._counters.refused_plans += 1
        self._tell(f"{why} The plan before it stays in use.")

    def _taken(self, plan: OverrideMap) -> Rewriter:
        rewriter = Rewriter(plan)
        self._counters.containers = rewriter.size
        for remark in self._remarks(plan):
            self._tell(remark)
        return rewriter

    def _stamp(self) -> _Stamp | None:
        try:
            found = Path(self._path).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
