"""Which pods are replicas of one kind: those that have one opened spec and one shape under one step, and of which all else holds.

The key has, of the document, the text of the spec but for the node's name and the end of the token's volume, and all that views, facts and
decisions look at beside it (hashing/fast/outlines.py). The first pod of a key is looked at by itself; when a second one comes, a kind is
made of the first, and kept if the replica that it gives of that pod is what was found: so pods of which no two are alike cost little more.

Beside the document the key has what the runtime's lists show of the pod, where that is plain (listed.py), and which kubelets ran on its
node, where its history tells that.

Steps aside: whatever is not simply an API server's pod on its node, with a status, under two known kubelets that have it as it is written;
what its facts hang on beside the hashes of each container, such as a recorded one that the running kubelet does not make; owners and
statuses that are more than one of a name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kube.pods import labels_of
from upgradecheck.decode.kube.workloads import UNMANAGED, controlled_by, workload
from upgradecheck.hashing.fast.containers import Found, Opened
from upgradecheck.hashing.fast.opening import Learned, Openings
from upgradecheck.hashing.fast.opentexts import OpenText
from upgradecheck.hashing.fast.outlines import Outline, names_one_node, written_node
from upgradecheck.hashing.fast.pods import ASIDE, FastPod, FastPods, WrittenLists
from upgradecheck.hashing.fast.stencils import Stencil, Stencils, Values
from upgradecheck.model.alike import is_plain
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import Origin, PodSource, View, Workload
from upgradecheck.planning.evidence.past import Past
from upgradecheck.planning.seeing.facts import ContainerFacts, SpecFacts, Step
from upgradecheck.planning.seeing.joining import ExaminedView
from upgradecheck.planning.seeing.known import READS_STATUS, has_two_hashes
from upgradecheck.planning.seeing.listed import UNLISTED, Listed, Shape, listed, listed_soon
from upgradecheck.planning.seeing.replicas import Common, Kind, Made, Replica, Texts
from upgradecheck.planning.setting import Setting
from upgradecheck.reading.digest import OpenedSpec
from upgradecheck.reading.pod import KnownText, ReadPod, fast_pods

_MOST_BYTES = 16 << 20
"""Of keys; a fleet in which no two pods are alike must not be kept."""
_MOST_LATELY = 4 << 20
"""Of documents that were met once."""
_MOST_MET = 1 << 18
_NODE = "Node"
_IDS, _RESTARTS = slice(5, None, 3), slice(7, None, 3)
"""Among what is a pod's own by its stencil."""
Key = tuple[Any, ...]


class _Place(msgspec.Struct, frozen=True, gc=False):
    """The step of a node and its history, their number (equal where pods have the same facts), and the fast path for all its kubelets.

    earlier: the kubelets of the history, None where one is not known. fitting: by stencil, of what kind those are that fit it and of which
    no list tells anything, and what they have in common. soon: the same by the text that reading through told, with the stencil.
    """

    step: Step
    past: Past | None
    number: int
    fast: FastPods
    before: tuple[KubeletBuild, ...]
    after: tuple[KubeletBuild, ...]
    fitting: dict[Stencil, tuple[Kind, Common]]
    soon: dict[OpenText, tuple[Stencil, Kind, Common]]
    earlier: tuple[tuple[KubeletBuild, ...] | None, ...] = ()


class _Met(msgspec.Struct, frozen=True, gc=False):
    """A pod that may be a replica."""

    key: Key
    outline: Outline
    place: _Place
    owner: Workload
    listed: Listed


class _First(msgspec.Struct, frozen=True, gc=False):
    """The first pod of a key, and all that was found of it: so that nothing of it is read again when a second one comes.

    digest: of its spec. written: its lists of containers, None where it is not certain that replicas are hashed as it is.
    """

    met: _Met
    origin: Origin
    found: ExaminedView
    digest: OpenedSpec
    written: WrittenLists | None

    @classmethod
    def of(cls, met: _Met, pod: ReadPod, found: ExaminedView, fast: FastPod | None) -> _First:
        """fast: the pod, as what reads it for its place has it."""
        return cls(met, pod.origin, found, pod.opened_spec, None if fast is None or fast.key is None else fast.written)

    @property
    def size(self) -> int:
        """About what is held of it, in bytes: its containers come twice, in its text and as its lists."""
        return len(self.met.key[2]) + (0 if self.written is None else len(self.written.opened))

    def template(self) -> Found | None:
        """What is hashed of its containers, as it holds for its replicas."""
        written, met = self.written, self.met
        return None if written is None or written.hole != met.outline.hole else met.place.fast.template(written)


class Kinds:
    """The kinds of pods that were met."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._known: dict[Key, Kind | None] = {}
        self._bytes = 0
        self._met: set[int] = set()
        self._lately: dict[Key, _First] = {}
        self._lately_bytes = 0
        self._numbered: list[tuple[Step, bool, tuple[KubeletEnd | None, ...], bool]] = []
        self._at = cache(self._place)
        self._unlisted = setting.records.are_none
        self._stencils = Stencils()
        self._openings = Openings(self._stencils)
        self._kinds_by_texts: dict[tuple[int, Stencil, Shape], Kind] = {}
        self._fitting: dict[tuple[int, Shape], dict[Stencil, tuple[Kind, Common]]] = {}
        self._soon: dict[int, dict[OpenText, tuple[Stencil, Kind, Common]]] = {}

    def of(self, pod: ReadPod, find: Callable[[], ExaminedView]) -> ExaminedView | Replica:
        """A pod as a replica, else as it is found.

        Raises:
            SpecRefused: as find.
        """
        known = (None if pod.known is None else self._told_soon(pod.known, pod.origin)) or self._fits(pod)
        if known is not None:
            return known
        met = self._recognised(pod.raw)
        if met is None:
            return find()
        kind = self._known.get(met.key) or self._kind_of_first(met.key)
        if kind is not None and (replica := _replica(kind, met, pod.origin)) is not None:
            fast = met.place.fast
            fast.read_here += 1
            self._learn(pod, met.outline, fast)
            return replica
        found = find()
        if met.key not in self._known:
            self._meet(met, pod, found)
        return found

    def _meet(self, met: _Met, pod: ReadPod, found: ExaminedView) -> None:
        """A pod that had to be examined, and may be the first of its kind."""
        fast = _read(met.place, pod)
        first = _First.of(met, pod, found, fast)
        if self._is_met(met.key):
            self._keep(met, _kind(first))
        else:
            self._remember(first)
            self._open(first, pod, fast)

    def _open(self, first: _First, pod: ReadPod, fast: FastPod | None) -> None:
        """Makes a kind of pods that differ from this one in plain texts of their containers alone, once others of them were met.

        Not where a kubelet hashes printed structs: of these, whatever stands in them may be why a hash changes.
        """
        met = first.met
        if fast is None or met.place.fast.tells_protobuf or fast.hole != met.outline.hole:
            return
        learned = self._openings.learn(fast, met.place.fast, lambda tried: _have_one_key(fast, tried))
        kind = None if learned is None else _kind(first, (pod, learned))
        if learned is None or kind is None:
            return
        self._kinds_by_texts[met.place.number, learned.stencil, met.listed.shape] = kind

    def _kind_of_first(self, key: Key) -> Kind | None:
        """The kind that the first pod of a key makes, now that there is a second one."""
        first = self._lately.pop(key, None)
        if first is None:
            return None
        self._lately_bytes -= first.size
        made = _kind(first)
        self._keep(first.met, made)
        return made

    def _remember(self, first: _First) -> None:
        """For the second one; most replicas follow each other."""
        self._lately[first.met.key] = first
        self._lately_bytes += first.size
        while self._lately_bytes > _MOST_LATELY:
            self._lately_bytes -= self._lately.pop(next(iter(self._lately))).size

    def _told_soon(self, known: KnownText, origin: Origin) -> Replica | None:
        """As _fits, of a pod of which no list tells anything, if pods of its text were met on nodes like its own."""
        text, values = known.text, known.values
        place = self._at(values[text.node])
        found = None if place is None else place.soon.get(text)
        if found is None or place is None:
            return None
        stencil, kind, common = found
        told = stencil.told(values)
        if told is None or stencil.by is not place.fast:
            return None
        replica = kind.filled(stencil.own(told), origin, common, UNLISTED, None, place.past)
        if replica is not None:
            place.fast.read_here += 1
            self._stencils.fitted += 1
        return replica

    def _fits(self, pod: ReadPod) -> Replica | None:
        """A pod whose text is known, as a replica."""
        found = None if pod.known is None else self._by_known_text(pod.known)
        if found is None:
            found = self._stencils.fitting(pod.raw)
            if found is None:
                return None
            if pod.known is not None:
                self._stencils.fitting_as_well(pod.known.text, found[0])
        stencil, values = found
        told = stencil.own(values)
        place = self._at(told[2])
        if place is None or place.fast is not stencil.by:
            return None
        its = UNLISTED if self._unlisted else self._listed(stencil, values, told)
        if its is None:
            return None
        fitting = place.fitting if self._unlisted else self._fitting.setdefault((place.number, its.shape), {})
        of = fitting.get(stencil)
        if of is None:
            outline = stencil.filled(values)
            by_texts = self._kinds_by_texts.get((place.number, stencil, its.shape))
            kind = by_texts if stencil.texts else self._known.get(_key(place, outline, its))
            if kind is None:
                return None
            owner = None if outline.owner is None else _owner(outline)
            plain = stencil.is_plain and (owner is None or is_plain(owner.name))
            of = fitting[stencil] = kind, Common(owner, labels_of(tuple(outline.labels.items())), plain)
        kind, common = of
        if self._unlisted and pod.known is not None and stencil.text.is_like(pod.known.text):
            place.soon[pod.known.text] = stencil, kind, common
        texts = _texts(stencil, values, pod) if stencil.texts else None
        replica = kind.filled(told, pod.origin, common, its, texts, place.past)
        if replica is not None:
            place.fast.read_here += 1
        return replica

    def _by_known_text(self, known: KnownText) -> tuple[Stencil, Values] | None:
        """The stencil of a text that reading through told, as whoever reads the pods of its node reads it."""
        text, values = known.text, known.values
        place = self._at(values[text.node])
        return None if place is None else self._stencils.of_text(text, values, place.fast)

    def _learn(self, pod: ReadPod, outline: Outline, fast: FastPods) -> None:
        """A stencil of a replica's document: of the text that it is known by, else of its own."""
        if pod.known is None or self._stencils.learn_of(pod.known.text, pod.raw, outline, fast.outline, fast) is None:
            self._stencils.learn(pod.raw, outline, fast.outline, fast)

    def _listed(self, stencil: Stencil, values: Values, told: Values) -> Listed | None:
        """What lists show of a pod whose text is known, of which told is its own."""
        records, who = self._setting.records, (told[1], stencil.namespace, told[0])
        soon = listed_soon(who, stencil.of_statuses, told[_IDS], list(map(int, told[_RESTARTS])), records)
        return listed(stencil.filled(values), records) if soon is None else soon

    def _recognised(self, document: bytes) -> _Met | None:
        try:
            node = written_node(document)
            place = None if node is None else self._at(node)
            outline = None if place is None else place.fast.outline(document)
        except ASIDE:
            return None
        if place is None or outline is None or outline.node != node or (outline.owner is not None and outline.owner[0] == _NODE):
            return None
        its = listed(outline, self._setting.records)
        if its is None:
            return None
        return _Met(_key(place, outline, its), outline, place, _owner(outline), its)

    def _place(self, node: str) -> _Place | None:
        """Where a pod of this node is; None where its step does not tell all, or changes how kubelets have pods."""
        here, past = self._setting.steps.of(node), self._setting.histories.past(node)
        step = here.step
        if step is None or step.start is None or here.problem is not None or step.setting_server is not None:
            return None
        if not all(path.startswith("spec.") for moved in step.gates for path in (*moved.gate.paths, *moved.gate.beside)):
            return None
        before, after = step.start.builds, step.target.builds
        earlier = () if past is None else tuple(None if end is None else end.builds for end in past.ends)
        every = (*before, *after, *(build for builds in earlier if builds is not None for build in builds))
        fast = fast_pods(tuple(dict.fromkeys(one.hash_class for one in every)))
        number = self._number(step, past)
        fitting, soon = self._fitting.setdefault((number, ()), {}), self._soon.setdefault(number, {})
        return _Place(step, past, number, fast, before, after, fitting, soon, earlier)

    def _number(self, step: Step, past: Past | None) -> int:
        told = step, past is not None, () if past is None else past.ends, past is not None and past.resizes
        number = next((number for number, one in enumerate(self._numbered) if one == told), len(self._numbered))
        self._numbered += [told] if number == len(self._numbered) else []
        return number

    def _is_met(self, key: Key) -> bool:
        """Whether it was met before, as far as that is kept; a mistake costs time alone."""
        known = hash(key)
        if known in self._met:
            return True
        if len(self._met) >= _MOST_MET:
            self._met.clear()
        self._met.add(known)
        return False

    def _keep(self, met: _Met, kind: Kind | None) -> None:
        if kind is None and met.listed.containers:  # the next one may carry what its kubelet makes
            return
        key = met.key
        self._bytes += len(key[2])
        if self._bytes > _MOST_BYTES:
            self._known.clear()
            for one in self._fitting.values():
                one.clear()
            for told in self._soon.values():
                told.clear()
            self._bytes = 0
        self._known[key] = kind


def _key(place: _Place, outline: Outline, its: Listed) -> Key:
    return place.number, bool(outline.hole), outline.text, outline.shape, its.shape


def _owner(outline: Outline) -> Workload:
    if outline.owner is None:
        return workload(UNMANAGED, outline.name)
    return controlled_by(*outline.owner, outline.labels.get("pod-template-hash"))


def _replica(kind: Kind, met: _Met, origin: Origin) -> Replica | None:
    return kind.replica(met.outline, origin, _common(met), met.listed, met.place.past)


def _replica_by_texts(kind: Kind, met: _Met, pod: ReadPod, learned: Learned) -> Replica | None:
    stencil, values = learned.stencil, learned.stencil.values(pod.raw)
    if values is None:
        return None
    return kind.filled(stencil.own(values), pod.origin, _common(met), met.listed, _texts(stencil, values, pod), met.place.past)


def _common(met: _Met) -> Common:
    return Common(None if met.outline.owner is None else met.owner, labels_of(tuple(met.outline.labels.items())))


def _texts(stencil: Stencil, values: Values, pod: ReadPod) -> Texts:
    """What a pod that fits a stencil has of its own in its containers."""
    return Texts(tuple([values[place].encode() for place in stencil.texts]), pod.digest)


def _have_one_key(fast: FastPod, tried: FastPod) -> bool:
    """Whether whatever is kept of one of two pods holds for the other."""
    one, other = fast.key, tried.key
    return one is not None and other is not None and one.key == other.key


def _read(place: _Place, pod: ReadPod) -> FastPod | None:
    """A pod, by the fast path for all kubelets that its place names."""
    builds = (*place.before, *place.after, *(build for its in place.earlier if its is not None for build in its))
    return pod.fast_by(place.fast, builds)


def _kind(first: _First, by_texts: tuple[ReadPod, Learned] | None = None) -> Kind | None:
    """The kind of a pod; None where its replica would not be what was found of the pod itself. by_texts: the pod, and what was learned of
    texts of its own.
    """
    met, found, digest = first.met, first.found, first.digest
    view, facts, outline = found.view, found.facts, met.outline
    if view.source is not PodSource.API or view.view is not View.SPEC or READS_STATUS in outline.text or not names_one_node(outline.text):
        return None
    if view.node != outline.node or facts.past is not met.place.past:  # the name that was written was another's
        return None
    if not _can_be_made_again(facts) or facts.request is None or facts.request.needs.devices:
        return None
    if len({status.name for status in view.statuses}) != len(view.statuses):
        return None
    place = met.place
    made = first.template() if by_texts is None else by_texts[1].opened
    hashed = None if made is None else _hashed(made, place, facts)
    if hashed is None or len(hashed.pairs) != len(facts.containers) or digest.node != outline.node:
        return None
    opened = bool(outline.hole)
    if opened and digest.hole != outline.hole:
        return None
    kind = Kind(view, facts, digest, hashed, opened=opened)
    replica = _replica(kind, met, first.origin) if by_texts is None else _replica_by_texts(kind, met, *by_texts)
    alike = replica is not None and (replica.view, replica.facts, replica.digest) == (view, facts, found.digest)
    return kind if alike else None


def _can_be_made_again(facts: SpecFacts) -> bool:
    """Whether nothing in the facts hangs on a hash but those that kubelets make of the containers, each of them one."""
    if facts.refused is not None or facts.fate is not None or facts.unmade or facts.otherwise:
        return False
    return all(has_two_hashes(replace(one, written=(), creators=())) and _is_by_own(one) for one in facts.containers)


def _is_by_own(one: ContainerFacts) -> bool:
    """Whether a recorded hash is the running kubelet's; each kubelet that ran before makes one hash."""
    plain = not one.fields_added and not one.supposed and one.drifted is None
    return plain and all(len(hashes) <= 1 for hashes in one.written if hashes is not None)


def _hashed(made: Found | Opened, place: _Place, facts: SpecFacts) -> Made | None:
    """What is hashed of the containers, and the texts of each; None where the kubelets of one end hash several."""
    olds = {tuple(row.text for row in made.rows[one.hash_class]) for one in place.before}
    news = {tuple(row.text for row in made.rows[one.hash_class]) for one in place.after}
    if len(olds) != 1 or len(news) != 1:
        return None
    old, new = olds.pop(), news.pop()
    texts = dict.fromkeys((*old[: len(new)], *new))
    earlier = list[tuple[int | None, ...]]()
    for index, one in enumerate(facts.containers):
        its = tuple(
            None if hashes is None or builds is None else _text(made, builds, index)
            for hashes, builds in zip(one.written, place.earlier, strict=True)
        )
        earlier.append(its)
        texts |= dict.fromkeys(text for text in its if text is not None and text >= 0)
    places = {text: number for number, text in enumerate(texts)} | {-1: -1}
    pairs = tuple((places[old[index]] if index < len(old) else -1, places[text]) for index, text in enumerate(new))
    written = tuple(tuple(None if text is None else places[text] for text in its) for its in earlier)
    return Made(made.valued(texts) if isinstance(made, Opened) else tuple(made.texts[text] for text in texts), pairs, written)


def _text(made: Found | Opened, builds: tuple[KubeletBuild, ...], index: int) -> int:
    """The text that a kubelet hashes of a container, -1 where it does not know that; its builds agree, or the facts are no replica's."""
    rows = made.rows[builds[-1].hash_class]
    return rows[index].text if index < len(rows) else -1
