"""Collects what was read after the upgrade, pod by pod.

A large cluster shows 150,000 pods, of which a plan may be about a few: only those are kept that are the plan's, or have the name of a
static pod of it, since another UID of it is another pod in its place. Of all others counts when they were created, where they have the name
of one of the plan, and what time their list shows (``dumps``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from msgspec.structs import replace

from upgradecheck.decode.kube.aftermath import moments_of, pod_now
from upgradecheck.model.aftermath import EventKind, KubeletEvent, Moments, PodNow
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Plan, PlannedPod
from upgradecheck.model.pod import ContainerRecord, NodeFacts, Origin, PodSource, PodView, SandboxRecord, View, Workload
from upgradecheck.model.snapshot import ListRead
from upgradecheck.reading.pod import ReadPod
from upgradecheck.verifying.after import After, Asked, Known
from upgradecheck.verifying.dumps import Dumps, dump_of, list_of
from upgradecheck.verifying.times import Times

Hashes = Callable[[ReadPod], Mapping[str, Hash]]
_DAEMONS = "DaemonSet"
_Place = tuple[str, Workload, str | None]
"""Where a DaemonSet's pod stands in for another: in its namespace, on its node."""


class Looking:
    """What it cannot read is counted, and no reason to stop. dumped: nothing is read just now, but what comes from the source live.

    hashes: what the new kubelet makes of the containers of a static pod, by name. lists: those that one request has made.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        dumped: bool = False,
        live: str | None = None,
        hashes: Hashes | None = None,
        lists: Iterable[ListRead] = (),
    ) -> None:
        self._plan, self._dumped, self._live, self._hashes = plan, dumped, live, hashes
        self._times = Times(plan.pods, lists)
        self._uids = {pod.uid for pod in plan.pods if pod.uid}
        self._mirrors = {pod.mirror_uid for pod in plan.pods if pod.mirror_uid}
        self._static = {(pod.namespace, pod.name) for pod in plan.pods if pod.source is not PodSource.API}
        self._places = {_place(pod) for pod in plan.pods if pod.source is PodSource.API}
        self._pods: dict[str, list[PodNow]] = {}
        self._named: dict[tuple[str, str], list[PodNow]] = {}
        self._listed: dict[str, set[str | None]] = {}
        self._created: dict[_Place | tuple[str, str], dict[str, int]] = {}
        self._strangers = set[str]()
        self._unread, self._nameless = set[Known](), False

    def take(self, pod: ReadPod) -> None:
        """One document of a pod.

        Raises:
            SpecRefused: it cannot be read.
        """
        view = pod.view
        if view.replicas is not None:
            return
        if not view.has_status:
            if view.uid in self._uids:
                self._unread.add(view.uid)
            return
        dump = self._dump(view.origin)
        listed = bool(view.origin.place)  # a document alone says nothing of others
        if view.uid in self._uids or (view.namespace, view.name) in self._static:
            now = pod_now(view, pod.raw, dump)
            if self._hashes is not None and view.source is not PodSource.API:
                now = replace(now, hashes=self._hashes(pod))
            self.add(now, listed=listed)
            return
        stands_in = bool({(view.namespace, view.name), _place(view)} & self._places)
        moments = moments_of(pod.raw) if stands_in or dump is not None else Moments()
        self._note(view, moments, dump, listed=listed)
        if view.phase == "Running":
            self._strangers.add(view.mirror_uid or view.uid)

    @property
    def has_any(self) -> bool:
        """Whether a pod of the plan is there."""
        return not self._uids.isdisjoint(self._pods)

    def add(self, now: PodNow, *, listed: bool = True) -> None:
        """A pod that is the plan's, or has the name of one. listed: it stood in a list, with all others of its kind."""
        self._note(now, now.moments, now.dump, listed=listed)
        self._pods.setdefault(now.uid, []).append(now)
        if now.source is not PodSource.API:
            self._named.setdefault((now.namespace, now.name), []).append(now)

    def _dump(self, origin: Origin) -> str | None:
        return dump_of(origin) if self._dumped and origin.source != self._live else None

    def _note(self, one: PodView | PodNow, moments: Moments, dump: str | None, *, listed: bool) -> None:
        """What it says of its list, of its kubelet's list, and of the pod of the plan that had its name."""
        if dump is not None:
            self._times.take(one, moments, dump)
        if listed and one.view is View.KUBELET and one.node is not None:
            self._listed.setdefault(one.node, set()).add(None if dump is None else list_of(dump))
        if one.uid in self._uids:
            return
        for place in ((one.namespace, one.name), _place(one)):
            if place in self._places:
                self._created.setdefault(place, {})[one.uid] = moments.created_at

    def cannot_read(self, pod: ReadPod) -> None:
        """A document that take has refused: what it is of is there, and if nobody can say what it is of, it may be any."""
        try:
            names = pod.names
        except SpecRefused:
            self._nameless = True
            return
        if names.uid is None and names.name is None:
            self._nameless = True
        self._unread.update(filter(None, [names.uid]))
        self._unread.add((names.namespace or "default", names.name or ""))

    def seen(
        self,
        nodes: Iterable[NodeFacts],
        containers: Iterable[ContainerRecord],
        sandboxes: Iterable[SandboxRecord],
        events: Iterable[KubeletEvent],
        asked: Asked | None = None,
        *,
        only: frozenset[str] | None = None,
        everything: bool = False,
        partial: bool = False,
        hears: bool = False,
    ) -> After:
        """All of it. partial: something that was given could not be read, or a list has more pages. hears: no event was left out."""
        partial = partial or self._nameless
        nodes, containers, sandboxes, events = tuple(nodes), tuple(containers), tuple(sandboxes), tuple(events)
        dumps = self._dumps_of(nodes, (*containers, *sandboxes))
        by_age = sorted(containers, key=lambda one: (one.created_at, one.attempt, self._newest_beside(one, dumps)))
        records = {one.container_id: one for one in by_age}
        return After(
            nodes={one.name: one for one in nodes},
            everything=everything and not partial,
            only=only,
            asked=asked,
            whole=not partial,
            listed={} if partial else {name: frozenset(dumps) for name, dumps in self._listed.items()},
            pods={uid: tuple(found) for uid, found in self._pods.items()},
            named={name: tuple(found) for name, found in self._named.items()},
            records=records,
            newest={(one.pod_uid, one.name): one for one in records.values()},
            uids=_uids((*containers, *sandboxes)),
            events=_by_name(events),
            shared=_shared(self._plan.pods),
            successors=self._successors(),
            unread=frozenset(self._unread),
            strangers=len(self._strangers - self._mirrors - self._uids),
            hears=hears,
            events_since=min((time for one in events if (time := one.last or one.first) is not None), default=None),
            dumps=dumps,
            dumps_of_records={one.container_id: dump for one in records.values() if (dump := self._dump(one.origin)) is not None},
        )

    def _dumps_of(self, nodes: Iterable[NodeFacts], records: Iterable[ContainerRecord | SandboxRecord]) -> Dumps:
        """Of when everything is that was dumped."""
        of_dumps: dict[str, list[ContainerRecord | SandboxRecord]] = {}
        for one in records:
            if (dump := self._dump(one.origin)) is not None:
                of_dumps.setdefault(dump, []).append(one)
        return self._times.dumps(of_dumps, [(dump, one) for one in nodes if (dump := self._dump(one.origin)) is not None])

    def _newest_beside(self, one: ContainerRecord, dumps: Dumps) -> int:
        """The newest moment of what was taken together with a record."""
        dump = self._dump(one.origin)
        return 0 if dump is None else dumps.newest.get(dumps.time_of(dump, self._times.node_of(one)), 0)

    def _successors(self) -> Mapping[str, int]:
        """When the newest other pod of its name was created, or of a DaemonSet on its node, by the UID of each of the plan."""
        found = {}
        for pod in self._plan.pods:
            if pod.source is not PodSource.API or pod.uid in self._pods:
                continue
            others = self._created.get(_place(pod), {}).values()
            if others:
                found[pod.uid] = max(others)
        return found


def _place(one: PlannedPod | PodView | PodNow) -> _Place | tuple[str, str]:
    if one.workload is not None and one.workload.kind == _DAEMONS:
        return one.namespace, one.workload, one.node
    return one.namespace, one.name


def _uids(records: Iterable[ContainerRecord | SandboxRecord]) -> Mapping[tuple[str, str], Mapping[str, int]]:
    """By name, the UIDs that runtimes list, each with what of it was created last."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for one in records:
        of_name = found.setdefault((one.pod_namespace, one.pod_name), {})
        of_name[one.pod_uid] = max(of_name.get(one.pod_uid, 0), one.created_at)
    return found


def _shared(pods: Collection[PlannedPod]) -> frozenset[str]:
    """The UIDs that several pods of the plan have."""
    seen, twice = set[str](), set[str]()
    for pod in pods:
        (twice if pod.uid in seen else seen).add(pod.uid)
    return frozenset(twice)


def _by_name(events: Iterable[KubeletEvent]) -> Mapping[tuple[str, str], tuple[KubeletEvent, ...]]:
    found: dict[tuple[str, str], list[KubeletEvent]] = {}
    for one in events:
        of_node = one.kind in (EventKind.REBOOTED, EventKind.STARTING)
        found.setdefault(("" if of_node else one.namespace, one.about), []).append(one)
    return {name: tuple(some) for name, some in found.items()}
