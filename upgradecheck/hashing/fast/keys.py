"""What tells pods apart of which something else can be said, and what is left open: replicas have one key.

Open are the node's name, the time of creation and the end of the token's volume. All else of the spec counts, byte for byte. Of what stands
beside it the key has what a kubelet's admission and its classes look at: the namespace, annotations and labels of Kubernetes' own, whether
it is being deleted, the phase, the class of quality, and of the containers' states which one it is, whether it is ready and what was
allocated. Whoever keeps facts by this key may look at nothing else: tests/property/test_known_facts.py holds them against those of each pod
itself, and writes down which members are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, TypeAlias

import msgspec

from upgradecheck.hashing.fast.containers import Lists, attributes
from upgradecheck.hashing.fast.own import marked
from upgradecheck.hashing.fast.structs import Structs, element
from upgradecheck.hashing.fast.templates import STEM
from upgradecheck.model.patterns import pattern

Key: TypeAlias = "tuple[Any, ...]"

_NODE = pattern(rb'"nodeName"[ \t\r\n]*:[ \t\r\n]*"([^"\\]*)"')
COLON = pattern(rb"[ \t\r\n]*:[ \t\r\n]*")
_OF_KUBERNETES = "kubernetes.io/"
_OS = "kubernetes.io/os"
_STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")


class PodKey(msgspec.Struct, frozen=True, gc=False):
    """The key, and what is open in it. created: as it is written, None where it is null or not there."""

    key: Key
    node: str
    created: str | None


class Keys:
    """Makes the keys of pods as some Structs have them."""

    def __init__(self, structs: Structs) -> None:
        members = structs.members(structs.meant("Pod"))
        self._metadata, self._spec, self._status = (attributes(structs.of(members[one][1])) for one in ("metadata", "spec", "status"))
        statuses = element(structs.members(members["status"][1])["containerStatuses"][1])
        self._container = attributes(structs.of(statuses))
        self._volume = attributes(structs.of(element(structs.members(members["spec"][1])["volumes"][1])))
        self._state = attributes(structs.of(structs.members(statuses)["state"][1]))

    def of(self, pod: tuple[Any, Any, Any], text: bytes, lists: Lists, quoted: tuple[bytes, ...], hole: bytes) -> PodKey | None:
        """The key of a pod (its metadata, spec and status); text: its spec; quoted: the names of its lists.

        None where its spec is not cut as it should, and where the end of the token's volume stands in another place than that volume.
        """
        metadata, spec, status = pod
        rest = _without_lists(text, lists, quoted)
        if rest is None:
            return None
        rest, node = _without_node(rest, getattr(spec, self._spec["nodeName"]))
        rest = marked(rest, node.encode(), getattr(metadata, self._metadata["name"]).encode()) if node else rest
        shapes = [tuple(self._shapes(getattr(status, self._status[name]))) for name in _STATUSES if name in self._status]
        if hole:
            if rest.count(STEM) != self._token_volumes(spec, hole) or any(hole.decode() in one[0] for one in chain.from_iterable(shapes)):
                return None
            rest = rest.replace(STEM + hole, STEM)
        key = (
            rest,
            getattr(metadata, self._metadata["namespace"]),
            getattr(metadata, self._metadata["labels"]).get(_OS),
            tuple(
                sorted((name, value) for name, value in getattr(metadata, self._metadata["annotations"]).items() if _OF_KUBERNETES in name)
            ),
            getattr(metadata, self._metadata["deletionTimestamp"]) is None,
            getattr(status, self._status["phase"]),
            getattr(status, self._status["qosClass"]) if "qosClass" in self._status else None,
            *shapes,
        )
        return PodKey(key, node, getattr(metadata, self._metadata["creationTimestamp"]))

    def _token_volumes(self, spec: Any, hole: bytes) -> int:
        """How many volumes have the name that ends so."""
        name = (STEM + hole).decode()
        return sum(1 for one in getattr(spec, self._spec["volumes"]) if getattr(one, self._volume["name"]) == name)

    def _shapes(self, statuses: list[Any]) -> Iterator[tuple[Any, ...]]:
        for one in statuses:
            state = getattr(one, self._container["state"])
            place = self._container.get("allocatedResources")
            given = () if place is None else tuple((name, amount.text) for name, amount in getattr(one, place).items())
            named, ready = getattr(one, self._container["name"]), getattr(one, self._container["ready"])
            yield named, ready, getattr(state, self._state["terminated"]) is None, getattr(state, self._state["waiting"]) is None, given


def _without_lists(spec: bytes, lists: Lists, quoted: tuple[bytes, ...]) -> bytes | None:
    """The text of a spec, its lists of containers cut out; each of their names stands in it once."""
    for name, one in zip(quoted, lists, strict=False):
        if not one:
            continue
        begin = spec.find(name) + len(name)
        colon = COLON.match(spec, begin)
        if colon is None or not spec.startswith(one, colon.end()):
            return None
        spec = spec[:begin] + spec[colon.end() + len(one) :]
    return spec


def _without_node(rest: bytes, name: str) -> tuple[bytes, str]:
    """The text without the node's name, and the name; with it where it is not sure which one it is."""
    found = _NODE.search(rest) if name and rest.count(b'"nodeName"') == 1 else None
    if found is None or found[1] != name.encode():
        return b"\0" + rest, name
    return rest[: found.start(1)] + rest[found.end(1) :], name
