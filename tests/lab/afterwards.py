"""What an operator could have collected after a recorded upgrade: the dumps of before, with what was observed of each container done to them.

Written of `observed.json` alone: who is stopped gets another ID and one more restart, whoever stopped it; a pod of another UID is another pod; what is
refused is Failed, or waits, as its phase says; what is removed is not there. The Node reports the new version,
as its new kubelet has written it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.lab.comparing import GONE, Pair, observations, read
from tests.lab.outcomes import LABEL

Json = dict[str, Any]
_WRITTEN = "2036-01-01T00:00:04Z"
"""When the new kubelet wrote its Node, just before it stopped anything."""
_LATER = "2036-01-01T00:00:05Z"
_NANOSECONDS = 2_082_758_405_000_000_000
_STATUSES = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


def written(recorded: Path, folder: Path) -> tuple[str, ...]:
    """The dumps of after, as files in a folder; as they are given to ``verify -f``."""
    observed = observations(recorded)
    fates = {(one["uid"], one["container"]): one["outcome"] for one in observed["containers"]}
    pods = list(_pods(read(recorded / "kubelet-pods.json"), observed, fates))
    records = list(_records(read(recorded / "crictl-ps.json"), observed, fates))
    dumps = {"kubelet-pods.json": {"items": pods, "apiVersion": "v1", "kind": "PodList"}, "crictl-ps.json": {"containers": records}}
    for name, dump in {**dumps, "nodes.json": _nodes(recorded, observed)}.items():
        (folder / name).write_text(json.dumps(dump))
    return tuple(str(folder / name) for name in (*dumps, "nodes.json"))


def _nodes(recorded: Path, observed: Json) -> Json:
    nodes = read(recorded / "nodes.json")
    for node in nodes.get("items", [nodes]):
        node["status"]["nodeInfo"]["kubeletVersion"] = f"v{observed['to']}"
        node["status"]["conditions"] = [{"type": "Ready", "status": "True", "lastHeartbeatTime": _WRITTEN}]
    return nodes


def _pods(before: Json, observed: Json, fates: dict[tuple[str, str], str]) -> Iterator[Json]:
    told = {pod["uid_before"]: pod for pod in observed["pods"] if pod["uid_before"] is not None}
    for found in before["items"]:
        pod = copy.deepcopy(found)
        uid = pod["metadata"]["uid"]
        fate = told.get(uid, {"uid_after": uid, "phase_after": pod["status"].get("phase"), "sandbox": "kept"})
        if fate["uid_after"] is None:
            continue
        if fate["uid_after"] != uid:
            pod["metadata"]["uid"] = fate["uid_after"]
            pod["metadata"].setdefault("annotations", {})["kubernetes.io/config.hash"] = fate["uid_after"]
        outcomes = [outcome for (of, _), outcome in fates.items() if of == uid]
        if "rejected" in outcomes:
            _refuse(pod, fate["phase_after"])
        else:
            pod["status"]["phase"] = fate["phase_after"]
            for status in _statuses(pod):
                _become(status, fates.get((uid, status["name"]), "not-running"))
        yield pod


def _refuse(pod: Json, phase: str) -> None:
    pod["status"] |= {"phase": phase, "reason": "NodeAffinity", "message": "Pod was rejected: Predicate NodeAffinity failed"}
    for status in _statuses(pod):
        if phase != "Failed":
            status["state"] = {"waiting": {"reason": "Blocked"}}


def _statuses(pod: Json) -> Iterator[Json]:
    for group in _STATUSES:
        yield from pod["status"].get(group) or ()


def _another(identity: str | None) -> str:
    scheme, separator, old = (identity or "").rpartition("://")
    return f"{scheme}{separator}{old[::-1]}"


def _become(status: Json, outcome: str) -> None:
    old = status.get("containerID")
    over = {"exitCode": 137, "reason": "Error", "finishedAt": _LATER, "containerID": old}
    if outcome in ("restarted", "recreated-with-pod"):
        status |= {
            "containerID": _another(old),
            "restartCount": status.get("restartCount", 0) + 1,
            "state": {"running": {"startedAt": _LATER}},
            "lastState": {"terminated": over},
        }
    elif outcome == "finished":
        status["state"] = {"terminated": {**over, "exitCode": 0, "reason": "Completed"}}


def _records(before: Json, observed: Json, fates: dict[tuple[str, str], str]) -> Iterator[Json]:
    another = {pod["uid_before"]: pod["uid_after"] for pod in observed["pods"]}
    for found in before["containers"]:
        labels = found["labels"]
        uid, name = labels[LABEL + "pod.uid"], labels[LABEL + "container.name"]
        outcome = fates.get((uid, name), "not-running") if found["state"] == "CONTAINER_RUNNING" else "not-running"
        if outcome in ("kept", "not-running"):
            if another.get(uid, uid) is not None:
                yield found
            continue
        if outcome in ("restarted", "recreated-with-pod"):
            labels_anew = {**labels, LABEL + "pod.uid": another.get(uid) or uid}
            metadata = {**found["metadata"], "attempt": int(found["metadata"].get("attempt", 0)) + 1}
            yield {**found, "id": _another(found["id"]), "createdAt": str(_NANOSECONDS), "labels": labels_anew, "metadata": metadata}
        if outcome not in GONE:
            yield {**found, "state": "CONTAINER_EXITED"}


def expected(pair: Pair) -> str:
    """The result of a container, by what was predicted and what came of it: the report's words in those of a Verification."""
    if pair.came == "not-running":
        return "not_compared"
    if pair.predicted == "unknown":
        return "unknown"
    if pair.came == "finished":
        return "unexplained"  # its pod was done
    if pair.wrong == "other fate":
        return "miss" if pair.came in GONE else "hit"  # a restart and a new pod are one, a refusal is not
    return {None: "hit", "missed": "miss", "false alarm": "false_alarm"}[pair.wrong]
