"""Records of the container runtime docker: dockershim (up to 1.23) and cri-dockerd.

Three forms: the engine API's ``GET /containers/json?all=1``, ``docker inspect``, and the lines of ``docker ps -a --no-trunc --format
'{{json .}}'``. What is not read of them: Config.Env, which holds resolved secrets, commands and mounts.

A container is the kubelet's if both hold, as in the shim's ListContainers (docker_container.go, the same from 1.9 to 1.23, and in
cri-dockerd): label io.kubernetes.docker.type says container or podsandbox, and the first of its names is
``k8s_<container>_<pod>_<namespace>_<uid>_<attempt>`` with, after a name conflict, a random seventh part (naming.go). A container of an
image that ``docker commit`` made of a kubelet's container has all labels and another name: the kubelet does not see it.

podman and nerdctl list in docker's forms. They show labels of what other runtimes keep, and the kubelet's hash is an annotation there: that
it is not shown proves nothing.

State is read as the shim reads it when it inspects one container, for by that the kubelet decides: running, also paused; else ended if it
has finished or has an exit code, else created. A list tells less: what it calls Created may have failed to start, and then has ended.
A list gives creation in whole seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import Enum
from sys import intern

import msgspec

from upgradecheck.decode.runtime.crictl import POD_SOURCES, recorded_hash
from upgradecheck.decode.runtime.docker_labels import SWARM_NODE, Labels, split_labels
from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import ContainerRecord, Origin, RunState, SandboxRecord
from upgradecheck.model.wording import count


class Foreign(Enum):
    """Why a container of a list is no record: it is not the kubelet's, or the list is one of podman's or nerdctl's, without its hash.

    Where the list tells whose it is, so is it called: podman's has members that docker's has not, nerdctl's has the names that containerd's
    containers of a kubelet have. A swarm's show that its docker is part of one.
    """

    NOT_THE_KUBELETS = "not the kubelet's"
    NOT_THE_KUBELETS_OF_PODMAN = "not the kubelet's, in podman's list"
    A_SWARMS = "not the kubelet's, of a swarm"
    WITHOUT_ANNOTATIONS = "without annotations"
    PODMANS = "without annotations, in podman's list"
    NERDCTLS = "without annotations, in nerdctl's list"

    @property
    def not_the_kubelets(self) -> bool:
        return self in (Foreign.NOT_THE_KUBELETS, Foreign.NOT_THE_KUBELETS_OF_PODMAN, Foreign.A_SWARMS)


Record = ContainerRecord | SandboxRecord

_ENGINE_API = 'take "curl -s --unix-socket /var/run/docker.sock http://localhost/containers/json?all=1" instead'
_SECOND = 1_000_000_000
_RUNTIME = "docker"
_SANDBOX_TYPE, _CONTAINER_TYPE = "podsandbox", "container"
_TYPE, _POD_UID = "io.kubernetes.docker.type=", "io.kubernetes.pod.uid="
_NERDCTL = "k8s://"
_UINT32 = 1 << 32
_PRINTABLE = pattern(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,300}")
_FULL_ID = pattern(r"[0-9a-f]{64}")
_COUNT = pattern(r"[0-9]{1,20}")
_STATUS_TEXTS = (
    ("Up", RunState.RUNNING),
    ("Exited", RunState.EXITED),
    ("Created", RunState.STOPPED),
    ("Dead", RunState.STOPPED),
    ("Removal In Progress", RunState.STOPPED),
    ("Restarting", RunState.UNREPORTED),
)
_STATES = {
    "running": RunState.RUNNING,
    "paused": RunState.RUNNING,
    "exited": RunState.EXITED,
    "created": RunState.STOPPED,
    "dead": RunState.STOPPED,
    "removing": RunState.STOPPED,
    "restarting": RunState.UNREPORTED,
}


class _Summary(msgspec.Struct):
    id: str | None = msgspec.field(default=None, name="Id")
    names: list[str | None] | None = msgspec.field(default=None, name="Names")
    created: int | None = msgspec.field(default=None, name="Created")
    state: str | None = msgspec.field(default=None, name="State")
    status: str | None = msgspec.field(default=None, name="Status")
    labels: Labels | msgspec.UnsetType | None = msgspec.field(default=msgspec.UNSET, name="Labels")
    infra: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="IsInfra")
    """Whether podman made it for a pod of its own; only podman's list has it."""


class _State(msgspec.Struct, gc=False, rename="pascal"):
    running: bool | None = None
    exit_code: int | None = None
    finished_at: str | None = None


class _Config(msgspec.Struct, rename="pascal"):
    labels: Labels | msgspec.UnsetType | None = msgspec.UNSET


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
    labels: str | msgspec.UnsetType | None = msgspec.field(default=msgspec.UNSET, name="Labels")


_SUMMARY = msgspec.json.Decoder(_Summary)
_INSPECTION = msgspec.json.Decoder(_Inspection)
_LINE = msgspec.json.Decoder(_Line)


class _Name(msgspec.Struct, frozen=True, gc=False):
    """The parts of a name that a shim gave."""

    container: str
    pod: str
    namespace: str
    uid: str
    attempt: int


def summary_record(raw: bytes, origin: Origin) -> Record | Foreign:
    """The record of a container in the engine API's list; or why it is none.

    Raises:
        SpecRefused: no JSON, no ID, or a value that is read here has a wrong type.
    """
    summary = typed(_SUMMARY, raw)
    name = _parsed(next(iter(summary.names or ()), None))
    state = _listed_state(summary.state, summary.status)
    found = _record(summary.id, name, summary.labels, state, (summary.created or 0) * _SECOND, origin)
    return _of_podman(found) if summary.infra is not msgspec.UNSET else found


def _of_podman(found: Record | Foreign) -> Record | Foreign:
    if found is Foreign.NOT_THE_KUBELETS:
        return Foreign.NOT_THE_KUBELETS_OF_PODMAN
    return Foreign.PODMANS if found is Foreign.WITHOUT_ANNOTATIONS else found


def inspection_record(raw: bytes, origin: Origin) -> Record | Foreign:
    """The record of a container as ``docker inspect`` shows it; or why it is none.

    Raises:
        SpecRefused: no JSON, no ID, or a value that is read here has a wrong type.
    """
    inspection = typed(_INSPECTION, raw)
    labels = inspection.config.labels if inspection.config else msgspec.UNSET
    created = nanoseconds(inspection.created, "Created") if inspection.created else 0
    return _record(inspection.id, _parsed(inspection.name), labels, _inspected_state(inspection.state), created, origin)


def line_record(raw: bytes, origin: Origin) -> Record | Foreign:
    """The record of a line of ``docker ps``; or why it is none.

    Raises:
        SpecRefused: no JSON, the ID is cut short, a value has a wrong type, or the labels cannot be told apart.
    """
    line = typed(_LINE, raw)
    name = _parsed((line.names or "").partition(",")[0])
    text = "" if line.labels is msgspec.UNSET else line.labels or ""
    if _TYPE not in text and (name is None or line.labels is not msgspec.UNSET):
        if _POD_UID not in text:
            return Foreign.A_SWARMS if f"{SWARM_NODE}=" in text else Foreign.NOT_THE_KUBELETS
        return Foreign.NERDCTLS if (line.names or "").startswith(_NERDCTL) else Foreign.WITHOUT_ANNOTATIONS
    if name is None:
        return Foreign.NOT_THE_KUBELETS
    try:
        labels = line.labels if line.labels is msgspec.UNSET else split_labels(text)
        if line.id and not _FULL_ID.fullmatch(line.id):
            raise SpecRefused("is cut short, so it matches no pod; take it again with --no-trunc", "ID")
    except SpecRefused as error:
        raise SpecRefused(f"{error.reason} (container {_in_words(line.names)}); {_ENGINE_API}", error.path) from None
    created = nanoseconds(line.created, "CreatedAt") if line.created else 0
    return _record(line.id, name, labels, _listed_state(line.state, line.status), created, origin)


def _record(
    identity: str | None,
    name: _Name | None,
    labels: Labels | msgspec.UnsetType | None,
    state: RunState | None,
    created_at: int,
    origin: Origin,
) -> Record | Foreign:
    if name is not None and labels is msgspec.UNSET:
        raise SpecRefused(f"expected the kubelet's labels, found none; {_ENGINE_API}", "Labels")
    if labels is None or labels is msgspec.UNSET or labels.kind not in (_SANDBOX_TYPE, _CONTAINER_TYPE):
        return _foreign(labels) if labels else Foreign.NOT_THE_KUBELETS
    if name is None:
        return Foreign.NOT_THE_KUBELETS
    if not identity:
        raise SpecRefused("expected an ID, found none", "Id")
    if state is None:
        raise SpecRefused("expected a state of docker's, found none or another word", "State")
    uid, namespace, pod = labels.pod_uid or name.uid, labels.pod_namespace or name.namespace, labels.pod_name or name.pod
    if labels.kind == _SANDBOX_TYPE:
        return SandboxRecord(
            sandbox_id=intern(identity),
            pod_uid=intern(uid),
            pod_namespace=intern(namespace),
            pod_name=intern(pod),
            attempt=name.attempt,
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
        attempt=name.attempt,
        state=state,
        created_at=created_at,
        hash=recorded_hash(labels.hash),
        hash_without_resources=recorded_hash(labels.hash_without_resources),
        origin=origin,
        runtime=_RUNTIME,
    )


def _foreign(labels: Labels) -> Foreign:
    """Whose a container is that no shim made."""
    if labels.kind is None and labels.pod_uid:
        return Foreign.WITHOUT_ANNOTATIONS
    return Foreign.A_SWARMS if labels.swarm_node else Foreign.NOT_THE_KUBELETS


def _parsed(text: str | None) -> _Name | None:
    """The parts of a name as parseContainerName and parseSandboxName find them; None if it is none that a shim gave."""
    parts = (text or "").removeprefix("/").split("_")
    if len(parts) not in (6, 7) or parts[0] != "k8s" or not _COUNT.fullmatch(parts[5]) or int(parts[5]) >= _UINT32:
        return None
    return _Name(parts[1], parts[2], parts[3], parts[4], int(parts[5]))


def _listed_state(state: str | None, status: str | None) -> RunState | None:
    """What a list shows, where the shim would look closer; where there is no Status, State tells. None if neither is a word of docker's."""
    if status:
        return next((run_state for prefix, run_state in _STATUS_TEXTS if status.startswith(prefix)), None)
    return _STATES.get(state or "")


def _inspected_state(state: _State | None) -> RunState:
    """Mirrors ContainerStatus in pkg/kubelet/dockershim/docker_container.go. docker always says whether it runs."""
    if state is None or state.running is None:
        raise SpecRefused("expected whether it runs, found nothing", "State.Running")
    if state.running:
        return RunState.RUNNING
    finished = nanoseconds(state.finished_at, "State.FinishedAt") if state.finished_at else 0
    return RunState.EXITED if finished or state.exit_code else RunState.CREATED


def _in_words(names: str | None) -> str:
    text = names or ""
    return text if _PRINTABLE.fullmatch(text) else ascii(text[:100])


def left_out(source: str, foreign: Iterable[Foreign]) -> Iterator[str]:
    """What is said of the containers in a list that are no records."""
    counted = Counter(foreign)
    if number := counted[Foreign.NOT_THE_KUBELETS] + counted[Foreign.A_SWARMS]:
        yield f"{source}: left out {count(number, 'container')} of docker that no kubelet made"
    if number := counted[Foreign.NOT_THE_KUBELETS_OF_PODMAN]:
        yield f"{source}: left out {count(number, 'container')} of podman that no kubelet made"
    if number := counted[Foreign.WITHOUT_ANNOTATIONS]:
        yield f"{source}: left out {_hiding(number, 'a list')} {_NO_HASH} (podman's or nerdctl's); {_CRICTL}"
    for kind, whose in ((Foreign.PODMANS, "podman's list"), (Foreign.NERDCTLS, "nerdctl's list")):
        if number := counted[kind]:
            yield f"{source}: left out {_hiding(number, whose)} {_NO_HASH}; {_CRICTL}"


_NO_HASH, _CRICTL = "no annotations, hence no kubelet's hash", "take crictl ps -a -o json"


def _hiding(number: int, whose: str) -> str:
    return count(number, f"container of {whose}, which shows", f"containers of {whose}, which shows")
