"""The first phase: every view of every pod, reduced at once, so that a dump of 150,000 pods never stands in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.admission import PodRequest
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kube.containers import check_containers
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.packed import PackedList, latest
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import ContainerRecord, PodSource, PodView, View
from upgradecheck.planning.evidence.past import birth_of, started_by
from upgradecheck.planning.seeing.examine import Examiner
from upgradecheck.planning.seeing.examined import examined_view
from upgradecheck.planning.seeing.facts import SpecFacts
from upgradecheck.planning.seeing.joining import ExaminedView, PodJoiner, shows_a_node
from upgradecheck.planning.seeing.kinds import Kinds
from upgradecheck.planning.seeing.manifests import see_manifests
from upgradecheck.planning.seeing.placing import Claim, Dump, claim_of, dump_of, nodes_of_dumps
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.seeing.replicas import Replica
from upgradecheck.planning.setting import Setting
from upgradecheck.reading.identity import Identity, identity_of
from upgradecheck.reading.pod import ReadPod

ViewKey = tuple[View, Identity, bytes]
"""A view's kind, whose it is, and the digest of its spec, which tells the node where one is named."""


class Seen(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What was seen of pods.

    pods: those in scope, given out once. left_out: the others; beside: by node, what those of them that run ask for at admission.
    beyond: by UID, the views of those of which there may be records.
    named: the nodes that anything names; namespaces: those of all pods, in scope or not. only_node: the one of evidence that names none.
    sightings: by node, the latest time that something was seen to start there; None: on one of them. documents: of the views that were to
    be kept. examined: the nodes whose pods' specs were examined, None of all; of the others only views are known, and of pods elsewhere,
    which are nodes, too, nothing else.
    """

    pods: PodJoiner
    only_node: str | None
    named: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()
    left_out: frozenset[Identity] = frozenset()
    beyond: Mapping[str, tuple[PodView, ...]] = {}
    beside: Mapping[str, tuple[PodRequest, ...]]
    sightings: Mapping[str | None, int]
    documents: Mapping[ViewKey, ReadPod]
    examined: frozenset[str] | None = None
    elsewhere: frozenset[str] = frozenset()
    missing: tuple[Missing, ...] = ()
    notices: tuple[str, ...] = ()

    def claims(self, uid: str) -> tuple[Claim, ...]:
        """The pods that have a UID, in scope or not."""
        if uid not in self.beyond and (alone := self.pods.replica(uid)) is not None:
            return (_claim(alone),)
        within = [claim_of(views) for views in self.pods.views(uid)]
        beyond = [claim_of((view,)) for view in self.beyond.get(uid, ())]
        found = {claim.identity: claim for claim in (*beyond, *within)}
        return tuple(found.values())

    def is_one(self, uid: str, namespace: str, name: str, node: str | None) -> bool:
        """Whether this pod has a UID alone, on this node if that is known; no also where that is not sooner told than by claims."""
        alone = None if uid in self.beyond else self.pods.replica(uid)
        return alone is not None and alone.name == name and alone.namespace == namespace and node in (None, alone.node)

    def views_with(self, records: Records) -> Iterator[PodView]:
        """The views of all pods of which there may be records, but for those of which pods.packed tells."""
        yield from self.pods.all_views(records, but=records)
        yield from (view for views in self.beyond.values() for view in views)

    def has_examined(self, node: str) -> bool:
        """Whether the specs of the pods of a node were examined."""
        return self.examined is None or node in self.examined

    def document(self, examined: ExaminedView) -> ReadPod | None:
        """The document that a view was made of, if it was to be kept."""
        return self.documents.get(_key(examined))


def see(
    setting: Setting,
    documents: Iterable[ReadPod],
    keep: Callable[[PodView], bool] | None = None,
    nodes: frozenset[str] | None = None,
    elsewhere: frozenset[str] = frozenset(),
) -> Seen:
    """Every view of every pod, then the manifests, which are given the UIDs of what runs. keep: the views whose documents are kept.

    nodes: those whose pods' specs are examined, beside those of pods that name none; None of all. elsewhere: the nodes of pods that are in
    scope and not among the documents.

    Raises:
        ConflictingSpecs: two different specs of one pod.
        ConflictingPods: two pods of one node and one UID.
        UsageError: manifests were asked for, and nothing tells whose they are.
    """
    views = _Views(setting, keep, nodes)
    views.named |= elsewhere
    for pod in documents:
        views.read(pod)
    named = frozenset(views.named)
    dumps = {} if setting.manifests is None else dump_nodes(setting, named, views.with_records(), by_uid=True)
    manifests = see_manifests(setting, named, views.pods.static_views(), views.static, dumps)
    for examined, pod in manifests.views:
        views.take(examined, pod)
    return Seen(
        pods=views.pods.checked(),
        only_node=setting.only_node(named),
        named=named,
        namespaces=frozenset(views.namespaces),
        left_out=frozenset(views.left_out),
        beyond=views.beyond,
        beside={node: tuple(found.values()) for node, found in views.beside.items()},
        sightings=views.sightings,
        documents=views.documents,
        examined=nodes,
        elsewhere=elsewhere,
        missing=(*views.missing, *manifests.missing, *map(_without_labels, sorted(views.unlabelled))),
        notices=manifests.notices,
    )


def dump_nodes(
    setting: Setting,
    named: frozenset[str],
    views: Iterable[PodView],
    packed: Iterable[tuple[PackedList, str]] = (),
    *,
    by_uid: bool = False,
) -> Mapping[Dump, str]:
    """The nodes of the runtime's lists, where they can be told. named: the nodes that anything names; views: those of pods with records;
    packed: lists with the nodes of pods of which they show the containers that a status names.

    A list tells its node by a container that a status names; by_uid: also by a pod of the API, whose UID stands on one node, as a rule.
    """
    nodes = named.union(node.name for node in setting.facts.nodes)
    here, live = setting.here, setting.live_node
    of_now = {one.source: name for name, one in setting.facts.collected.items()}
    of_now |= {} if here is None or live is None else {here.asked: live}
    dumps = tuple(setting.records.dumps())
    if all(dump[0] in of_now for dump in dumps):  # each says itself whose it is, and no pod has to be asked
        return {dump: of_now[dump[0]] for dump in dumps}
    seen = tuple(view for view in views if view.node)
    listed = {(id(one), node): (dump_of(one.origin), node) for one, node in packed}
    found = [*listed.values(), *((dump_of(record.origin), view.node or "") for view in seen for record in _listed(setting.records, view))]
    if by_uid:
        found += _by_uid(setting.records, seen)
    return nodes_of_dumps(dumps, found, nodes, of_now)


def _listed(records: Records, view: PodView) -> Iterator[ContainerRecord]:
    """The records of the containers that a status names."""
    for status in view.statuses:
        if status.container_id is not None and (record := records.by_id(status.container_id)) is not None:
            yield record


def _by_uid(records: Records, views: Iterable[PodView]) -> Iterator[tuple[Dump, str]]:
    """The lists that show pods of the API that are on one node."""
    nodes: dict[str, set[str]] = {}
    for view in views:
        if view.source is PodSource.API and view.has_status and view.node:
            nodes.setdefault(view.uid, set()).add(view.node)
    for uid, its in nodes.items():
        if len(its) == 1:
            yield from ((dump_of(origin), next(iter(its))) for origin in records.origins(uid))


class _Views:
    """Sorts views as they come."""

    def __init__(self, setting: Setting, keep: Callable[[PodView], bool] | None, nodes: frozenset[str] | None) -> None:
        self._setting, self._keep, self._nodes, self._examiner = setting, keep, nodes, Examiner(setting.catalog)
        self._kinds = Kinds(setting) if keep is None and nodes is None and _may_have_replicas(setting) else None
        self.pods = PodJoiner()
        self.named = {node.name for node in setting.nodes}
        self.namespaces: set[str] = set()
        self.left_out: set[Identity] = set()
        self.beyond: dict[str, tuple[PodView, ...]] = {}
        self.beside: dict[str, dict[str, PodRequest]] = {}
        self.sightings: dict[str | None, int] = {}
        self.documents: dict[ViewKey, ReadPod] = {}
        self.static: dict[tuple[str, str], ReadPod] = {}
        """Where manifests are to be compared with what runs of them: by namespace and name, as the kubelet has it, else the mirror pod."""
        self.missing: list[Missing] = []
        self.unlabelled: set[str] = set()
        if setting.histories.given and setting.facts.containers:
            self._sighted(None, latest(setting.facts.containers))

    def with_records(self) -> Iterator[PodView]:
        """The views of all pods of which there may be records."""
        yield from self.pods.all_views(self._setting.records)
        yield from (view for views in self.beyond.values() for view in views)

    def read(self, pod: ReadPod) -> None:
        """A view, as a source gives it."""
        try:
            examined = self._found(pod) if self._kinds is None else self._kinds.of(pod, lambda: self._found(pod))
        except SpecRefused as error:
            self.missing.append(Missing(f"pod in {pod.origin}", str(error)))
            return
        if isinstance(examined, Replica):
            self._take_replica(examined, pod)
        else:
            self._take(examined, pod)

    def _found(self, pod: ReadPod) -> ExaminedView:
        """A view, examined by itself."""
        view = pod.view
        guarded(lambda: check_containers(pod.raw))
        return guarded(lambda: self._examined(pod, view))

    def _take_replica(self, replica: Replica, pod: ReadPod) -> None:
        """As _take, where the view is of a pod of the API that is on a node."""
        chosen = self._setting.chosen
        if not (chosen.wants(replica.namespace, replica.node) and chosen.pods.matches(replica.labels)):
            self._take(ExaminedView(replica.view, replica.facts, replica.digest), pod)
            return
        self.named.add(replica.node)
        self.namespaces.add(replica.namespace)
        if self._setting.histories.given:
            for _, since, _ in replica.runs:
                if (started := started_by(since)) > 0:
                    self._sighted(replica.node, started)
        self.pods.add_replica(replica)

    def _take(self, examined: ExaminedView, pod: ReadPod) -> None:
        view = examined.view
        if view.node:
            self.named.add(view.node)
        if self._setting.histories.given:
            self._sighted_by(view)
        if self._setting.manifests is not None and view.source is not PodSource.API and view.view is not View.SPEC:
            self._keep_static(view, pod)
        if not self.take(examined, pod):
            self._leave_out(examined)

    def _examined(self, pod: ReadPod, view: PodView) -> ExaminedView:
        if self._nodes is None or view.node is None or view.node in self._nodes:
            return examined_view(pod, self._setting, self._examiner)
        return ExaminedView(view, SpecFacts(), pod.digest)

    def _keep_static(self, view: PodView, pod: ReadPod) -> None:
        """Keeps what manifests are compared with: of one node, since they belong to one, and not of thousands."""
        if self._setting.chosen.only_node not in (None, view.node) or (self._setting.chosen.only_node is None and len(self.named) > 1):
            return
        known = self.static.setdefault((view.namespace, view.name), pod)
        if view.view is View.KUBELET and known.view.view is not View.KUBELET:
            self.static[view.namespace, view.name] = pod

    def take(self, examined: ExaminedView, pod: ReadPod) -> bool:
        """A view of a pod, if that is in scope."""
        self.namespaces.add(examined.view.namespace)
        view, recorded = examined.view, examined.view.uid in self._setting.records
        if not self._setting.chosen.wants_view(view, on_a_node=recorded or shows_a_node(view)):
            self.left_out.add(identity_of(view))
            if recorded:
                self.beyond[view.uid] = (*self.beyond.get(view.uid, ()), view)
            return False
        self.pods.add(examined)
        if self._keep is not None and self._keep(view):
            self.documents[_key(examined)] = pod
        return True

    def _leave_out(self, examined: ExaminedView) -> None:
        """Notes what concerns the plan of a pod that is not in scope."""
        view, request = examined.view, examined.facts.request
        if view.node and request is not None and view.phase not in ("Failed", "Succeeded"):
            self.beside.setdefault(view.node, {})[view.uid] = request
        if node := self._setting.chosen.unlabelled_node(view):
            self.unlabelled.add(node)

    def _sighted_by(self, view: PodView) -> None:
        for birth in (birth_of(status, None) for status in view.statuses):
            if birth is not None:
                self._sighted(view.node, birth.started_at)

    def _sighted(self, node: str | None, time: int) -> None:
        self.sightings[node] = max(self.sightings.get(node, 0), time)


def _claim(replica: Replica) -> Claim:
    """As claim_of its view."""
    return Claim(identity_of(replica), frozenset([identity for identity, _, _ in replica.runs if identity is not None]))


def _may_have_replicas(setting: Setting) -> bool:
    """Whether nothing but pods, histories and the runtime's records tells of containers: no machine that is asked now."""
    return setting.here is None


def _key(examined: ExaminedView) -> ViewKey:
    return examined.view.view, replace(identity_of(examined.view), node=None), examined.digest


def _without_labels(node: str) -> Missing:
    return Missing(f"labels of node {node}", "--node-selector asks for them, and the node was not given; give it too")
