"""Pods created through the API server: each bound to the node from the start, as a scheduler would have left it.

All tolerate the taint that befalls the node, but those whose manifest says for itself what it tolerates. Ephemeral containers have a way of their
own into a pod, and only once it is there.
"""

from pathlib import Path
from typing import Any

import yaml

from tests.lab.apiserver import STRATEGIC, ApiServer
from tests.lab.running import NODE

Json = dict[str, Any]
PODS = "/api/v1/pods"
CONFIG_MAPS = "/api/v1/configmaps"
CONFIG_MAP = "ConfigMap"
TOLERATED = [{"key": "lab.example/maintenance", "operator": "Exists"}]


def _path(pod: Json) -> str:
    return f"/api/v1/namespaces/{pod['metadata'].get('namespace', 'default')}/pods"


def of_config_map(name: str = "") -> str:
    """Where the ConfigMaps of the lab are asked for; name: one of them."""
    return f"/api/v1/namespaces/default/configmaps{f'/{name}' if name else ''}"


def all_of(folder: Path, server: ApiServer) -> tuple[Json, ...]:
    """Creates the pods of the folder in the order of their files, ConfigMaps before them; gives the pods as they were written."""
    found = tuple(yaml.safe_load(path.read_text()) for path in sorted(folder.iterdir()))
    for one in found:
        if one["kind"] == CONFIG_MAP:
            server.create(of_config_map(), one)
    pods = tuple(one for one in found if one["kind"] != CONFIG_MAP)
    for pod in pods:
        server.create(_path(pod), as_created(pod))
    return pods


def as_created(pod: Json) -> Json:
    """What is sent: no UID, the node's name, the toleration; ephemeral containers come later."""
    metadata = {key: value for key, value in pod["metadata"].items() if key != "uid"}
    spec = {key: value for key, value in pod["spec"].items() if key != "ephemeralContainers"}
    return {**pod, "metadata": metadata, "spec": {"tolerations": TOLERATED, **spec, "nodeName": NODE}}


def debugged(pods: tuple[Json, ...], server: ApiServer) -> bool:
    """Adds the ephemeral containers; whether there were any."""
    found = [pod for pod in pods if "ephemeralContainers" in pod["spec"]]
    for pod in found:
        path = f"{_path(pod)}/{pod['metadata']['name']}/ephemeralcontainers"
        server.patch(path, {"spec": {"ephemeralContainers": pod["spec"]["ephemeralContainers"]}}, STRATEGIC)
    return bool(found)
