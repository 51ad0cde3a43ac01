"""A container of which nobody knows which API server makes its pod: as each of them makes it, and what is said of it then.

Servers are called by their minors, and those that make the same of a manifest are one. From one minor to another the server is of the newer
one, or was of one before, back to the older one: what stops as the newer one makes it is said to stop; what would as another one does is
unknown. So does a plan (planning.made).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from upgradecheck.model.version import Minor

RESTART, SAFE, UNKNOWN = "restart", "safe", "unknown"
_MAY_STOP = (RESTART, UNKNOWN)


class Makers(msgspec.Struct, frozen=True, gc=False):
    """API servers that make the same of a manifest, by their minors; with_gates: those that do with a gate on that is off by default."""

    servers: frozenset[Minor] = frozenset()
    with_gates: frozenset[Minor] = frozenset()

    def may_be_of(self, low: Minor, high: Minor) -> bool:
        """Whether one of them is of these minors, or one between."""
        return any(low <= minor <= high for minor in (*self.servers, *self.with_gates))


WHOEVER = Makers()
"""Of the only way in which a container can come: its pod is there already, or its server is known."""


def whoever_makes_it(found: Iterable[tuple[Makers, str | None]], old: Minor, new: Minor) -> str | None:
    """What is said of a step, of what it makes of a container in each way; None where the new kubelet does not compare it."""
    low, high = min(old, new), max(old, new)
    ways = tuple(found)
    if len(ways) == 1:
        return ways[0][1]
    said = next((verdict for makers, verdict in ways if high in makers.servers), UNKNOWN)
    if said in _MAY_STOP:
        return said
    return UNKNOWN if any(verdict in _MAY_STOP and makers.may_be_of(low, high) for makers, verdict in ways) else said
