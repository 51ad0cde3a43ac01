"""Pods of a file that are known by their text: gone through once, and kept as what is their own until somebody reads them.

The first documents of a text are gone through as any are. What reading through tells of them, that it is a pod which runs, of which
namespace, and where its name and that of its node stand, is tried with other values in all holes; then whatever has this text tells the
same, and so it is neither parted nor looked at. Its values are kept, so that it is not read again either.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from mmap import mmap
from typing import TypeAlias

import msgspec

from upgradecheck.decode.kube.shapes import POD_GLIMPSES, PodGlimpse
from upgradecheck.hashing.fast.opentexts import CONTAINERS, TELLING, Found, OpenText, Parts, has_one_token, opened, telling
from upgradecheck.model.patterns import pattern

RUNS = pattern(rb'"running"\s*:\s*\{')
"""What a status says of a container that runs."""

_MOST_ALIKE, _MOST_BYTES, _MOST_MET = 8, 16 << 20, 1 << 16
_MOST_KEPT, _FEW_KEPT = 64 << 20, 6 << 20
"""Bytes of values; pods beyond are read again. Fewer, for those who hold nothing else of pods."""
_BLOCK = 1 << 19
_FIRST, _WORTH = 256, 8
"""So many texts may be learned, and one more for so many documents that had one."""
_OF_KUBERNETES = b"kubernetes.io/"
_NONE: list[PodText] = []


class _Metadata(msgspec.Struct, gc=False):
    name: str = ""
    uid: str = ""
    labels: msgspec.Raw = msgspec.Raw()
    annotations: msgspec.Raw = msgspec.Raw()


class _Outline(msgspec.Struct, gc=False):
    metadata: _Metadata
    spec: msgspec.Raw


_OUTLINE = msgspec.json.Decoder(_Outline)


class PodText(msgspec.Struct, frozen=True, gc=False, eq=False):
    """A text, and what reading through tells of its pods: their namespace, and which of their values are the pod's name and the node's."""

    text: OpenText
    namespace: str
    name: int
    node: int

    def node_in(self, values: tuple[bytes, ...]) -> bytes:
        """The name of the node among the values of a pod."""
        return values[self.node]


KnownPod: TypeAlias = "tuple[PodText, Found]"
"""The text that a pod is known by, and its values."""


class PodTexts:
    """The texts of pods of some files. Mirrors nothing of Kubernetes: whoever has none of them is gone through."""

    def __init__(self) -> None:
        self._known: dict[bytes, list[PodText] | None] = {}
        """By what tells their containers, where these are of one namespace; None: of several, so that this tells them, too."""
        self._of_several: dict[tuple[bytes, bytes], list[PodText]] = {}
        self._met: set[int] = set()
        self._made = self._fitted = self._bytes = 0

    def told(self, chunk: bytes, places: Sequence[tuple[int, int]]) -> list[KnownPod | None]:
        """The pods that stand there in a chunk, as far as their texts are known."""
        found: list[KnownPod | None] = []
        find, get, take = chunk.find, self._known.get, found.append
        for begin, end in places:
            at = find(CONTAINERS, begin, end)
            alike = get(chunk[at : at + TELLING], _NONE)
            if alike is None:
                alike = self._of_several.get(telling(chunk, begin, end), _NONE)
            for one in alike:
                values = one.text.found_at(chunk, begin, end - begin)
                if values is not None:
                    take((one, values))
                    self._fitted += 1
                    break
            else:
                take(None)
        return found

    def meet(self, raws: Sequence[bytes], glimpses: Sequence[PodGlimpse] | None) -> list[KnownPod | None]:
        """Documents that were gone through; the text of a second one that is much like another is learned. The pods that are known now."""
        if glimpses is None:
            return [None] * len(raws)
        return [self._met_pod(raw, glimpse) if glimpse.is_pod else None for raw, glimpse in zip(raws, glimpses, strict=True)]

    def _met_pod(self, document: bytes, glimpse: PodGlimpse) -> KnownPod | None:
        key = telling(document, 0, len(document))
        found = self._of(key, document)
        if found is not None or self._made >= _FIRST + self._fitted // _WORTH or not self._is_met(hash(key)):
            return found
        made = pod_text(document, glimpse)
        if made is None:
            return None
        self._keep(key, made, len(document))
        return self._of(key, document)

    def _of(self, key: tuple[bytes, bytes], document: bytes) -> KnownPod | None:
        """A pod whose text was learned since it was asked for."""
        alike = self._known.get(key[0], _NONE)
        for one in self._of_several.get(key, _NONE) if alike is None else alike:
            values = one.text.found_in(document)
            if values is not None:
                return one, values
        return None

    def _is_met(self, number: int) -> bool:
        if number in self._met:
            return True
        if len(self._met) >= _MOST_MET:
            self._met.clear()
        self._met.add(number)
        return False

    def _keep(self, key: tuple[bytes, bytes], made: PodText, size: int) -> None:
        self._made += 1
        self._bytes += size
        if self._bytes > _MOST_BYTES:
            self._known.clear()
            self._of_several.clear()
            self._bytes = size
        alike = self._of_several.setdefault(key, [])
        alike.insert(0, made)
        del alike[_MOST_ALIKE:]
        self._known[key[0]] = alike if self._known.get(key[0], alike) is alike else None


def pod_text(document: bytes, glimpse: PodGlimpse) -> PodText | None:
    """The text of a pod that runs, glimpsed when it was gone through; None where what is told hangs on values in it.

    Not of one whose labels name it, as a StatefulSet's do: no other would have it.
    """
    try:
        outline = _OUTLINE.decode(document)
    except msgspec.ValidationError:  # what has no spec, or names itself by no text, is read as always
        return None
    labels, annotations = bytes(outline.metadata.labels), bytes(outline.metadata.annotations)
    name, uid = outline.metadata.name.encode(), outline.metadata.uid.encode()
    if not name or not uid or b'"%b"' % name in labels:
        return None
    kept = (labels, annotations) if _OF_KUBERNETES in annotations else (labels,)
    text = opened(document, Parts(bytes(outline.spec), kept), name, uid, token=has_one_token(document))
    other = None if text is None else text.other(document)
    if text is None or text.name is None or other is None:
        return None
    (tried,) = POD_GLIMPSES.decode(b"[%b]" % other)
    told, again = _told(glimpse), _told(tried)
    if told is None or again is None or told[2:] != again[2:]:
        return None
    for its, whose in ((told, document), (again, other)):
        values = text.found_in(whose)
        if values is None or its[:2] != (values[text.name].decode(), b'"%b"' % values[text.node]):
            return None
    assert glimpse.metadata is not None
    return PodText(text, glimpse.metadata.namespace or "", text.name, text.node)


def _told(glimpse: PodGlimpse) -> tuple[object, ...] | None:
    """All that reading through tells of a pod, its name and node first; None where more than that has to be looked at."""
    of = glimpse.metadata
    if of is None or glimpse.items or glimpse.containers or not glimpse.is_pod or RUNS.search(bytes(glimpse.status)) is None:
        return None
    return of.name, bytes(glimpse.spec.node_name), of.namespace


class KeptValues:
    """The values of pods that are known by their text, in their order, until they are read. few: those alone that name them or are hashed,
    for whoever needs no others.
    """

    def __init__(self, *, few: bool = False) -> None:
        self._blocks: deque[mmap] = deque()
        """Given back at once when they are let go of, which what is allocated between others is not."""
        self._open: list[bytes] = []
        self._open_size = self._size = 0
        self.few, self._most = few, _FEW_KEPT if few else _MOST_KEPT

    def keep(self, pods: Sequence[KnownPod]) -> bool:
        """Keeps those of some pods, if there is room for them."""
        lines = b"\n".join([b"\n".join(of.text.naming(values) if self.few else values) for of, values in pods])
        if self._size + len(lines) > self._most:
            return False
        self._size += len(lines)
        self._open_size += len(lines)
        self._open.append(lines)
        if self._open_size >= _BLOCK:
            self._close()
        return True

    def _close(self) -> None:
        """Makes a block of what was kept last."""
        lines = b"\n".join(self._open)
        if lines:
            self._blocks.append(mmap(-1, len(lines)))
            self._blocks[-1].write(lines)
        self._open, self._open_size = [], 0

    def taken(self) -> Iterator[list[str]]:
        """Those of some pods each, one behind the other; what was given is let go of."""
        self._close()
        while self._blocks:
            with self._blocks.popleft() as block:
                lines = block[:]
            yield lines.decode().split("\n")
        self._size = 0

    def clear(self) -> None:
        """Lets go of all."""
        self._blocks.clear()
        self._open, self._open_size, self._size = [], 0, 0
