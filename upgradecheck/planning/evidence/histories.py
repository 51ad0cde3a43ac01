"""The checkpoints that a plan was given: which node each is for, which can be used, and what is wrong with the others.

One that cannot be used is set aside by name. Whose it was may not be readable any more, so every node without a good one counts as left
without its history: what would only be estimated there, on the word of --from, is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.checkpoint import Checkpoint, CheckpointTrouble, FoundCheckpoint, Problem, ProblemKind
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.reasons import Reason
from upgradecheck.model.version import KubeletVersion
from upgradecheck.model.wording import form
from upgradecheck.planning.asking.steps import Steps
from upgradecheck.planning.evidence.in_force import NOTHING_IN_FORCE, InForce
from upgradecheck.planning.evidence.lives import SECOND
from upgradecheck.planning.evidence.past import Lived, Past, past_of
from upgradecheck.planning.evidence.staleness import is_older, is_stale

_NODES_NAMED = 3


class _Known(msgspec.Struct, frozen=True, gc=False):
    """A checkpoint that can be read, where it stands, and whether that very file was named. seen: as of FoundCheckpoint."""

    checkpoint: Checkpoint
    place: str
    alone: bool
    seen: bool = False


class Histories(msgspec.Struct, frozen=True, gc=False):
    """What checkpoints tell, before a pod is read; given is False where none was asked for at all.

    by_node: histories by a node's name in lower case. places: the checkpoints that they are of. spoiled: nodes of which there are two
    histories; lost: a checkpoint may have been of any node. troubles: what is wrong with checkpoints.
    """

    given: bool = False
    in_force: InForce = NOTHING_IN_FORCE
    by_node: Mapping[str, Past] = {}
    places: Mapping[str, _Known] = {}
    troubles: tuple[CheckpointTrouble, ...] = ()
    spoiled: frozenset[str] = frozenset()
    lost: bool = False

    def past(self, node: str | None) -> Past | None:
        """The history of a node, for hashes under all of its kubelets."""
        return self.by_node.get((node or "").lower())

    def judged(self, known: Iterable[str], planned: Iterable[str], sightings: Mapping[str | None, int]) -> Pasts:
        """What they are worth, once all pods were seen. known: the nodes that the inputs show; planned: those of the plan.

        sightings: by node, the latest time that something was seen to start there, so that it was looked at later; None: on some node.
        """
        if not self.given:
            return Pasts()
        names = {node.lower() for node in known}
        foreign = {name: one for name, one in self.places.items() if name not in names}
        by_node = {name: past for name, past in self.by_node.items() if name not in foreign}
        lost = self.lost or any(one.alone for one in foreign.values())
        troubles = _with_foreign(self.troubles, foreign)
        without = sorted(node for node in planned if node.lower() not in by_node and node.lower() not in self.spoiled)
        if without and not lost and any(not one.seen for one in self.places.values()):
            missing = Problem(ProblemKind.MISSING, "was not among those given", "")
            troubles = (*troubles, CheckpointTrouble(_names(without), missing, used=True))
        seen = {(node or "").lower(): time for node, time in sightings.items()}

        def until(name: str) -> int:
            return max(seen.get(name, 0), seen.get("", 0)) + 2 * SECOND

        lived = {name: Lived(past, past.lives(until(name)), self.in_force) for name, past in by_node.items()}
        return Pasts(lived, self.spoiled, lost, troubles)


NO_HISTORIES = Histories()


class Pasts(msgspec.Struct, frozen=True, gc=False):
    """What the histories of nodes are worth, and what is wrong with checkpoints."""

    lived: Mapping[str, Lived] = {}
    spoiled: frozenset[str] = frozenset()
    lost: bool = False
    troubles: tuple[CheckpointTrouble, ...] = ()

    def of(self, node: str | None) -> Lived | Reason | None:
        """What the history of a node is worth; None if no checkpoint concerns it."""
        name = (node or "").lower()
        if name in self.lived:
            return self.lived[name]
        return Reason.HISTORY_UNTRUSTED if self.lost or name in self.spoiled else None

    def missing(self) -> Iterator[Missing]:
        """What was set aside."""
        for trouble in self.troubles:
            if not trouble.used:
                yield Missing(f"checkpoint {trouble.place}", trouble.problem.found)


def _with_foreign(troubles: tuple[CheckpointTrouble, ...], foreign: Mapping[str, _Known]) -> tuple[CheckpointTrouble, ...]:
    """What is wrong with checkpoints, those of nodes that nothing shows last."""
    places = {one.place for one in foreign.values()}
    return (*(one for one in troubles if one.place not in places), *map(_foreign, foreign.values()))


def _foreign(one: _Known) -> CheckpointTrouble:
    node = one.checkpoint.node.name
    found = f"is the history of node {node}, which is not among the nodes seen"
    return CheckpointTrouble(one.place, Problem(ProblemKind.FOREIGN, found, ""), node, used=not one.alone)


class _Sorting(msgspec.Struct):
    """Checkpoints, sorted in by the nodes that they name."""

    places: dict[str, _Known] = msgspec.field(default_factory=dict)
    troubles: list[CheckpointTrouble] = msgspec.field(default_factory=list)
    spoiled: set[str] = msgspec.field(default_factory=set)
    lost: bool = False


def plan_histories(
    found: Sequence[FoundCheckpoint] | None,
    nodes: Sequence[NodeFacts],
    steps: Steps,
    catalog: SchemaCatalog,
    in_force: InForce = NOTHING_IN_FORCE,
) -> Histories:
    """The histories of the nodes that checkpoints name. found is None where none was asked for."""
    sorting, by_node = _Sorting(), dict[str, Past]()
    reported = {node.name.lower(): node for node in nodes}
    for one in found or ():
        _take(one, sorting)
    for name, known in sorting.places.items():
        node, newest = reported.get(name), known.checkpoint.newest.kubelet_version
        running = _running(node, known.checkpoint.node.name, newest, steps)
        stale = None if running is None else is_stale(known.checkpoint, running)
        if stale is not None:
            sorting.troubles.append(CheckpointTrouble(known.place, stale, known.checkpoint.node.name, used=True))
        said = node is not None and node.kubelet_version is not None
        by_node[name] = past_of(known.checkpoint.history, running, catalog, reported=said and running is not None)
    troubles, spoiled = tuple(sorting.troubles), frozenset(sorting.spoiled)
    return Histories(found is not None, in_force, by_node, sorting.places, troubles, spoiled, sorting.lost)


def _take(one: FoundCheckpoint, sorting: _Sorting) -> None:
    """Sorts one in by the node that it names; of two states of one history the newer counts, of two histories of one node neither."""
    checkpoint, problem = one.loaded.checkpoint, one.loaded.problem
    node = one.node if checkpoint is None else checkpoint.node.name
    if problem is not None:
        sorting.troubles.append(CheckpointTrouble(one.place, problem, node, used=checkpoint is not None))
    if checkpoint is None and one.node is not None:
        sorting.spoiled.add(one.node.lower())
        return
    if checkpoint is None:
        sorting.lost = True
        return
    new, name = _Known(checkpoint, one.place, one.alone, one.seen), checkpoint.node.name.lower()
    other = sorting.places.get(name)
    if other is None:
        if name not in sorting.spoiled:
            sorting.places[name] = new
            return
        sorting.troubles.append(CheckpointTrouble(one.place, _another_history(None, checkpoint), node))
        return
    _of_two(other, new, name, sorting)


def _of_two(other: _Known, new: _Known, name: str, sorting: _Sorting) -> None:
    older, newer = sorted((other, new), key=lambda known: known.checkpoint.serial)
    problem = is_older(older.checkpoint, newer.checkpoint)
    if problem is None and older.checkpoint == newer.checkpoint:
        return
    if problem is not None:
        sorting.places[name] = newer
        sorting.troubles.append(CheckpointTrouble(older.place, problem, new.checkpoint.node.name, used=True))
        return
    del sorting.places[name]
    sorting.spoiled.add(name)
    sorting.troubles.append(CheckpointTrouble(other.place, _another_history(new.place, other.checkpoint), other.checkpoint.node.name))
    sorting.troubles.append(CheckpointTrouble(new.place, _another_history(other.place, new.checkpoint), new.checkpoint.node.name))


def _another_history(place: str | None, checkpoint: Checkpoint) -> Problem:
    beside = "others" if place is None else place
    return Problem(ProblemKind.FOREIGN, f"is another history of node {checkpoint.node.name} than {beside} tells", "")


def _running(node: NodeFacts | None, name: str, newest: KubeletVersion, steps: Steps) -> KubeletVersion | None:
    """What runs on the node now: what it reports, else what --from says; as the history writes it where that is the same release."""
    said = node.kubelet_version if node is not None else None
    if said is None:
        step = steps.of(name).step
        said = None if step is None or step.start is None else step.start.version.released
    if not isinstance(said, KubeletVersion):
        return None
    same = said.release == newest.release and (said.vendor is None or newest.vendor is None)
    return newest if same else said


def _names(nodes: Sequence[str]) -> str:
    more = f" and {len(nodes) - _NODES_NAMED:,} more" if len(nodes) > _NODES_NAMED else ""
    return f"of {form(len(nodes), 'node')} {', '.join(nodes[:_NODES_NAMED])}{more}"
