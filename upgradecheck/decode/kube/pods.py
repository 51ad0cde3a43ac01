"""One view of one pod: identity, status and ownership out of a raw Pod; env, args and commands are never looked at.

Whose view it is, annotations tell (pkg/kubelet/types/pod_update.go):

- ``kubernetes.io/config.mirror``: the API's picture of a static pod. Its value is the static pod's UID, which the
  containers are labelled with; metadata.uid is only the API object's. From 1.17 on its Node controls it, as it does no other pod: where
  somebody took the annotations away, that tells, and ``kubernetes.io/config.hash`` may tell the UID.
- ``kubernetes.io/config.source``: written by a kubelet on every pod of its ``/pods``, hence the spec as that kubelet decoded it. Where it
  was taken away, ``kubernetes.io/config.hash`` or a UID as only kubelets make them tells a static pod; a manifest that is pinned to one
  has no status.
  In what an API server keeps it tells nothing: somebody applied a static pod's YAML, and every kubelet writes ``api`` over it
  (pkg/kubelet/config/config.go). Such a pod has a resourceVersion, or a UID that is not its config.hash, which a static pod's always is.
- neither: the API object or a manifest, the spec.

As in Go, a null is an absent value: a pod without name or UID is read, and what needs one says so. A value of a wrong type refuses the pod.
Text that repeats across pods is held once, since a large dump gives 150,000 views.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from sys import intern
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Raw

from upgradecheck.decode.kube.workloads import UNMANAGED, controlled_by, static_pod, workload
from upgradecheck.decode.text.typed import Int32, typed
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import ContainerStatus, Origin, PodSource, PodView, RunState, View, Workload


class _Annotations(msgspec.Struct, gc=False, rename="camel"):
    mirror: str | None = msgspec.field(default=None, name="kubernetes.io/config.mirror")
    source: str | None = msgspec.field(default=None, name="kubernetes.io/config.source")
    hash: str | None = msgspec.field(default=None, name="kubernetes.io/config.hash")


class _Owner(msgspec.Struct, gc=False, rename="camel"):
    kind: str | None = None
    name: str | None = None
    controller: bool | None = None


class _Metadata(msgspec.Struct, rename="camel"):
    name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    resource_version: str | None = None
    deletion_timestamp: str | None = None
    labels: dict[str, str | None] | None = None
    annotations: _Annotations | None = None
    owner_references: list[_Owner | None] | None = None


class _Spec(msgspec.Struct, gc=False, rename="camel"):
    node_name: str | None = None
    termination_grace_period_seconds: Raw = Raw()
    volumes: Raw = Raw()


class _Running(msgspec.Struct, gc=False, rename="camel"):
    started_at: str | None = None


class _Terminated(msgspec.Struct, gc=False, rename="camel"):
    exit_code: int | None = None
    started_at: str | None = None


class _State(msgspec.Struct, gc=False, rename="camel"):
    running: _Running | None = None
    terminated: _Terminated | None = None
    waiting: Any = None


class _ContainerStatus(msgspec.Struct, gc=False, rename="camel"):
    name: str | None = None
    container_id: str | None = msgspec.field(default=None, name="containerID")
    state: _State | None = None
    started: bool | None = None
    ready: bool | None = None
    restart_count: Int32 | None = None


class _Status(msgspec.Struct, rename="camel"):
    phase: str | None = None
    init_container_statuses: list[_ContainerStatus | None] | None = None
    container_statuses: list[_ContainerStatus | None] | None = None
    ephemeral_container_statuses: list[_ContainerStatus | None] | None = None


class _Pod(msgspec.Struct, rename="camel"):
    metadata: _Metadata | None = None
    spec: _Spec | None = None
    status: Raw = Raw()


_POD = msgspec.json.Decoder(_Pod)
_STATUS = msgspec.json.Decoder(_Status | None)
_GRACE = msgspec.json.Decoder(int)
_VOLUMES = msgspec.json.Decoder(list[dict[str, Raw]])
_KUBELET_MADE = pattern(r"[0-9a-f]{32}")
_SOURCES = {source.value: source for source in PodSource}
_STATIC_SOURCES = {"file": PodSource.FILE, "http": PodSource.HTTP}
_NO_LABELS: Mapping[str, str] = MappingProxyType({})


def pod_view(raw: bytes, origin: Origin) -> PodView:
    """The view that a raw Pod gives. uid and name are empty where the document has none.

    Raises:
        SpecRefused: no JSON, or a value that is read here has a wrong type.
    """
    pod = typed(_POD, raw)
    metadata = pod.metadata or _Metadata()
    annotations = metadata.annotations or _Annotations()
    status_raw = bytes(pod.status)
    status = (typed(_STATUS, status_raw, "status") if status_raw else None) or _Status()
    name = metadata.name or ""
    node = intern(pod.spec.node_name) if pod.spec and pod.spec.node_name else None
    has_status = status_raw.translate(None, b" \t\r\n") not in (b"", b"null", b"{}")
    view, source, uid, mirror_uid = _whose(metadata, annotations, has_status=has_status)
    return PodView(
        uid=intern(uid),
        namespace=intern(metadata.namespace or "default"),
        name=name,
        view=view,
        source=source,
        origin=origin,
        node=node,
        mirror_uid=mirror_uid,
        config_hash=intern(annotations.hash) if annotations.hash else None,
        workload=_controller(metadata) if source is PodSource.API else static_pod(name, node),
        labels=labels_of(tuple((metadata.labels or {}).items())),
        phase=intern(status.phase) if status.phase else None,
        has_status=has_status,
        deleting=bool(metadata.deletion_timestamp),
        runtime=_runtime(status),
        grace_seconds=_grace(pod.spec),
        local_storage=_has_local_storage(pod.spec),
        statuses=tuple(_statuses(status)),
    )


def _whose(metadata: _Metadata, annotations: _Annotations, *, has_status: bool) -> tuple[View, PodSource, str, str | None]:
    """View, source, the kubelet's UID and the mirror pod's."""
    uid = metadata.uid or ""
    if annotations.mirror is not None or _is_its_nodes(metadata):
        static_uid = annotations.mirror or annotations.hash or uid
        return View.MIRROR, _STATIC_SOURCES.get(annotations.source or "", PodSource.FILE), static_uid, uid or None
    source = _SOURCES.get(annotations.source or "")
    if source in _STATIC_SOURCES.values() and is_kept_by_server(uid, annotations.hash, metadata.resource_version):
        return View.SPEC, PodSource.API, uid, None
    if source is None and has_status and (annotations.hash or _KUBELET_MADE.fullmatch(uid)):
        source = PodSource.FILE
    if source is None:
        return View.SPEC, PodSource.API, uid, None
    return View.KUBELET, source, uid, None


def is_kept_by_server(uid: str | None, config_hash: str | None, resource_version: str | None) -> bool:
    """Whether a pod that says a kubelet has it from a file or URL, and is no mirror pod, is one that an API server keeps all the same."""
    return bool(resource_version) or bool(uid and config_hash and config_hash != uid)


def _is_its_nodes(metadata: _Metadata) -> bool:
    return any(owner is not None and owner.controller and owner.kind == "Node" for owner in metadata.owner_references or ())


def _controller(metadata: _Metadata) -> Workload:
    for owner in metadata.owner_references or ():
        if owner and owner.controller:
            template_hash = (metadata.labels or {}).get("pod-template-hash")
            return controlled_by(owner.kind or "", owner.name or "", template_hash)
    return workload(UNMANAGED, metadata.name or "")


@lru_cache(maxsize=4096)
def labels_of(items: tuple[tuple[str, str | None], ...]) -> Mapping[str, str]:
    """Labels, the same object for the same ones: replicas stand side by side in a dump."""
    if not items:
        return _NO_LABELS
    return MappingProxyType({intern(key): intern(value or "") for key, value in items})


def _runtime(status: _Status) -> str | None:
    """The runtime that the first container's ID names."""
    for group in (status.container_statuses, status.init_container_statuses):
        for entry in group or ():
            if entry and entry.container_id:
                return intern(entry.container_id.partition("://")[0]) if "://" in entry.container_id else None
    return None


def _grace(spec: _Spec | None) -> int | None:
    """What stands there, as far as it is a number: whether a kubelet takes it, its decoder says."""
    raw = b"" if spec is None else bytes(spec.termination_grace_period_seconds)
    try:
        return _GRACE.decode(raw) if raw else None
    except msgspec.DecodeError:
        return None


def _has_local_storage(spec: _Spec | None) -> bool:
    """Whether a volume is an emptyDir, as ``kubectl drain`` asks (hasLocalStorage in k8s.io/kubectl/pkg/drain/filters.go)."""
    raw = b"" if spec is None else bytes(spec.volumes)
    if b"emptyDir" not in raw:
        return False
    try:
        volumes = _VOLUMES.decode(raw)
    except msgspec.DecodeError:
        return False
    return any(bytes(volume.get("emptyDir", b"null")) != b"null" for volume in volumes)


def _statuses(status: _Status) -> Iterator[ContainerStatus]:
    """Init containers first, then app, then ephemeral ones; names are unique across the three."""
    for group in (status.init_container_statuses, status.container_statuses, status.ephemeral_container_statuses):
        init = group is status.init_container_statuses
        for entry in group or ():
            yield _container_status(entry or _ContainerStatus(), init=init)


def _container_status(entry: _ContainerStatus, *, init: bool) -> ContainerStatus:
    state = entry.state or _State()
    running, terminated = state.running, state.terminated
    # A state with no member means waiting (ContainerState in k8s.io/api/core/v1). But what has started, or is ready, runs: the
    # state was taken out. An init container that is done is ready, too.
    runs = running or (not terminated and state.waiting is None and (entry.started or (entry.ready and not init)))
    run_state = RunState.RUNNING if runs else RunState.EXITED if terminated else RunState.WAITING
    since = running.started_at if running else terminated.started_at if terminated else None
    return ContainerStatus(
        name=intern(entry.name or ""),
        container_id=(entry.container_id or "").rpartition("://")[2] or None,
        state=run_state,
        started=entry.started,
        started_at=since or None,
        exit_code=(terminated.exit_code or 0) if terminated and not running else None,
        restart_count=entry.restart_count or 0,
    )
