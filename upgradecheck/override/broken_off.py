"""What an ``override apply`` that broke off has left undone, and whether any of that still runs.

Its journal knows the containers that it came to; the audit log, before the first of them, those that it was about. Once what it did not
come to runs no more, or a later journal has it, nothing is left to be said of that run. Audit lines of before December 2026 name none of
these containers and count them alone: then the run is over only once all were begun, and are gone.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from upgradecheck.override.standing import EFFECTIVE, Standing, Stood
from upgradecheck.override.state import FoundJournal, OverrideState
from upgradecheck.override.surveying import RuntimeDatabase

_ENDED = (Standing.GONE, Standing.TAKEN_OVER)


class LeftUndone(msgspec.Struct, frozen=True, gc=False):
    """Of a journal that broke off: the containers, by ID, that still run and that it did not come to; over: nothing is left of it."""

    waiting: tuple[str, ...] = ()
    over: bool = False


def left_undone(held: OverrideState, found: FoundJournal, stood: Sequence[Stood], runtime: RuntimeDatabase) -> LeftUndone:
    """Of a journal that did not come to its end; of any other there is nothing."""
    if found.journal.finished:
        return LeftUndone()
    begun = [one for one in held.audit.entries if (one.get("event"), one.get("journal")) == ("apply", found.name)]
    if not begun:
        return LeftUndone()
    if any("containers" not in one for one in begun):
        most = max(int(one.get("write", 0)) for one in begun)
        return LeftUndone(over=len(found.journal.entries) >= most and all(one.standing is Standing.GONE for one in stood))
    later = held.taken_over(found)
    meant = dict.fromkeys(container_id for one in begun for container_id in one["containers"])
    waiting = tuple(one for one in meant if one not in found.journal.entries and one not in later and _runs(runtime, one))
    ended = all(one.standing in _ENDED for one in stood)
    effective = all(one.standing in EFFECTIVE for one in stood) and not any(one["missing"] for one in begun[-1:])
    return LeftUndone(waiting, over=not waiting and (ended or effective))


def _runs(runtime: RuntimeDatabase, container_id: str) -> bool:
    served = runtime.served(container_id)
    return served is not None and served.running
