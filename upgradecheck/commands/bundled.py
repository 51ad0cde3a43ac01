"""A source, with the bundles of nodes that it or a fleet gives, joined once: before pods are read, as all of them are judged by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from upgradecheck.model.snapshot import Facts
from upgradecheck.planning.asking.bundles import joined, joining
from upgradecheck.reading.pod import ReadPod

if TYPE_CHECKING:
    from upgradecheck.planning.asking.bundles import Joining
    from upgradecheck.sources import Again, Telling
    from upgradecheck.sources.fleet import Fleet


class WithBundles:
    """The source, whose facts have what bundles tell. longest, only: as of joining."""

    def __init__(self, base: Telling, longest: float, fleet: Fleet | None = None, only: frozenset[str] = frozenset()) -> None:
        self._base, self._longest, self._fleet, self._only = base, longest, fleet, only
        self._found: Joining | None = None

    def facts(self) -> Facts:
        """The source's, and the bundles'."""
        return self._joined(self._base.facts())

    def pods(self) -> Iterator[ReadPod]:
        """The source's."""
        return self._base.pods()

    def beforehand(self) -> Again | None:
        """The source's."""
        return self._base.beforehand()

    def all_facts(self) -> Facts:
        """The source's, and the bundles'."""
        return self._joined(self._base.all_facts())

    def events(self) -> Iterator[bytes]:
        """The source's."""
        return self._base.events()

    def close(self) -> None:
        """Closes the source."""
        self._base.close()

    def _joined(self, facts: Facts) -> Facts:
        fleet = self._fleet
        if fleet is not None:
            bundles, missing = (*facts.bundles, *fleet.bundles), (*facts.missing, *fleet.missing)
            facts = replace(facts, bundles=bundles, missing=missing, set_aside=(*facts.set_aside, *fleet.set_aside))
        if self._found is None:
            self._found = joining(facts, self._longest, self._only)
        return joined(facts, self._found)
