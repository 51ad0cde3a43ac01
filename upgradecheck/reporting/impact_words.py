"""What goes down together, in words: shared by the formats that people read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from upgradecheck.model.plan import Scope
from upgradecheck.model.wording import count
from upgradecheck.reporting.lines import Line, Name
from upgradecheck.reporting.radius import BudgetRoom, Hit, Radius
from upgradecheck.reporting.words import UNKNOWN_NODE

_HEADING: Mapping[Radius, tuple[str, str]] = {
    Radius.WHOLE: ("DOWN AS A WHOLE", "all that runs of it stops at once: nothing serves meanwhile"),
    Radius.BUDGET: ("EXCEEDS A BUDGET", "more stop at once than may go; a kubelet asks no budget"),
    Radius.REFUSED: ("REFUSED", "stopped, and not started again by this kubelet"),
    Radius.SOME: ("LOSES SOME", "at once on the node that is worst for it, of all that run"),
    Radius.UNPLACED: ("BY ITS REPLICAS", "predicted of templates: which nodes they are on is not known"),
    Radius.PER_NODE: ("ONE PER NODE", "DaemonSets and static pods, which a drain leaves"),
}
"""Of each section its title, and what it is."""

NO_BUDGET = "no PDB"
_DEFAULT_GRACE = 30
_IN_SCOPE = "; of the pods in scope"
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def heading(radius: Radius, scope: Scope) -> tuple[str, str]:
    """A section's title, and what it is. Where the scope leaves out nodes or pods, all of a workload are all of those in it."""
    title, explanation = _HEADING[radius]
    narrowed = scope.nodes or scope.selector or scope.node_selector
    return title, f"{explanation}{_IN_SCOPE if narrowed and radius in (Radius.WHOLE, Radius.SOME) else ''}"


_FEW = 3


def only_node(hits: Sequence[Hit]) -> Line | None:
    """The node of all rows of a section, told once, where there are more than a few of them; None where they are on several."""
    nodes = {hit.node for hit in hits}
    alone = len(hits) > _FEW and len(nodes) == 1 and all(hit.nodes == 1 and not hit.replicas for hit in hits)
    return ("all on ", _node(hits[0])) if alone else None


def where(hit: Hit, *, node_told: bool = False) -> Line:
    """How many of how many, and where. node_told: the section says it of all of its rows."""
    return (*share(hit), *(() if node_told else place(hit)))


def share(hit: Hit) -> Line:
    """How many of how many."""
    if hit.replicas:
        return (f"{count(hit.stopping, 'pod')} by its replicas",)
    return (f"{hit.stopping if hit.radius is Radius.PER_NODE else hit.at_once:,} of {hit.running:,}",)


def place(hit: Hit) -> Line:
    """Where these are, beginning with a blank; nothing where the nodes are not known."""
    if hit.replicas:
        return ()
    if hit.nodes > 1 and (hit.radius is Radius.PER_NODE or (hit.nodes == hit.stopping and hit.at_once == 1)):
        return (f" on {count(hit.nodes, 'node')}",)
    return " on ", _node(hit), *((f"; {hit.stopping:,} on {hit.nodes:,} nodes",) if hit.nodes > 1 else ())


def _node(hit: Hit) -> Name:
    return Name(UNKNOWN_NODE if hit.node is None else hit.node)


def notes_of(hit: Hit, *, budgets_read: bool) -> Iterator[str]:
    """What else is to be known of it; names in it are raw. budgets_read: whether PodDisruptionBudgets were seen at all."""
    if hit.refused:
        yield f"REFUSED {hit.refused:,}" if hit.refused < hit.stopping else "REFUSED"
    if hit.refused and hit.whole and hit.radius is not Radius.WHOLE:
        yield "all at once"
    yield from map(_room, hit.budgets)
    if budgets_read and not hit.budgets and hit.radius is not Radius.PER_NODE:
        yield NO_BUDGET
    if hit.containers:
        yield f"only {', '.join(hit.containers)}"
    if hit.grace_seconds is not None and hit.grace_seconds != _DEFAULT_GRACE:
        yield f"grace {duration(hit.grace_seconds)}"
    if hit.why or hit.rules:
        yield f"[{', '.join((*hit.why, *hit.rules))}]"


def least_of(left: Sequence[Hit]) -> str:
    """Of workloads that are not listed, that none is hit harder; empty where they are not hit at once, or by a share of their own."""
    if not left or any(hit.replicas or hit.radius is not Radius.SOME for hit in left):
        return ""
    worst = max(left, key=lambda hit: (hit.at_once / hit.running, hit.running))
    return f"; none loses more than {worst.at_once:,} of {worst.running:,} at once"


def _room(room: BudgetRoom) -> str:
    if room.allowed is None:
        return f"{room.name}: how many may go is not known"
    if room.exceeded:
        return f"EXCEEDS {room.name} ({room.at_once:,} at once, {room.allowed:,} may go)"
    return f"within {room.name} ({room.allowed:,} may go)"


def duration(seconds: int) -> str:
    """``1h``, ``90s``: in the largest unit that divides it."""
    unit, letter = next((unit, letter) for unit, letter in _UNITS if (seconds % unit == 0 and abs(seconds) >= unit) or unit == 1)
    return f"{seconds // unit}{letter}"
