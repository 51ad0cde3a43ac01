"""Lists of a runtime without any pod's container, beside pods of which something runs: the two contradict each other.

A node's runtime lists what its kubelet runs. A list that shows nothing of it was taken with a filter, from another runtime, or by a user
whom the runtime tells nothing; it is no evidence of anything. Where another list of the node shows what runs, the empty one is that of a
runtime which its kubelet does not use, and harmless. What survival under a kubelet proves does not hang on it: if the list is right after
all, nothing of that runs any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from upgradecheck.model.plan import Missing
from upgradecheck.model.wording import count
from upgradecheck.planning.evidence.set_aside import named_in


class Contradicted(msgspec.Struct, frozen=True, gc=False):
    """What is said of the lists that are no evidence, and the nodes of which nothing may be estimated for want of them."""

    missing: tuple[Missing, ...] = ()
    nodes: frozenset[str | None] = frozenset()


NOTHING_CONTRADICTED = Contradicted()


def contradicted(lists: Iterable[str], unlisted: Mapping[str | None, int], nodes: Iterable[str], only_node: str | None) -> Contradicted:
    """Which empty lists are contradicted.

    unlisted: of each node of whose pods no list shows a container, how many run by their statuses. nodes: all that are known; only_node:
    where evidence belongs that names none. A list that may be any node's may be that of one of these.
    """
    missing, known, whose = list[Missing](), tuple(nodes), set[str | None]()
    for name in lists:
        its: Collection[str | None] = named_in(name, known) or ({only_node} if only_node is not None else unlisted)
        running = {node: unlisted[node] for node in its if unlisted.get(node)}
        if running:
            what = count(sum(running.values()), "container")
            missing.append(Missing(name, f"it is set aside: it lists none of the {what} that run by the statuses of pods; take it again"))
            whose.update(running)
    return Contradicted(tuple(missing), frozenset(whose))
