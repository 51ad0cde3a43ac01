"""The runtime's records of one list, packed: some 100 bytes of a container, where a record of it takes ten times that.

A fleet has hundreds of thousands of records, and whoever plans it looks at those of one pod at a time: these are unpacked, and let go of.
What the pods of a list have in common, where it stands and which runtime it is of, is kept once. Nothing packed ever leaves the program.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from sys import intern
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
STATES = tuple(RunState)
"""By their numbers in packed containers."""
_SOURCES = tuple(PodSource)
_STATE_NUMBER = {state: number for number, state in enumerate(STATES)}
_SOURCE_NUMBER = {source: number for number, source in enumerate(_SOURCES)}
_ABSENT, _UNREADABLE = Absent(), Absent("")

Whose = tuple[str, str, str]
"""UID, namespace and name of a pod."""
Record = TypeVar("Record", ContainerRecord, SandboxRecord)


class PackedContainer(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A container. sandbox: the place of its sandbox in the list, or the ID of one that is not listed. hash: None where there is none;
    unreadable: that is since it cannot be read. padded: it is written otherwise than kubelets write it. item, line: its number in a list
    of which the origin ends where that is to follow, and where it begins; 0 where the list has no numbers.
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
    item: int = 0
    line: int = 1


class PackedSandbox(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A sandbox. network: its mode and address, None where nobody asked. item, line: as of a container."""

    id: bytes
    ready: bool
    created_at: int
    attempt: int = 0
    source: int | None = None
    config_hash: str | None = None
    network: SandboxNetwork | None = None
    item: int = 0
    line: int = 1


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


def is_id(packed: bytes, text: str | None) -> bool:
    """Whether a packed ID is that of a text, where that is soon told: both are numbers as runtimes give them."""
    return len(packed) == _ID and packed.hex() == text


def _id(packed: bytes) -> str:
    return packed.hex() if len(packed) == _ID else packed.lstrip(_TEXT).decode("utf-8", "surrogatepass")


def state_number(state: RunState) -> int:
    """The number of a state in a packed container."""
    return _STATE_NUMBER[state]


def source_of_number(number: int | None) -> PodSource | None:
    """The source that a number stands for in a packed sandbox."""
    return None if number is None else _SOURCES[number]


def source_number(source: PodSource | None) -> int | None:
    """Likewise of a pod's source in a packed sandbox."""
    return None if source is None else _SOURCE_NUMBER[source]


def key_of(text: str | bytes) -> int:
    """By which a UID or a packed ID is looked for; of two texts of one key no more is known than that they may be one."""
    return (hash(text) & _KEY) << NUMBER_BITS


class PackedList:
    """All pods of one list, by their places. runtime: which one it is of, where the form of the records tells that.

    latest: when the last container was made, None where there is none; shows_ended: a container has ended; shows_networks: that of a
    sandbox was seen. uids: the keys of the pods, by place; ids, sandbox_ids: those of containers and sandboxes, each with the place of its
    pod behind it.
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
        "shows_networks",
        "uids",
    )

    def __init__(self, origin: Origin, runtime: str | None, pods: Iterable[PackedPod]) -> None:
        self.origin, self.runtime, self.shows_ended, self.shows_networks = origin, runtime, False, False
        self.latest: int | None = None
        self.uids, self.ids, self.sandbox_ids, self._ends = array("Q"), array("Q"), array("Q"), array("I", [0])
        data, ended = bytearray(), _STATE_NUMBER[RunState.EXITED]
        for place, pod in enumerate(pods):
            data += _ENCODER.encode(pod)
            self._ends.append(len(data))
            self.uids.append(key_of(pod.uid))
            self.sandbox_ids.extend([key_of(one.id) | place for one in pod.sandboxes])
            self.ids.extend([key_of(one.id) | place for one in pod.containers])
            self.shows_networks = self.shows_networks or [one.network for one in pod.sandboxes].count(None) != len(pod.sandboxes)
            self.shows_ended = self.shows_ended or ended in [one.state for one in pod.containers]
            if pod.containers:
                made = max([one.created_at for one in pod.containers])
                self.latest = made if self.latest is None else max(self.latest, made)
        self._data = bytes(data)

    def __len__(self) -> int:
        """Of pods."""
        return len(self.uids)

    def whose(self, place: int) -> Whose:
        """Whose the records at a place are."""
        head = _HEAD.decode(self._at(place))
        return head.uid, head.namespace, head.name

    def packed(self, place: int) -> PackedPod:
        """The pod at a place, as it stands there."""
        return _POD.decode(self._data[self._ends[place] : self._ends[place + 1]])

    def pod(self, place: int) -> ListedPod:
        """The pod at a place."""
        return self.unpacked(self.packed(place))

    def unpacked(self, pod: PackedPod) -> ListedPod:
        """A pod of the list, unpacked."""
        runtime = self.runtime
        uid, namespace, name = intern(pod.uid), intern(pod.namespace), intern(pod.name)  # what is kept stands in several lists
        ids = [intern(_id(one.id)) for one in pod.sandboxes]
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
                    self._origin(one),
                    one.network,
                )
                for identity, one in zip(ids, pod.sandboxes, strict=True)
            ]
        )
        containers = tuple(
            [
                ContainerRecord(
                    _id(one.id),
                    ids[one.sandbox] if isinstance(one.sandbox, int) else intern(_id(one.sandbox)),
                    uid,
                    namespace,
                    name,
                    intern(one.name),
                    one.attempt,
                    STATES[one.state],
                    one.created_at,
                    _hash(one),
                    _ABSENT if one.without is None else Recorded(Hash(one.without)),
                    self._origin(one),
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

    def _origin(self, one: PackedContainer | PackedSandbox) -> Origin:
        """Where a record stands."""
        return Origin(self.origin.source, f"{self.origin.place}{one.item}", one.line) if one.item else self.origin

    def _at(self, place: int) -> bytes:
        return self._data[self._ends[place] : self._ends[place + 1]]


def _hash(one: PackedContainer) -> Recorded | Absent:
    if one.hash is not None:
        return Recorded(Hash(one.hash), not one.padded)
    return _UNREADABLE if one.unreadable else _ABSENT


class _Listed(Collection[Record], Generic[Record]):
    """Records one after another, in parts: some that stand as they are, or a packed list."""

    __slots__ = ("parts",)
    parts: tuple[tuple[Record, ...] | PackedList, ...]
    _of: Callable[[ListedPod], Sequence[Record]]
    _keys: Callable[[PackedList], array[int]]

    def __init__(self, parts: Iterable[tuple[Record, ...] | PackedList] = ()) -> None:
        self.parts = tuple(parts)

    @property
    def lists(self) -> tuple[PackedList, ...]:
        """The packed ones."""
        return tuple([one for one in self.parts if isinstance(one, PackedList)])

    @classmethod
    def unpacked(cls, part: tuple[Record, ...] | PackedList) -> tuple[Record, ...]:
        """The records of a part."""
        return tuple([one for pod in part.pods() for one in cls._of(pod)]) if isinstance(part, PackedList) else part

    def __iter__(self) -> Iterator[Record]:
        return chain.from_iterable(map(self.unpacked, self.parts))

    def __len__(self) -> int:
        return sum(len(type(self)._keys(one)) if isinstance(one, PackedList) else len(one) for one in self.parts)

    def __bool__(self) -> bool:
        return any(type(self)._keys(one) if isinstance(one, PackedList) else one for one in self.parts)

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
    """All of these; a tuple where no list is packed."""
    found = Containers(chain.from_iterable(map(parts_of, several)))
    return found if found.lists else tuple(found)


def sandboxes_of(several: Iterable[Collection[SandboxRecord]]) -> Collection[SandboxRecord]:
    """Likewise."""
    found = Sandboxes(chain.from_iterable(map(parts_of, several)))
    return found if found.lists else tuple(found)


def parts_of(records: Iterable[Record]) -> tuple[tuple[Record, ...] | PackedList, ...]:
    """Records, as they stand together."""
    return records.parts if isinstance(records, _Listed) else (tuple(records),)


def keys_of(sandboxes: Collection[SandboxRecord]) -> Iterator[int]:
    """The keys of sandboxes, each with something behind it."""
    for part in parts_of(sandboxes):
        yield from part.sandbox_ids if isinstance(part, PackedList) else (key_of(packed_id(one.sandbox_id)) for one in part)


def latest(containers: Collection[ContainerRecord]) -> int:
    """When the last of some containers was made; 0 where there is none."""
    made = (
        part.latest if isinstance(part, PackedList) else max((one.created_at for one in part), default=None)
        for part in parts_of(containers)
    )
    return max((one for one in made if one is not None), default=0)
