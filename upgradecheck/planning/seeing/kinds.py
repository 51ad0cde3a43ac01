"""Which pods are replicas of one kind: those that have one opened spec and one shape under one step, and of which all else holds.

The key has, of the document, the text of the spec but for the node's name and the end of the token's volume, and all that views, facts and
decisions look at beside it (hashing/fast/outlines.py). The first pod of a key is looked at by itself; of the second, too, a kind is made,
and kept if the replica that it gives of this pod is what was found: so pods of which no two are alike cost nothing but a number each.

Steps aside: whatever is not simply an API server's pod on its node, with a status, under two known kubelets that have it as it is written;
what its facts hang on beside the two hashes of each container; owners and statuses that are more than one of a name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec

from upgradecheck.decode.kube.pods import labels_of
from upgradecheck.decode.kube.workloads import UNMANAGED, controlled_by, workload
from upgradecheck.hashing.fast.containers import Found
from upgradecheck.hashing.fast.outlines import Outline, names_one_node, written_node
from upgradecheck.hashing.fast.pods import ASIDE, FastPods
from upgradecheck.hashing.fast.templates import Hashed
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import PodSource, View, Workload
from upgradecheck.planning.asking.steps import Steps
from upgradecheck.planning.seeing.facts import Step
from upgradecheck.planning.seeing.joining import ExaminedView
from upgradecheck.planning.seeing.known import READS_STATUS, can_be_made_again
from upgradecheck.planning.seeing.replicas import Kind, Pair, Replica
from upgradecheck.reading.digest import opened_spec
from upgradecheck.reading.pod import ReadPod, fast_pods

_MOST_BYTES = 16 << 20
"""Of keys; a fleet in which no two pods are alike must not be kept."""
_MOST_MET = 1 << 18
_NODE = "Node"
Key = tuple[Any, ...]


class _Place(msgspec.Struct, frozen=True, gc=False):
    """The step of a node, its number (equal for equal steps), and the fast path for its kubelets."""

    step: Step
    number: int
    fast: FastPods
    before: tuple[KubeletBuild, ...]
    after: tuple[KubeletBuild, ...]


class _Met(msgspec.Struct, frozen=True, gc=False):
    """A pod that may be a replica."""

    key: Key
    outline: Outline
    place: _Place
    owner: Workload


class Kinds:
    """The kinds of pods that were met."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._known: dict[Key, Kind | None] = {}
        self._bytes = 0
        self._met: set[int] = set()
        self._numbered: list[Step] = []
        self._at = cache(self._place)

    def of(self, pod: ReadPod, find: Callable[[], ExaminedView]) -> ExaminedView | Replica:
        """A pod as a replica, else as it is found.

        Raises:
            SpecRefused: as find.
        """
        met = self._recognised(pod.raw)
        if met is None:
            return find()
        kind = self._known.get(met.key)
        if kind is not None and (replica := _replica(kind, met, pod)) is not None:
            met.place.fast.read_here += 1
            return replica
        found = find()
        if met.key not in self._known and self._is_met(met.key):
            self._keep(met.key, _kind(met, pod, found))
        return found

    def _recognised(self, document: bytes) -> _Met | None:
        try:
            node = written_node(document)
            place = None if node is None else self._at(node)
            outline = None if place is None else place.fast.outline(document)
        except ASIDE:
            return None
        if place is None or outline is None or outline.node != node or (outline.owner is not None and outline.owner[0] == _NODE):
            return None
        return _Met((place.number, bool(outline.hole), outline.text, outline.shape), outline, place, _owner(outline))

    def _place(self, node: str) -> _Place | None:
        """Where a pod of this node is; None where its step does not tell all, or changes how kubelets have pods."""
        here = self._steps.of(node)
        step = here.step
        if step is None or step.start is None or here.problem is not None or step.setting_server is not None:
            return None
        if not all(path.startswith("spec.") for moved in step.gates for path in moved.gate.paths):
            return None
        number = next((number for number, one in enumerate(self._numbered) if one == step), len(self._numbered))
        self._numbered += [step] if number == len(self._numbered) else []
        before, after = step.start.builds, step.target.builds
        return _Place(step, number, fast_pods(tuple(dict.fromkeys(one.hash_class for one in (*before, *after)))), before, after)

    def _is_met(self, key: Key) -> bool:
        """Whether it was met before, as far as that is kept; a mistake costs time alone."""
        known = hash(key)
        if known in self._met:
            return True
        if len(self._met) >= _MOST_MET:
            self._met.clear()
        self._met.add(known)
        return False

    def _keep(self, key: Key, kind: Kind | None) -> None:
        self._bytes += len(key[2])
        if self._bytes > _MOST_BYTES:
            self._known.clear()
            self._bytes = 0
        self._known[key] = kind


def _owner(outline: Outline) -> Workload:
    if outline.owner is None:
        return workload(UNMANAGED, outline.name)
    return controlled_by(*outline.owner, outline.labels.get("pod-template-hash"))


def _replica(kind: Kind, met: _Met, pod: ReadPod) -> Replica | None:
    return kind.replica(met.outline, pod.origin, met.owner, labels_of(tuple(met.outline.labels.items())))


def _kind(met: _Met, pod: ReadPod, found: ExaminedView) -> Kind | None:
    """The kind of a pod; None where what is made of it for a replica is not what was found of the pod itself."""
    view, facts, outline = found.view, found.facts, met.outline
    if view.source is not PodSource.API or view.view is not View.SPEC or READS_STATUS in outline.text or not names_one_node(outline.text):
        return None
    if not can_be_made_again(facts) or facts.request is None or facts.request.needs.devices:
        return None
    if len({status.name for status in view.statuses}) != len(view.statuses):
        return None
    fast = pod.fast((*met.place.before, *met.place.after))
    made = None if fast is None or fast.key is None or fast.hole != outline.hole else fast.template()
    if made is None:
        return None
    hashed, digest = _hashed(made, met.place), opened_spec(pod.raw)
    if hashed is None or len(hashed[1]) != len(facts.containers) or digest.node != outline.node:
        return None
    opened = bool(outline.hole)
    if opened and digest.hole != outline.hole:
        return None
    kind = Kind(view, facts, digest, *hashed, opened=opened)
    replica = _replica(kind, met, pod)
    alike = replica is not None and (replica.view, replica.facts, replica.digest) == (view, facts, found.digest)
    return kind if alike else None


def _hashed(made: Found, place: _Place) -> tuple[tuple[Hashed, ...], tuple[Pair, ...]] | None:
    """What is hashed of the containers, and the texts of each; None where the kubelets of one end hash several."""
    olds = {tuple(row.text for row in made.rows[one.hash_class]) for one in place.before}
    news = {tuple(row.text for row in made.rows[one.hash_class]) for one in place.after}
    if len(olds) != 1 or len(news) != 1:
        return None
    old, new = olds.pop(), news.pop()
    places = {text: number for number, text in enumerate(dict.fromkeys((*old[: len(new)], *new)))}
    pairs = tuple((places[old[index]] if index < len(old) else -1, places[text]) for index, text in enumerate(new))
    return tuple(made.texts[text] for text in places), pairs
