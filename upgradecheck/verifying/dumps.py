"""Of when a dump is: what it has to show before it counts as one of after the upgrade.

A list says of no moment when it was taken, and the Nodes may have been taken anew beside pods of last week. What a list shows as kept, or
does not show any more, counts on a node where the list is known to be later than that node's new kubelet. Three things tell:

- the same list has the Node, with the new version (``kubectl get nodes,pods -A -o json``): both were taken within one command;
- something in it has happened since the new kubelet wrote its Node (the newest ``lastHeartbeatTime`` of its conditions) or was started;
- it shows what the new kubelet did on that node, as the plan had said: that is found out with the results (``verifying``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import NodeFacts, Origin

_ITEM = pattern(r"(?P<list>.*?) ?item [0-9]+", re.DOTALL)


def dump_of(origin: Origin) -> str:
    """Which list a document stands in; one that is in none is of a time of its own."""
    item = _ITEM.fullmatch(origin.place)
    return f"{origin.source} {origin.place if item is None else item['list']}"


class Dumps(msgspec.Struct, frozen=True, gc=False):
    """By dump: the newest moment that it shows, in nanoseconds, and the Nodes that stand in it."""

    newest: Mapping[str, int] = {}
    nodes: Mapping[str, frozenset[str]] = {}

    def is_after(self, dump: str | None, node: str, upgraded_by: int | None) -> bool:
        """Whether it is of after the upgrade of a node, which had the new kubelet by then. None is no dump: it was read just now."""
        if dump is None or node in self.nodes.get(dump, ()):
            return True
        return upgraded_by is not None and upgraded_by <= self.newest.get(dump, 0)


def nodes_in_lists(nodes: Iterable[NodeFacts]) -> Mapping[str, frozenset[str]]:
    """The names of the Nodes of each list."""
    found: dict[str, set[str]] = {}
    for one in nodes:
        if _ITEM.fullmatch(one.origin.place):
            found.setdefault(dump_of(one.origin), set()).add(one.name)
    return {dump: frozenset(names) for dump, names in found.items()}
