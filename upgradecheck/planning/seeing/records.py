"""What the runtime's records tell of a pod, and of each of its containers.

A record is found by its pod and container name, the newest first, as the kubelet does when it asks its runtime: a status may be older than
the runtime's list, and name a container that has been replaced since. Only where the runtime shows none of that name, the container ID that
a status names counts. Where the status names a container that started after the newest record was made, the runtime's list is the older of
the two, and tells nothing of what runs.

joined_records.py makes one record of what several lists tell; placed_records.py tells whose each of them is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.packed import PackedList
from upgradecheck.model.pod import ContainerRecord, ContainerStatus, Origin, PodView, SandboxRecord, status_of, statuses_of
from upgradecheck.planning.seeing.joined_records import JoinedRecords, join
from upgradecheck.planning.seeing.packed import Raw
from upgradecheck.planning.seeing.placed_records import Claims, IsOne, Placement, place
from upgradecheck.planning.seeing.placing import Dump, NodeOf, by_age, is_newer
from upgradecheck.reading.identity import Identity, Named


class Records:
    """The runtime's containers and sandboxes, found by ID or by pod.

    As they come they are known by UID alone, and what is found of one that stands on two nodes is one of several; placed() tells them
    apart.
    """

    def __init__(self, containers: Iterable[ContainerRecord], sandboxes: Iterable[SandboxRecord]) -> None:
        self._take(join(containers, sandboxes), Placement())

    def _take(self, joined: JoinedRecords, placement: Placement) -> None:
        self._joined, self._placement, self._packed = joined, placement, joined.packed
        self._asked: tuple[Mapping[str, ContainerRecord], bool] = {}, False

    @classmethod
    def _of(cls, joined: JoinedRecords, placement: Placement) -> Records:
        """Records that are joined already."""
        made = cls.__new__(cls)
        made._take(joined, placement)
        return made

    def placed(self, claims: Claims, node_of: NodeOf, is_one: IsOne | None = None) -> Records:
        """The records, each known to be of one pod, or of none. node_of: of a dump."""
        return self._of(self._joined, place(self._joined, claims, node_of, is_one))

    def _newest(self, pod: Named) -> Mapping[str, ContainerRecord]:
        pile = self._placement.pile(pod)
        return self._joined.containers(pod.uid) if pile is None else pile.newest

    def by_id(self, container_id: str) -> ContainerRecord | None:
        """The container of an ID."""
        return self._joined.record(container_id)

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
        return tuple(record for record in self._joined.mixed.get(pod.uid, ()) if record.name == name)

    def in_doubt(self, pod: Named, name: str) -> bool:
        """Whether a record that nothing places may be the one of a pod's container."""
        pile = self._placement.pile(pod)
        loose = None if pile is None else pile.loose.get(name)
        if pile is None or loose is None:
            return False
        own = pile.newest.get(name)
        return own is None or is_newer(loose, own)

    def sandbox_in_doubt(self, pod: Named) -> bool:
        """Whether a sandbox that nothing places may be the newest of a pod, or another one that is ready."""
        pile = self._placement.pile(pod)
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
        return record.container_id in self._joined.disputes

    def dispute(self, container_id: str) -> str:
        """Which hashes the lists show of a container, or which containers under its ID."""
        return self._joined.dispute(container_id)

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
            self._asked = newest, any(record.origin.source in self._joined.with_ended for record in newest.values())
        return self._asked[1]

    def has_older(self, pod: PodView, name: str) -> bool:
        """Whether a record of an earlier start of a container is there beside its newest; runtimes keep one, so a restart speaks for it."""
        pile = self._placement.pile(pod)
        if self._joined.has_several(pod.uid, name) if pile is None else (name in pile.several):
            return True
        newest = self._newest(pod)
        if self._shows_ended(newest):
            return False
        record = newest.get(name)
        counted = record.attempt if record is not None else 0
        return counted > 0 or any(status.restart_count > 0 for status in statuses_of(pod, name))

    def hides(self, pod: PodView, name: str) -> bool:
        """Whether the runtime may know a container that no list shows, since those that show others of its pod were made without ``-a``."""
        others = self._newest(pod)
        return bool(others) and not self._shows_ended(others) and self.find(pod, name) is None

    def sandboxes(self, pod: Named) -> tuple[SandboxRecord, ...]:
        """The sandboxes of a pod, the newest first."""
        pile = self._placement.pile(pod)
        return tuple(self._joined.sandboxes_of(pod.uid) if pile is None else sorted(pile.sandboxes.values(), key=by_age, reverse=True))

    def unlisted(self, pod: Named, sandbox_ids: Iterable[str]) -> frozenset[str]:
        """Those of which no sandbox of a pod's UID is listed; some lists of docker shorten IDs."""
        listed = {one.sandbox_id for one in self._joined.sandboxes_of(pod.uid)}
        if listed.issuperset(sandbox_ids := frozenset(sandbox_ids)):
            return frozenset()
        order, lengths = sorted(listed), {len(one) for one in listed} - {0}
        return frozenset(one for one in sandbox_ids if not (_begins_one(one, order) or any(one[:length] in listed for length in lengths)))

    def without(self, pods: Collection[Named]) -> tuple[Records, int]:
        """The records without all that is known of some pods, and how many containers that leaves out."""
        if not pods:
            return self, 0
        before = self._joined.unpacked()
        placement, uids, ids = self._placement.without(pods)
        left = before.without(uids, ids)
        return self._of(left, placement), len(before.by_id) - len(left.by_id)

    def node_of(self, pod: Identity, only: str | None) -> str | None:
        """The node of a pod that only records show. only: that of all that names none; of several pods of a UID another one is there."""
        return pod.node if pod.node is not None or pod.uid in self._placement.apart else only

    def unclaimed(self) -> tuple[Identity, ...]:
        """The pods that have a record and that no view shows, by name; known once they are placed."""
        return self._placement.unclaimed

    def origins(self, uid: str) -> Iterator[Origin]:
        """Where what is known of a UID stands."""
        return self._joined.origins(uid)

    def every(self) -> Iterator[ContainerRecord | SandboxRecord]:
        """The newest container of each name of each pod, and all sandboxes."""
        return self._joined.every()

    def dumps(self) -> Iterator[Dump]:
        """The lists in which records stand."""
        return self._joined.dumps()

    def under(self, uid: str) -> tuple[Mapping[str, ContainerRecord], Sequence[SandboxRecord]] | None:
        """The newest container of each name, and the sandboxes, of the one pod that has a UID; None where they may be of several pods."""
        return self._joined.under(uid) if self.is_of_one(uid) else None

    def is_of_one(self, uid: str) -> bool:
        """Whether all records of a UID are of one pod, so that under tells of it."""
        return uid not in self._joined.mixed and uid not in self._placement.apart

    def raw(self, uid: str) -> Raw | None:
        """What under tells of a UID, packed; None also where it does not stand packed."""
        return self._packed.raw(uid) if self.is_of_one(uid) else None

    def list_of(self, uid: str) -> PackedList | None:
        """The list in which all stands, packed, of a pod that is known to have records; None where it does not."""
        return self._packed.list_of(uid) if self.is_of_one(uid) else None

    def has_containers(self, uid: str) -> bool:
        """Whether there is a container of the one pod that has a UID."""
        raw = self._packed.raw(uid)
        return bool(self._joined.by_pod.get(uid)) if raw is None else bool(raw[1].containers)

    def source_shows_ended(self, source: str) -> bool:
        """Whether an input shows containers that have ended."""
        return source in self._joined.with_ended

    def show_ended(self, uid: str) -> bool:
        """Whether a list that shows containers of a UID shows such as have ended, of whatever pod."""
        return self._shows_ended(self._joined.containers(uid))

    @property
    def are_none(self) -> bool:
        """Whether there is no record at all."""
        return not self._joined.by_id and not self._joined.sandboxes and not self._packed

    @property
    def have_networks(self) -> bool:
        """Whether the network of any sandbox may have been seen."""
        return self._packed.have_networks or any(one.network is not None for found in self._joined.sandboxes.values() for one in found)

    @property
    def have_sandboxes(self) -> bool:
        """Whether there is a sandbox of any pod."""
        return bool(self._joined.sandboxes) or self._packed.have_sandboxes

    def __contains__(self, uid: object) -> bool:
        """Whether there is a record of this UID."""
        its = self._joined
        return uid in its.by_pod or uid in its.sandboxes or (isinstance(uid, str) and its.packed.of(uid) is not None)


def _is_of_another(record: ContainerRecord, pod: PodView, name: str) -> bool:
    """Whether a record that a status points to by its ID says that it is another pod's, or another container's."""
    told = ((record.pod_uid, pod.uid), (record.pod_namespace, pod.namespace), (record.pod_name, pod.name), (record.name, name))
    return any(its and its != wanted for its, wanted in told)


def _begins_one(identity: str, order: Sequence[str]) -> bool:
    """Whether one of these IDs begins with this one: in their order it would stand right before them."""
    place = bisect_left(order, identity)
    return place < len(order) and order[place].startswith(identity)
