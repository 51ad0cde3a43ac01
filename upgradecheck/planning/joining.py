"""The views of one pod UID as one pod, and its records beside it.

The API object or manifest gives the spec, the kubelet's own list or the API the status, the runtime the record; a mirror
pod folds into its static pod. A record is joined by container ID where a status names it, else by pod UID and container
name, the newest first, as the kubelet does when it asks its runtime.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from upgradecheck.model.errors import ConflictingSpecs
from upgradecheck.model.pod import ContainerRecord, PodView, RunState, SandboxRecord, View
from upgradecheck.planning.examine import SpecFacts


@dataclass(frozen=True, slots=True)
class ExaminedView:
    """A view with the facts of its spec; digest tells equal specs from different ones."""

    view: PodView
    facts: SpecFacts
    digest: bytes


@dataclass(frozen=True, slots=True)
class JoinedPod:
    """One pod: the view whose spec counts, the view whose status counts (often the same), and the mirror pod's UID."""

    spec: ExaminedView
    status: PodView
    mirror_uid: str | None = None

    @property
    def lossy(self) -> bool:
        """Whether the spec was only seen as the running kubelet decoded it."""
        return self.spec.view.view is not View.SPEC


class Records:
    """The runtime's containers and sandboxes, found by ID or by pod."""

    def __init__(self, containers: Iterable[ContainerRecord], sandboxes: Iterable[SandboxRecord]) -> None:
        self._by_id: dict[str, ContainerRecord] = {}
        self._by_pod: dict[str, dict[str, ContainerRecord]] = {}
        self._sandboxes: dict[str, SandboxRecord] = {}
        for record in containers:
            self._by_id[record.container_id] = record
            newest = self._by_pod.setdefault(record.pod_uid, {})
            known = newest.get(record.name)
            if known is None or (record.created_at, record.attempt) > (known.created_at, known.attempt):
                newest[record.name] = record
        for sandbox in sandboxes:
            known_sandbox = self._sandboxes.get(sandbox.pod_uid)
            if known_sandbox is None or sandbox.created_at > known_sandbox.created_at:
                self._sandboxes[sandbox.pod_uid] = sandbox

    def find(self, pod: PodView, name: str) -> ContainerRecord | None:
        """The record of a pod's container, None if the runtime's list has none."""
        for status in pod.statuses:
            if status.name == name and status.container_id in self._by_id:
                return self._by_id[status.container_id]
        return self._by_pod.get(pod.uid, {}).get(name)

    def of_pod(self, uid: str) -> tuple[ContainerRecord, ...]:
        """The newest record of each container name of a pod."""
        return tuple(self._by_pod.get(uid, {}).values())

    def sandbox(self, uid: str) -> SandboxRecord | None:
        """The newest sandbox of a pod."""
        return self._sandboxes.get(uid)

    def pods(self) -> Iterator[str]:
        """UIDs of all pods that have a record, in input order."""
        yield from dict.fromkeys([*self._by_pod, *self._sandboxes])


class PodJoiner:
    """Collects examined views, one at a time, and gives the pods they make."""

    def __init__(self) -> None:
        self._views: dict[tuple[str, ...], dict[View, ExaminedView]] = {}

    def add(self, examined: ExaminedView) -> None:
        """Takes one view; the same view given twice counts once.

        Raises:
            ConflictingSpecs: a view of this kind and UID was added with another spec.
        """
        view = examined.view
        known = self._views.setdefault(_key(examined), {})
        twin = known.get(view.view)
        if twin is not None and twin.digest != examined.digest:
            raise ConflictingSpecs(
                f"pod {view.namespace}/{view.name} (UID {view.uid}) has two different specs: in {twin.view.origin} and in {view.origin}. "
                "They were taken at different times or from different clusters: give one of them only."
            )
        if twin is None:
            known[view.view] = examined

    def pods(self) -> Iterator[JoinedPod]:
        """The pods, in the order in which their first view came."""
        for views in self._views.values():
            yield _join(views)


def _key(examined: ExaminedView) -> tuple[str, ...]:
    """The UID; a manifest without one is told apart by its name and content."""
    view = examined.view
    return (view.uid,) if view.uid else ("", view.namespace, view.name, examined.digest.hex())


def _join(views: dict[View, ExaminedView]) -> JoinedPod:
    by_spec = [views[kind] for kind in (View.SPEC, View.KUBELET, View.MIRROR) if kind in views]
    by_status = [views[kind].view for kind in (View.KUBELET, View.SPEC, View.MIRROR) if kind in views and _tells_state(views[kind].view)]
    mirror = views.get(View.MIRROR)
    return JoinedPod(by_spec[0], by_status[0] if by_status else by_spec[0].view, mirror.view.mirror_uid if mirror else None)


def _tells_state(view: PodView) -> bool:
    return view.has_status and (bool(view.statuses) or view.phase is not None)


def state_of(record: ContainerRecord | None, pod: PodView, name: str) -> tuple[RunState, int | None]:
    """State and exit code of a container: what the runtime says, else what the status says."""
    status = next((status for status in pod.statuses if status.name == name), None)
    if record is not None:
        same = status is not None and status.container_id == record.container_id
        return record.state, status.exit_code if status is not None and same else None
    if status is not None:
        return status.state, status.exit_code
    return (RunState.WAITING if pod.has_status else RunState.UNREPORTED), None
