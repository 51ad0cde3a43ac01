"""The views of one pod as one pod.

The API object or manifest gives the spec, the kubelet's own list or the API the status, the runtime the record (records.py); a mirror pod
folds into its static pod. Views of one UID are of one pod where they are of one node; what names no node, such as an API object from before
it was scheduled, is of the pod on the only node that another view names.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from upgradecheck.model.errors import ConflictingPods, ConflictingSpecs
from upgradecheck.model.packed import PackedList
from upgradecheck.model.pod import ContainerRecord, PodSource, PodView, RunState, View, status_of
from upgradecheck.planning.seeing.edited import as_it_runs
from upgradecheck.planning.seeing.facts import SpecFacts
from upgradecheck.planning.seeing.placing import is_bare_manifest, named_after
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.seeing.replicas import Replica

_RUNS_OR_MAY = ("Running", "Unknown")
"""Phases of a pod of which something runs, or may run on a node that nobody reaches."""


class ExaminedView(msgspec.Struct, frozen=True, gc=False):
    """A view with the facts of its spec; digest tells equal specs from different ones."""

    view: PodView
    facts: SpecFacts
    digest: bytes


class JoinedPod(msgspec.Struct, frozen=True, gc=False):
    """One pod: the view whose spec counts, the view whose status counts (often the same), and the mirror pod's UID.

    gone: it is a static pod of which there is no manifest any more. on_a_node: a record or its status shows so; no view names it.
    read_alike: both kubelets see the same fields of its manifest, as its node's bundle tells.
    """

    spec: ExaminedView
    status: PodView
    mirror_uid: str | None = None
    gone: bool = False
    on_a_node: bool = False
    read_alike: bool = False

    @property
    def lossy(self) -> bool:
        """Whether the spec was only seen as the running kubelet decoded it."""
        return self.spec.view.view is not View.SPEC

    @property
    def pictured(self) -> bool:
        """Whether the spec was only seen as some API server keeps a static pod, once, and nothing proves that it lacks nothing.

        A mirror pod is made once, by the server and the kubelet of that time; a UID that the running kubelet makes of it proves all of it.
        """
        view, fate = self.spec.view, self.spec.facts.fate
        return view.view is View.MIRROR and view.source is not PodSource.API and not (fate is not None and fate.uid_reproduced)

    @property
    def hides(self) -> bool:
        """Whether the new kubelet may see fields that the running one dropped before we saw the spec."""
        return self.lossy and not self.read_alike


def running_manifests(found: Iterable[ExaminedView]) -> Mapping[tuple[str, str], ExaminedView]:
    """Of manifests that give a pod of one namespace and name, the one that the new kubelet runs: of files the last one that it takes.

    Of a list from a URL the first. Mirrors the store in pkg/kubelet/config/file.go.
    """
    chosen: dict[tuple[str, str], ExaminedView] = {}
    for one in found:
        name = one.view.namespace, one.view.name
        known = chosen.get(name)
        if known is None or (one.view.source is PodSource.FILE and (_is_taken(one) or not _is_taken(known))):
            chosen[name] = one
    return chosen


def _is_taken(examined: ExaminedView) -> bool:
    return examined.facts.fate is None or examined.facts.fate.refused is None


class PodJoiner:
    """Collects examined views, one at a time, and gives the pods they make. A replica is kept as one until somebody asks what it is."""

    def __init__(self) -> None:
        self._views: dict[str, tuple[ExaminedView, ...] | Replica] = {}
        self._elsewhere: dict[str, dict[str | None, tuple[ExaminedView, ...]]] = {}

    def add(self, examined: ExaminedView) -> None:
        """Takes one view; the same view given twice counts once.

        Raises:
            ConflictingSpecs: a view of this kind and pod was added with another spec.
            ConflictingPods: a view of this kind, node and UID was added under another name.
        """
        key, node = _key(examined), examined.view.node
        if key not in self._views:
            self._views[key] = (examined,)
            return
        first = self._first(key)
        if first[0].view.node == node:
            self._views[key] = _with(first, examined)
        else:
            others = self._elsewhere.setdefault(key, {})
            others[node] = _with(others.get(node, ()), examined)

    def add_replica(self, replica: Replica) -> None:
        """Takes a view of a pod that is like others.

        Raises:
            ConflictingSpecs, ConflictingPods: as of add.
        """
        if self._views.setdefault(replica.uid, replica) is not replica:
            self.add(_whole(replica))

    def _first(self, key: str) -> tuple[ExaminedView, ...]:
        """The views of a UID on the node that was met first."""
        found = self._views.get(key, ())
        return (_whole(found),) if isinstance(found, Replica) else found

    def checked(self) -> PodJoiner:
        """The same, once all views were added.

        Raises:
            ConflictingSpecs: two different specs of one pod.
            ConflictingPods: two pods of one node and one UID.
        """
        for uid, views in self._views.items():
            if uid in self._elsewhere or (not isinstance(views, Replica) and len(views) > 1):
                self._pods(uid)
        return self

    def _pods(self, key: str) -> list[tuple[ExaminedView, ...]]:
        """The views of one UID, by pod."""
        first = self._first(key)
        return _by_pod([*([first] if first else []), *self._elsewhere.get(key, {}).values()])

    def views(self, uid: str) -> list[list[PodView]]:
        """The views of all pods that have a UID, by pod."""
        alone = self._views.get(uid) if uid not in self._elsewhere else None
        if isinstance(alone, Replica):
            return [[alone.view]]
        return [[one.view for one in pod] for pod in self._pods(uid)]

    def replica(self, uid: str) -> Replica | None:
        """The only view of a UID, where it is a replica's."""
        found = None if uid in self._elsewhere else self._views.get(uid)
        return found if isinstance(found, Replica) else None

    def packed(self, records: Records) -> Iterator[tuple[PackedList, str]]:
        """Of the replicas that stand packed, each container with its status, the list and the node."""
        for found in self._views.values():
            if (listed := _list_of(found, records)) is not None and isinstance(found, Replica):
                yield listed, found.node

    def all_views(self, uids: Container[str], but: Records | None = None) -> Iterator[PodView]:
        """The views of pods that have one of these UIDs. but: not of those that packed tells of among these records."""
        for uid, found in self._views.items():
            if (but is None or _list_of(found, but) is None) and uid in uids:
                yield from _views_of(found)
        for uid, others in self._elsewhere.items():
            if uid in uids:
                yield from (one.view for views in others.values() for one in views)

    def _all_but_replicas(self) -> Iterator[ExaminedView]:
        yield from (one for views in self._views.values() if not isinstance(views, Replica) for one in views)
        yield from (one for others in self._elsewhere.values() for views in others.values() for one in views)

    def static_views(self) -> Iterator[PodView]:
        """The views of static pods, other than manifests."""
        return (one.view for one in self._all_but_replicas() if one.view.source is not PodSource.API and one.view.view is not View.SPEC)

    def joined(self) -> Iterator[JoinedPod]:
        """The pods, which stay here."""
        for uid in self._views:
            yield from map(_join, self._pods(uid))

    def statuses(self) -> Iterator[tuple[str | None, PodView | Replica]]:
        """Of each pod the node that any view names, and the view whose status counts, or the replica that would make it."""
        for uid, found in self._views.items():
            if isinstance(found, Replica) and uid not in self._elsewhere:
                yield found.node, found
            else:
                yield from ((one.spec.view.node or one.status.node, one.status) for one in map(_join, self._pods(uid)))

    def drain(self) -> Iterator[JoinedPod]:
        """The pods, as let_go gives them, each whole."""
        return map(as_joined, self.let_go())

    def let_go(self) -> Iterator[JoinedPod | Replica]:
        """The pods, each let go of as it is given, so that 150,000 of them are never held here and in the plan at once."""
        while self._views:
            uid, views = self._views.popitem()  # a key that is deleted would be gone over again for each that follows
            others = self._elsewhere.pop(uid, None) if self._elsewhere else None
            if others is None and isinstance(views, Replica):
                yield views
                continue
            first = (_whole(views),) if isinstance(views, Replica) else views
            yield from map(_join, _by_pod([first, *(others or {}).values()]))
        self._views = {}  # an empty one has the room that it had


def as_joined(found: JoinedPod | Replica) -> JoinedPod:
    """A pod that was found; of a replica no other view is known."""
    return _join((_whole(found),)) if isinstance(found, Replica) else found


def _list_of(found: tuple[ExaminedView, ...] | Replica, records: Records) -> PackedList | None:
    """The list in which a replica stands packed, where that tells of all containers that its statuses name."""
    return records.list_of(found.uid) if isinstance(found, Replica) and found.as_told else None


def _views_of(found: tuple[ExaminedView, ...] | Replica) -> Iterator[PodView]:
    yield from (found.view,) if isinstance(found, Replica) else (one.view for one in found)


def _whole(replica: Replica) -> ExaminedView:
    return ExaminedView(replica.view, replica.facts, replica.digest)


def _key(examined: ExaminedView) -> str:
    """The UID; a manifest without one is told apart by its name and content."""
    view = examined.view
    return view.uid or f"{view.namespace}/{view.name} {examined.digest.hex()}"


def _with(known: tuple[ExaminedView, ...], examined: ExaminedView) -> tuple[ExaminedView, ...]:
    """The views of a pod with another one; of two of one kind the one that tells more counts."""
    view = examined.view
    twin = next((other for other in known if other.view.view is view.view), None)
    if twin is None:
        return (*known, examined)
    _check_names((twin, examined))
    if twin.digest != examined.digest:
        raise _two_specs(twin, examined)
    return tuple(max(twin, examined, key=_told) if other is twin else other for other in known)


def _two_specs(one: ExaminedView, other: ExaminedView) -> ConflictingSpecs:
    """What is said of them. Who exports a pod to apply it again takes its node away, and all else may be as it was."""
    view, apart = other.view, ""
    if one.view.node != view.node:
        nodes = [f"{each.node} in {each.origin}" if each.node else f"none in {each.origin}" for each in (one.view, view)]
        apart = f" They differ in spec.nodeName, if in nothing else: {' and '.join(nodes)}."
    return ConflictingSpecs(
        f"pod {view.namespace}/{view.name} (UID {view.uid}) has two different specs: in {one.view.origin} and in {view.origin}.{apart} "
        "They were taken at different times or from different clusters: give one of them only."
    )


def _by_pod(found: list[tuple[ExaminedView, ...]]) -> list[tuple[ExaminedView, ...]]:
    """The views of one UID, node by node, as those of pods. What names no node is of the pod on the only node that is named."""
    if len(found) == 1 and len(found[0]) == 1:
        return found
    on_nodes = [views for views in found if views[0].view.node is not None]
    without = next((views for views in found if views[0].view.node is None), ())
    if not on_nodes:
        on_nodes = [without] if without else []
    elif len(on_nodes) == 1:
        for one in without:
            on_nodes[0] = _with(on_nodes[0], one)
    elif without and not all(is_bare_manifest(one.view) for one in without):
        on_nodes.append(without)
    for pod in on_nodes:
        _check_names(pod)
    return on_nodes


def _check_names(views: tuple[ExaminedView, ...]) -> None:
    """That views of one UID on one node are of one pod.

    A static pod whose manifest has another name now is still the same one. A manifest that was given with -f lacks the node in its name.
    """
    bare = [one.view for one in views if is_bare_manifest(one.view)]
    manifests = [one.view for one in views if one.view.view is View.SPEC and one.view.source is not PodSource.API]
    seen = [one.view for one in views if one.view not in bare and one.view not in manifests]
    for alike in (manifests, seen):
        for view in alike[1:]:
            if (view.namespace, view.name) != (alike[0].namespace, alike[0].name):
                raise _two_pods(alike[0], view)
    first = next(iter((*seen, *manifests, *bare)))
    for view in bare:
        if view.namespace != first.namespace or (view.name != first.name and not named_after(view.name, first.name)):
            raise _two_pods(first, view)


def _two_pods(one: PodView, other: PodView) -> ConflictingPods:
    where = f"of node {one.node or other.node}" if one.node or other.node else "that name no node"
    return ConflictingPods(
        f"UID {one.uid} is that of two pods {where}: {one.namespace}/{one.name} in {one.origin}, {other.namespace}/{other.name} in "
        f"{other.origin}. A kubelet runs one pod of a UID: leave out the one that does not run, or give each pod with its node."
    )


def _join(views: tuple[ExaminedView, ...]) -> JoinedPod:
    by_kind = {examined.view.view: examined for examined in views}
    static = any(examined.view.source is not PodSource.API for examined in views)
    if static and View.SPEC in by_kind and by_kind[View.SPEC].view.source is PodSource.API:
        by_kind.pop(View.SPEC)  # its manifest given with -f, of which nobody says that the kubelet reads it
    by_spec = [by_kind[kind] for kind in (View.SPEC, View.KUBELET, View.MIRROR) if kind in by_kind]
    by_status = [
        by_kind[kind].view for kind in (View.KUBELET, View.SPEC, View.MIRROR) if kind in by_kind and _tells_state(by_kind[kind].view)
    ]
    mirror = by_kind.get(View.MIRROR)
    spec = by_spec[0]
    if static and spec.view.view is View.SPEC and len(by_spec) > 1:
        spec = replace(spec, facts=as_it_runs(spec.facts, by_spec[1].facts))
    status = by_status[0] if by_status else spec.view
    if spec.view.node != status.node:  # one of them names it
        node = spec.view.node or status.node
        spec, status = replace(spec, view=replace(spec.view, node=node)), replace(status, node=node)
    return JoinedPod(spec, status, mirror.view.mirror_uid if mirror else None)


def _told(examined: ExaminedView) -> tuple[bool, int, str, str]:
    """Orders equal specs by how much, then how late, they tell of the pod's state, in whatever order they come."""
    view = examined.view
    restarts = sum(status.restart_count for status in view.statuses)
    started = max((status.started_at or "" for status in view.statuses), default="")
    return _tells_state(view), restarts, started, str(view.origin)


def shows_a_node(view: PodView) -> bool:
    """Whether a pod is on a node, named or not: a kubelet tells of it, or its status shows what comes only of a kubelet."""
    ran = any(one.container_id is not None or one.state in (RunState.RUNNING, RunState.EXITED) for one in view.statuses)
    return view.has_status and (view.view is not View.SPEC or view.phase in _RUNS_OR_MAY or ran)


def _tells_state(view: PodView) -> bool:
    return view.has_status and (bool(view.statuses) or view.phase is not None)


def state_of(record: ContainerRecord | None, pod: PodView, name: str) -> tuple[RunState, int | None]:
    """State and exit code of a container: what the runtime says, else what the status says.

    A status without any container that says the pod runs (one that was cut down, say) does not show that nothing runs.
    """
    status = status_of(pod, name)
    if record is not None:
        same = status is not None and status.container_id == record.container_id
        return record.state, status.exit_code if status is not None and same else None
    if status is not None:
        return status.state, status.exit_code
    told = pod.has_status and (bool(pod.statuses) or pod.phase not in _RUNS_OR_MAY)
    return (RunState.WAITING if told else RunState.UNREPORTED), None
