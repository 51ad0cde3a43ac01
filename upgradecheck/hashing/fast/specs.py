"""Specs that were read before, known again by their text: of replicas only what stands beside the spec is decoded.

A text is opened where replicas differ, as an outline's is (outlines.py). It is learnt once all of the pod was read and its containers have
a template; a pod that has it with other names in the openings has the same lists of containers, but for the end of the token's volume.
"""

from __future__ import annotations

import msgspec

from upgradecheck.hashing.fast.outlines import names_one_node, opened_text
from upgradecheck.hashing.fast.templates import STEM

_MOST_BYTES = 12 << 20


class KnownLists(msgspec.Struct, frozen=True, gc=False):
    """The lists of a spec that was read. opened: their text; hole: what stands in its openings, None where that is each pod's own."""

    opened: bytes
    hole: bytes | None


class Specs:
    """The texts of specs that were read."""

    def __init__(self) -> None:
        self._known: dict[tuple[bool, bytes], KnownLists] = {}
        self._bytes = 0

    def lists(self, spec: bytes, name: str) -> tuple[bytes, bytes] | None:
        """The opened text of a spec's lists and what stands in its openings; None where the spec, of a pod of this name, is not known."""
        if not self._known or (found := opened_text(spec, name)) is None:
            return None
        text, _, hole = found
        known = self._known.get((bool(hole), text))
        if known is None:
            return None
        return known.opened, hole if known.hole is None else known.hole

    def learn(self, spec: bytes, name: str, node: str, opened: bytes, hole: bytes) -> None:
        """Keeps a spec that was read, of a pod on this node, with the opened text of its lists and what stands in its openings.

        Not where another member than the pod's own may name the node, nor where the lists are open otherwise than the spec.
        """
        found = opened_text(spec, name)
        if found is None or found[1] != node or not names_one_node(spec):
            return
        text, _, its = found
        if its and not hole and STEM in opened:
            return
        self._bytes += len(text)
        if self._bytes > _MOST_BYTES:
            self._known.clear()
            self._bytes = len(text)
        self._known[bool(its), text] = KnownLists(opened, None if its and hole else hole)
