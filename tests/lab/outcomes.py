"""What a kubelet did to each container that it found: read from the endpoint's events, not from the kubelet's word.

| outcome | seen |
|---|---|
| `not-running` | it had exited before |
| `kept` | nobody stopped it |
| `restarted` | stopped, and another created in its sandbox (or announced in the log, if the new one then could not be made) |
| `recreated-with-pod` | stopped, and its pod has another sandbox, under the same UID or another |
| `rejected` | stopped, and the new kubelet has the pod as Failed |
| `removed` | stopped, and the pod is not there any more |

Beside them: `again` on a container that had exited and was made anew in its old pod, and `new`, the containers that such a pod had no record of and
was given (a pruned init container that runs again, a sidecar that only the new version knows as one).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.lab.standalone import NODE

Json = dict[str, Any]
LABEL = "io.kubernetes."
ANNOUNCED = re.compile(r'containerMessage="(?P<new>(?:[^"\\]|\\.)*)"|of pod \S+: (?P<old>.*(?:definition changed|hash changed|killed).*)$')


def observed(versions: tuple[str, str], records: Iterable[Json], before: Json, after: Json, events: Iterable[Json], log: str) -> Json:
    """The contents of observed.json.

    `records` are the containers before (`crictl ps -a`), `before` and `after` the two kubelets' `/pods`, `events` and `log` those of the new kubelet.
    """
    seen = _Seen(tuple(events), after, log)
    kinds = {(pod["metadata"]["uid"], name): kind for pod in before["items"] for name, kind in _kinds(pod["spec"]).items()}
    newest = latest(records)
    found = [_container(record, kinds, seen) for record in newest]
    known = {(record["labels"][LABEL + "pod.uid"], record["labels"][LABEL + "container.name"]) for record in newest}
    pods = {uid for uid, _ in known}
    return {
        "from": versions[0],
        "to": versions[1],
        "containers": sorted(found, key=lambda one: (one["namespace"], one["pod"], one["uid"], one["container"])),
        "new": [
            {"namespace": one["namespace"], "pod": one["pod"], "uid": one["uid"], "container": one["name"]}
            for key, one in sorted(seen.anew.items())
            if key not in known and one["uid"] in pods
        ],
    }


def latest(records: Iterable[Json]) -> tuple[Json, ...]:
    """Of each container of a pod the newest record: older attempts lie about until they are collected."""
    newest: dict[tuple[str, str], Json] = {}
    for record in sorted(records, key=lambda one: int(one["createdAt"])):
        newest[record["labels"][LABEL + "pod.uid"], record["labels"][LABEL + "container.name"]] = record
    return tuple(newest.values())


def _kinds(spec: Json) -> Mapping[str, str]:
    kinds = {one["name"]: "app" for one in spec["containers"]}
    kinds |= {one["name"]: "sidecar" if one.get("restartPolicy") == "Always" else "init" for one in spec.get("initContainers") or ()}
    return kinds | {one["name"]: "ephemeral" for one in spec.get("ephemeralContainers") or ()}


class _Seen:
    """The events and the log, by what is asked of them."""

    def __init__(self, events: tuple[Json, ...], after: Json, log: str) -> None:
        self.stopped = {one["container"] for one in events if one["event"] in {"stop", "end"} and "container" in one}
        self.created = {(one["sandbox"], one["name"]): one for one in events if one["event"] == "create"}
        self.again = {(one["namespace"], one["pod"], one["name"]): one for one in events if one["event"] == "create"}
        self.anew = {(one["uid"], one["name"]): one for one in events if one["event"] == "create"}
        self.sandboxes = {(one["namespace"], one["pod"]) for one in events if one["event"] == "run-sandbox"}
        self.failed = {
            (pod["metadata"]["namespace"], pod["metadata"]["name"])
            for pod in after["items"]
            if pod.get("status", {}).get("phase") == "Failed"
        }
        self.said = {}
        for line in log.splitlines():
            said = ANNOUNCED.search(line)
            if said:
                for identity in re.findall(r"[0-9a-f]{64}", line):
                    self.said[identity] = said["new"] or said["old"]


def _container(record: Json, kinds: Mapping[tuple[str, str], str], seen: _Seen) -> Json:
    labels, annotations = record["labels"], record["annotations"]
    uid, name = labels[LABEL + "pod.uid"], labels[LABEL + "container.name"]
    pod = (labels[LABEL + "pod.namespace"], labels[LABEL + "pod.name"])
    running = record["state"] == "CONTAINER_RUNNING"
    outcome = _fate(record, pod, name, seen) if running else "not-running"
    found = {
        "namespace": pod[0],
        "pod": pod[1],
        "uid": uid,
        "container": name,
        "kind": kinds.get((uid, name), "app"),
        "state_before": record["state"].removeprefix("CONTAINER_").lower(),
        "recorded_hash": annotations.get(LABEL + "container.hash"),
        "outcome": outcome,
    }
    created = seen.again.get((*pod, name))
    if created and outcome in {"restarted", "recreated-with-pod"}:
        found["hash_after"] = created.get("hash")
    if not running and (uid, name) in seen.anew:
        found["again"] = True
    if record["id"] in seen.said:
        found["message"] = seen.said[record["id"]]
    return found


def _fate(record: Json, pod: tuple[str, str], name: str, seen: _Seen) -> str:
    if record["id"] not in seen.stopped:
        return "kept"
    if (record["podSandboxId"], name) in seen.created:
        return "restarted"
    if pod in seen.sandboxes:
        return "recreated-with-pod"
    if pod in seen.failed:
        return "rejected"
    return "restarted" if "changed" in seen.said.get(record["id"], "") else "removed"


def node(version: str) -> Json:
    """nodes.json: the Node as `kubectl get nodes -o json` would give it, reduced to what is known of it."""
    labels = {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    info = {
        "kubeletVersion": f"v{version}",
        "containerRuntimeVersion": "containerd://1.7.27",
        "operatingSystem": "linux",
        "architecture": "amd64",
    }
    item = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE, "labels": labels}, "spec": {}, "status": {"nodeInfo": info}}
    return {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": ""}, "items": [item]}
