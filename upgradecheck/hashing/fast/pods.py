"""The hashes of pods under some kubelets: a pod's text to its containers, where the fast path is sure of it.

Of each pod all that stands beside its containers is decoded, since a kubelet drops a pod for any field; its lists of containers are looked
up as they are written, but for the name of their token's volume. A text that comes again becomes a template, and what of it several
kubelets hash alike is hashed once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw

from upgradecheck.hashing.containers import HashedContainer
from upgradecheck.hashing.fast import gates
from upgradecheck.hashing.fast.containers import LISTS, FastContainers, Found, Lists, Opened, Texts, attributes
from upgradecheck.hashing.fast.keys import COLON, Keys, PodKey
from upgradecheck.hashing.fast.outlines import Beside, Outline, Outlines
from upgradecheck.hashing.fast.skeletons import skeleton
from upgradecheck.hashing.fast.specs import Specs
from upgradecheck.hashing.fast.structs import Structs, decode_hook
from upgradecheck.hashing.fast.templates import HOLE, STEM
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.schema import Era, HashClass, JSONDecoder

FEW = 16
"""So many pods are read before types are made for them: that takes as long as reading some dozens."""

_MANY = 8
"""Times FEW."""

_QUOTED = tuple(f'"{name}"'.encode() for name, _, _ in LISTS)
_OPEN = STEM + b"\0"
_BETWEEN = b"\1"
_TOKEN_MOUNT = b'/var/run/secrets/kubernetes.io/serviceaccount"'
_LETTERS = b"abcdefghijklmnopqrstuvwxyz0123456789"
_SOURCE = "kubernetes.io/config.source"
_MOST_BYTES = 12 << 20
_MOST_LATELY = 4 << 20
_MOST_MET = 1 << 18
ASIDE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, SpecRefused)


Made: TypeAlias = "tuple[Found, list[int]]"
"""What is hashed of some lists, and the hash of each of its texts."""


class FastNames(msgspec.Struct, frozen=True, gc=False):
    """Who a pod says it is, an empty text where it says nothing; source as the annotation has it."""

    namespace: str
    name: str
    uid: str
    source: str | None


class FastPod:
    """A pod that the fast path reads, as far as its containers."""

    __slots__ = ("_beside", "_key", "_made", "_pods", "_spec", "written")

    def __init__(self, beside: Beside, written: WrittenLists, pods: FastPods, spec: Any = None) -> None:
        """written: its lists of containers; spec: but for these, if it was decoded."""
        self._beside, self.written, self._pods, self._spec = beside, written, pods, spec
        self._key: tuple[PodKey | None] | None = None
        self._made: dict[bool, Made | None] = {}

    def is_by(self, pods: FastPods) -> bool:
        """Whether it was read by these."""
        return self._pods is pods

    @property
    def names(self) -> FastNames:
        """Who it says it is."""
        return self._pods.names(self._beside.pod)

    @property
    def key(self) -> PodKey | None:
        """What it has in common with its replicas; None where that is not sure."""
        if self._key is None:
            self._key = (self._pods.key(self._beside, self.written, self._spec),)
        return self._key[0]

    @property
    def hole(self) -> bytes:
        """The end of the token's volume, as far as that is the same in all lists of containers."""
        return self.written.hole

    @property
    def document(self) -> bytes:
        """As it stands in its input."""
        return self._beside.document

    @property
    def lists(self) -> Lists:
        """Its lists of containers, as they are written."""
        return self.written.lists

    @property
    def places(self) -> tuple[int, ...] | None:
        """Where each of them stands in its document, 0 of one that is not there; None where that is not certain."""
        return _places(self._beside.document, self.lists)

    def opened(self, tried: FastPod, texts: Mapping[bytes, bytes]) -> Opened | None:
        """What is hashed of its containers, open at some texts, too; None where that is not certain. As FastContainers.opened says."""
        return self._pods.opened(self.written, tried.written, texts)

    def made(self, *, from_api: bool) -> Made | None:
        """What is hashed of its containers, None where the exact path has to tell.

        from_api: it comes from an API server, by protobuf, which only the typed era can tell.
        """
        api = from_api and self._pods.tells_protobuf
        if api not in self._made:
            self._made[api] = self._pods.made(self.written, from_api=api)
        return self._made[api]

    def containers(self, hash_class: HashClass, *, from_api: bool) -> list[HashedContainer] | None:
        """Its containers under a class, None as of made."""
        made = self.made(from_api=from_api)
        if made is None or hash_class not in made[0].rows:
            return None
        found, hashes = made
        return [
            HashedContainer(
                row.name,
                row.kind,
                Hash(hashes[row.text]),
                None if row.without_resources is None else Hash(hashes[row.without_resources]),
            )
            for row in found.rows[hash_class]
        ]


class WrittenLists(msgspec.Struct, frozen=True, gc=False):
    """Lists as they are written. hole: what follows the first stem of a token's volume, if that can be open; opened: all without it.

    Whether it stands open everywhere, is_open tells; where a text is known, it does in that, too.
    """

    hole: bytes
    opened: bytes

    @property
    def lists(self) -> Lists:
        """List by list: what stands between them, and in the openings, is in no JSON."""
        return tuple(self.opened.replace(_OPEN, STEM + self.hole).split(_BETWEEN))

    @classmethod
    def of(cls, lists: Lists) -> WrittenLists:
        whole = _BETWEEN.join(lists)
        begin = whole.find(STEM)
        if begin < 0:
            return cls(b"", whole)
        hole = whole[begin + len(STEM) : begin + len(STEM) + HOLE]
        if len(hole) < HOLE or hole.translate(None, _LETTERS):
            return cls(b"", whole)
        return cls(hole, whole.replace(STEM + hole, _OPEN))

    @property
    def is_open(self) -> bool:
        """Whether all that begin like the name of a token's volume are that one, and as many tokens are mounted."""
        named = self.opened.count(_OPEN + b'"')
        return named == self.opened.count(STEM) == self.opened.count(_TOKEN_MOUNT)

    @property
    def closed(self) -> WrittenLists:
        """The same, nothing left open."""
        return WrittenLists(b"", _BETWEEN.join(self.lists))


class FastPods:
    """Reads pods for some hash classes.

    read_here, stepped_aside: how many pods it has read or left to the exact path, those apart that came before it began. few: see FEW.
    """

    def __init__(self, classes: Sequence[HashClass], few: int = FEW) -> None:
        self.classes = tuple(dict.fromkeys(classes))
        self.read_here = self.stepped_aside = self.came_before = 0
        self._few, self._outlined = few, 0
        self._schemas = tuple(dict.fromkeys(one.schema for one in self.classes))
        self.tells_protobuf = any(one.era is Era.TYPED for one in self._schemas)
        self._fails_at_numbers = any(one.decoder is JSONDecoder.JSONITER for one in self._schemas)
        self._known: dict[bytes, Found] = {}
        self._known_from_api: dict[bytes, Found] = {}
        self._known_bytes = 0
        self._met: set[int] = set()
        self._specs = Specs()
        self._last: Beside | None = None
        self._lately: dict[tuple[bool, bytes], Texts] = {}
        self._lately_bytes = 0

    def expects(self, number: int) -> None:
        """Begins at once, where so many pods will be read that making types for them is worth it."""
        if number >= _MANY * self._few:
            self._few = 0

    def read(self, document: bytes) -> FastPod | None:
        """A pod, None where the exact path has to read or refuse it."""
        if self.came_before < self._few:
            self.came_before += 1
            return None
        try:
            found = self._read(document)
        except ASIDE:
            found = None
        if found is None:
            self.stepped_aside += 1
        return found

    def made(self, written: WrittenLists, *, from_api: bool) -> Made | None:
        """What is hashed of some lists, None where the exact path has to tell. from_api: as of FastContainers.read."""
        try:
            found = self._found(written, from_api=from_api)
        except ASIDE:
            found = None
        if found is None:
            self.stepped_aside += 1
            return None
        self.read_here += 1
        hole = written.hole
        return found, [text.hash(hole) for text in found.texts]

    def outline(self, document: bytes) -> Outline | None:
        """A pod but for its spec; None where there is none, where the exact path has to read it, and before the fast path began.

        Raises:
            One of ASIDE: as None.
        """
        self._outlined += 1
        if max(self.came_before, self._outlined) <= self._few or self._outlines is None:
            return None
        self.came_before = max(self.came_before, self._few)
        if self._fails_at_numbers and gates.cannot_be_skipped(document):
            return None
        return self._outlines.read(self._beside(document))

    def template(self, written: WrittenLists) -> Found | None:
        """What is hashed of some lists, as it holds for all that differ from them in the hole alone; None where it does not."""
        known = (self._known_from_api if self.tells_protobuf else self._known).get(written.opened)
        if known is not None:
            return known
        try:
            texts = self._containers.read(written.lists, written.hole, from_api=self.tells_protobuf)
        except ASIDE:
            return None
        return self._containers.template(texts) if texts is not None and texts.holds_for_all else None

    def opened(self, own: WrittenLists, tried: WrittenLists, texts: Mapping[bytes, bytes]) -> Opened | None:
        """What is hashed of some lists, open at some texts, too; None where that is not certain. As FastContainers.opened says."""
        try:
            return self._containers.opened((own.lists, own.hole), (tried.lists, tried.hole), texts)
        except ASIDE:
            return None

    @cached_property
    def _outlines(self) -> Outlines | None:
        try:
            return Outlines(self._structs, self._head.struct)
        except KeyError:  # types too old for it
            return None

    @cached_property
    def _structs(self) -> Structs:
        return Structs(self._schemas, writes=False)

    @cached_property
    def _containers(self) -> FastContainers:
        return FastContainers(self.classes, self._structs)

    @cached_property
    def _keys(self) -> Keys:
        return Keys(self._structs)

    @cached_property
    def _head(self) -> _Head:
        return _Head(self._structs)

    def _beside(self, document: bytes) -> Beside:
        """What stands beside the spec of a document, kept of the last one: most are asked for it several times.

        Raises:
            MsgspecError and the like: it is no pod.
        """
        if self._last is None or self._last.document is not document:
            pod = self._head.pod.decode(document)
            self._last = Beside(document, pod, bytes(self._head.spec_of(pod)))
        return self._last

    def _read(self, document: bytes) -> FastPod | None:
        head, beside = self._head, self._beside(document)
        spec, name = beside.spec, head.names(beside.pod).name
        if self._fails_at_numbers and gates.cannot_be_skipped(document):
            return None
        known = self._specs.lists(spec, name)
        if known is not None and beside.is_plain:
            opened, hole = known
            return FastPod(beside, WrittenLists(hole, opened), self)
        if gates.hides_ascii(document) or gates.too_deep(document):
            return None
        decoded = head.decoded(spec)
        lists = tuple(map(bytes, head.lists_of(decoded)))
        named = [_QUOTED[place] for place, found in enumerate(lists) if found]
        if gates.member_comes_twice(document, b'"spec"', *named):
            return None
        written = self._written(lists)
        if written.opened in self._known or written.opened in self._known_from_api:
            self._specs.learn(spec, name, head.node_of(decoded), written.opened, written.hole)
        return FastPod(beside, written, self, decoded)

    def _written(self, lists: Lists) -> WrittenLists:
        written = WrittenLists.of(lists)
        if not written.hole or written.opened in self._known or written.opened in self._known_from_api or written.is_open:
            return written
        return written.closed

    def names(self, pod: Any) -> FastNames:
        """Who a pod says it is."""
        return self._head.names(pod)

    def key(self, beside: Beside, written: WrittenLists, spec: Any) -> PodKey | None:
        """What it has in common with its replicas. spec: as of FastPod."""
        if beside.has_a_key_twice:
            return None
        metadata, _, status = self._head.parts(beside.pod)
        parts = metadata, self._head.decoded(beside.spec) if spec is None else spec, status
        found = self._keys.of(parts, beside.spec, written.lists, _QUOTED, written.hole)
        if found is None:
            return None
        try:
            counts = (written.opened,) if self.tells_protobuf else skeleton(written.lists, written.hole)
        except ASIDE:  # a container that is null
            return None
        return PodKey((counts, *found.key), found.node, found.created)

    def _found(self, written: WrittenLists, *, from_api: bool) -> Found | None:
        known = (self._known_from_api if from_api else self._known).get(written.opened)
        if known is not None:
            return known
        again = self._is_met((from_api, written.opened))
        texts = self._taken_lately((from_api, written.opened)) if again else None
        if texts is None:
            texts = self._containers.read(written.lists, written.hole, from_api=from_api)
        if texts is None:
            return None
        if not again:
            self._remember((from_api, written.opened), texts)
            return self._containers.once(texts)
        made = self._containers.template(texts)
        if made.holds_for_all:
            self._keep(written.opened, made, from_api=from_api)
        return made

    def _taken_lately(self, opened: tuple[bool, bytes]) -> Texts | None:
        """What was remembered of a replica; None where a name of it is no replica's."""
        texts = self._lately.pop(opened, None)
        if texts is None:
            return None
        self._lately_bytes -= texts.size
        return texts if texts.holds_for_all else None

    def _remember(self, opened: tuple[bool, bytes], texts: Texts) -> None:
        """For the second that has them, which makes a template of them; most replicas follow each other."""
        self._lately[opened] = texts
        self._lately_bytes += texts.size
        while self._lately_bytes > _MOST_LATELY and self._lately:
            self._lately_bytes -= self._lately.pop(next(iter(self._lately))).size

    def _is_met(self, text: tuple[bool, bytes]) -> bool:
        """Whether it was met before, as far as that is kept; a mistake costs time alone."""
        known = hash(text)
        if known in self._met:
            return True
        if len(self._met) >= _MOST_MET:
            self._met.clear()
        self._met.add(known)
        return False

    def _keep(self, opened: bytes, found: Found, *, from_api: bool) -> None:
        self._known_bytes += len(opened)
        if self._known_bytes > _MOST_BYTES:
            self._known.clear()
            self._known_from_api.clear()
            self._known_bytes = 0
        (self._known_from_api if from_api else self._known)[opened] = found


def _places(document: bytes, lists: Lists) -> tuple[int, ...] | None:
    """Where lists of a spec stand in a document: the name of each stands in it once."""
    found = list[int]()
    for name, one in zip(_QUOTED, lists, strict=False):
        colon = COLON.match(document, document.find(name) + len(name)) if one else None
        if one and (colon is None or document.count(name) != 1 or not document.startswith(one, colon.end())):
            return None
        found.append(0 if colon is None else colon.end())
    return tuple(found)


class _Head:
    """Decodes a pod but for its spec, and a spec but for its lists of containers."""

    def __init__(self, structs: Structs) -> None:
        pod = structs.meant("Pod")
        members = structs.members(pod)
        outer = structs.struct(pod, {"spec": (Raw, Raw())})
        spec = structs.struct(members["spec"][1], {name: (Raw, Raw()) for name, _, _ in LISTS})
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(spec, dec_hook=decode_hook)
        self.struct = outer
        self.pod: msgspec.json.Decoder[Any] = msgspec.json.Decoder(outer, dec_hook=decode_hook)
        of_pod, of_spec = attributes(outer), attributes(spec)
        self.spec_of, self.node_of = attrgetter(of_pod["spec"]), attrgetter(of_spec["nodeName"])
        self.parts = attrgetter(of_pod["metadata"], of_pod["spec"], of_pod["status"])
        self._lists = tuple(of_spec[name] for name, _, _ in LISTS if name in of_spec)
        of_metadata = attributes(structs.of(members["metadata"][1]))
        self._metadata = attrgetter(of_pod["metadata"])
        self._names = attrgetter(*(of_metadata[name] for name in ("namespace", "name", "uid", "annotations")))

    def decoded(self, spec: bytes) -> Any:
        """A spec of this text.

        Raises:
            MsgspecError and the like: it is none.
        """
        return self._decoder.decode(spec)

    def lists_of(self, spec: Any) -> Iterator[Raw]:
        """The texts of its lists of containers."""
        return (getattr(spec, place) for place in self._lists)

    def names(self, pod: Any) -> FastNames:
        """Who a pod says it is."""
        namespace, name, uid, annotations = self._names(self._metadata(pod))
        return FastNames(namespace, name, uid, annotations.get(_SOURCE))
