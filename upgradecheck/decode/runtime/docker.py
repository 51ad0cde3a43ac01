"""Records of the container runtime docker: dockershim (up to 1.23) and cri-dockerd.

Three forms: the engine API's ``GET /containers/json?all=1``, ``docker inspect``, and the lines of ``docker ps -a --no-trunc --format
'{{json .}}'``. What is not read of them: Config.Env, which holds resolved secrets, commands and mounts.

Which containers are the kubelet's, label io.kubernetes.docker.type tells, and the name, which is
``k8s_<container>_<pod>_<namespace>_<uid>_<attempt>`` with, after a name conflict, a random seventh part
(pkg/kubelet/dockershim/naming.go); a sandbox is the container POD. State is read as the shim reads it: out of the text Status in a
list ("Up 3 hours (Paused)" is running), out of State when one container is inspected.
A list gives creation in whole seconds.
"""

from __future__ import annotations

from sys import intern

import msgspec

from upgradecheck.decode.runtime.crictl import POD_SOURCES, recorded_hash
from upgradecheck.decode.runtime.docker_labels import Labels, split_labels
from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import ContainerRecord, Origin, RunState, SandboxRecord

Record = ContainerRecord | SandboxRecord

_ENGINE_API = 'take "curl -s --unix-socket /var/run/docker.sock http://localhost/containers/json?all=1" instead'
_SECOND = 1_000_000_000
_RUNTIME = "docker"
_SANDBOX_TYPE, _CONTAINER_TYPE, _SANDBOX_NAME = "podsandbox", "container", "POD"
_NAME = pattern(r"/?k8s_([^_]+)_([^_]+)_([^_]+)_([^_]+)_([0-9]{1,10})(?:_[^_]+)?")
_PRINTABLE = pattern(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,300}")
_FULL_ID = pattern(r"[0-9a-f]{64}")
_COUNT = pattern(r"[0-9]{1,10}")
_STATUS_TEXTS = (("Up", RunState.RUNNING), ("Exited", RunState.EXITED), ("Created", RunState.CREATED))
_STATES = {"running": RunState.RUNNING, "paused": RunState.RUNNING, "exited": RunState.EXITED, "created": RunState.CREATED}


class _Summary(msgspec.Struct):
    id: str | None = msgspec.field(default=None, name="Id")
    names: list[str | None] | None = msgspec.field(default=None, name="Names")
    created: int | None = msgspec.field(default=None, name="Created")
    state: str | None = msgspec.field(default=None, name="State")
    status: str | None = msgspec.field(default=None, name="Status")
    labels: Labels | None = msgspec.field(default=None, name="Labels")


class _State(msgspec.Struct, gc=False, rename="pascal"):
    running: bool | None = None
    exit_code: int | None = None
    finished_at: str | None = None


class _Config(msgspec.Struct, rename="pascal"):
    labels: Labels | None = None


class _Inspection(msgspec.Struct, rename="pascal"):
    id: str | None = None
    name: str | None = None
    created: str | None = None
    state: _State | None = None
    config: _Config | None = None


class _Line(msgspec.Struct, gc=False):
    id: str | None = msgspec.field(default=None, name="ID")
    names: str | None = msgspec.field(default=None, name="Names")
    created: str | None = msgspec.field(default=None, name="CreatedAt")
    state: str | None = msgspec.field(default=None, name="State")
    status: str | None = msgspec.field(default=None, name="Status")
    labels: str | None = msgspec.field(default=None, name="Labels")


_SUMMARY = msgspec.json.Decoder(_Summary)
_INSPECTION = msgspec.json.Decoder(_Inspection)
_LINE = msgspec.json.Decoder(_Line)


class _Name(msgspec.Struct, frozen=True, gc=False):
    """The parts of a name that a shim gave; all empty where it gave none."""

    container: str = ""
    pod: str = ""
    namespace: str = ""
    uid: str = ""
    attempt: int | None = None


def summary_record(raw: bytes, origin: Origin) -> Record | None:
    """The record of a container in the engine API's list; None if it is not the kubelet's.

    Raises:
        SpecRefused: no JSON, no ID, or a value that is read here has a wrong type.
    """
    summary = typed(_SUMMARY, raw)
    name = _first_of(summary.names or [])
    state = _listed_state(summary.state, summary.status)
    return _record(summary.id, name, summary.labels, state, (summary.created or 0) * _SECOND, origin)


def inspection_record(raw: bytes, origin: Origin) -> Record | None:
    """The record of a container as ``docker inspect`` shows it; None if it is not the kubelet's.

    Raises:
        SpecRefused: no JSON, no ID, or a value that is read here has a wrong type.
    """
    inspection = typed(_INSPECTION, raw)
    labels = inspection.config.labels if inspection.config else None
    created = nanoseconds(inspection.created, "Created") if inspection.created else 0
    return _record(inspection.id, _parsed(inspection.name or ""), labels, _inspected_state(inspection.state or _State()), created, origin)


def line_record(raw: bytes, origin: Origin) -> Record | None:
    """The record of a line of ``docker ps``; None if it is not the kubelet's.

    Raises:
        SpecRefused: no JSON, the ID is cut short, a value has a wrong type, or the labels cannot be told apart.
    """
    line = typed(_LINE, raw)
    name = _first_of((line.names or "").split(","))
    if not name.uid and "io.kubernetes.docker.type=" not in (line.labels or ""):
        return None
    try:
        labels = split_labels(line.labels or "") if line.labels else None
        if line.id and not _FULL_ID.fullmatch(line.id):
            raise SpecRefused("is cut short, so it matches no pod; take it again with --no-trunc", "ID")
    except SpecRefused as error:
        raise SpecRefused(f"{error.reason} (container {_in_words(line.names)}); {_ENGINE_API}", error.path) from None
    created = nanoseconds(line.created, "CreatedAt") if line.created else 0
    return _record(line.id, name, labels, _listed_state(line.state, line.status), created, origin)


def _record(identity: str | None, name: _Name, labels: Labels | None, state: RunState, created_at: int, origin: Origin) -> Record | None:
    kind = _kind(name, labels)
    if kind is None:
        return None
    if not identity:
        raise SpecRefused("expected an ID, found none", "Id")
    if labels is None or labels == Labels():
        raise SpecRefused(f"expected the kubelet's labels, found none; {_ENGINE_API}", "Labels")
    uid, namespace, pod = labels.pod_uid or name.uid, labels.pod_namespace or name.namespace, labels.pod_name or name.pod
    if kind == _SANDBOX_TYPE:
        return SandboxRecord(
            sandbox_id=intern(identity),
            pod_uid=intern(uid),
            pod_namespace=intern(namespace),
            pod_name=intern(pod),
            attempt=_attempt(name, labels),
            ready=state is RunState.RUNNING,
            created_at=created_at,
            source=POD_SOURCES.get(labels.source or ""),
            config_hash=labels.config_hash or None,
            origin=origin,
        )
    return ContainerRecord(
        container_id=identity,
        sandbox_id=intern(labels.sandbox_id or ""),
        pod_uid=intern(uid),
        pod_namespace=intern(namespace),
        pod_name=intern(pod),
        name=intern(labels.container_name or name.container),
        attempt=_attempt(name, labels),
        state=state,
        created_at=created_at,
        hash=recorded_hash(labels.hash),
        hash_without_resources=recorded_hash(labels.hash_without_resources),
        origin=origin,
        runtime=_RUNTIME,
    )


def _kind(name: _Name, labels: Labels | None) -> str | None:
    """Container or sandbox; None if the kubelet has nothing to do with it."""
    if labels is not None and labels.kind in (_SANDBOX_TYPE, _CONTAINER_TYPE):
        return labels.kind
    if not name.uid:
        return None
    return _SANDBOX_TYPE if name.container == _SANDBOX_NAME else _CONTAINER_TYPE


def _attempt(name: _Name, labels: Labels) -> int:
    if name.attempt is not None:
        return name.attempt
    return int(labels.restart_count) if _COUNT.fullmatch(labels.restart_count or "") and labels.restart_count else 0


def _first_of(names: list[str | None] | list[str]) -> _Name:
    """The first name that a shim gave; links add others."""
    return next((parsed for text in names if (parsed := _parsed(text or "")).uid), _Name())


def _parsed(text: str) -> _Name:
    match = _NAME.fullmatch(text)
    return _Name(match[1], match[2], match[3], match[4], int(match[5])) if match else _Name()


def _listed_state(state: str | None, status: str | None) -> RunState:
    """Mirrors toRuntimeAPIContainerState in pkg/kubelet/dockershim/convert.go; where there is no Status, State tells."""
    if status:
        return next((run_state for prefix, run_state in _STATUS_TEXTS if status.startswith(prefix)), RunState.UNKNOWN)
    return _STATES.get(state or "", RunState.UNKNOWN)


def _inspected_state(state: _State) -> RunState:
    """Mirrors ContainerStatus in pkg/kubelet/dockershim/docker_container.go."""
    if state.running:
        return RunState.RUNNING
    finished = nanoseconds(state.finished_at, "State.FinishedAt") if state.finished_at else 0
    return RunState.EXITED if finished or state.exit_code else RunState.CREATED


def _in_words(names: str | None) -> str:
    text = names or ""
    return text if _PRINTABLE.fullmatch(text) else ascii(text[:100])
