"""What the program is fed in tests: one base pod, node and runtime record, and small mutations of them.

Documents are JSON objects as dicts; a mutation takes one and gives a changed copy, and ``raw`` makes the bytes that a source
would give. The base pod is one of a Deployment, runs on worker-1 under an API server, and has one app container ``app``.
"""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

from msgspec.structs import replace

from upgradecheck.catalog import Catalog
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.containers import DecodedContainer, hash_container
from upgradecheck.model.decisions import Messages
from upgradecheck.model.hash import Hash
from upgradecheck.model.internal import InternalPod
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.manifests import ManifestFacts, PodLevelDefaults
from upgradecheck.model.pod import Origin
from upgradecheck.model.schema import HashClass
from upgradecheck.model.version import KubeletVersion, Minor
from upgradecheck.reading.pod import ReadPod, Taken

Document = dict[str, Any]

CATALOG = Catalog()
"""One for all tests, so that each minor is decoded once."""

DECISIONS = replace(CATALOG.schema(Minor(1, 20)).decisions.first, messages=Messages.STRUCTURED)
"""Decision facts of a minor that tests make up."""

ADMISSION = CATALOG.schema(Minor(1, 30)).admission.first
API_SERVER = CATALOG.schema(Minor(1, 30)).api_server.first
"""Admission facts of a minor that tests make up."""

INTERNAL = InternalPod({}, {}, frozenset(), ("wall uint64", "ext int64", "loc *time.Location"))
"""Internal types that are the published ones."""

MANIFESTS = ManifestFacts(
    proc_mount_default=False,
    resize_policy_default=False,
    newer_image_references=False,
    pod_level_defaults=PodLevelDefaults.NONE,
    negative_grace_becomes_one=False,
    refuses=frozenset(),
    field_paths=(),
)
"""Manifest facts of a minor that tests make up."""

UID = "11111111-0000-4000-8000-000000000001"
OTHER_UID = "22222222-0000-4000-8000-000000000002"
KUBELET_MADE_UID = "0123456789abcdef0123456789abcdef"
MIRROR_UID = "33333333-0000-4000-8000-000000000003"
NODE = "worker-1"
STARTED = "2026-03-01T10:00:00Z"

_HASH = "io.kubernetes.container.hash"
_STATUSES = {
    "initContainers": "initContainerStatuses",
    "containers": "containerStatuses",
    "ephemeralContainers": "ephemeralContainerStatuses",
}


def container_id(name: str) -> str:
    """The ID that container ``name`` of the base pod runs under."""
    return f"id-of-{name}"


def pod(name: str = "web-7d9f-x2x1z", uid: str = UID) -> Document:
    """A running pod of Deployment shop/web with one app container that sets nothing beyond 1.16."""
    base: Document = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": uid,
            "labels": {"app": "web", "pod-template-hash": "7d9f"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-7d9f", "uid": "u", "controller": True}],
        },
        "spec": {"containers": [], "nodeName": NODE, "restartPolicy": "Always"},
        "status": {"phase": "Running"},
    }
    return with_container(base, "app")


def with_container(document: Document, name: str, *, kind: str = "containers", **fields: Any) -> Document:
    """One more running container; kind is the list in the spec that it stands in."""
    changed = copy.deepcopy(document)
    ports = [{"containerPort": 8080, "protocol": "TCP"}]
    spec = {"name": name, "image": "registry.example/web:1.0", "ports": ports, "resources": {}, **fields}
    changed["spec"].setdefault(kind, []).append(spec)
    if "status" in changed:
        changed["status"].setdefault(_STATUSES[kind], []).append(_status(name, {"running": {"startedAt": STARTED}}))
    return changed


def with_init(document: Document, name: str = "prep", **fields: Any) -> Document:
    """One more init container, finished unless ``running`` is applied."""
    return exited(with_container(document, name, kind="initContainers", **fields), name)


def with_sidecar(document: Document, name: str = "mesh", *, started: bool = True, **fields: Any) -> Document:
    """A running init container with restartPolicy Always; not started, it has a startup probe that has not passed."""
    if not started:
        fields = {"startupProbe": {"exec": {"command": ["true"]}}, **fields}
    changed = with_container(document, name, kind="initContainers", restartPolicy="Always", **fields)
    _status_of(changed, name)["started"] = started
    return changed


def with_ephemeral(document: Document, name: str = "debug") -> Document:
    """A running ephemeral container."""
    return with_container(document, name, kind="ephemeralContainers")


def _status(name: str, state: Document) -> Document:
    return {"name": name, "containerID": f"containerd://{container_id(name)}", "state": state, "restartCount": 0, "started": True}


def _status_of(document: Document, name: str) -> Document:
    groups = [document["status"].get(group, []) for group in _STATUSES.values()]
    return next(status for group in groups for status in group if status["name"] == name)


def _container_of(document: Document, name: str) -> Document:
    groups = [document["spec"].get(group, []) for group in _STATUSES]
    return next(container for group in groups for container in group if container["name"] == name)


def with_field(document: Document, name: str, path: str, value: Any) -> Document:
    """A field of a container's spec set; path is dotted."""
    changed = copy.deepcopy(document)
    target, (*parents, last) = _container_of(changed, name), path.split(".")
    for parent in parents:
        target = target.setdefault(parent, {})
    target[last] = value
    return changed


def with_env(document: Document, value: str, name: str = "app") -> Document:
    """An environment variable in a container."""
    return with_field(document, name, "env", [{"name": "TEXT", "value": value}])


def with_new_probe_field(document: Document, name: str = "app") -> Document:
    """A liveness probe with terminationGracePeriodSeconds, which kubelets know from 1.21 on."""
    return with_field(document, name, "livenessProbe", {"httpGet": {"path": "/", "port": 8080}, "terminationGracePeriodSeconds": 7})


def exited(document: Document, name: str = "app", code: int = 0) -> Document:
    """A container that has come to its end."""
    changed = copy.deepcopy(document)
    _status_of(changed, name)["state"] = {"terminated": {"exitCode": code, "startedAt": STARTED}}
    return changed


def waiting(document: Document, name: str = "app") -> Document:
    """A container that has not started."""
    changed = copy.deepcopy(document)
    status = _status_of(changed, name)
    status["state"] = {"waiting": {"reason": "ContainerCreating"}}
    del status["containerID"]
    return changed


def in_phase(document: Document, phase: str) -> Document:
    """The pod's phase."""
    changed = copy.deepcopy(document)
    changed["status"]["phase"] = phase
    return changed


def without_status(document: Document) -> Document:
    """A bare manifest."""
    return {key: copy.deepcopy(value) for key, value in document.items() if key != "status"}


def without_uid(document: Document) -> Document:
    """As a person writes it."""
    changed = copy.deepcopy(document)
    del changed["metadata"]["uid"]
    return changed


def on_node(document: Document, node: str | None) -> Document:
    """Scheduled to another node, or to none."""
    changed = copy.deepcopy(document)
    changed["spec"].pop("nodeName", None)
    if node is not None:
        changed["spec"]["nodeName"] = node
    return changed


def _annotated(document: Document, **annotations: str) -> Document:
    changed = copy.deepcopy(document)
    named = {f"kubernetes.io/config.{key}": value for key, value in annotations.items()}
    changed["metadata"].setdefault("annotations", {}).update(named)
    return changed


def seen_by_kubelet(document: Document, source: str = "api") -> Document:
    """The pod as a kubelet's ``/pods`` shows it."""
    return _annotated(document, source=source)


def as_static(document: Document, uid: str = KUBELET_MADE_UID) -> Document:
    """A static pod as its kubelet's ``/pods`` shows it; uid is made by the kubelet unless its manifest gives one."""
    changed = _annotated(document, source="file", hash=uid)
    changed["metadata"].update(uid=uid, name=f"kube-proxy-{NODE}", ownerReferences=[])
    return changed


def mirror_of(static: Document) -> Document:
    """The mirror pod of a static pod, as the API server shows it."""
    uid = static["metadata"]["uid"]
    changed = _annotated(static, mirror=uid)
    changed["metadata"].update(uid=MIRROR_UID, ownerReferences=[{"kind": "Node", "name": NODE, "controller": True}])
    return changed


def node(name: str = NODE, version: str | None = "v1.22.17", **labels: str) -> Document:
    """A Node as kubectl shows it; version is what its kubelet reports."""
    info = {"containerRuntimeVersion": "containerd://1.7.27", **({"kubeletVersion": version} if version is not None else {})}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "status": {"nodeInfo": info}}


def record(document: Document, name: str = "app", *, hash_text: str | None, attempt: int = 0) -> Document:
    """The runtime's running container of a pod, as ``crictl ps`` shows it; hash_text None leaves the annotation out."""
    metadata = document["metadata"]
    annotations = {"kubernetes.io/config.mirror": None, **metadata.get("annotations", {})}
    labels = {
        "io.kubernetes.pod.name": metadata["name"],
        "io.kubernetes.pod.namespace": metadata["namespace"],
        "io.kubernetes.pod.uid": annotations["kubernetes.io/config.mirror"] or metadata["uid"],
        "io.kubernetes.container.name": name,
    }
    return {
        "id": container_id(name),
        "podSandboxId": "sandbox-1",
        "metadata": {"name": name, "attempt": attempt},
        "state": "CONTAINER_RUNNING",
        "createdAt": str(1_770_000_000_000_000_000 + attempt),
        "labels": labels,
        "annotations": {} if hash_text is None else {_HASH: hash_text},
    }


def with_hash(document: Document, hash_text: str) -> Document:
    """A record that carries another hash."""
    return {**document, "annotations": {_HASH: hash_text}}


def without_hash(document: Document) -> Document:
    """A record without the annotation."""
    return {**document, "annotations": {}}


def ended(document: Document) -> Document:
    """A record of a container that has come to its end."""
    return {**document, "state": "CONTAINER_EXITED"}


def known_as(document: Document, identity: str, *, created_at: int = 0) -> Document:
    """A record with another ID and time of creation (in nanoseconds after the base record's)."""
    return {**document, "id": identity, "createdAt": str(1_770_000_000_000_000_000 + created_at)}


def recorded_by(version: str, document: Document, name: str = "app") -> Document:
    """The record that a kubelet of this version would have made of the pod's container."""
    return record(document, name, hash_text=computed(version, document, name).hex)


@cache
def as_version(text: str) -> KubeletVersion:
    """A version that this text names."""
    return parse_kubelet_version(text)


def kubelet(version: str) -> KubeletEnd:
    """One end of an upgrade."""
    return KubeletEnd(as_version(version), CATALOG.builds(as_version(version)))


def computed(version: str, document: Document, name: str = "app") -> Hash:
    """What a kubelet of this version makes of a container; of a static pod, it defaults it first."""
    build = CATALOG.builds(parse_kubelet_version(version))[-1]
    static = "kubernetes.io/config.source" in document["metadata"].get("annotations", {})
    decoded = read(document).under(build, Taken.DEFAULTED if static else Taken.FROM_API)
    return hash_container(next(found for found in decoded.containers if found.name == name), build.hash_class)


def read(document: Document | bytes) -> ReadPod:
    """A pod's document, to be asked."""
    return ReadPod(document if isinstance(document, bytes) else raw(document), Origin("pods.json"))


def containers_under(document: Document | bytes, hash_class: HashClass, *, from_api: bool = True) -> tuple[DecodedContainer, ...]:
    """The containers of a pod as the kubelets of a class decode them."""
    return read(document).under(KubeletBuild(hash_class, 0), Taken.FROM_API if from_api else Taken.AS_WRITTEN).containers


def raw(document: Document) -> bytes:
    """The bytes that a source gives."""
    return json.dumps(document).encode()


def listed(*documents: Document, kind: str = "List") -> Document:
    """A list as kubectl prints it."""
    return {"apiVersion": "v1", "kind": kind, "items": list(documents)}


def as_kubectl(listed: Document) -> str:
    """A list as ``kubectl get -o json`` writes it, to the byte (1.21 on; seen of 1.27 to 1.33)."""
    return json.dumps({**listed, "kind": "List", "metadata": {"resourceVersion": ""}}, indent=4, sort_keys=True) + "\n"


def crictl_ps(*records: Document) -> Document:
    """``crictl ps -a -o json``."""
    return {"containers": list(records)}
