"""Pods at the moment of an upgrade, drawn: what their containers are, what became of each, and what a kubelet wrote on it.

A drawn pod is told twice: as the files that an operator has (the API's pod, crictl's lists), and as the runtime's answer to the kubelet
(kubecontainer.PodStatus). Resources, probes and sysctls are left out: they are other oracles' matter.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any, NamedTuple

from tests.builders import containers_under
from upgradecheck.hashing.containers import hash_container
from upgradecheck.model.schema import HashClass

Json = dict[str, Any]

NODE = "node-1"
_TIME, _NANOSECONDS = "2026-11-01T10:00:00Z", 1793527200 * 10**9
_STATES = ("absent", "created", "running", "running", "running", "succeeded", "failed", "unknown")
_NOT_YET = ("absent", "absent", "running")
_CRICTL = {"created": "CONTAINER_CREATED", "running": "CONTAINER_RUNNING", "unknown": "CONTAINER_UNKNOWN"}
_OF_THE_KUBELET = {"created": "created", "running": "running", "unknown": "unknown"}


class Drawn(NamedTuple):
    """One pod: as the API has it, crictl's entries of it, and what the kubelet is told."""

    pod: Json
    containers: list[Json]
    sandboxes: list[Json]
    status: Json

    @property
    def running(self) -> dict[str, str]:
        """Name by container ID, of all that runs."""
        return {one["id"]: one["metadata"]["name"] for one in self.containers if one["state"] == "CONTAINER_RUNNING"}


def drawn(dice: Random, number: int, hash_class: HashClass) -> Drawn:
    """A pod that a kubelet of this class may find."""
    uid = f"6fe140d7-d623-42c6-905d-{number:012x}"
    pod: Json = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"p{number}", "namespace": "shop", "uid": uid, "creationTimestamp": _TIME},
        "spec": {**_containers(dice, hash_class.schema.minor.minor), "restartPolicy": dice.choice(("Always", "OnFailure", "Never"))},
    }
    pod["spec"]["nodeName"] = NODE
    states = _states(dice, pod["spec"])
    rights = _hashes(pod, hash_class)
    sandboxes = _sandboxes(dice, pod, number, something_runs="running" in states.values())
    records = []
    for index, (name, state) in enumerate(states.items()):
        if state != "absent":
            right = rights.get(name, 0)
            records.append(_Record(f"{number:032x}{index:032x}", name, state, right if dice.random() < 0.7 else right ^ 1))
    pod["status"] = _api_status(pod, {one.name: one for one in records})
    return _told(pod, records, sandboxes)


def running(number: int, hash_class: HashClass, annotations: Json | None = None, **spec: Any) -> Drawn:
    """A pod of this spec of which all runs as it was started, under hashes of this class."""
    uid = f"6fe140d7-d623-42c6-905d-{number:012x}"
    head = {"name": f"p{number}", "namespace": "shop", "uid": uid, "creationTimestamp": _TIME, "annotations": annotations or {}}
    pod: Json = {"apiVersion": "v1", "kind": "Pod", "metadata": head, "spec": {**spec, "restartPolicy": "Always", "nodeName": NODE}}
    rights = _hashes(pod, hash_class)
    records = [_Record(f"{number:032x}{at:032x}", one["name"], "running", rights[one["name"]]) for at, one in enumerate(spec["containers"])]
    pod["status"] = _api_status(pod, {one.name: one for one in records})
    return _told(pod, records, [_sandbox(pod, number, 0, attempt=0, is_ready=True)])


def _told(pod: Json, records: list[_Record], sandboxes: list[Json]) -> Drawn:
    meta = pod["metadata"]
    newest = sandboxes[0]["id"] if sandboxes else "0" * 64
    status = {
        "ID": meta["uid"],
        "Name": meta["name"],
        "Namespace": meta["namespace"],
        "ContainerStatuses": [one.to_the_kubelet() for one in records],
        "ActiveContainerStatuses": [one.to_the_kubelet() for one in records] if sandboxes and sandboxes[0]["ready"] else [],
        "SandboxStatuses": [_sandbox_to_the_kubelet(one) for one in sandboxes],
    }
    return Drawn(pod, [one.to_crictl(pod, newest) for one in records], [one["crictl"] for one in sandboxes], status)


def _containers(dice: Random, minor: int) -> Json:
    inits = [{"name": f"init{index}", "image": "busybox", "resources": {}} for index in range(dice.choice((0, 0, 0, 1, 2, 3)))]
    apps = [{"name": f"app{index}", "image": "busybox", "resources": {}} for index in range(dice.choice((1, 1, 2, 3)))]
    for one in inits:
        if minor >= 29 and dice.random() < 0.5:
            one["restartPolicy"] = "Always"
    for one in (*apps, *inits):
        if minor >= 35 and "restartPolicy" not in one and dice.random() < 0.3:
            one["restartPolicy"] = dice.choice(("OnFailure", "Never", *(("Always",) if one in apps else ())))
    found: Json = {"containers": apps}
    if inits:
        found["initContainers"] = inits
    if minor >= 23 and dice.random() < 0.15:
        found["ephemeralContainers"] = [{"name": "debug", "image": "busybox", "resources": {}}]
    return found


def _states(dice: Random, spec: Json) -> dict[str, str]:
    """Half of the pods as they come about: what stands behind has not come yet where something before it is still to be done."""
    every = [one["name"] for kind in ("initContainers", "containers", "ephemeralContainers") for one in spec.get(kind, ())]
    if dice.random() < 0.5:
        return {name: dice.choice(_STATES) for name in every}
    inits = [one["name"] for one in spec.get("initContainers", ()) if one.get("restartPolicy") != "Always"]
    return {name: "succeeded" if name in inits else dice.choice(("running", "running", "succeeded", "failed", "absent")) for name in every}


def _hashes(pod: Json, hash_class: HashClass) -> dict[str, int]:
    text = json.dumps(pod).encode()
    return {one.name: hash_container(one, hash_class).number for one in containers_under(text, hash_class, from_api=True)}


class _Record(NamedTuple):
    id: str
    name: str
    state: str
    hash: int

    @property
    def exit_code(self) -> int:
        return 1 if self.state == "failed" else 0

    def to_crictl(self, pod: Json, sandbox: str) -> Json:
        meta = pod["metadata"]
        labels = {"container.name": self.name, "pod.name": meta["name"], "pod.namespace": meta["namespace"], "pod.uid": meta["uid"]}
        return {
            "id": self.id,
            "podSandboxId": sandbox,
            "metadata": {"name": self.name, "attempt": 0},
            "image": {"image": "busybox"},
            "imageRef": "x",
            "state": _CRICTL.get(self.state, "CONTAINER_EXITED"),
            "createdAt": str(_NANOSECONDS),
            "labels": {f"io.kubernetes.{key}": value for key, value in labels.items()},
            "annotations": {"io.kubernetes.container.hash": f"{self.hash:x}", "io.kubernetes.container.restartCount": "0"},
        }

    def to_the_kubelet(self) -> Json:
        return {
            "ID": f"containerd://{self.id}",
            "Name": self.name,
            "State": _OF_THE_KUBELET.get(self.state, "exited"),
            "CreatedAt": _TIME,
            "StartedAt": _TIME,
            "FinishedAt": _TIME,
            "ExitCode": self.exit_code,
            "Hash": self.hash,
        }

    def to_the_api(self) -> Json:
        ended = {"exitCode": self.exit_code, "startedAt": _TIME, "finishedAt": _TIME, "containerID": f"containerd://{self.id}"}
        state: Json = {"terminated": ended}
        if self.state == "running":
            state = {"running": {"startedAt": _TIME}}
        elif self.state in ("created", "unknown"):
            state = {"waiting": {}}
        head = {"name": self.name, "containerID": f"containerd://{self.id}", "state": state, "restartCount": 0}
        return {**head, "image": "busybox", "imageID": "x", "ready": self.state == "running"}


def _api_status(pod: Json, records: dict[str, _Record]) -> Json:
    found: Json = {"phase": "Running", "qosClass": "BestEffort"}
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        names = [one["name"] for one in pod["spec"].get(kind, ())]
        found[f"{kind.removesuffix('s')}Statuses"] = [records[name].to_the_api() for name in names if name in records]
    return found


def _sandboxes(dice: Random, pod: Json, number: int, *, something_runs: bool) -> list[Json]:
    """The newest first. Nothing runs without one."""
    ready = dice.choice(((True,), (True,), (True,), (True,), (False,), (True, False), (False, False), (True, True), ()))
    if something_runs and not ready:
        ready = (True,)
    last = len(ready) - 1
    return [_sandbox(pod, number, index, attempt=last - index, is_ready=is_ready) for index, is_ready in enumerate(ready)]


def _sandbox(pod: Json, number: int, index: int, *, attempt: int, is_ready: bool) -> Json:
    meta = pod["metadata"]
    named = {"name": meta["name"], "uid": meta["uid"], "namespace": meta["namespace"], "attempt": attempt}
    labels = {f"io.kubernetes.pod.{key}": meta[key] for key in ("name", "namespace", "uid")}
    identifier = f"{number:048x}{index:016x}"
    crictl = {
        "id": identifier,
        "metadata": named,
        "createdAt": str(_NANOSECONDS + attempt * 10**9),
        "labels": labels,
        "annotations": {"kubernetes.io/config.source": "api"},
        "state": "SANDBOX_READY" if is_ready else "SANDBOX_NOTREADY",
        "runtimeHandler": "",
    }
    return {"id": identifier, "metadata": named, "ready": is_ready, "crictl": crictl}


def _sandbox_to_the_kubelet(sandbox: Json) -> Json:
    return {
        "id": sandbox["id"],
        "metadata": sandbox["metadata"],
        "state": 0 if sandbox["ready"] else 1,
        "network": {"ip": "10.0.0.1"},
        "linux": {"namespaces": {"options": {"network": 0}}},
    }
