"""What was read after the upgrade, by what a plan looks it up by: pods by UID, records of runtimes by ID, kubelets' events by container.

A large cluster shows 150,000 pods, of which a plan may be about a few: only those are kept that are the plan's, or have the name of a
static pod of it, since another UID of it is another pod in its place.

That a pod is in no list is no proof that it is gone. A list says nothing of what was left out of it: by a selector
(``status.phase=Running`` hides what was refused), by a page, by a document that nobody can read, by ``crictl ps`` without ``-a``. What
proves it is another pod of its name or, for each that is missing, another one of its workload; the whole of a live cluster; its kubelet's
own list; the runtime's sandboxes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from upgradecheck.decode.kube.aftermath import pod_now
from upgradecheck.model.aftermath import EventKind, KubeletEvent, PodNow
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.plan import Plan, PlannedContainer, PlannedPod
from upgradecheck.model.pod import ContainerRecord, NodeFacts, PodSource, PodView, RunState, SandboxRecord, View, Workload
from upgradecheck.model.version import ReportedVersion
from upgradecheck.reading.pod import ReadPod

_Known = str | tuple[str, str]
"""What a pod is known by: a UID, or its namespace and name."""
_Place = tuple[str, Workload, str | None]
"""Where a pod of a workload stands in for another: in its namespace, and of a DaemonSet on its node."""


class Asked(msgspec.Struct, frozen=True, gc=False):
    """The node whose runtime was asked, and its kubelet as this machine shows it; started_at: when that was started, in nanoseconds."""

    name: str
    version: ReportedVersion | None
    boot_id: str | None = None
    started_at: int | None = None


class After(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """everything: a live cluster was read, so what is not there is gone. only: the nodes that are looked at, None for all. asked: the node
    whose runtime was asked. listed: the nodes whose kubelet's list was seen; recorded: those whose runtime's sandboxes were; both none
    where something that was given was not read. succeeded: UIDs of pods in whose place another one stands. unread: UIDs and names of pods
    that are there, and cannot be read. strangers: running pods that the plan does not hold. shared: UIDs of several pods of it.
    events_since: the oldest time that an event tells; those after it are still kept.
    """

    nodes: Mapping[str, NodeFacts]
    everything: bool
    only: frozenset[str] | None = None
    asked: Asked | None = None
    listed: frozenset[str] = frozenset()
    recorded: frozenset[str] = frozenset()
    pods: Mapping[str, tuple[PodNow, ...]] = {}
    named: Mapping[tuple[str, str], tuple[PodNow, ...]] = {}
    records: Mapping[str, ContainerRecord] = {}
    newest: Mapping[tuple[str, str], ContainerRecord] = {}
    uids: Mapping[tuple[str, str], frozenset[str]] = {}
    events: Mapping[tuple[str, str], tuple[KubeletEvent, ...]] = {}
    shared: frozenset[str] = frozenset()
    succeeded: frozenset[str] = frozenset()
    unread: frozenset[_Known] = frozenset()
    strangers: int = 0
    events_since: int | None = None

    def views(self, pod: PlannedPod) -> tuple[PodNow, ...]:
        """What is seen of a pod of the plan: those of its UID, on its node where both name one."""
        found = self.pods.get(pod.uid, ()) if pod.uid else ()
        return tuple(one for one in found if one.node is None or pod.node is None or one.node == pod.node)

    def record(self, pod: PlannedPod, container: PlannedContainer) -> ContainerRecord | None:
        """The newest record of a container. Of a UID that pods of several nodes have, its own ID alone tells."""
        if pod.uid in self.shared:
            return None if container.container_id is None else self.records.get(container.container_id)
        return self.newest.get((pod.uid, container.name))

    def has_records(self, pod: PlannedPod) -> bool:
        """Whether a runtime lists anything of it."""
        return pod.uid in self.uids.get((pod.namespace, pod.name), ())

    def runs(self, pod: PlannedPod) -> bool:
        """Whether a runtime's list shows that something of it runs: what has ended is listed for a while after its pod is gone."""
        found = (self.record(pod, one) for one in pod.containers)
        return any(one is not None and one.state is RunState.RUNNING for one in found)

    def has_successor(self, pod: PlannedPod) -> bool:
        """Whether a static pod of another UID stands in its place."""
        others = self.named.get((pod.namespace, pod.name), ())
        listed = self.uids.get((pod.namespace, pod.name), frozenset())
        return any(one.uid != pod.uid for one in others) or bool(listed - {pod.uid})

    def is_gone(self, pod: PlannedPod) -> bool:
        """Whether a pod that no view shows would have been shown. Static pods stand in an API server's list by their mirrors alone."""
        if self.is_unread(pod):
            return False
        if pod.node in self.listed or (pod.node in self.recorded and not self.has_records(pod)):
            return True
        mirrored = pod.source is PodSource.API or pod.mirror_uid is not None
        return mirrored and (self.everything or pod.uid in self.succeeded)

    def is_unread(self, pod: PlannedPod) -> bool:
        """Whether it is there, and what is said of it cannot be read."""
        return bool(self.unread & {pod.uid, pod.mirror_uid or pod.uid, (pod.namespace, pod.name)})

    def told(self, pod: PlannedPod, container: str | None) -> tuple[KubeletEvent, ...]:
        """The events about a container of a pod, and those about all of it."""
        found = self.events.get((pod.namespace, pod.name), ())
        own = {pod.uid, pod.mirror_uid}
        return tuple(one for one in found if one.container in (None, container) and (not one.uid or one.uid in own))

    def told_of_node(self, name: str, kind: EventKind) -> tuple[KubeletEvent, ...]:
        """Events of a kind about a node."""
        return tuple(one for one in self.events.get(("", name), ()) if one.kind is kind)


class Looking:
    """Collects what is seen, pod by pod; what it cannot read is counted, and no reason to stop."""

    def __init__(self, plan: Plan) -> None:
        self._uids = {pod.uid for pod in plan.pods if pod.uid}
        self._mirrors = {pod.mirror_uid for pod in plan.pods if pod.mirror_uid}
        self._static = {(pod.namespace, pod.name) for pod in plan.pods if pod.source is not PodSource.API}
        self._plan = plan
        self._pods: dict[str, list[PodNow]] = {}
        self._named: dict[tuple[str, str], list[PodNow]] = {}
        self._listed, self._strangers = set[str](), set[str]()
        self._places = {_place(pod.namespace, pod.workload, pod.node) for pod in plan.pods if pod.source is PodSource.API}
        self._names = {(pod.namespace, pod.name) for pod in plan.pods if pod.source is PodSource.API}
        self._others: dict[_Place | tuple[str, str], set[str]] = {}
        self._unread, self._nameless = set[_Known](), False

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
        listed = bool(view.origin.place)  # a document alone says nothing of others
        if view.uid in self._uids or (view.namespace, view.name) in self._static:
            self.add(pod_now(view, pod.raw), listed=listed)
            return
        self._place(view, listed=listed)
        self._stands_in(view)
        if view.phase == "Running":
            self._strangers.add(view.mirror_uid or view.uid)

    def add(self, now: PodNow, *, listed: bool = True) -> None:
        """A pod that is the plan's, or stands in the place of one. listed: it stood in a list, with all others of its kind."""
        self._place(now, listed=listed)
        self._pods.setdefault(now.uid, []).append(now)
        if now.uid not in self._uids:
            self._stands_in(now)
        if now.source is not PodSource.API:
            self._named.setdefault((now.namespace, now.name), []).append(now)

    def _place(self, one: PodView | PodNow, *, listed: bool) -> None:
        """A kubelet's list has all pods of its node."""
        if listed and one.view is View.KUBELET:
            self._listed.update(filter(None, [one.node]))

    def _stands_in(self, one: PodView | PodNow) -> None:
        """A pod that the plan does not hold, where it has the name or the workload of one of it."""
        if (name := (one.namespace, one.name)) in self._names:
            self._others.setdefault(name, set()).add(one.uid)
        if one.workload is not None and (place := _place(one.namespace, one.workload, one.node)) in self._places:
            self._others.setdefault(place, set()).add(one.uid)

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
    ) -> After:
        """All of it. partial: something that was given could not be read, or a list has more pages."""
        partial = partial or self._nameless
        sandboxes = tuple(sandboxes)
        records = {one.container_id: one for one in containers}
        uids = _uids((*records.values(), *sandboxes))
        shared = _shared(self._plan.pods)
        recorded = self._with_records(_uids(sandboxes), shared) | ({asked.name} if asked is not None else frozenset())
        events = tuple(events)
        return After(
            nodes={one.name: one for one in nodes},
            everything=everything and not partial,
            only=only,
            asked=asked,
            listed=frozenset() if partial else frozenset(self._listed),
            recorded=frozenset() if partial else recorded,
            pods={uid: tuple(found) for uid, found in self._pods.items()},
            named={name: tuple(found) for name, found in self._named.items()},
            records=records,
            newest=_newest(records.values()),
            uids=uids,
            events=_by_name(events),
            shared=shared,
            succeeded=frozenset(self._succeeded()),
            unread=frozenset(self._unread),
            strangers=len(self._strangers - self._mirrors - self._uids),
            events_since=min((time for one in events if (time := one.last or one.first) is not None), default=None),
        )

    def _succeeded(self) -> Iterator[str]:
        """An API server has one pod of a name. Of a workload there have to be as many others as are missing: it may have become smaller."""
        missing: dict[_Place, list[str]] = {}
        for pod in self._plan.pods:
            if pod.source is not PodSource.API or pod.uid in self._pods:
                continue
            if (pod.namespace, pod.name) in self._others:
                yield pod.uid
            missing.setdefault(_place(pod.namespace, pod.workload, pod.node), []).append(pod.uid)
        for place, uids in missing.items():
            if len(self._others.get(place, ())) >= len(uids):
                yield from uids

    def _with_records(self, uids: Mapping[tuple[str, str], frozenset[str]], shared: Collection[str]) -> frozenset[str]:
        """The nodes of whose runtime a list of sandboxes shows pods of the plan: one of containers may be of those that run, alone."""
        return frozenset(
            pod.node
            for pod in self._plan.pods
            if pod.node is not None and pod.uid not in shared and pod.uid in uids.get((pod.namespace, pod.name), ())
        )


def _place(namespace: str, workload: Workload, node: str | None) -> _Place:
    return namespace, workload, node if workload.kind == "DaemonSet" else None


def _uids(records: Iterable[ContainerRecord | SandboxRecord]) -> Mapping[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for one in records:
        found.setdefault((one.pod_namespace, one.pod_name), set()).add(one.pod_uid)
    return {name: frozenset(some) for name, some in found.items()}


def _shared(pods: Iterable[PlannedPod]) -> frozenset[str]:
    """The UIDs that several pods of the plan have."""
    seen, twice = set[str](), set[str]()
    for pod in pods:
        (twice if pod.uid in seen else seen).add(pod.uid)
    return frozenset(twice)


def _newest(records: Iterable[ContainerRecord]) -> Mapping[tuple[str, str], ContainerRecord]:
    found: dict[tuple[str, str], ContainerRecord] = {}
    for one in records:
        known = found.setdefault((one.pod_uid, one.name), one)
        if (one.created_at, one.attempt) > (known.created_at, known.attempt):
            found[one.pod_uid, one.name] = one
    return found


def _by_name(events: Iterable[KubeletEvent]) -> Mapping[tuple[str, str], tuple[KubeletEvent, ...]]:
    found: dict[tuple[str, str], list[KubeletEvent]] = {}
    for one in events:
        of_node = one.kind in (EventKind.REBOOTED, EventKind.STARTING)
        found.setdefault(("" if of_node else one.namespace, one.about), []).append(one)
    return {name: tuple(some) for name, some in found.items()}
