"""A container seen before, told again: the same fields, but its labels and annotations in another order.

Go's maps have no order, so containerd tells of an unchanged container in other bytes each time (seen: 1.6.20); a cache of whole records
hardly ever hits. But of a small map there are few orders, rotations of each other (runtime/map.go), and labels and annotations each have
theirs. So a record is kept in three parts, with the orders in which each was seen; it is known if all parts are.
"""

from __future__ import annotations

import msgspec

_MOST_ORDERS = 64
_LARGEST = 16 << 10
"""Bytes of a container that is kept; a larger one is read anew each time."""


class Tail(msgspec.Struct, frozen=True, gc=False):
    """A record from its first annotation on, as it leaves. header: tag and length of its field. changes: annotations that are others."""

    header: bytes
    content: bytes
    changes: int


class Known(msgspec.Struct, frozen=True, gc=False):
    """One container as it was read.

    lead: its bytes up to the last field that is no text or message, with the ID and without annotations. middles: the orders of what
    follows up to split, where annotations begin. tails: the orders of the rest. As each was part of a whole record that began with lead,
    and only tails have annotations, what a tail becomes depends on nothing else.
    """

    lead: bytes
    split: int
    middles: set[bytes] = msgspec.field(default_factory=set)
    tails: dict[bytes, Tail] = msgspec.field(default_factory=dict)

    def told_again(self, raw: bytes, begin: int, end: int) -> Tail | None:
        """What the record's tail becomes; None if it must be read anew."""
        split = begin + self.split
        if raw.startswith(self.lead, begin) and raw[begin + len(self.lead) : split] in self.middles:
            return self.tails.get(raw[split:end])
        return None

    def keep(self, raw: bytes, tail: Tail) -> None:
        """Remembers one more order of the whole record raw."""
        if len(raw) <= _LARGEST and len(self.middles) < _MOST_ORDERS and len(self.tails) < _MOST_ORDERS:
            self.middles.add(raw[len(self.lead) : self.split])
            self.tails[raw[self.split :]] = tail
