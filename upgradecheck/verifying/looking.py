"""What was read after the upgrade, by what a plan looks it up by: pods by UID, records of runtimes by ID, kubelets' events by container.

A large cluster shows 150,000 pods, of which a plan may be about a few: only those are kept that are the plan's, or have the name of a
static pod of it, since another UID of it is another pod in its place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from upgradecheck.decode.kube.aftermath import pod_now
from upgradecheck.model.aftermath import EventKind, KubeletEvent, PodNow
from upgradecheck.model.plan import Plan, PlannedContainer, PlannedPod
from upgradecheck.model.pod import ContainerRecord, NodeFacts, PodSource, PodView, RunState, SandboxRecord, View
from upgradecheck.model.version import ReportedVersion
from upgradecheck.reading.pod import ReadPod


class Asked(msgspec.Struct, frozen=True, gc=False):
    """The node whose runtime was asked, and its kubelet as this machine shows it; started_at: when that was started, in nanoseconds."""

    name: str
    version: ReportedVersion | None
    boot_id: str | None = None
    started_at: int | None = None


class After(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """everything: a live cluster was read, so what is not there is gone. only: the nodes that are looked at, None for all. asked: the node
    whose runtime was asked. namespaces: those of which an API server showed a pod; listed: the nodes whose kubelet's list was seen;
    recorded: those of which a runtime's was. strangers: running pods that the plan does not hold. shared: UIDs of several pods of it.
    """

    nodes: Mapping[str, NodeFacts]
    everything: bool
    only: frozenset[str] | None = None
    asked: Asked | None = None
    namespaces: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    recorded: frozenset[str] = frozenset()
    pods: Mapping[str, tuple[PodNow, ...]] = {}
    named: Mapping[tuple[str, str], tuple[PodNow, ...]] = {}
    records: Mapping[str, ContainerRecord] = {}
    newest: Mapping[tuple[str, str], ContainerRecord] = {}
    uids: Mapping[tuple[str, str], frozenset[str]] = {}
    events: Mapping[tuple[str, str], tuple[KubeletEvent, ...]] = {}
    shared: frozenset[str] = frozenset()
    strangers: int = 0

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
        if pod.node in self.listed or (pod.node in self.recorded and not self.has_records(pod)):
            return True
        mirrored = pod.source is PodSource.API or pod.mirror_uid is not None
        return mirrored and (self.everything or pod.namespace in self.namespaces)

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
        self._namespaces, self._listed, self._strangers = set[str](), set[str](), set[str]()

    def take(self, pod: ReadPod) -> None:
        """One document of a pod.

        Raises:
            SpecRefused: it cannot be read.
        """
        view = pod.view
        if not view.has_status or view.replicas is not None:
            return
        listed = bool(view.origin.place)  # a document alone says nothing of others
        if view.uid in self._uids or (view.namespace, view.name) in self._static:
            self.add(pod_now(view, pod.raw), listed=listed)
            return
        self._place(view, listed=listed)
        if view.phase == "Running":
            self._strangers.add(view.mirror_uid or view.uid)

    def add(self, now: PodNow, *, listed: bool = True) -> None:
        """A pod that is the plan's, or stands in the place of one. listed: it stood in a list, with all others of its kind."""
        self._place(now, listed=listed)
        self._pods.setdefault(now.uid, []).append(now)
        if now.source is not PodSource.API:
            self._named.setdefault((now.namespace, now.name), []).append(now)

    def _place(self, one: PodView | PodNow, *, listed: bool) -> None:
        """Of what a list was seen that has it: of its node, by its kubelet, or of its namespace, by an API server."""
        if not listed:
            return
        if one.view is View.KUBELET:
            self._listed.update(filter(None, [one.node]))
        else:
            self._namespaces.add(one.namespace)

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
    ) -> After:
        """All of it."""
        records = {one.container_id: one for one in containers}
        uids = _uids((*records.values(), *sandboxes))
        shared = _shared(self._plan.pods)
        return After(
            nodes={one.name: one for one in nodes},
            everything=everything,
            only=only,
            asked=asked,
            namespaces=frozenset(self._namespaces),
            listed=frozenset(self._listed),
            recorded=self._with_records(uids, shared) | ({asked.name} if asked is not None else frozenset()),
            pods={uid: tuple(found) for uid, found in self._pods.items()},
            named={name: tuple(found) for name, found in self._named.items()},
            records=records,
            newest=_newest(records.values()),
            uids=uids,
            events=_by_name(events),
            shared=shared,
            strangers=len(self._strangers - self._mirrors - self._uids),
        )

    def _with_records(self, uids: Mapping[tuple[str, str], frozenset[str]], shared: Collection[str]) -> frozenset[str]:
        """The nodes of whose runtime a list shows pods of the plan."""
        return frozenset(
            pod.node
            for pod in self._plan.pods
            if pod.node is not None and pod.uid not in shared and pod.uid in uids.get((pod.namespace, pod.name), ())
        )


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
