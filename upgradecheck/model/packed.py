"""The runtime's records of one list, packed: some 100 bytes of a container, where a record of it takes ten times that.

A fleet has hundreds of thousands of records, and whoever plans it looks at those of one pod at a time: these are unpacked, and let go of.
What the pods of a list have in common, where it stands and which runtime it is of, is kept once. Nothing packed ever leaves the program.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Generic, TypeVar

import msgspec

from upgradecheck.model.hash import Hash
from upgradecheck.model.pod import Absent, ContainerRecord, Origin, PodSource, Recorded, RunState, SandboxNetwork, SandboxRecord

KEY_BITS, NUMBER_BITS = 40, 24
"""A key is a part of a text's hash; behind it there is room for the number of a pod."""
MOST_PODS = 1 << NUMBER_BITS
_KEY = (1 << KEY_BITS) - 1
_ID = 32
_TEXT = b"\xff"
"""Begins an ID that is no such number as runtimes give; no text does in UTF-8."""
_STATES = tuple(RunState)
_SOURCES = tuple(PodSource)
_STATE_NUMBER = {state: number for number, state in enumerate(_STATES)}
_SOURCE_NUMBER = {source: number for number, source in enumerate(_SOURCES)}
_ABSENT, _UNREADABLE = Absent(), Absent("")

Whose = tuple[str, str, str]
"""UID, namespace and name of a pod."""
Record = TypeVar("Record", ContainerRecord, SandboxRecord)


class PackedContainer(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A container. sandbox: the place of its sandbox in the list, or the ID of one that is not listed. hash: None where there is none;
    unreadable: that is since it cannot be read. padded: it is written otherwise than kubelets write it.
    """

    id: bytes
    name: str
    state: int
    created_at: int
    hash: int | None
    sandbox: int | bytes = 0
    attempt: int = 0
    without: int | None = None
    unreadable: bool = False
    padded: bool = False


class PackedSandbox(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A sandbox. network: its mode and address, None where nobody asked."""

    id: bytes
    ready: bool
    created_at: int
    attempt: int = 0
    source: int | None = None
    config_hash: str | None = None
    network: SandboxNetwork | None = None


class PackedPod(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A pod with all that the list shows of it."""

    uid: str
    namespace: str
    name: str
    sandboxes: tuple[PackedSandbox, ...]
    containers: tuple[PackedContainer, ...]


class _Head(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Whose a packed pod is; the rest is passed over."""

    uid: str
    namespace: str
    name: str


class ListedPod(msgspec.Struct, frozen=True, gc=False):
    """A pod, unpacked."""

    uid: str
    namespace: str
    name: str
    sandboxes: tuple[SandboxRecord, ...]
    containers: tuple[ContainerRecord, ...]


_ENCODER = msgspec.msgpack.Encoder()
_POD = msgspec.msgpack.Decoder(PackedPod)
_HEAD = msgspec.msgpack.Decoder(_Head)


def packed_id(text: str) -> bytes:
    """An ID; those that runtimes give, 64 letters of hex, in half as many bytes."""
    if len(text) == 2 * _ID:
        try:
            number = bytes.fromhex(text)
        except ValueError:
            number = b""
        if len(number) == _ID and number.hex() == text:
            return number
    told = _TEXT + text.encode("utf-8", "surrogatepass")
    return told if len(told) != _ID else _TEXT + told


def _id(packed: bytes) -> str:
    return packed.hex() if len(packed) == _ID else packed.lstrip(_TEXT).decode("utf-8", "surrogatepass")


def state_number(state: RunState) -> int:
    """The number of a state in a packed container."""
    return _STATE_NUMBER[state]


def source_number(source: PodSource | None) -> int | None:
    """Likewise of a pod's source in a packed sandbox."""
    return None if source is None else _SOURCE_NUMBER[source]


def key_of(text: str | bytes) -> int:
    """By which a UID or a packed ID is looked for; of two texts of one key no more is known than that they may be one."""
    return (hash(text) & _KEY) << NUMBER_BITS


class PackedList:
    """All pods of one list, by their places. runtime: which one it is of, where the form of the records tells that.

    latest: when the last container was made; shows_ended: a container has ended. uids: the keys of the pods, by place; ids, sandbox_ids:
    those of containers and sandboxes, each with the place of its pod behind it.
    """

    __slots__ = (
        "_data",
        "_ends",
        "ids",
        "latest",
        "origin",
        "runtime",
        "sandbox_ids",
        "shows_ended",
        "uids",
    )

    def __init__(self, origin: Origin, runtime: str | None, pods: Iterable[PackedPod]) -> None:
        self.origin, self.runtime, self.latest, self.shows_ended = origin, runtime, 0, False
        self.uids, self.ids, self.sandbox_ids, self._ends = array("Q"), array("Q"), array("Q"), array("I", [0])
        data, ended = bytearray(), _STATE_NUMBER[RunState.EXITED]
        for place, pod in enumerate(pods):
            data += _ENCODER.encode(pod)
            self._ends.append(len(data))
            self.uids.append(key_of(pod.uid))
            for sandbox in pod.sandboxes:
                self.sandbox_ids.append(key_of(sandbox.id) | place)
            for one in pod.containers:
                self.ids.append(key_of(one.id) | place)
                self.latest = max(self.latest, one.created_at)
                self.shows_ended = self.shows_ended or one.state == ended
        self._data = bytes(data)

    def __len__(self) -> int:
        """Of pods."""
        return len(self.uids)

    def whose(self, place: int) -> Whose:
        """Whose the records at a place are."""
        head = _HEAD.decode(self._at(place))
        return head.uid, head.namespace, head.name

    def pod(self, place: int) -> ListedPod:
        """The pod at a place."""
        pod, origin, runtime = _POD.decode(self._at(place)), self.origin, self.runtime
        uid, namespace, name = pod.uid, pod.namespace, pod.name
        ids = [_id(one.id) for one in pod.sandboxes]
        sandboxes = tuple(
            [
                SandboxRecord(
                    identity,
                    uid,
                    namespace,
                    name,
                    one.attempt,
                    one.ready,
                    one.created_at,
                    None if one.source is None else _SOURCES[one.source],
                    one.config_hash,
                    origin,
                    one.network,
                )
                for identity, one in zip(ids, pod.sandboxes, strict=True)
            ]
        )
        containers = tuple(
            [
                ContainerRecord(
                    _id(one.id),
                    ids[one.sandbox] if isinstance(one.sandbox, int) else _id(one.sandbox),
                    uid,
                    namespace,
                    name,
                    one.name,
                    one.attempt,
                    _STATES[one.state],
                    one.created_at,
                    _hash(one),
                    _ABSENT if one.without is None else Recorded(Hash(one.without)),
                    origin,
                    None,
                    None,
                    runtime,
                )
                for one in pod.containers
            ]
        )
        return ListedPod(uid, namespace, name, sandboxes, containers)

    def pods(self) -> Iterator[ListedPod]:
        """All of them."""
        return map(self.pod, range(len(self)))

    def _at(self, place: int) -> bytes:
        return self._data[self._ends[place] : self._ends[place + 1]]


def _hash(one: PackedContainer) -> Recorded | Absent:
    if one.hash is not None:
        return Recorded(Hash(one.hash), not one.padded)
    return _UNREADABLE if one.unreadable else _ABSENT


class _Listed(Collection[Record], Generic[Record]):
    """Records one after another: those that stand as they are, then those of packed lists."""

    __slots__ = ("lists", "loose")
    loose: tuple[Record, ...]
    lists: tuple[PackedList, ...]
    _of: Callable[[ListedPod], Sequence[Record]]
    _keys: Callable[[PackedList], array[int]]

    def __init__(self, loose: Iterable[Record] = (), lists: Iterable[PackedList] = ()) -> None:
        self.loose, self.lists = tuple(loose), tuple(lists)

    def __iter__(self) -> Iterator[Record]:
        yield from self.loose
        for one in self.lists:
            for pod in one.pods():
                yield from type(self)._of(pod)

    def __len__(self) -> int:
        return len(self.loose) + sum(len(type(self)._keys(one)) for one in self.lists)

    def __bool__(self) -> bool:
        return bool(self.loose) or any(type(self)._keys(one) for one in self.lists)

    def __contains__(self, record: object) -> bool:
        return any(one == record for one in self)

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, (tuple, _Listed)) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))


class Containers(_Listed[ContainerRecord]):
    """The containers of lists."""

    __slots__ = ()
    _of = staticmethod(lambda pod: pod.containers)
    _keys = staticmethod(lambda one: one.ids)


class Sandboxes(_Listed[SandboxRecord]):
    """The sandboxes of lists."""

    __slots__ = ()
    _of = staticmethod(lambda pod: pod.sandboxes)
    _keys = staticmethod(lambda one: one.sandbox_ids)


def containers_of(several: Iterable[Collection[ContainerRecord]]) -> Collection[ContainerRecord]:
    """All of these, those in packed lists last; a tuple where there are none."""
    return _joined(Containers, tuple(several))


def sandboxes_of(several: Iterable[Collection[SandboxRecord]]) -> Collection[SandboxRecord]:
    """Likewise."""
    return _joined(Sandboxes, tuple(several))


def keys_of(sandboxes: Collection[SandboxRecord]) -> Iterator[int]:
    """The keys of sandboxes, each with something behind it."""
    if not isinstance(sandboxes, Sandboxes):
        return (key_of(packed_id(one.sandbox_id)) for one in sandboxes)
    return chain(keys_of(sandboxes.loose), *(one.sandbox_ids for one in sandboxes.lists))


def latest(containers: Collection[ContainerRecord]) -> int:
    """When the last of some containers was made; 0 where there is none."""
    if not isinstance(containers, Containers):
        return max((one.created_at for one in containers), default=0)
    return max(latest(containers.loose), max((one.latest for one in containers.lists), default=0))


def _joined(kind: type[_Listed[Record]], several: Sequence[Collection[Record]]) -> Collection[Record]:
    loose: tuple[Record, ...] = tuple(chain.from_iterable(one.loose if isinstance(one, _Listed) else one for one in several))
    lists = tuple(chain.from_iterable(one.lists for one in several if isinstance(one, _Listed)))
    return kind(loose, lists) if lists else loose
