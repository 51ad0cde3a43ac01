"""The checkpoints that a plan was given: which node each is for, which can be used, and what is wrong with the others.

One that cannot be used is set aside by name. Whose it was may not be readable any more, so every node without a good one counts as left
without its history: what would only be estimated there, on the word of --from, is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.checkpoint import Checkpoint, CheckpointTrouble, FoundCheckpoint, Problem, ProblemKind
from upgradecheck.model.errors import InvalidVersion
from upgradecheck.model.plan import Evidence, Grade, HistoryCheck, Missing, PlannedContainer, Verdict
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import SchemaCatalog
from upgradecheck.planning.asking.steps import Steps
from upgradecheck.planning.deciding import DecidedPod, worst_of
from upgradecheck.planning.evidence.in_force import NOTHING_IN_FORCE, InForce
from upgradecheck.planning.evidence.lives import SECOND
from upgradecheck.planning.evidence.past import Lived, Past, past_of
from upgradecheck.planning.evidence.staleness import is_older, is_stale

_NODES_NAMED = 3
_BY_HASH = frozenset({Reason.HASH_EQUAL, Reason.HASH_CHANGED, Reason.ONLY_RESOURCES_CHANGED})


@dataclass(frozen=True, slots=True)
class _Known:
    """A checkpoint that can be read, where it stands, and whether that very file was named."""

    checkpoint: Checkpoint
    place: str
    alone: bool


@dataclass
class Histories:
    """Histories by node, and what is wrong with checkpoints; given is False where no checkpoint was asked for at all."""

    given: bool = False
    in_force: InForce = NOTHING_IN_FORCE
    by_node: dict[str, Past] = field(default_factory=dict)
    places: dict[str, _Known] = field(default_factory=dict)
    troubles: list[CheckpointTrouble] = field(default_factory=list)
    spoiled: set[str] = field(default_factory=set)
    lost: bool = False
    seen_until: dict[str | None, int] = field(default_factory=dict)
    _lived: dict[str, Lived] = field(default_factory=dict)

    def past(self, node: str | None) -> Past | None:
        """The history of a node, for hashes under all of its kubelets."""
        return self.by_node.get((node or "").lower())

    def saw(self, node: str | None, time: int) -> None:
        """Notes that something was seen to start on a node then, so that the node was looked at later."""
        self.seen_until[node] = max(self.seen_until.get(node, 0), time)

    def of(self, node: str | None) -> Lived | Reason | None:
        """What the history of a node is worth, once everything was seen; None if no checkpoint concerns it."""
        name = (node or "").lower()
        past = self.by_node.get(name)
        if past is None:
            return Reason.HISTORY_UNTRUSTED if self.lost or name in self.spoiled else None
        if name not in self._lived:
            seen = max(self.seen_until.get(node, 0), self.seen_until.get(None, 0))
            self._lived[name] = Lived(past, past.lives(seen + 2 * SECOND), self.in_force)
        return self._lived[name]

    def judged(self, known: Iterable[str], planned: Iterable[str]) -> None:
        """Finds the checkpoints of no node that the inputs show, and the nodes of the plan that have none; before of() is asked."""
        if not self.given:
            return
        names = {node.lower() for node in known}
        for name, one in self.places.items():
            if name not in names:
                self._foreign(name, one)
        without = sorted(node for node in planned if node.lower() not in self.by_node and node.lower() not in self.spoiled)
        if without and not self.lost and self.places:
            self.troubles.append(
                CheckpointTrouble(_names(without), Problem(ProblemKind.MISSING, "was not among those given", ""), used=True)
            )

    def missing(self) -> Iterator[Missing]:
        """What was set aside."""
        for trouble in self.troubles:
            if not trouble.used:
                yield Missing(f"checkpoint {trouble.place}", trouble.problem.found)

    def _foreign(self, name: str, one: _Known) -> None:
        found = f"is the history of node {one.checkpoint.node.name}, which is not among the nodes seen"
        trouble = CheckpointTrouble(one.place, Problem(ProblemKind.FOREIGN, found, ""), one.checkpoint.node.name, used=not one.alone)
        self.troubles = [each for each in self.troubles if each.place != one.place] + [trouble]
        self.by_node.pop(name, None)
        self.lost = self.lost or one.alone


def plan_histories(
    found: Sequence[FoundCheckpoint] | None,
    nodes: Sequence[NodeFacts],
    steps: Steps,
    catalog: SchemaCatalog,
    in_force: InForce = NOTHING_IN_FORCE,
) -> Histories:
    """The histories of the nodes that checkpoints name. found is None where none was asked for."""
    histories = Histories(given=found is not None, in_force=in_force)
    reported = {node.name.lower(): node for node in nodes}
    for one in found or ():
        _take(one, histories)
    for name, known in histories.places.items():
        newest = known.checkpoint.newest.kubelet_version
        running = _running(reported.get(name), known.checkpoint.node.name, newest, steps)
        stale = None if running is None else is_stale(known.checkpoint, running)
        if stale is not None:
            histories.troubles.append(CheckpointTrouble(known.place, stale, known.checkpoint.node.name, used=True))
        node = reported.get(name)
        said = node is not None and node.kubelet_version is not None
        histories.by_node[name] = past_of(known.checkpoint.history, running, catalog, reported=said and running is not None)
    return histories


def _take(one: FoundCheckpoint, histories: Histories) -> None:
    """Sorts one in by the node that it names; of two states of one history the newer counts, of two histories of one node neither."""
    checkpoint, problem = one.loaded.checkpoint, one.loaded.problem
    node = None if checkpoint is None else checkpoint.node.name
    if problem is not None:
        histories.troubles.append(CheckpointTrouble(one.place, problem, node, used=checkpoint is not None))
    if checkpoint is None:
        histories.lost = True
        return
    new, name = _Known(checkpoint, one.place, one.alone), checkpoint.node.name.lower()
    other = histories.places.get(name)
    if other is None:
        if name not in histories.spoiled:
            histories.places[name] = new
            return
        histories.troubles.append(CheckpointTrouble(one.place, _another_history(None, checkpoint), node))
        return
    _of_two(other, new, name, histories)


def _of_two(other: _Known, new: _Known, name: str, histories: Histories) -> None:
    older, newer = sorted((other, new), key=lambda known: known.checkpoint.serial)
    problem = is_older(older.checkpoint, newer.checkpoint)
    if problem is None and older.checkpoint == newer.checkpoint:
        return
    if problem is not None:
        histories.places[name] = newer
        histories.troubles.append(CheckpointTrouble(older.place, problem, new.checkpoint.node.name, used=True))
        return
    del histories.places[name]
    histories.spoiled.add(name)
    histories.troubles.append(CheckpointTrouble(other.place, _another_history(new.place, other.checkpoint), other.checkpoint.node.name))
    histories.troubles.append(CheckpointTrouble(new.place, _another_history(other.place, new.checkpoint), new.checkpoint.node.name))


def _another_history(place: str | None, checkpoint: Checkpoint) -> Problem:
    beside = "others" if place is None else place
    return Problem(ProblemKind.FOREIGN, f"is another history of node {checkpoint.node.name} than {beside} tells", "")


def _running(node: NodeFacts | None, name: str, newest: str, steps: Steps) -> str | None:
    """What runs on the node now: what it reports, else what --from says; as the history writes it where that is the same release."""
    text = node.kubelet_version if node is not None else None
    if text is None:
        step = steps.of(name).step
        text = None if step is None or step.start is None else f"v{step.start.text}"
    try:
        if text is None:
            return None
        version, known = parse_kubelet_version(text), parse_kubelet_version(newest)
    except InvalidVersion:
        return None
    same = version.release == known.release and (version.vendor is None or known.vendor is None)
    return newest if same else text


def _names(nodes: Sequence[str]) -> str:
    more = f" and {len(nodes) - _NODES_NAMED:,} more" if len(nodes) > _NODES_NAMED else ""
    return f"of node{'' if len(nodes) == 1 else 's'} {', '.join(nodes[:_NODES_NAMED])}{more}"


@dataclass(frozen=True, slots=True)
class Graded:
    """The pods, and how their nodes' histories stood the test of recorded hashes; contradicted counts those by node."""

    pods: tuple[DecidedPod, ...]
    check: HistoryCheck
    contradicted: Mapping[str, int]


def graded(decided: Sequence[DecidedPod]) -> Graded:
    """Counts; a history that a recorded hash contradicts is wrong, so what hangs on it is unknown."""
    contradicted: dict[str, int] = {}
    for one in decided:
        if one.check.contradicts and one.pod.node:
            contradicted[one.pod.node] = contradicted.get(one.pod.node, 0) + one.check.contradicts
    check = HistoryCheck(*(sum(numbers) for numbers in zip(*map(_numbers, decided), strict=True))) if decided else HistoryCheck()
    pods = tuple(_without_history(one) if one.pod.node in contradicted else one for one in decided)
    return Graded(pods, check, contradicted)


def _numbers(one: DecidedPod) -> tuple[int, int, int]:
    return one.check.agrees, one.check.contradicts, one.check.silent


def _without_history(one: DecidedPod) -> DecidedPod:
    containers = tuple(_contradicted(each) if each.evidence.by_history else each for each in one.pod.containers)
    pod = replace(one.pod, containers=containers)
    if one.by_containers:
        worst = worst_of(containers)
        pod = replace(pod, verdict=worst.verdict, reason=worst.reason)
    return replace(one, pod=pod)


def _contradicted(container: PlannedContainer) -> PlannedContainer:
    evidence = Evidence(Grade.UNKNOWN, by_history=True)
    if container.reason not in _BY_HASH:
        return replace(container, evidence=evidence)
    return replace(container, evidence=evidence, verdict=Verdict.UNKNOWN, reason=Reason.HISTORY_CONTRADICTS)
