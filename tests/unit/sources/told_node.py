"""One node with two pods, told in every form that a container runtime's tools print; secrets stand where those tools print them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from msgspec.structs import replace

from upgradecheck.model.hash import Hash
from upgradecheck.model.pod import Absent, ContainerRecord, Origin, PodSource, Recorded, RunState, SandboxRecord

SECRET = "hunter2-canary"
NOWHERE = Origin("")
CREATED = 1_709_287_200
"""2024-03-01T10:00:00Z, in seconds."""


@dataclass(frozen=True)
class Pod:
    name: str
    namespace: str
    uid: str
    sandbox: str
    attempt: int
    ready: bool
    annotations: Mapping[str, str]
    source: PodSource
    config_hash: str | None = None


@dataclass(frozen=True)
class Container:
    pod: Pod
    name: str
    id: str
    attempt: int
    state: RunState
    created: int
    hash: str | None
    without_resources: str | None = None


WEB = Pod(
    "web-6d4b75cb6d-x2x4f",
    "shop",
    "11111111-0000-4000-8000-000000000001",
    "5a" * 32,
    1,
    True,
    {"kubernetes.io/config.source": "api", "kubernetes.io/config.seen": "2024-03-01T10:00:00.000000001Z"},
    PodSource.API,
)
ETCD = Pod(
    "etcd-cp-1",
    "kube-system",
    "9c1185a5c5e9fc54612808977ee8f548",
    "5b" * 32,
    0,
    False,
    {"kubernetes.io/config.source": "file", "kubernetes.io/config.hash": "9c1185a5c5e9fc54612808977ee8f548"},
    PodSource.FILE,
    "9c1185a5c5e9fc54612808977ee8f548",
)
PODS = (WEB, ETCD)
CONTAINERS = (
    Container(WEB, "app", "0a" * 32, 2, RunState.RUNNING, CREATED, "8e45cbd0", "311670a"),
    Container(WEB, "log", "0b" * 32, 0, RunState.EXITED, CREATED + 60, "311670a"),
    Container(WEB, "next", "0c" * 32, 0, RunState.CREATED, CREATED + 120, None),
    Container(ETCD, "etcd", "0d" * 32, 3, RunState.RUNNING, CREATED - 86_400, "1"),
)


def listed_by_docker() -> list[ContainerRecord]:
    """The same by docker's lists, which do not tell whether what they call created has failed to start."""
    return [replace(one, state=RunState.STOPPED) if one.state is RunState.CREATED else one for one in container_records()]


def container_records() -> list[ContainerRecord]:
    """What every form must give; origins are left to the form."""
    return [
        ContainerRecord(
            container_id=told.id,
            sandbox_id=told.pod.sandbox,
            pod_uid=told.pod.uid,
            pod_namespace=told.pod.namespace,
            pod_name=told.pod.name,
            name=told.name,
            attempt=told.attempt,
            state=told.state,
            created_at=told.created * 10**9,
            hash=Recorded(Hash(int(told.hash, 16))) if told.hash else Absent(),
            hash_without_resources=Recorded(Hash(int(told.without_resources, 16))) if told.without_resources else Absent(),
            origin=NOWHERE,
        )
        for told in CONTAINERS
    ]


def sandbox_records() -> list[SandboxRecord]:
    return [
        SandboxRecord(
            pod.sandbox, pod.uid, pod.namespace, pod.name, pod.attempt, pod.ready, CREATED * 10**9, pod.source, pod.config_hash, NOWHERE
        )
        for pod in PODS
    ]


def _kubelet_labels(told: Container) -> dict[str, str]:
    return {
        "io.kubernetes.container.name": told.name,
        "io.kubernetes.pod.name": told.pod.name,
        "io.kubernetes.pod.namespace": told.pod.namespace,
        "io.kubernetes.pod.uid": told.pod.uid,
    }


def _kubelet_annotations(told: Container) -> dict[str, str]:
    annotations = {
        "io.kubernetes.container.ports": '[{"name":"http","containerPort":8080,"protocol":"TCP"},{"containerPort":9,"protocol":"TCP"}]',
        "io.kubernetes.container.preStopHandler": json.dumps({"exec": {"command": ["sh", "-c", f"echo a,b={SECRET}"]}}),
        "io.kubernetes.container.restartCount": str(told.attempt),
        "io.kubernetes.container.terminationMessagePath": "/dev/termination-log",
        "io.kubernetes.pod.terminationGracePeriod": "30",
    }
    if told.hash is not None:
        annotations["io.kubernetes.container.hash"] = told.hash
    if told.without_resources is not None:
        annotations["io.kubernetes.container.hashWithoutResources"] = told.without_resources
    return annotations


CRI_STATES = {RunState.RUNNING: "CONTAINER_RUNNING", RunState.EXITED: "CONTAINER_EXITED", RunState.CREATED: "CONTAINER_CREATED"}


def _cri_container(told: Container) -> dict[str, Any]:
    return {
        "id": told.id,
        "metadata": {"attempt": told.attempt, "name": told.name},
        "state": CRI_STATES[told.state],
        "createdAt": str(told.created * 10**9),
        "labels": _kubelet_labels(told),
        "annotations": _kubelet_annotations(told),
    }


def _cri_sandbox(pod: Pod) -> dict[str, Any]:
    return {
        "id": pod.sandbox,
        "metadata": {"name": pod.name, "uid": pod.uid, "namespace": pod.namespace, "attempt": pod.attempt},
        "state": "SANDBOX_READY" if pod.ready else "SANDBOX_NOTREADY",
        "createdAt": str(CREATED * 10**9),
        "labels": {"app": "x", "io.kubernetes.pod.uid": pod.uid},
        "annotations": dict(pod.annotations),
    }


def crictl_ps() -> str:
    return json.dumps({"containers": [_cri_container(told) | {"podSandboxId": told.pod.sandbox} for told in CONTAINERS]}, indent=2)


def crictl_pods() -> str:
    return json.dumps({"items": [_cri_sandbox(pod) for pod in PODS]}, indent=2)


def _local(seconds: int) -> str:
    """As Go prints it in a zone east of UTC."""
    return datetime.fromtimestamp(seconds, timezone(timedelta(hours=5, minutes=30))).isoformat()


def _info() -> dict[str, Any]:
    process = {"env": [f"PASSWORD={SECRET}"], "args": ["serve", SECRET]}
    return {
        "sandboxID": "5a" * 32,
        "pid": 1,
        "config": {"envs": [{"key": "PASSWORD", "value": SECRET}]},
        "runtimeSpec": {"process": process},
    }


def _inspected(told: Container) -> dict[str, Any]:
    never = "0001-01-01T00:00:00Z"
    started = never if told.state is RunState.CREATED else _local(told.created + 1)
    status = _cri_container(told) | {
        "createdAt": _local(told.created),
        "startedAt": started,
        "finishedAt": never,
        "mounts": [],
        "reason": "",
    }
    return {"status": status, "info": _info()}


def _inspected_sandbox(pod: Pod) -> dict[str, Any]:
    status = _cri_sandbox(pod) | {"createdAt": _local(CREATED), "network": {"ip": "10.0.0.7", "additionalIps": []}}
    return {"status": status, "info": _info()}


def crictl_inspect(layout: str) -> str:
    """Layouts: ``concatenated`` (up to 1.30), ``array`` (later, members sorted), ``unescaped`` (1.30, an info that was no JSON)."""
    return _laid_out([_inspected(told) for told in CONTAINERS], layout)


def crictl_inspectp(layout: str) -> str:
    return _laid_out([_inspected_sandbox(pod) for pod in PODS], layout)


def _laid_out(objects: list[dict[str, Any]], layout: str) -> str:
    if layout == "array":
        return json.dumps(objects, indent=2, sort_keys=True)
    texts = [json.dumps(item, indent=2) for item in objects]
    if layout == "unescaped":
        texts = [json.dumps({"status": item["status"]})[:-1] + f', "info": "{{env: "{SECRET}"}}"}}' for item in objects]
    return "\n".join(texts) + "\n"


def _docker_labels(told: Container) -> dict[str, str]:
    annotations = {f"annotation.{key}": value for key, value in _kubelet_annotations(told).items()}
    log = f"/var/log/pods/{told.pod.uid}/{told.name}/0.log"
    own = {"io.kubernetes.docker.type": "container", "io.kubernetes.sandbox.id": told.pod.sandbox, "io.kubernetes.container.logpath": log}
    return annotations | _kubelet_labels(told) | own | {"maintainer": "A, B <c@example.com>"}


def _docker_sandbox_labels(pod: Pod) -> dict[str, str]:
    annotations = {f"annotation.{key}": value for key, value in pod.annotations.items()}
    names = {"io.kubernetes.pod.name": pod.name, "io.kubernetes.pod.namespace": pod.namespace, "io.kubernetes.pod.uid": pod.uid}
    return annotations | names | {"app": "x", "io.kubernetes.container.name": "POD", "io.kubernetes.docker.type": "podsandbox"}


@dataclass(frozen=True)
class _Dockers:
    """A container as docker knows it."""

    id: str
    name: str
    labels: dict[str, str]
    state: RunState
    created: int


def _in_docker() -> list[_Dockers]:
    pods = [
        _Dockers(
            pod.sandbox,
            f"k8s_POD_{pod.name}_{pod.namespace}_{pod.uid}_{pod.attempt}",
            _docker_sandbox_labels(pod),
            RunState.RUNNING if pod.ready else RunState.EXITED,
            CREATED,
        )
        for pod in PODS
    ]
    containers = [
        _Dockers(
            told.id,
            f"k8s_{told.name}_{told.pod.name}_{told.pod.namespace}_{told.pod.uid}_{told.attempt}" + "_0badcafe" * (told.attempt == 3),
            _docker_labels(told),
            told.state,
            told.created,
        )
        for told in CONTAINERS
    ]
    return [*containers, *pods, _Dockers("0e" * 32, "registry", {"maintainer": "x"}, RunState.RUNNING, CREATED)]


_STATUS_TEXTS = {RunState.RUNNING: "Up 3 hours", RunState.EXITED: "Exited (0) 2 hours ago", RunState.CREATED: "Created"}


def docker_api() -> str:
    return json.dumps(
        [
            {
                "Id": one.id,
                "Names": [f"/{one.name}"],
                "Command": f"serve {SECRET}",
                "Created": one.created,
                "Labels": one.labels,
                "State": one.state.value,
                "Status": _STATUS_TEXTS[one.state],
            }
            for one in _in_docker()
        ]
    )


def docker_inspect() -> str:
    def state(one: _Dockers) -> dict[str, Any]:
        finished = "2024-03-01T12:00:00.5Z" if one.state is RunState.EXITED else "0001-01-01T00:00:00Z"
        return {"Status": one.state.value, "Running": one.state is RunState.RUNNING, "ExitCode": 0, "FinishedAt": finished}

    return json.dumps(
        [
            {
                "Id": one.id,
                "Created": datetime.fromtimestamp(one.created, timezone.utc).isoformat().replace("+00:00", ".000000000Z"),
                "Path": "serve",
                "Args": [SECRET],
                "State": state(one),
                "Name": f"/{one.name}",
                "Config": {"Env": [f"PASSWORD={SECRET}"], "Labels": one.labels},
            }
            for one in _in_docker()
        ]
    )


def docker_ps() -> str:
    lines = [
        {
            "Command": json.dumps(f"serve {SECRET}"),
            "CreatedAt": datetime.fromtimestamp(one.created, timezone(timedelta(hours=-5))).strftime("%Y-%m-%d %H:%M:%S %z EST"),
            "ID": one.id,
            "Labels": ",".join(f"{key}={value}" for key, value in one.labels.items()),
            "Names": one.name,
            "State": one.state.value,
            "Status": _STATUS_TEXTS[one.state],
        }
        for one in _in_docker()
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)
