"""The UID itself: a sum of the internal pod's text and, from 1.21 on, of the node's name and the manifest's place.

Up to 1.20 node and place are written first, and DeepHashObject resets the hasher: only the pod counts. A manifest from a URL counts with
the URL, without the node. MD5 up to 1.34, FNV-1a of 128 bits from 1.35 on.

Mirrors applyDefaults in pkg/kubelet/config/common.go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.fnv import fnv1a_128
from upgradecheck.hashing.staticuid.printing import Unprintable, internal_text
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import UIDHasher, UIDInput
from upgradecheck.model.static_uid import ManifestURL, NoUID, Source

Finish: TypeAlias = Callable[[bytes], str]
"""Sums up what was begun, with what stands behind it; can be called again."""


def _md5(head: bytes) -> Finish:
    begun = hashlib.md5(head, usedforsecurity=False)

    def finish(tail: bytes) -> str:
        state = begun.copy()
        state.update(tail)
        return state.hexdigest()

    return finish


def _fnv128a(head: bytes) -> Finish:
    begun = _summed(head)
    return lambda tail: f"{fnv1a_128(tail, begun):032x}"


@lru_cache(maxsize=128)
def _summed(head: bytes) -> int:
    """A component prints alike on every node, and of FNV-1a, which there is no C of, the sum is most of the work."""
    return fnv1a_128(head)


_HASHERS: Mapping[UIDHasher, Callable[[bytes], Finish]] = {UIDHasher.MD5: _md5, UIDHasher.FNV128A: _fnv128a}


def static_uid(manifest: GoValue, build: KubeletBuild, node: str, source: Source) -> str | NoUID:
    """The UID that this kubelet gives to the pod of a manifest; one that the manifest itself gives stays.

    manifest: the pod as this kubelet decodes and defaults it. node: the kubelet's own name of it; the pod's name only has its lower-case
    form. source: as the kubelet knows it, that is the directory it was given and the file's name, with no link resolved.
    """
    found = static_uids(manifest, build, node, (source,))
    return found if isinstance(found, NoUID) else found[0]


def static_uids(manifest: GoValue, build: KubeletBuild, node: str, sources: Sequence[Source]) -> tuple[str, ...] | NoUID:
    """The same for each of the places where the manifest may be: the pod, which is most of it, is printed and summed once."""
    own: bytes = manifest.get("ObjectMeta", {}).get("UID", b"")
    if own:
        return (own.decode("utf-8", "replace"),) * len(sources)
    try:
        text = internal_text(manifest, build.schema)
    except Unprintable as problem:
        return NoUID(problem.why)
    rule = build.static_pod_uid
    return _uids(rule.hasher, rule.input, text, node, tuple(sources))


@lru_cache(maxsize=256)
def _uids(hasher: UIDHasher, given: tuple[UIDInput, ...], text: bytes, node: str, sources: tuple[Source, ...]) -> tuple[str, ...]:
    """Kept, since where no UID is reproduced each minor is asked, and most of them print a pod alike."""
    if given[0] is not UIDInput.POD:
        finish = _HASHERS[hasher](b"")
        return tuple(finish(b"".join(_hashed(part, text, node, source) for part in given)) for source in sources)
    return tuple(map(_HASHERS[hasher](text), _tails(given[1:], node, sources)))


@lru_cache(maxsize=64)
def _tails(given: tuple[UIDInput, ...], node: str, sources: tuple[Source, ...]) -> tuple[bytes, ...]:
    """What stands behind the pod; one for each source."""
    return tuple(b"".join(_hashed(part, b"", node, source) for part in given) for source in sources)


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
