"""The records in packed lists, found by container ID or by pod, of pods whose records no other list tells of.

Nothing that joins records looks beyond those that share a UID or a container ID. A pod that shares either with another list, or with
another pod of its own, is left to whoever has all records at hand (records.py); the rest is each one list's, so it needs but an index.
What was asked last is kept: each pod is asked for several times in a row.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from upgradecheck.model.packed import (
    MOST_PODS,
    NUMBER_BITS,
    Containers,
    ListedPod,
    PackedList,
    PackedPod,
    Sandboxes,
    Whose,
    key_of,
    packed_id,
    parts_of,
)
from upgradecheck.model.pod import ContainerRecord, Origin, RunState, SandboxRecord
from upgradecheck.planning.seeing.placing import add_container, add_sandbox, by_age

_NUMBER = MOST_PODS - 1
_NONE = frozenset[str]()


Raw = tuple[PackedList, PackedPod]
"""The records of a pod, packed, and the list in which they stand."""


class Found(msgspec.Struct, frozen=True, gc=False):
    """The records of a pod: the newest container of each name, and the sandboxes, the newest first. several: names of more than one."""

    pod: ListedPod
    containers: Mapping[str, ContainerRecord]
    sandboxes: tuple[SandboxRecord, ...]
    several: frozenset[str]


class Parted(msgspec.Struct, frozen=True, gc=False):
    """Records in their order: those that stand as they are, and packed lists, each in both."""

    containers: tuple[tuple[ContainerRecord, ...] | PackedList, ...]
    sandboxes: tuple[tuple[SandboxRecord, ...] | PackedList, ...]
    lists: tuple[PackedList, ...] = ()


def parted(containers: Iterable[ContainerRecord], sandboxes: Iterable[SandboxRecord]) -> Parted:
    """The lists of which all is among these; of others what is there is unpacked."""
    its, others = parts_of(containers), parts_of(sandboxes)
    lists = [one for one in its if isinstance(one, PackedList)]
    both = {id(one) for one in lists} & {id(one) for one in others if isinstance(one, PackedList)}
    if sum(len(one) for one in lists if id(one) in both) > MOST_PODS:
        both = set()
    return Parted(
        tuple(one if id(one) in both else Containers.unpacked(one) for one in its),
        tuple(one if id(one) in both else Sandboxes.unpacked(one) for one in others),
        tuple(one for one in lists if id(one) in both),
    )


class PackedRecords:
    """The pods of packed lists, by number."""

    def __init__(self, lists: tuple[PackedList, ...] = (), ids: Iterable[str] = (), uids: Iterable[str] = ()) -> None:
        """ids, uids: of containers and pods that stand elsewhere."""
        self._lists, self._firsts, first = lists, list[int](), 0
        for one in lists:
            self._firsts.append(first)
            first += len(one)
        self._number = first
        self._first_of = {id(one): first for first, one in self._each()}
        self._by_uid = array("Q", sorted(key | first + at for first, one in self._each() for at, key in enumerate(one.uids)))
        self._by_id = array("Q", sorted(key + first for first, one in self._each() for key in one.ids))
        self._left_out = {*_shared(self._by_uid), *_shared(self._by_id)} if lists else set[int]()
        for keys, texts in ((self._by_uid, map(key_of, uids)), (self._by_id, (key_of(packed_id(one)) for one in ids))) if lists else ():
            self._left_out.update(number for key in texts for number in _numbers(keys, key))
        self._left_out_of = Counter(bisect_right(self._firsts, number) - 1 for number in self._left_out)
        self._asked: str | None = None
        self._raw: Raw | None = None
        self._found: Found | None = None

    def _each(self) -> Iterator[tuple[int, PackedList]]:
        return zip(self._firsts, self._lists, strict=True)

    def __bool__(self) -> bool:
        return self._number > len(self._left_out)

    def left_out(self, listed: PackedList) -> Iterator[ListedPod]:
        """The pods of a list that share something with others."""
        if not self._left_out:
            return iter(())
        first = self._first_of[id(listed)]
        return (listed.pod(place) for place in range(len(listed)) if first + place in self._left_out)

    def raw(self, uid: str) -> Raw | None:
        """The records of a UID as they stand in their list; None where there are none, or others as well."""
        if self._asked == uid:
            return self._raw
        self._asked, self._raw, self._found, number = uid, None, None, self._number_of(uid)
        if number is not None:
            listed, place = self._at(number)
            pod = listed.packed(place)
            self._raw = (listed, pod) if pod.uid == uid else None  # a UID whose key is another's, too, is left out
        return self._raw

    def list_of(self, uid: str) -> PackedList | None:
        """The list in which a UID stands of which it is known that it stands in one; None where others have it as well."""
        number = self._number_of(uid)
        return None if number is None else self._at(number)[0]

    def _number_of(self, uid: str) -> int | None:
        """The number of the pod of a UID, or of one whose key is the same."""
        keys, key = self._by_uid, key_of(uid)
        at = bisect_left(keys, key)
        if at < len(keys) and (number := keys[at] ^ key) <= _NUMBER and number not in self._left_out:
            return number
        return None

    def of(self, uid: str) -> Found | None:
        """The records of a UID; None as of raw."""
        raw = self.raw(uid)
        if raw is not None and self._found is None:
            self._found = _found(raw[0].unpacked(raw[1]))
        return self._found

    def record(self, container_id: str) -> ContainerRecord | None:
        """The container of an ID."""
        for number in _numbers(self._by_id, key_of(packed_id(container_id))):
            for one in () if number in self._left_out else self._unpacked(number).containers:
                if one.container_id == container_id:
                    return one
        return None

    def whose(self) -> Iterator[tuple[Whose, Origin]]:
        """Whose they are, and where that stands."""
        for first, one in self._each():
            for place in range(len(one)):
                if first + place not in self._left_out:
                    yield one.whose(place), one.origin

    def each(self) -> Iterator[Found]:
        """All of them."""
        return (_found(self._unpacked(number)) for number in range(self._number) if number not in self._left_out)

    @property
    def origins(self) -> Iterator[Origin]:
        """Of the lists."""
        return (one.origin for at, one in enumerate(self._lists) if len(one) > self._left_out_of[at])

    @property
    def with_ended(self) -> Iterator[str]:
        """The inputs that show a container that has ended."""
        for at, one in enumerate(self._lists):
            if one.shows_ended and (not self._left_out_of[at] or any(_has_ended(pod) for pod in self._pods_of(at))):
                yield one.origin.source

    @property
    def have_networks(self) -> bool:
        """Whether a list shows the network of a sandbox."""
        return any(one.shows_networks for one in self._lists)

    @property
    def have_sandboxes(self) -> bool:
        """Whether there is a sandbox of any pod."""
        return any(
            one.sandbox_ids and (not self._left_out_of[at] or any(pod.sandboxes for pod in self._pods_of(at)))
            for at, one in enumerate(self._lists)
        )

    def _pods_of(self, at: int) -> Iterator[ListedPod]:
        """The pods of a list."""
        first = self._firsts[at]
        return (self._lists[at].pod(place) for place in range(len(self._lists[at])) if first + place not in self._left_out)

    def _at(self, number: int) -> tuple[PackedList, int]:
        at = bisect_right(self._firsts, number) - 1
        return self._lists[at], number - self._firsts[at]

    def _unpacked(self, number: int) -> ListedPod:
        listed, place = self._at(number)
        return listed.pod(place)


def _has_ended(pod: ListedPod) -> bool:
    return any(one.state is RunState.EXITED for one in pod.containers)


def _found(pod: ListedPod) -> Found:
    newest = {one.name: one for one in pod.containers}
    if len(newest) == len(pod.containers) and len(pod.sandboxes) < 2:
        return Found(pod, newest, pod.sandboxes, _NONE)
    newest, several, sandboxes = {}, set[str](), dict[str, SandboxRecord]()
    for record in pod.containers:
        if not add_container(newest, record):
            several.add(record.name)
    for sandbox in pod.sandboxes:
        add_sandbox(sandboxes, sandbox)
    return Found(pod, newest, tuple(sorted(sandboxes.values(), key=by_age, reverse=True)), frozenset(several))


def _numbers(keys: array[int], key: int) -> Iterator[int]:
    """The numbers that stand behind a key."""
    at = bisect_left(keys, key)
    while at < len(keys) and keys[at] >> NUMBER_BITS == key >> NUMBER_BITS:
        yield keys[at] & _NUMBER
        at += 1


def _shared(keys: array[int]) -> Iterator[int]:
    """The numbers of different pods behind one key."""
    before = -1
    for now in keys:
        if before >> NUMBER_BITS == now >> NUMBER_BITS and before & _NUMBER != now & _NUMBER:
            yield before & _NUMBER
            yield now & _NUMBER
        before = now
