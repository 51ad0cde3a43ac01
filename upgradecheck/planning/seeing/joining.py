"""The views of one pod UID as one pod, and its records beside it.

The API object or manifest gives the spec, the kubelet's own list or the API the status, the runtime the record; a mirror
pod folds into its static pod. A record is joined by pod UID and container name, the newest first, as the kubelet does when
it asks its runtime: a status may be older than the runtime's list, and name a container that has been replaced since. Only
where the runtime shows none of that name, the container ID that a status names counts. Where the status names a container
that started after the newest record was made, the runtime's list is the older of the two, and tells nothing of what runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.model.errors import ConflictingSpecs, SpecRefused
from upgradecheck.model.pod import ContainerRecord, ContainerStatus, PodSource, PodView, RunState, SandboxRecord, View
from upgradecheck.planning.seeing.edited import as_it_runs
from upgradecheck.planning.seeing.facts import SpecFacts
from upgradecheck.reading.identity import identity_of

_RUNS_OR_MAY = ("Running", "Unknown")
"""Phases of a pod of which something runs, or may run on a node that nobody reaches."""


class ExaminedView(msgspec.Struct, frozen=True, gc=False):
    """A view with the facts of its spec; digest tells equal specs from different ones."""

    view: PodView
    facts: SpecFacts
    digest: bytes


class JoinedPod(msgspec.Struct, frozen=True, gc=False):
    """One pod: the view whose spec counts, the view whose status counts (often the same), and the mirror pod's UID.

    gone: it is a static pod of which there is no manifest any more.
    """

    spec: ExaminedView
    status: PodView
    mirror_uid: str | None = None
    gone: bool = False

    @property
    def lossy(self) -> bool:
        """Whether the spec was only seen as the running kubelet decoded it."""
        return self.spec.view.view is not View.SPEC


class Records:
    """The runtime's containers and sandboxes, found by ID or by pod."""

    def __init__(self, containers: Iterable[ContainerRecord], sandboxes: Iterable[SandboxRecord]) -> None:
        self._by_id: dict[str, ContainerRecord] = {}
        self._by_pod: dict[str, dict[str, ContainerRecord]] = {}
        self._sandboxes: dict[str, list[SandboxRecord]] = {}
        self._with_ended: set[str] = set()
        self._several: set[tuple[str, str]] = set()
        for record in containers:
            self._by_id[record.container_id] = record
            if record.state is RunState.EXITED:
                self._with_ended.add(record.origin.source)
            if not record.pod_uid:  # made by crictl run or the like, and no kubelet's
                continue
            newest = self._by_pod.setdefault(record.pod_uid, {})
            known = newest.get(record.name)
            if known is not None and known.container_id != record.container_id:
                self._several.add((record.pod_uid, record.name))
            if known is None or (record.created_at, record.attempt) > (known.created_at, known.attempt):
                newest[record.name] = record
        for sandbox in sandboxes:
            if not sandbox.pod_uid:
                continue
            _add_sandbox(self._sandboxes.setdefault(sandbox.pod_uid, []), sandbox)
        for found in self._sandboxes.values():
            found.sort(key=lambda sandbox: (sandbox.created_at, sandbox.attempt), reverse=True)

    def find(self, pod: PodView, name: str) -> ContainerRecord | None:
        """The record of a pod's container, None if the runtime's list has none, or was made before that container."""
        newest = self._by_pod.get(pod.uid, {}).get(name)
        status = next((status for status in pod.statuses if status.name == name), None)
        if newest is not None:
            return None if status is not None and self._outdated(newest, status) else newest
        return self._by_id.get(status.container_id) if status is not None and status.container_id is not None else None

    def _outdated(self, newest: ContainerRecord, status: ContainerStatus) -> bool:
        """Whether the status names a container that no record shows, and that started after the newest record was made."""
        if status.container_id is None or status.container_id in self._by_id or not newest.created_at:
            return False
        try:
            return nanoseconds(status.started_at or "", "startedAt") > newest.created_at
        except SpecRefused:
            return False

    def of_pod(self, uid: str) -> tuple[ContainerRecord, ...]:
        """The newest record of each container name of a pod."""
        return tuple(self._by_pod.get(uid, {}).values())

    def lost(self, pod: PodView, name: str) -> bool:
        """Whether the runtime no longer knows a container, though it knows others of its pod.

        A list that shows no ended container anywhere was made without ``-a``, and tells nothing of those.
        """
        others = self._by_pod.get(pod.uid, {}).values()
        return any(record.origin.source in self._with_ended for record in others) and self.find(pod, name) is None

    def has_older(self, pod: PodView, name: str) -> bool:
        """Whether a record of an earlier start of a container is there beside its newest; runtimes keep one, so a restart speaks for it."""
        if (pod.uid, name) in self._several:
            return True
        others = self._by_pod.get(pod.uid, {}).values()
        if any(record.origin.source in self._with_ended for record in others):
            return False
        return any(status.name == name and status.restart_count > 0 for status in pod.statuses)

    def hides(self, pod: PodView, name: str) -> bool:
        """Whether the runtime may know a container that no list shows, since those that show others of its pod were made without ``-a``."""
        others = self._by_pod.get(pod.uid, {}).values()
        return bool(others) and all(record.origin.source not in self._with_ended for record in others) and self.find(pod, name) is None

    def sandboxes(self, uid: str) -> tuple[SandboxRecord, ...]:
        """The sandboxes of a pod, the newest first."""
        return tuple(self._sandboxes.get(uid, ()))

    def without(self, uids: frozenset[str]) -> tuple[Records, int]:
        """The records without all that is known of some pods, and how many containers that leaves out."""
        if not uids:
            return self, 0
        rest = Records((), ())
        rest._by_id = {identity: record for identity, record in self._by_id.items() if record.pod_uid not in uids}
        rest._by_pod = {uid: found for uid, found in self._by_pod.items() if uid not in uids}
        rest._sandboxes = {uid: found for uid, found in self._sandboxes.items() if uid not in uids}
        rest._with_ended = self._with_ended
        rest._several = {known for known in self._several if known[0] not in uids}
        return rest, len(self._by_id) - len(rest._by_id)

    def pods(self) -> Iterator[str]:
        """UIDs of all pods that have a record, in input order."""
        yield from dict.fromkeys([*self._by_pod, *self._sandboxes])


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


def _add_sandbox(found: list[SandboxRecord], sandbox: SandboxRecord) -> None:
    """One of each ID: a sandbox that was ready in one dump and is not in another was seen again later, as none comes back to life."""
    for index, known in enumerate(found):
        if known.sandbox_id == sandbox.sandbox_id:
            found[index] = replace(known, ready=known.ready and sandbox.ready, network=known.network or sandbox.network)
            return
    found.append(sandbox)


class PodJoiner:
    """Collects examined views, one at a time, and gives the pods they make."""

    def __init__(self) -> None:
        self._views: dict[str, tuple[ExaminedView, ...]] = {}

    def add(self, examined: ExaminedView) -> None:
        """Takes one view; the same view given twice counts once.

        Raises:
            ConflictingSpecs: a view of this kind and UID was added with another spec.
        """
        view = examined.view
        known = self._views.get(_key(examined), ())
        twin = next((other for other in known if other.view.view is view.view), None)
        if twin is None:
            self._views[_key(examined)] = (*known, examined)
        elif twin.digest == examined.digest:
            self._views[_key(examined)] = tuple(max(twin, examined, key=_told) if other is twin else other for other in known)
        else:
            raise ConflictingSpecs(
                f"pod {view.namespace}/{view.name} (UID {view.uid}) has two different specs: in {twin.view.origin} and in {view.origin}. "
                "They were taken at different times or from different clusters: give one of them only."
            )

    def static_views(self) -> Iterator[PodView]:
        """The views of static pods, other than manifests."""
        for views in self._views.values():
            yield from (one.view for one in views if one.view.source is not PodSource.API and one.view.view is not View.SPEC)

    def joined(self) -> Iterator[JoinedPod]:
        """The pods, which stay here."""
        return map(_join, self._views.values())

    def drain(self) -> Iterator[JoinedPod]:
        """The pods, each let go of as it is given, so that 150,000 of them are never held here and in the plan at once."""
        while self._views:
            _, views = self._views.popitem()
            yield _join(views)


def _key(examined: ExaminedView) -> str:
    """Its identity; a manifest without one is told apart by its name and content."""
    view = examined.view
    return identity_of(view) or f"{view.namespace}/{view.name} {examined.digest.hex()}"


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
    return JoinedPod(spec, by_status[0] if by_status else spec.view, mirror.view.mirror_uid if mirror else None)


def _told(examined: ExaminedView) -> tuple[bool, int, str, str]:
    """Orders equal specs by how much, then how late, they tell of the pod's state, in whatever order they come."""
    view = examined.view
    restarts = sum(status.restart_count for status in view.statuses)
    started = max((status.started_at or "" for status in view.statuses), default="")
    return _tells_state(view), restarts, started, str(view.origin)


def _tells_state(view: PodView) -> bool:
    return view.has_status and (bool(view.statuses) or view.phase is not None)


def state_of(record: ContainerRecord | None, pod: PodView, name: str) -> tuple[RunState, int | None]:
    """State and exit code of a container: what the runtime says, else what the status says.

    A status without any container that says the pod runs (one that was cut down, say) does not show that nothing runs.
    """
    status = next((status for status in pod.statuses if status.name == name), None)
    if record is not None:
        same = status is not None and status.container_id == record.container_id
        return record.state, status.exit_code if status is not None and same else None
    if status is not None:
        return status.state, status.exit_code
    told = pod.has_status and (bool(pod.statuses) or pod.phase not in _RUNS_OR_MAY)
    return (RunState.WAITING if told else RunState.UNREPORTED), None
