"""What a kubelet did to each container that it found: read from the endpoint's events, not from the kubelet's word.

| outcome | seen |
|---|---|
| `not-running` | it had exited before |
| `kept` | nobody stopped it |
| `restarted` | stopped, and another created in its sandbox (or announced in the log, if the new one then could not be made) |
| `recreated-with-pod` | stopped, and its pod has another sandbox, under the same UID or another (even if one more was begun in the old one) |
| `rejected` | stopped, and the new kubelet has the pod as Failed, or says of all of it why it may not run |
| `finished` | stopped, because its pod is done: a sidecar, when the last container beside it has ended |
| `removed` | stopped, and the pod is not there any more |

Beside them: `again` on a container that had exited and was made anew in its old pod, and `new`, the containers that such a pod had no record of and
was given (a pruned init container that runs again, a sidecar that only the new version knows as one).

Of each pod: its UID and phase before and after (null: not there), where it came from, and what became of its sandbox: `kept`, `new`, `stopped` (by
somebody, or it was so before), `none`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Name = tuple[str, str]
LABEL = "io.kubernetes."
SOURCE = "kubernetes.io/config.source"
ANNOUNCED = re.compile(r'containerMessage="(?P<new>(?:[^"\\]|\\.)*)"|of pod \S+: (?P<old>.*(?:definition changed|hash changed|killed).*)$')


@dataclass(frozen=True, slots=True)
class Story:
    """What was seen of an upgrade.

    `records` and `sandboxes` are those of before (`crictl ps -a`, `crictl pods`), `before` and `after` the two kubelets' `/pods`, `api_before`
    and `api_after` the API server's pods if there is one, `events` and `log` those of the new kubelet. `creator` is the version of
    the kubelet that made the pods, if that was not the old one.
    """

    versions: tuple[str, str]
    records: list[Json]
    sandboxes: list[Json]
    before: Json
    api_before: Json | None = None
    events: tuple[Json, ...] = ()
    after: Json = field(default_factory=lambda: {"items": []})
    api_after: Json | None = None
    sandboxes_after: list[Json] = field(default_factory=list)
    log: str = ""
    creator: str | None = None


def observed(story: Story) -> Json:
    """The contents of observed.json."""
    seen = _Seen(story)
    kinds = {(pod["metadata"]["uid"], name): kind for pod in story.before["items"] for name, kind in _kinds(pod["spec"]).items()}
    newest = latest(story.records)
    found = [_container(record, kinds, seen) for record in newest]
    known = {(record["labels"][LABEL + "pod.uid"], record["labels"][LABEL + "container.name"]) for record in newest}
    pods = {uid for uid, _ in known}
    return {
        "from": story.versions[0],
        "to": story.versions[1],
        "created_by": story.creator or story.versions[0],
        "containers": sorted(found, key=lambda one: (one["namespace"], one["pod"], one["uid"], one["container"])),
        "new": [
            {"namespace": one["namespace"], "pod": one["pod"], "uid": one["uid"], "container": one["name"]}
            for key, one in sorted(seen.anew.items())
            if key not in known and one["uid"] in pods
        ],
        "pods": list(_pods(story, seen)),
    }


def _name(pod: Json) -> Name:
    return pod["metadata"]["namespace"], pod["metadata"]["name"]


def _pods(story: Story, seen: "_Seen") -> Iterator[Json]:
    before, after = ({_name(pod): pod for pod in view["items"]} for view in (story.before, story.after))
    phases_before = _phases(story.before) | _phases(story.api_before)
    phases_after = _phases(story.after) | _phases(story.api_after)
    for name in sorted(before.keys() | after.keys()):
        pod = before.get(name) or after[name]
        yield {
            "namespace": name[0],
            "pod": name[1],
            "source": pod["metadata"].get("annotations", {}).get(SOURCE, "api"),
            "uid_before": before[name]["metadata"]["uid"] if name in before else None,
            "uid_after": after[name]["metadata"]["uid"] if name in after else None,
            "sandbox": _sandbox(name, story, seen),
            "phase_before": phases_before.get(name) if name in before else None,
            "phase_after": phases_after.get(name) if name in after else None,
        }


def _phases(view: Json | None) -> dict[Name, str]:
    return {_name(pod): pod.get("status", {}).get("phase") for pod in (view or {"items": []})["items"]}


def _sandbox(name: Name, story: Story, seen: "_Seen") -> str:
    if name in seen.sandboxes:
        return "new"
    if name not in {_name(one) for one in story.sandboxes}:
        return "none"
    ready = {_name(one) for one in story.sandboxes_after if one["state"] == "SANDBOX_READY"}
    return "kept" if name in ready else "stopped"


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

    def __init__(self, story: Story) -> None:
        events = story.events
        self.stopped = {one["container"] for one in events if one["event"] in {"stop", "end"} and "container" in one}
        self.created = {(one["sandbox"], one["name"]): one for one in events if one["event"] == "create"}
        self.again = {(one["namespace"], one["pod"], one["name"]): one for one in events if one["event"] == "create"}
        self.anew = {(one["uid"], one["name"]): one for one in events if one["event"] == "create"}
        self.sandboxes = {(one["namespace"], one["pod"]) for one in events if one["event"] == "run-sandbox"}
        self.done = {name for name, phase in (_phases(story.after) | _phases(story.api_after)).items() if phase == "Succeeded"}
        self.refused = {
            _name(pod)
            for view in (story.after, story.api_after or {"items": []})
            for pod in view["items"]
            if pod.get("status", {}).get("phase") == "Failed" or pod.get("status", {}).get("reason")
        }
        self.said = {}
        for line in story.log.splitlines():
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
    if pod in seen.sandboxes:
        return "recreated-with-pod"
    if (record["podSandboxId"], name) in seen.created:
        return "restarted"
    if pod in seen.refused:
        return "rejected"
    if pod in seen.done:
        return "finished"
    return "restarted" if "changed" in seen.said.get(record["id"], "") else "removed"
