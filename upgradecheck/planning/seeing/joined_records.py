"""The runtime's records, joined: of each container one, whatever lists tell of it, found by its ID or by the UID of its pod.

Of one container that two lists tell of, the later state counts, as none comes back to life; two hashes of it are a dispute, for nothing in
a list tells when it was made, and so are two containers of one ID: no runtime gives one twice, and what of the two is true nobody knows.

Those of packed lists (packed.py) are unpacked when their pod is asked for; only what shares an ID or a UID with others stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from upgradecheck.model.packed import ListedPod, PackedList
from upgradecheck.model.pod import Absent, ContainerRecord, Origin, Recorded, RunState, SandboxRecord
from upgradecheck.planning.seeing.packed import PackedRecords, Parted, parted
from upgradecheck.planning.seeing.placing import Dump, add_container, add_sandbox, by_age, dump_of

Record = TypeVar("Record", ContainerRecord, SandboxRecord)
_NONE: Mapping[str, ContainerRecord] = {}
_LATER = {
    RunState.UNREPORTED: 0,
    RunState.STOPPED: 1,
    RunState.CREATED: 1,
    RunState.WAITING: 1,
    RunState.RUNNING: 2,
    RunState.UNKNOWN: 3,
    RunState.EXITED: 4,
}
"""States in the order in which a container comes to them; a runtime that has lost one does not find it again by itself."""


class JoinedRecords(msgspec.Struct):
    """The records by ID and by UID; packed: those that stay so, and share neither with these.

    by_pod: by UID, the newest container of each name; several: UID and name of those of which there is more than one. sandboxes: by UID,
    the newest first. mixed: by UID, all containers where they name several pods, or come from several dumps. with_ended: the inputs that
    show a container that has ended. disputes: by ID, two tellings that contradict each other.
    """

    packed: PackedRecords
    by_id: dict[str, ContainerRecord] = msgspec.field(default_factory=dict)
    by_pod: dict[str, dict[str, ContainerRecord]] = msgspec.field(default_factory=dict)
    sandboxes: dict[str, list[SandboxRecord]] = msgspec.field(default_factory=dict)
    mixed: dict[str, list[ContainerRecord]] = msgspec.field(default_factory=dict)
    several: set[tuple[str, str]] = msgspec.field(default_factory=set)
    with_ended: set[str] = msgspec.field(default_factory=set)
    disputes: dict[str, tuple[ContainerRecord, ContainerRecord]] = msgspec.field(default_factory=dict)

    def record(self, container_id: str) -> ContainerRecord | None:
        """The container of an ID."""
        known = self.by_id.get(container_id)
        return self.packed.record(container_id) if known is None and self.packed else known

    def containers(self, uid: str) -> Mapping[str, ContainerRecord]:
        """The newest of each name that are known of a UID."""
        if (known := self.by_pod.get(uid)) is not None:
            return known
        packed = self.packed.of(uid)
        return _NONE if packed is None else packed.containers

    def sandboxes_of(self, uid: str) -> Sequence[SandboxRecord]:
        """The sandboxes that are known of a UID, the newest first."""
        if (known := self.sandboxes.get(uid)) is not None:
            return known
        packed = self.packed.of(uid)
        return () if packed is None else packed.sandboxes

    def under(self, uid: str) -> tuple[Mapping[str, ContainerRecord], Sequence[SandboxRecord]]:
        """Both."""
        if uid not in self.by_pod and uid not in self.sandboxes and (packed := self.packed.of(uid)) is not None:
            return packed.containers, packed.sandboxes
        return self.by_pod.get(uid, _NONE), self.sandboxes.get(uid, ())

    def has_several(self, uid: str, name: str) -> bool:
        """Whether there is more than one container of this name."""
        packed = self.packed.of(uid) if self.packed else None
        return name in packed.several if packed is not None else (uid, name) in self.several

    def unpacked_uids(self) -> Iterable[str]:
        """The UIDs of what does not stay packed."""
        return dict.fromkeys([*self.by_pod, *self.sandboxes])

    def all_unpacked(self, uid: str) -> tuple[ContainerRecord | SandboxRecord, ...]:
        """All that does not stay packed of a UID."""
        return (*self.mixed.get(uid, self.by_pod.get(uid, {}).values()), *self.sandboxes.get(uid, ()))

    def origins(self, uid: str) -> Iterator[Origin]:
        """Where what is known of a UID stands."""
        yield from (record.origin for record in self.containers(uid).values())
        yield from (one.origin for one in self.sandboxes_of(uid))

    def every(self) -> Iterator[ContainerRecord | SandboxRecord]:
        """The newest container of each name of each pod, and all sandboxes."""
        for found in self.by_pod.values():
            yield from found.values()
        for sandboxes in self.sandboxes.values():
            yield from sandboxes
        for one in self.packed.each():
            yield from one.containers.values()
            yield from one.sandboxes

    def dumps(self) -> Iterator[Dump]:
        """The lists in which records stand."""
        yield from {dump_of(record.origin): None for record in self.by_id.values()}
        yield from {dump_of(one.origin): None for found in self.sandboxes.values() for one in found}
        yield from map(dump_of, self.packed.origins)

    def dispute(self, container_id: str) -> str:
        """Which hashes the lists show of a container of which two are told, or which containers under its ID."""
        one, other = self.disputes[container_id]
        if _is_another(one, other):
            return f"the ID is that of {_named(one)} in {one.origin}, and of {_named(other)} in {other.origin}"
        return f"it is {_in_words(one)} in {one.origin}, and {_in_words(other)} in {other.origin}"

    def unpacked(self) -> JoinedRecords:
        """The same, all of it as it is."""
        if not self.packed:
            return self
        found = tuple(self.packed.each())
        return replace(
            self,
            packed=PackedRecords(),
            by_id=self.by_id | {record.container_id: record for one in found for record in one.pod.containers},
            by_pod=self.by_pod | {one.pod.uid: dict(one.containers) for one in found if one.containers},
            sandboxes=self.sandboxes | {one.pod.uid: list(one.sandboxes) for one in found if one.sandboxes},
            several=self.several | {(one.pod.uid, name) for one in found for name in one.several},
        )

    def without(self, uids: Collection[str], ids: Collection[str]) -> JoinedRecords:
        """What is left without these pods and containers, where nothing is packed."""
        return replace(
            self,
            by_id={key: record for key, record in self.by_id.items() if record.pod_uid not in uids and key not in ids},
            by_pod={uid: found for uid, found in self.by_pod.items() if uid not in uids},
            sandboxes={uid: found for uid, found in self.sandboxes.items() if uid not in uids},
        )


def join(containers: Iterable[ContainerRecord], sandboxes: Iterable[SandboxRecord]) -> JoinedRecords:
    """The records of all lists."""
    told = parted(containers, sandboxes)
    its = JoinedRecords(_packed(told) if told.lists else PackedRecords())
    its.with_ended.update(its.packed.with_ended)
    mixed = _take(its, _unpacked(told.containers, its.packed, attrgetter("containers")))
    found: dict[str, dict[str, SandboxRecord]] = {}
    for sandbox in _unpacked(told.sandboxes, its.packed, attrgetter("sandboxes")):
        if sandbox.pod_uid:
            add_sandbox(found.setdefault(sandbox.pod_uid, {}), sandbox)
    its.sandboxes = {uid: sorted(alike.values(), key=by_age, reverse=True) for uid, alike in found.items()}
    its.mixed = {uid: [] for uid in mixed}
    others = [one for one, other in its.disputes.values() if _is_another(one, other)]
    for record in (*its.by_id.values(), *others) if mixed else ():
        if record.pod_uid in mixed:
            its.mixed[record.pod_uid].append(record)
    return its


def _take(its: JoinedRecords, containers: Iterable[ContainerRecord]) -> set[str]:
    """Takes containers; gives the UIDs whose records name several pods, or come from several dumps."""
    mixed = set[str]()
    for told in containers:
        record = _merged(its, told)
        its.by_id[record.container_id] = record
        if record.state is RunState.EXITED:
            its.with_ended.add(record.origin.source)
        if not record.pod_uid:  # made by crictl run or the like, and no kubelet's
            continue
        newest = its.by_pod.setdefault(record.pod_uid, {})
        if newest and record.pod_uid not in mixed and not _come_together(next(iter(newest.values())), record):
            mixed.add(record.pod_uid)
        if not add_container(newest, record):
            its.several.add((record.pod_uid, record.name))
    return mixed


def _merged(its: JoinedRecords, record: ContainerRecord) -> ContainerRecord:
    """A record, with what another list tells of the same container."""
    known = its.by_id.get(record.container_id)
    if known is None:
        return record
    if _is_another(known, record):
        its.disputes.setdefault(record.container_id, (known, record))
        return record
    if _hashes(known) != _hashes(record):
        its.disputes.setdefault(record.container_id, (known, record))
    later, other = (record, known) if _LATER[record.state] > _LATER[known.state] else (known, record)
    natural, kept = later.natural or other.natural, later.kept or other.kept
    return replace(later, sandbox_id=later.sandbox_id or other.sandbox_id, natural=natural, kept=kept)


def _packed(told: Parted) -> PackedRecords:
    """The lists that stay packed, but for what they share with records that stand as they are."""
    containers = [one for part in told.containers if not isinstance(part, PackedList) for one in part]
    sandboxes = (one for part in told.sandboxes if not isinstance(part, PackedList) for one in part)
    uids = {one.pod_uid for one in containers} | {one.pod_uid for one in sandboxes}
    return PackedRecords(told.lists, (one.container_id for one in containers), uids)


def _unpacked(
    parts: Iterable[tuple[Record, ...] | PackedList], packed: PackedRecords, of: Callable[[ListedPod], Iterable[Record]]
) -> Iterator[Record]:
    """The records that do not stay packed, in their order."""
    for part in parts:
        if isinstance(part, PackedList):
            yield from (one for pod in packed.left_out(part) for one in of(pod))
        else:
            yield from part


def _is_another(one: ContainerRecord, other: ContainerRecord) -> bool:
    """Whether two records of one ID are of two containers; static pods of one UID have the names of their nodes."""
    pods = {(record.pod_namespace, record.pod_name) for record in (one, other) if record.pod_name}
    return (one.pod_uid, one.name) != (other.pod_uid, other.name) or len(pods) > 1


def _come_together(one: ContainerRecord, other: ContainerRecord) -> bool:
    """Whether two records of one UID tell of one pod, and stand in one list."""
    return (one.pod_name, one.pod_namespace, dump_of(one.origin)) == (other.pod_name, other.pod_namespace, dump_of(other.origin))


def _hashes(record: ContainerRecord) -> tuple[Recorded | Absent, Recorded | Absent]:
    return record.hash, record.hash_without_resources


def _named(record: ContainerRecord) -> str:
    return f"container {record.name} of pod {record.pod_namespace}/{record.pod_name}"


def _in_words(record: ContainerRecord) -> str:
    beside = record.hash_without_resources
    told = record.hash.hash.hex if isinstance(record.hash, Recorded) else "none"
    return f"{told} ({beside.hash.hex} without resources)" if isinstance(beside, Recorded) else told
