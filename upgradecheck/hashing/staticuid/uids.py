"""The UID itself: a sum of the internal pod's text and, from 1.21 on, of the node's name and the manifest's place.

Up to 1.20 node and place are written first, and DeepHashObject resets the hasher: only the pod counts. A manifest from a URL counts with
the URL, without the node. MD5 up to 1.34, FNV-1a of 128 bits from 1.35 on.

Mirrors applyDefaults in pkg/kubelet/config/common.go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.fnv import before_fnv1a_128, fnv1a_128
from upgradecheck.hashing.staticuid.printing import Unprintable, internal_text
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import StaticPodUID, UIDHasher, UIDInput
from upgradecheck.model.static_uid import ManifestURL, NoUID, Source

_FNV128A = UIDHasher.FNV128A
_BYTES_128 = 16
_OPEN = b" Tolerations:"
"""What a view of a pod leaves open of its manifest stands behind this, and most of the text before it."""


class Summed(msgspec.Struct, frozen=True, gc=False):
    """A pod as a kubelet prints it, summed up as far as it goes without node and place. Where these stand first, text is all of it.

    state: of MD5 the sum begun, of FNV-1a the number. own: the UID that the manifest gives; empty where it gives none.
    """

    rule: StaticPodUID
    state: Any = None
    text: bytes = b""
    own: str = ""

    def uids(self, node: str, sources: tuple[Source, ...]) -> tuple[str, ...]:
        """The UID at each of the places where the manifest may be."""
        if self.own:
            return (self.own,) * len(sources)
        if self.text:
            return tuple(_sum(self.rule.hasher, _told(self.rule.input, self.text, node, source)) for source in sources)
        tails = _tails(self.rule.input[1:], node, sources)
        if self.rule.hasher is _FNV128A:
            return tuple(f"{fnv1a_128(tail, self.state):032x}" for tail in tails)
        return tuple(_md5(self.state, tail).hexdigest() for tail in tails)

    def place(self, uid: str, node: str, sources: tuple[Source, ...]) -> int | None:
        """The first of the places where the kubelet makes this UID; None if it does nowhere. What a look into uids tells, and sooner."""
        if self.own or self.text:
            made = self.uids(node, sources)
            return made.index(uid) if uid in made else None
        rest = self.rule.input[1:]
        if self.rule.hasher is _FNV128A:
            return _states(uid, rest, node, sources).get(self.state)
        wanted = _digest(uid)
        if not rest:
            return 0 if sources and self.state.digest() == wanted else None
        return next((number for number, tail in enumerate(_tails(rest, node, sources)) if _md5(self.state, tail).digest() == wanted), None)


def _md5(begun: Any, tail: bytes) -> Any:
    state = begun.copy()
    state.update(tail)
    return state


def _sum(hasher: UIDHasher, text: bytes) -> str:
    return f"{fnv1a_128(text):032x}" if hasher is _FNV128A else hashlib.md5(text, usedforsecurity=False).hexdigest()


@lru_cache(maxsize=16)
def _digest(uid: str) -> bytes:
    """The bytes of a UID as a kubelet writes it, with nothing for what no kubelet writes."""
    try:
        return bytes.fromhex(uid) if uid == uid.lower() else b""
    except ValueError:
        return b""


@lru_cache(maxsize=16)
def _states(uid: str, rest: tuple[UIDInput, ...], node: str, sources: tuple[Source, ...]) -> Mapping[int, int]:
    """From which sums of a pod a UID is reached, each with the first of the places: FNV-1a can be gone back, so all are known before."""
    wanted = _digest(uid)
    if len(wanted) != _BYTES_128:
        return {}
    end = int.from_bytes(wanted, "big")
    found = enumerate(_tails(rest, node, sources))
    return {before_fnv1a_128(tail, end): number for number, tail in reversed(list(found))}


@lru_cache(maxsize=128)
def _summed(text: bytes) -> int:
    """A component prints alike on every node, and of FNV-1a, which there is no C of, the sum is most of the work."""
    begin = max(text.rfind(_OPEN), 0)
    return fnv1a_128(text[begin:], _head(text[:begin]))


@lru_cache(maxsize=32)
def _head(text: bytes) -> int:
    return fnv1a_128(text)


def summed(manifest: GoValue, build: KubeletBuild) -> Summed | NoUID:
    """A manifest's pod as this kubelet prints and sums it. manifest: as it decodes and defaults it."""
    rule = build.static_pod_uid
    own: bytes = manifest.get("ObjectMeta", {}).get("UID", b"")
    if own:
        return Summed(rule, own=own.decode("utf-8", "replace"))
    try:
        text = internal_text(manifest, build.schema)
    except Unprintable as problem:
        return NoUID(problem.why)
    if rule.input[0] is not UIDInput.POD:
        return Summed(rule, text=text)
    return Summed(rule, _summed(text) if rule.hasher is _FNV128A else hashlib.md5(text, usedforsecurity=False))


def static_uid(manifest: GoValue, build: KubeletBuild, node: str, source: Source) -> str | NoUID:
    """The UID that this kubelet gives to the pod of a manifest; one that the manifest itself gives stays.

    manifest: the pod as this kubelet decodes and defaults it. node: the kubelet's own name of it; the pod's name only has its lower-case
    form. source: as the kubelet knows it, that is the directory it was given and the file's name, with no link resolved.
    """
    found = static_uids(manifest, build, node, (source,))
    return found if isinstance(found, NoUID) else found[0]


def static_uids(manifest: GoValue, build: KubeletBuild, node: str, sources: Sequence[Source]) -> tuple[str, ...] | NoUID:
    """The same for each of the places where the manifest may be: the pod, which is most of it, is printed and summed once."""
    found = summed(manifest, build)
    return found if isinstance(found, NoUID) else found.uids(node, tuple(sources))


@lru_cache(maxsize=64)
def _tails(given: tuple[UIDInput, ...], node: str, sources: tuple[Source, ...]) -> tuple[bytes, ...]:
    """What stands behind the pod; one for each source."""
    return tuple(_told(given, b"", node, source) for source in sources)


def _told(given: tuple[UIDInput, ...], text: bytes, node: str, source: Source) -> bytes:
    return b"".join(_hashed(part, text, node, source) for part in given)


def _hashed(part: UIDInput, text: bytes, node: str, source: Source) -> bytes:
    match part:
        case UIDInput.POD:
            return text
        case UIDInput.NODE:
            return b"" if isinstance(source, ManifestURL) else b"host:" + _raw(node)
        case UIDInput.SOURCE:
            return b"url:" + _raw(source.url) if isinstance(source, ManifestURL) else b"file:" + _raw(source.path)


def _raw(text: str) -> bytes:
    """As the file system has it."""
    return text.encode("utf-8", "surrogateescape")
