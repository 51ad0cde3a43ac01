"""What was read after the upgrade, as a plan asks for it: pods by UID, records of runtimes by ID, kubelets' events by container.

That a pod is in no list is no proof that it is gone. A list says nothing of what was left out of it: by a selector
(``status.phase=Running`` hides what was refused), by a page, by a document that nobody can read, by ``crictl pods -s Ready``. What proves
it: another pod of its name that was created later, since an API server has one of a name; the whole of a live cluster; its kubelet's own
list, which knows no selector; the sandboxes of a runtime that was asked just now. That another pod of its workload runs proves nothing:
a ReplicaSet makes one for a pod that was refused, too, and leaves that behind as Failed.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from upgradecheck.model.aftermath import EventKind, KubeletEvent, PodNow
from upgradecheck.model.plan import PlannedContainer, PlannedPod
from upgradecheck.model.pod import ContainerRecord, NodeFacts, PodSource, RunState
from upgradecheck.model.version import ReportedVersion
from upgradecheck.verifying.dumps import Dumps

Known = str | tuple[str, str]
"""What a pod is known by: a UID, or its namespace and name."""


class Asked(msgspec.Struct, frozen=True, gc=False):
    """The node whose runtime was asked, and its kubelet as this machine shows it; started_at: when that was started, in nanoseconds.

    source: how what its runtime tells is called.
    """

    name: str
    version: ReportedVersion | None
    boot_id: str | None = None
    started_at: int | None = None
    source: str | None = None


class After(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """everything: a live cluster was read, so what is not there is gone. only: the nodes that are looked at, None for all. asked: the node
    whose runtime was asked. whole: all that was given could be read. listed: the kubelets' own lists by node, each a dump or None; none
    where that is not so. successors: when the newest other pod of a pod's name was created, or of a DaemonSet on its node. unread: UIDs
    and names of pods that are there, and cannot be read. strangers: running pods that the plan does not hold. shared: UIDs of several pods
    of it. hears: all events were read that a live cluster keeps; events_since: the oldest time that one tells, those after it are still
    kept. dumps: of when they are; dumps_of_records: which one shows a container.
    """

    nodes: Mapping[str, NodeFacts]
    everything: bool
    only: frozenset[str] | None = None
    asked: Asked | None = None
    whole: bool = True
    listed: Mapping[str, frozenset[str | None]] = {}
    pods: Mapping[str, tuple[PodNow, ...]] = {}
    named: Mapping[tuple[str, str], tuple[PodNow, ...]] = {}
    records: Mapping[str, ContainerRecord] = {}
    newest: Mapping[tuple[str, str], ContainerRecord] = {}
    uids: Mapping[tuple[str, str], Mapping[str, int]] = {}
    events: Mapping[tuple[str, str], tuple[KubeletEvent, ...]] = {}
    shared: frozenset[str] = frozenset()
    successors: Mapping[str, int] = {}
    unread: frozenset[Known] = frozenset()
    strangers: int = 0
    hears: bool = False
    events_since: int | None = None
    dumps: Dumps = Dumps()
    dumps_of_records: Mapping[str, str] = {}

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
        return pod.uid in self.uids.get((pod.namespace, pod.name), {})

    def runs(self, pod: PlannedPod) -> bool:
        """Whether a runtime's list shows that something of it runs: what has ended is listed for a while after its pod is gone."""
        found = (self.record(pod, one) for one in pod.containers)
        return any(one is not None and one.state is RunState.RUNNING for one in found)

    def stands_in(self, pod: PlannedPod) -> bool:
        """Whether a static pod of another UID stands in its place, and did not stand there before it."""
        since = last_start(pod)
        others = self.named.get((pod.namespace, pod.name), ())
        listed = self.uids.get((pod.namespace, pod.name), {})
        return any(one.uid != pod.uid and _newest(one) > since for one in others) or any(
            uid != pod.uid and newest > since for uid, newest in listed.items()
        )

    def stood_in_at(self, pod: PlannedPod) -> int | None:
        """When the first container of what stands in its place was started; None where that does not show."""
        others = [one for one in self.named.get((pod.namespace, pod.name), ()) if one.uid != pod.uid]
        return min((one.started_at for other in others for one in other.containers if one.started_at), default=None)

    def is_edited(self, pod: PlannedPod) -> bool:
        """Whether what stands in the place of a static pod, or under its UID, is made of another manifest than the plan knew.

        Whoever looks makes the hashes of what is there now as the plan made its own, so that no kubelet's doing counts as an edit.
        """
        since = last_start(pod)
        there = [one for one in (*self.named.get((pod.namespace, pod.name), ()), *self.views(pod)) if one.hashes and _newest(one) >= since]
        if pod.source is PodSource.API or not there or any(one.computed.to_hash is None for one in pod.containers):
            return False
        return max(there, key=_newest).hashes != {one.name: one.computed.to_hash for one in pod.containers}

    def is_of_an_unknown_manifest(self, pod: PlannedPod) -> bool:
        """Whether a static pod is there, or what stands in its place, and nobody could make the hashes of what it is made of."""
        there = (*self.named.get((pod.namespace, pod.name), ()), *self.views(pod))
        return pod.source is not PodSource.API and bool(there) and not any(one.hashes for one in there)

    def successor(self, pod: PlannedPod) -> int | None:
        """When the pod was created that certainly came after it; None where there is none."""
        created = self.successors.get(pod.uid, 0)
        return created if created > last_start(pod) else None

    def lists_of(self, pod: PlannedPod) -> frozenset[str | None]:
        """The lists, dumps or read just now, that would show a pod of its node whatever became of it."""
        asked = self.whole and self.asked is not None and self.asked.name == pod.node and not self.has_records(pod)
        return self.listed.get(pod.node or "", frozenset()) | (frozenset({None}) if asked else frozenset())

    def is_missing(self, pod: PlannedPod) -> bool:
        """Whether a pod is gone by what an API server shows. Static pods stand in its list by their mirrors alone."""
        mirrored = pod.source is PodSource.API or pod.mirror_uid is not None
        return mirrored and (self.everything or (pod.source is PodSource.API and self._is_succeeded_by_name(pod)))

    def _is_succeeded_by_name(self, pod: PlannedPod) -> bool:
        return pod.workload.kind != "DaemonSet" and self.successor(pod) is not None

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


def last_start(pod: PlannedPod) -> int:
    """The last start of a container of it that the plan saw; 0 where it saw none. Who had its name before was created before that."""
    return max((one.started_at or 0 for one in pod.containers), default=0)


def _newest(one: PodNow) -> int:
    return max(one.moments.newest, *(container.started_at or 0 for container in one.containers), 0)
