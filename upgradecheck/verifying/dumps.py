"""Of when a dump is: what it has to show before it counts as one of after the upgrade.

A list says of no moment when it was taken, and the Nodes may have been taken anew beside pods of last week. What a list shows as kept, or
does not show any more, counts on a node where the list is known to be later than that node's new kubelet. Three things tell:

- the same list has the Node, with the new version (``kubectl get nodes,pods -A -o json``): both were taken within one command;
- something in it has happened since the new kubelet wrote its Node (the newest ``lastHeartbeatTime`` of its conditions) or was started;
- it shows what the new kubelet did on that node, as the plan had said: that is found out with the results (``verifying``).

All of these hold for what was taken together, and somebody may have joined lists of two times. So a list is one only where it is written
as one request's answer (``decode/text/listforms``), and nothing in it says otherwise: a name that stands in it twice, an item that is later
than the list. What a kubelet or a runtime lists is of one node, and whole: two such lists of one node hold the same things twice, and of
two nodes each is one by itself. Of any other list, each item proves itself alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import Origin
from upgradecheck.model.snapshot import ListRead

_ITEM = pattern(r"(?P<list>.*?) ?item [0-9]+", re.DOTALL)

Time = tuple[str, str | None]
"""What was taken together: a list, a list of one node, or a document."""


def dump_of(origin: Origin | ListRead) -> str:
    """What a document, or a list, is called here: by its source and its place there. No file has a NUL in its name."""
    return f"{origin.source}\0{origin.place}"


def list_of(dump: str) -> str:
    """Which list a document stands in; itself, where it is in none."""
    source, _, place = dump.partition("\0")
    item = _ITEM.fullmatch(place)
    return dump if item is None else f"{source}\0{item['list']}"


class Dumps(msgspec.Struct, frozen=True, gc=False):
    """Which lists are of one time, and which of one time for each node. By what is of one time: the newest moment that it shows, in
    nanoseconds, and the Nodes that stand in it.
    """

    one: frozenset[str] = frozenset()
    of_nodes: frozenset[str] = frozenset()
    newest: Mapping[Time, int] = {}
    nodes: Mapping[Time, frozenset[str]] = {}

    def time_of(self, dump: str, node: str | None) -> Time:
        """What else was taken together with something of a node."""
        found = list_of(dump)
        if found in self.one:
            return found, None
        return (found, node) if found in self.of_nodes else (dump, None)

    def is_after(self, dump: str | None, node: str, upgraded_by: int | None) -> bool:
        """Whether it is of after the upgrade of a node, which had the new kubelet by then. None is no dump: it was read just now."""
        if dump is None:
            return True
        time = self.time_of(dump, node)
        return node in self.nodes.get(time, ()) or (upgraded_by is not None and upgraded_by <= self.newest.get(time, 0))
