"""What befalls a node between its two kubelets: its records in the runtime, its labels, its taints, its room.

| `do` | to |
|---|---|
| those of `cri/control.go` | a record; `pod`, and where it is a container's, `container`. `rewrite` is the hash that was recorded, written in another way |
| `label-node` | the Node: `key`, `value` |
| `taint-node` | the Node, through the API server: `key`, `effect` |
| `edit-manifest` | a manifest: in `file`, what `before` says becomes what `after` says |
| `offer-devices` | the old kubelet: a device plugin with `number` devices of `resource`, which is not there when the newer one starts |
| `drop-key` | a ConfigMap on the API server: `config-map` has lost its `key` |
| `leave-cpu` | the newer kubelet's configuration: so much is allocatable, the rest reserved; a test of what no longer fits |
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.lab import endpoint as cri
from tests.lab import outcomes
from tests.lab.apiserver import ApiServer
from tests.lab.creating import of_config_map
from tests.lab.running import LABELS, NODE

Json = dict[str, Any]
OF_THE_NODE = ("label-node", "taint-node", "leave-cpu", "offer-devices", "edit-manifest", "drop-key")


@dataclass(slots=True)
class Node:
    """What the Node has become when the newer kubelet starts."""

    labels: dict[str, str] = field(default_factory=lambda: dict(LABELS))
    taints: list[Json] = field(default_factory=list)
    cpu: str | None = None
    devices: dict[str, int] = field(default_factory=dict)


def listed(path: Path) -> tuple[Json, ...]:
    """The accidents of a run."""
    return tuple(yaml.safe_load(path.read_text())) if path.exists() else ()


def to_the_node(accidents: Iterable[Json]) -> Node:
    """The Node after those that are its own."""
    node = Node()
    for accident in accidents:
        match accident["do"]:
            case "label-node":
                node.labels[accident["key"]] = accident["value"]
            case "taint-node":
                node.taints.append({"key": accident["key"], "effect": accident["effect"]})
            case "leave-cpu":
                node.cpu = accident["cpu"]
            case "offer-devices":
                node.devices[accident["resource"]] = accident["number"]
    return node


def to_the_manifests(accidents: Iterable[Json], folder: Path) -> None:
    """Edits manifests as somebody does while no kubelet runs. Raises RuntimeError for what is not there once."""
    for accident in accidents:
        if accident["do"] == "edit-manifest":
            path = folder / accident["file"]
            text = path.read_text()
            if text.count(accident["before"]) != 1:
                raise RuntimeError(f"{path.name}: {accident['before']!r} is not there once")
            path.write_text(text.replace(accident["before"], accident["after"]))


def to_the_server(accidents: Iterable[Json], server: ApiServer) -> bool:
    """Takes keys out of ConfigMaps; whether there were any to take."""
    dropped = [one for one in accidents if one["do"] == "drop-key"]
    for accident in dropped:
        server.patch(of_config_map(accident["config-map"]), {"data": {accident["key"]: None}})
    return bool(dropped)


def to_the_records(accidents: Iterable[Json], endpoint: cri.Endpoint) -> None:
    """Hurts the records. Raises RuntimeError for one that is not there."""
    records = outcomes.latest(endpoint.ask("ps")["containers"])
    hashes = {one["id"]: one["annotations"][outcomes.LABEL + "container.hash"] for one in records}
    containers = {
        (one["labels"][outcomes.LABEL + "pod.name"], one["labels"][outcomes.LABEL + "container.name"]): one["id"] for one in records
    }
    sandboxes = {(one["metadata"]["name"], None): one["id"] for one in endpoint.ask("pods")["items"]}
    for accident in accidents:
        if accident["do"] in OF_THE_NODE:
            continue
        what = dict(accident)
        pod, container = what.pop("pod"), what.pop("container", None)
        known = sandboxes if container is None else containers
        identity = known.get((pod, container)) or known.get((f"{pod}-{NODE}", container))
        if identity is None:
            raise RuntimeError(f"accident {what['do']}: {pod} {container or ''} is not among the records of the old kubelet")
        if "rewrite" in what:
            recorded = hashes[identity]
            what["value"] = what.pop("rewrite").format(hash=recorded, HASH=recorded.upper())
        endpoint.ask(what.pop("do"), id=identity, **what)
