"""The runtime's records, found by container ID or by pod.

A record is joined by its pod and container name, the newest first, as the kubelet does when it asks its runtime: a status may be older than
the runtime's list, and name a container that has been replaced since. Only where the runtime shows none of that name, the container ID that
a status names counts. Where the status names a container that started after the newest record was made, the runtime's list is the older of
the two, and tells nothing of what runs.
Of one container that two lists tell of, the later state counts, as none comes back to life; two hashes of it are a dispute, for nothing in
a list tells when it was made, and so are two containers of one ID: no runtime gives one twice, and what of the two is true nobody knows.

Those of packed lists (packed.py) are unpacked when their pod is asked for; only what shares an ID or a UID with others stands here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import TypeVar

from msgspec.structs import replace

from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.packed import ListedPod, PackedList
from upgradecheck.model.pod import (
    Absent,
    ContainerRecord,
    ContainerStatus,
    Origin,
    PodView,
    Recorded,
    RunState,
    SandboxRecord,
    status_of,
    statuses_of,
)
from upgradecheck.planning.seeing.packed import PackedRecords, Parted, Raw, parted
from upgradecheck.planning.seeing.placing import (
    Claim,
    Dump,
    NodeOf,
    Pile,
    add_container,
    add_sandbox,
    by_age,
    dump_of,
    is_newer,
    told_apart,
)
from upgradecheck.reading.identity import Identity, Named, identity_of

Record = TypeVar("Record", ContainerRecord, SandboxRecord)
IsOne = Callable[[str, str, str, "str | None"], bool]
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


class Records:
    """The runtime's containers and sandboxes, found by ID or by pod.

    As they come they are known by UID alone, and what is found of one that stands on two nodes is one of several; placed() tells them
    apart.
    """

    def __init__(self, containers: Iterable[ContainerRecord], sandboxes: Iterable[SandboxRecord]) -> None:
        self._by_id: dict[str, ContainerRecord] = {}
        self._by_pod: dict[str, dict[str, ContainerRecord]] = {}
        self._apart: Mapping[str, Mapping[Identity, Pile]] = {}
        self._with_ended: set[str] = set()
        self._unclaimed: tuple[Identity, ...] = ()
        self._several: set[tuple[str, str]] = set()
        self._disputes: dict[str, tuple[ContainerRecord, ContainerRecord]] = {}
        self._asked: tuple[Mapping[str, ContainerRecord], bool] = {}, False
        told = parted(containers, sandboxes)
        self._packed = _packed(told) if told.lists else PackedRecords()
        self._with_ended.update(self._packed.with_ended)
        mixed = self._take(_unpacked(told.containers, self._packed, attrgetter("containers")))
        found: dict[str, dict[str, SandboxRecord]] = {}
        for sandbox in _unpacked(told.sandboxes, self._packed, attrgetter("sandboxes")):
            if sandbox.pod_uid:
                add_sandbox(found.setdefault(sandbox.pod_uid, {}), sandbox)
        self._sandboxes = {uid: sorted(its.values(), key=by_age, reverse=True) for uid, its in found.items()}
        self._mixed: dict[str, list[ContainerRecord]] = {uid: [] for uid in mixed}
        others = [one for one, other in self._disputes.values() if _is_another(one, other)]
        for record in (*self._by_id.values(), *others) if mixed else ():
            if record.pod_uid in mixed:
                self._mixed[record.pod_uid].append(record)

    def _take(self, containers: Iterable[ContainerRecord]) -> set[str]:
        """Takes containers; gives the UIDs whose records name several pods, or come from several dumps."""
        mixed = set[str]()
        for told in containers:
            record = self._merged(told)
            self._by_id[record.container_id] = record
            if record.state is RunState.EXITED:
                self._with_ended.add(record.origin.source)
            if not record.pod_uid:  # made by crictl run or the like, and no kubelet's
                continue
            newest = self._by_pod.setdefault(record.pod_uid, {})
            if newest and record.pod_uid not in mixed and not _come_together(next(iter(newest.values())), record):
                mixed.add(record.pod_uid)
            if not add_container(newest, record):
                self._several.add((record.pod_uid, record.name))
        return mixed

    def _merged(self, record: ContainerRecord) -> ContainerRecord:
        """A record, with what another list tells of the same container."""
        known = self._by_id.get(record.container_id)
        if known is None:
            return record
        if _is_another(known, record):
            self._disputes.setdefault(record.container_id, (known, record))
            return record
        if _hashes(known) != _hashes(record):
            self._disputes.setdefault(record.container_id, (known, record))
        later, other = (record, known) if _LATER[record.state] > _LATER[known.state] else (known, record)
        natural, kept = later.natural or other.natural, later.kept or other.kept
        return replace(later, sandbox_id=later.sandbox_id or other.sandbox_id, natural=natural, kept=kept)

    def placed(self, claims: Callable[[str], Sequence[Claim]], node_of: NodeOf, is_one: IsOne | None = None) -> Records:
        """The records, each known to be of one pod, or of none. claims: by UID, the pods that were seen; node_of: of a dump; is_one:
        whether there is one alone, of this UID, namespace and name, on this node if that is known, which is sooner told."""
        placed = self._copied(self._by_pod, self._sandboxes)
        apart, unclaimed = dict[str, Mapping[Identity, Pile]](), list[Identity]()
        for uid in dict.fromkeys([*self._by_pod, *self._sandboxes]):
            pods = claims(uid)
            if self._is_of_one(uid, pods, node_of):
                unclaimed.extend([] if pods else [self._told_of(uid)])
                continue
            all_of_it = (*self._mixed.get(uid, self._by_pod.get(uid, {}).values()), *self._sandboxes.get(uid, ()))
            apart[uid] = told_apart(all_of_it, pods, node_of)
            known = {claim.identity for claim in pods}
            unclaimed.extend(identity for identity in apart[uid] if identity not in known)
        for (uid, namespace, name), origin in self._packed.whose():
            if is_one is not None and is_one(uid, namespace, name, node_of(origin)):
                continue
            pods = claims(uid)
            if not pods:
                unclaimed.append(Identity(None, uid, namespace, name))
            elif len(pods) > 1 or not pods[0].fits_named(namespace, name, node_of(origin)):
                apart[uid] = told_apart((*self._containers(uid).values(), *self._sandboxes_of(uid)), pods, node_of)
                unclaimed.extend(identity for identity in apart[uid] if identity not in {claim.identity for claim in pods})
        placed._apart, placed._unclaimed = apart, tuple(unclaimed)
        return placed

    def _is_of_one(self, uid: str, claims: Sequence[Claim], node_of: NodeOf) -> bool:
        """Whether all records of a UID are of one pod: they are of the only one that claims them, or all tell of the same."""
        if len(claims) > 1:
            return False
        found = (*self._mixed.get(uid, self._by_pod.get(uid, {}).values()), *self._sandboxes.get(uid, ()))
        if claims:
            return all(claims[0].fits(record, node_of(record.origin)) for record in found)
        names = {(record.pod_namespace, record.pod_name) for record in found if record.pod_name}
        return len(names) <= 1 and len({node_of(record.origin) for record in found} - {None}) <= 1

    def _told_of(self, uid: str) -> Identity:
        """The pod of which the records of a UID tell that is one pod's."""
        newest = next(iter(self._by_pod.get(uid, {}).values()), None) or self._sandboxes[uid][0]
        return Identity(None, uid, newest.pod_namespace, newest.pod_name)

    def _copied(self, by_pod: dict[str, dict[str, ContainerRecord]], sandboxes: dict[str, list[SandboxRecord]]) -> Records:
        copy = Records((), ())
        copy._by_id, copy._by_pod, copy._sandboxes, copy._disputes = self._by_id, by_pod, sandboxes, self._disputes
        copy._several, copy._packed = self._several, self._packed
        copy._apart, copy._mixed, copy._with_ended, copy._unclaimed = self._apart, self._mixed, self._with_ended, self._unclaimed
        return copy

    def _pile(self, pod: Named) -> Pile | None:
        """What is of a pod whose UID is not its alone; None where it is."""
        apart = self._apart.get(pod.uid)
        if apart is None:
            return None
        if (its := apart.get(identity_of(pod))) is not None:
            return its
        there = [identity for identity in apart if identity.node == pod.node] or [one for one in apart if one.node is None]
        named = [one for one in there if (one.namespace, one.name) == (pod.namespace, pod.name)]
        found = named if len(there) > 1 else there
        return apart[found[0]] if len(found) == 1 else Pile()

    def _newest(self, pod: Named) -> Mapping[str, ContainerRecord]:
        pile = self._pile(pod)
        return self._containers(pod.uid) if pile is None else pile.newest

    def _containers(self, uid: str) -> Mapping[str, ContainerRecord]:
        """The newest of each name that are known of a UID."""
        if (known := self._by_pod.get(uid)) is not None:
            return known
        packed = self._packed.of(uid)
        return _NONE if packed is None else packed.containers

    def _sandboxes_of(self, uid: str) -> Sequence[SandboxRecord]:
        """The sandboxes that are known of a UID, the newest first."""
        if (known := self._sandboxes.get(uid)) is not None:
            return known
        packed = self._packed.of(uid)
        return () if packed is None else packed.sandboxes

    def by_id(self, container_id: str) -> ContainerRecord | None:
        """The container of an ID."""
        known = self._by_id.get(container_id)
        return self._packed.record(container_id) if known is None and self._packed else known

    def find(self, pod: PodView, name: str) -> ContainerRecord | None:
        """The record of a pod's container, None if the runtime's list has none, or was made before that container."""
        newest = self._newest(pod).get(name)
        status = status_of(pod, name)
        if newest is not None:
            return None if status is not None and self._outdated(newest, status) else newest
        pointed_to = self.by_id(status.container_id) if status is not None and status.container_id is not None else None
        return None if pointed_to is None or _is_of_another(pointed_to, pod, name) else pointed_to

    def rivals(self, pod: PodView, name: str) -> tuple[ContainerRecord, ...]:
        """Before they are placed: all records that may be found of a container, where it is not yet known which; else none."""
        return tuple(record for record in self._mixed.get(pod.uid, ()) if record.name == name)

    def in_doubt(self, pod: Named, name: str) -> bool:
        """Whether a record that nothing places may be the one of a pod's container."""
        pile = self._pile(pod)
        loose = None if pile is None else pile.loose.get(name)
        if pile is None or loose is None:
            return False
        own = pile.newest.get(name)
        return own is None or is_newer(loose, own)

    def sandbox_in_doubt(self, pod: Named) -> bool:
        """Whether a sandbox that nothing places may be the newest of a pod, or another one that is ready."""
        pile = self._pile(pod)
        if pile is None or not pile.loose_sandboxes:
            return False
        newest = max(map(by_age, pile.sandboxes.values()), default=None)
        return any(newest is None or one.ready or by_age(one) > newest for one in pile.loose_sandboxes.values())

    def _outdated(self, newest: ContainerRecord, status: ContainerStatus) -> bool:
        """Whether the status names a container that no record shows, and that started after the newest record was made."""
        if status.container_id in (None, newest.container_id) or not newest.created_at or self.by_id(status.container_id) is not None:
            return False
        try:
            return nanoseconds(status.started_at or "", "startedAt") > newest.created_at
        except SpecRefused:
            return False

    def disputes(self, record: ContainerRecord) -> bool:
        """Whether lists show different hashes of a container, or another one under its ID."""
        return record.container_id in self._disputes

    def dispute(self, container_id: str) -> str:
        """Which hashes the lists show of a container, or which containers under its ID."""
        one, other = self._disputes[container_id]
        if _is_another(one, other):
            return f"the ID is that of {_named(one)} in {one.origin}, and of {_named(other)} in {other.origin}"
        return f"it is {_in_words(one)} in {one.origin}, and {_in_words(other)} in {other.origin}"

    def have(self, pod: Named) -> bool:
        """Whether there is a record of a pod."""
        return bool(self._newest(pod)) or bool(self.sandboxes(pod))

    def of_pod(self, pod: Named) -> tuple[ContainerRecord, ...]:
        """The newest record of each container name of a pod."""
        return tuple(self._newest(pod).values())

    def lost(self, pod: PodView, name: str) -> bool:
        """Whether the runtime no longer knows a container, though it knows others of its pod.

        A list that shows no ended container anywhere was made without ``-a``, and tells nothing of those.
        """
        return self._shows_ended(self._newest(pod)) and self.find(pod, name) is None

    def _shows_ended(self, newest: Mapping[str, ContainerRecord]) -> bool:
        """Whether a list that shows one of these shows containers that have ended. What was asked last is kept: each container's pod is."""
        if self._asked[0] is not newest:
            self._asked = newest, any(record.origin.source in self._with_ended for record in newest.values())
        return self._asked[1]

    def has_older(self, pod: PodView, name: str) -> bool:
        """Whether a record of an earlier start of a container is there beside its newest; runtimes keep one, so a restart speaks for it."""
        pile = self._pile(pod)
        if self._has_several(pod.uid, name) if pile is None else (name in pile.several):
            return True
        newest = self._newest(pod)
        if self._shows_ended(newest):
            return False
        record = newest.get(name)
        counted = record.attempt if record is not None else 0
        return counted > 0 or any(status.restart_count > 0 for status in statuses_of(pod, name))

    def _has_several(self, uid: str, name: str) -> bool:
        packed = self._packed.of(uid) if self._packed else None
        return name in packed.several if packed is not None else (uid, name) in self._several

    def hides(self, pod: PodView, name: str) -> bool:
        """Whether the runtime may know a container that no list shows, since those that show others of its pod were made without ``-a``."""
        others = self._newest(pod)
        return bool(others) and not self._shows_ended(others) and self.find(pod, name) is None

    def sandboxes(self, pod: Named) -> tuple[SandboxRecord, ...]:
        """The sandboxes of a pod, the newest first."""
        pile = self._pile(pod)
        return tuple(self._sandboxes_of(pod.uid) if pile is None else sorted(pile.sandboxes.values(), key=by_age, reverse=True))

    def unlisted(self, pod: Named, sandbox_ids: Iterable[str]) -> frozenset[str]:
        """Those of which no sandbox of a pod's UID is listed; some lists of docker shorten IDs."""
        listed = {one.sandbox_id for one in self._sandboxes_of(pod.uid)}
        if listed.issuperset(sandbox_ids := frozenset(sandbox_ids)):
            return frozenset()
        order, lengths = sorted(listed), {len(one) for one in listed} - {0}
        return frozenset(one for one in sandbox_ids if not (_begins_one(one, order) or any(one[:length] in listed for length in lengths)))

    def without(self, pods: Collection[Named]) -> tuple[Records, int]:
        """The records without all that is known of some pods, and how many containers that leaves out."""
        if not pods:
            return self, 0
        return self._unpacked()._without(pods)

    def _without(self, pods: Iterable[Named]) -> tuple[Records, int]:
        whole, apart, ids = set[str](), {uid: dict(piles) for uid, piles in self._apart.items()}, set[str]()
        for pod in pods:
            pile = self._pile(pod)
            if pile is None:
                whole.add(pod.uid)
            else:
                ids |= pile.ids
                apart[pod.uid] = {identity: other for identity, other in apart[pod.uid].items() if other is not pile}
        rest = self._copied(
            {uid: found for uid, found in self._by_pod.items() if uid not in whole},
            {uid: found for uid, found in self._sandboxes.items() if uid not in whole},
        )
        rest._by_id = {key: record for key, record in self._by_id.items() if record.pod_uid not in whole and key not in ids}
        rest._apart = apart
        rest._unclaimed = tuple(one for one in self._unclaimed if one.uid not in whole and (one.uid not in apart or one in apart[one.uid]))
        return rest, len(self._by_id) - len(rest._by_id)

    def _unpacked(self) -> Records:
        """The same, all of it as it is."""
        if not self._packed:
            return self
        found = tuple(self._packed.each())
        by_pod, sandboxes = dict(self._by_pod), dict(self._sandboxes)
        by_pod |= {one.pod.uid: dict(one.containers) for one in found if one.containers}
        sandboxes |= {one.pod.uid: list(one.sandboxes) for one in found if one.sandboxes}
        whole = self._copied(by_pod, sandboxes)
        whole._packed = PackedRecords()
        whole._by_id = self._by_id | {record.container_id: record for one in found for record in one.pod.containers}
        whole._several = self._several | {(one.pod.uid, name) for one in found for name in one.several}
        return whole

    def node_of(self, pod: Identity, only: str | None) -> str | None:
        """The node of a pod that only records show. only: that of all that names none; of several pods of a UID another one is there."""
        return pod.node if pod.node is not None or pod.uid in self._apart else only

    def unclaimed(self) -> tuple[Identity, ...]:
        """The pods that have a record and that no view shows, in input order; known once they are placed."""
        return self._unclaimed

    def origins(self, uid: str) -> Iterator[Origin]:
        """Where what is known of a UID stands."""
        yield from (record.origin for record in self._containers(uid).values())
        yield from (one.origin for one in self._sandboxes_of(uid))

    def every(self) -> Iterator[ContainerRecord | SandboxRecord]:
        """The newest container of each name of each pod, and all sandboxes."""
        for found in self._by_pod.values():
            yield from found.values()
        for sandboxes in self._sandboxes.values():
            yield from sandboxes
        for one in self._packed.each():
            yield from one.containers.values()
            yield from one.sandboxes

    def dumps(self) -> Iterator[Dump]:
        """The lists in which records stand."""
        yield from {dump_of(record.origin): None for record in self._by_id.values()}
        yield from {dump_of(one.origin): None for found in self._sandboxes.values() for one in found}
        yield from map(dump_of, self._packed.origins)

    def under(self, uid: str) -> tuple[Mapping[str, ContainerRecord], Sequence[SandboxRecord]] | None:
        """The newest container of each name, and the sandboxes, of the one pod that has a UID; None where they may be of several pods."""
        if not self.is_of_one(uid):
            return None
        if uid not in self._by_pod and uid not in self._sandboxes and (packed := self._packed.of(uid)) is not None:
            return packed.containers, packed.sandboxes
        return self._by_pod.get(uid, _NONE), self._sandboxes.get(uid, ())

    def is_of_one(self, uid: str) -> bool:
        """Whether all records of a UID are of one pod, so that under tells of it."""
        return uid not in self._mixed and uid not in self._apart

    def raw(self, uid: str) -> Raw | None:
        """What under tells of a UID, packed; None also where it does not stand packed."""
        return self._packed.raw(uid) if self.is_of_one(uid) else None

    def list_of(self, uid: str) -> PackedList | None:
        """The list in which all stands, packed, of a pod that is known to have records; None where it does not."""
        return self._packed.list_of(uid) if self.is_of_one(uid) else None

    def has_containers(self, uid: str) -> bool:
        """Whether there is a container of the one pod that has a UID."""
        raw = self._packed.raw(uid)
        return bool(self._by_pod.get(uid)) if raw is None else bool(raw[1].containers)

    def source_shows_ended(self, source: str) -> bool:
        """Whether an input shows containers that have ended."""
        return source in self._with_ended

    def show_ended(self, uid: str) -> bool:
        """Whether a list that shows containers of a UID shows such as have ended, of whatever pod."""
        return self._shows_ended(self._containers(uid))

    @property
    def are_none(self) -> bool:
        """Whether there is no record at all."""
        return not self._by_id and not self._sandboxes and not self._packed

    @property
    def have_networks(self) -> bool:
        """Whether the network of any sandbox may have been seen."""
        return self._packed.have_networks or any(one.network is not None for found in self._sandboxes.values() for one in found)

    @property
    def have_sandboxes(self) -> bool:
        """Whether there is a sandbox of any pod."""
        return bool(self._sandboxes) or self._packed.have_sandboxes

    def __contains__(self, uid: object) -> bool:
        """Whether there is a record of this UID."""
        return uid in self._by_pod or uid in self._sandboxes or (isinstance(uid, str) and self._packed.of(uid) is not None)


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


def _is_of_another(record: ContainerRecord, pod: PodView, name: str) -> bool:
    """Whether a record that a status points to by its ID says that it is another pod's, or another container's."""
    told = ((record.pod_uid, pod.uid), (record.pod_namespace, pod.namespace), (record.pod_name, pod.name), (record.name, name))
    return any(its and its != wanted for its, wanted in told)


def _is_another(one: ContainerRecord, other: ContainerRecord) -> bool:
    """Whether two records of one ID are of two containers; static pods of one UID have the names of their nodes."""
    pods = {(record.pod_namespace, record.pod_name) for record in (one, other) if record.pod_name}
    return (one.pod_uid, one.name) != (other.pod_uid, other.name) or len(pods) > 1


def _named(record: ContainerRecord) -> str:
    return f"container {record.name} of pod {record.pod_namespace}/{record.pod_name}"


def _begins_one(identity: str, order: Sequence[str]) -> bool:
    """Whether one of these IDs begins with this one: in their order it would stand right before them."""
    place = bisect_left(order, identity)
    return place < len(order) and order[place].startswith(identity)


def _hashes(record: ContainerRecord) -> tuple[Recorded | Absent, Recorded | Absent]:
    return record.hash, record.hash_without_resources


def _in_words(record: ContainerRecord) -> str:
    beside = record.hash_without_resources
    told = record.hash.hash.hex if isinstance(record.hash, Recorded) else "none"
    return f"{told} ({beside.hash.hex} without resources)" if isinstance(beside, Recorded) else told


def _come_together(one: ContainerRecord, other: ContainerRecord) -> bool:
    """Whether two records of one UID tell of one pod, and stand in one list."""
    return (one.pod_name, one.pod_namespace, dump_of(one.origin)) == (other.pod_name, other.pod_namespace, dump_of(other.origin))
