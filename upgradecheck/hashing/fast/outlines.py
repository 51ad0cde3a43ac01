"""A pod but for its spec, which is left as it is written: what is a replica's own, read sooner than by all types of a pod.

The text of a spec is opened where replicas differ: at the node's name, and at the end of the token's volume (templates.py). What is known
of an opened text holds for all pods that have it, so that no spec of theirs is decoded any more; all else of a pod is, by the types of all
kubelets that are asked about, since a kubelet drops a pod for any field. Gates that look at whole documents (gates.py) look at all but the
spec; at that they have looked when its text was met first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from operator import attrgetter
from sys import intern
from typing import Any, TypeAlias

import msgspec

from upgradecheck.hashing.fast import gates
from upgradecheck.hashing.fast.containers import attributes
from upgradecheck.hashing.fast.own import marked
from upgradecheck.hashing.fast.structs import Structs, element
from upgradecheck.hashing.fast.templates import HOLE, STEM
from upgradecheck.model.patterns import pattern

Runs: TypeAlias = "tuple[tuple[str | None, str | None, int], ...]"
"""What each entry of the statuses has of its own: the container's ID without its scheme, when it started, and how often again."""

_NODE = pattern(rb'"nodeName"[ \t\r\n]*:[ \t\r\n]*"([^"\\]+)"')
_NAMED_NODE = b'"nodeName"'
_LETTERS = b"abcdefghijklmnopqrstuvwxyz0123456789"
_OF_KUBERNETES = "kubernetes.io/"
_OS = "kubernetes.io/os"
_METADATA = ("name", "namespace", "uid", "labels", "annotations", "ownerReferences", "creationTimestamp", "deletionTimestamp")
_STATUS = ("phase", "qosClass", "initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
_CONTAINER = ("name", "containerID", "state", "ready", "started", "restartCount")
_TELLING = 64
"""So many bytes of a spec tell where it stands; where others are alike, there is no outline."""
_STATE = ("running", "terminated", "waiting")
_KUBELET_MADE = 32
"""The length of UIDs that kubelets make: of static pods, whatever their annotations say."""


class Outline(msgspec.Struct, gc=False):
    """A pod whose spec is not decoded.

    text: its spec, opened; node and hole: what stood there. Replicas have one shape: all that facts, views and decisions hang on and that
    is not in the spec's text. owner: kind and name of the only owner if it is the controller, None where there is no owner. names: of the
    entries of its statuses. Texts that many pods have are one object: of 150,000 each is kept.
    """

    text: bytes
    node: str
    hole: bytes
    shape: tuple[Any, ...]
    name: str
    uid: str
    labels: dict[str, str]
    owner: tuple[str, str] | None
    created: str | None
    runs: Runs
    names: tuple[str, ...]
    namespace: str


class Outlines:
    """Reads pods as some Structs have them."""

    def __init__(self, structs: Structs, head: Any) -> None:
        """head: their Struct of a pod but for its spec."""
        members = structs.members(structs.meant("Pod"))
        statuses = element(structs.members(members["status"][1])["containerStatuses"][1])
        state = structs.members(statuses)["state"][1]
        of_state = structs.members(state)
        self._parts = _getter(head, ("metadata", "spec", "status"))
        self._metadata = _getter(structs.of(members["metadata"][1]), _METADATA)
        self._status = _getter(structs.of(members["status"][1]), _STATUS)
        self._container = _getter(structs.of(statuses), _CONTAINER)
        self._allocated = attributes(structs.of(statuses)).get("allocatedResources")
        self._state = _getter(structs.of(state), _STATE)
        self._running = _getter(structs.of(element(of_state["running"][1])), ("startedAt", "startedAt"))
        self._terminated = _getter(structs.of(element(of_state["terminated"][1])), ("startedAt", "exitCode"))
        owners = element(structs.members(members["metadata"][1])["ownerReferences"][1])
        self._owner = _getter(structs.of(owners), ("kind", "name", "controller"))

    def read(self, of: Beside) -> Outline | None:
        """The outline of a pod that is on a node and has a status; None where there is none, or not all is sure.

        Raises:
            MsgspecError and the like: as None.
        """
        if not of.is_plain or of.has_a_key_twice:
            return None
        (metadata, _, status), spec = self._parts(of.pod), of.spec
        name, namespace, uid, labels, annotations, owners, created, deleted = self._metadata(metadata)
        phase, quality, inits, apps, ephemerals = self._status(status)
        opened = opened_text(spec, name)
        if opened is None or not (name and uid and phase) or len(uid) == _KUBELET_MADE or len(owners) > 1:
            return None
        owner = None
        for one in owners:
            kind, its_name, controls = self._owner(one)
            owner = (kind, its_name) if controls else None
        shapes: list[Any] = []
        runs: list[Any] = []
        for one in (*inits, *apps, *ephemerals):
            self._take(one, shapes, runs)
        shape = (
            namespace,
            labels.get(_OS) if labels else None,
            tuple(sorted([one for one in annotations.items() if _OF_KUBERNETES in one[0]])) if annotations else (),
            deleted is None,
            phase,
            quality,
            self._runtime(apps) or self._runtime(inits),
            len(inits),
            len(apps),
            *shapes,
        )
        text, node, hole = opened
        names = tuple([one[0] for one in shapes])
        made = None if created is None else intern(created)
        return Outline(text, node, hole, shape, name, uid, labels, owner, made, tuple(runs), names, namespace)

    def _take(self, one: Any, shapes: list[Any], runs: list[Any]) -> None:
        """An entry of the statuses: what it has in common with those of replicas, and what is its own."""
        name, identity, state, ready, started, restarts = self._container(one)
        running, terminated, waiting = self._state(state)
        allocated = None if self._allocated is None else getattr(one, self._allocated)
        given = tuple([(which, amount.text) for which, amount in allocated.items()]) if allocated else ()
        since, code = None, None
        if terminated is not None:
            since, code = self._terminated(terminated)
        if running is not None:
            since, _ = self._running(running)
        shapes.append((name, not identity, ready, started, running is None, waiting is None, code, not since, given))
        runs.append((identity.rpartition("://")[2] or None if identity else None, since or None, restarts))

    def _runtime(self, statuses: list[Any]) -> tuple[str | None] | None:
        """The scheme of the first ID of a container, if it has one; None where there is no ID."""
        for one in statuses:
            if identity := self._container(one)[1]:
                return (identity.partition("://")[0],) if "://" in identity else (None,)
        return None


def _getter(struct: Any, names: tuple[str, ...]) -> Callable[[Any], Any]:
    """Gets the members of these names. Where the types lack one there is no outline: KeyError."""
    found = attributes(struct)
    return attrgetter(*(found[name] for name in names))


class Beside:
    """What stands beside the spec of a document. pod: read but for its spec."""

    def __init__(self, document: bytes, pod: Any, spec: bytes) -> None:
        self.document, self.pod, self.spec = document, pod, spec
        self._begin = document.find(spec[:_TELLING])

    def _without_spec(self, instead: bytes) -> bytes:
        return b"%b%b%b" % (self.document[: self._begin], instead, self.document[self._begin + len(self.spec) :])

    @cached_property
    def is_plain(self) -> bool:
        """Whether the gates let all of it pass."""
        if not self.document.startswith(self.spec, self._begin):
            return False
        rest = self._without_spec(b"")
        return not (gates.hides_ascii(rest) or gates.too_deep(rest) or gates.member_comes_twice(rest, b'"spec"'))

    @cached_property
    def has_a_key_twice(self) -> bool:
        """Whether a key comes twice in it: Go merges two objects, msgspec keeps the last."""
        return gates.key_comes_twice(self._without_spec(b"null"))


def written_node(document: bytes) -> str | None:
    """The first name of a node in a document, which may be another than its pod's."""
    begin = document.find(_NAMED_NODE)
    found = _NODE.match(document, begin) if begin >= 0 else None
    return None if found is None else found[1].decode()


def names_one_node(text: bytes) -> bool:
    """Whether an opened text names no other node beside."""
    return text.count(_NAMED_NODE) == 1


def opened_text(spec: bytes, name: str) -> tuple[bytes, str, bytes] | None:
    """The text of a spec without the node's name and the end of the token's volume, and both; None where no name of a node stands in it.

    name: the pod's, which is marked, too, as that of the node is where an affinity has it (own.py).

    That the name is the pod's own and the only one, and the volume the token's, whoever first meets a text has to look at.
    """
    begin = spec.find(_NAMED_NODE)
    found = _NODE.match(spec, begin) if begin >= 0 else None
    if found is None:
        return None
    begin, end = found.span(1)
    node = intern(found[1].decode())
    first, *others = marked(spec[:begin] + spec[end:], found[1], name.encode()).split(STEM)
    if not others:
        return first, node, b""
    hole = others[0][:HOLE]
    named = hole + b'"'
    if len(hole) < HOLE or hole.translate(None, _LETTERS) or not all(one.startswith(named) for one in others):
        return STEM.join((first, *others)), node, b""
    return STEM.join((first, *[one[HOLE:] for one in others])), node, hole
