"""Thousands of pods on some nodes of a real API server, made of recorded ones: created and given their status by many requests at once.

Each pod is a recorded one under another name, in another namespace, on another node. Mirror pods are left out: what a kubelet makes
of one file, several would not make alike.
"""

import json
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests.lab.apiserver import MERGE, TOKEN, ApiServer, Json

RECORDED = Path(__file__).parent / "recorded" / "1.22.17-to-1.30.14-api"
NAMESPACES = tuple(f"team-{number}" for number in range(10))
KUBELETS = ("v1.22.17", "v1.29.15", "v1.30.14")
_MIRROR = "kubernetes.io/config.mirror"
_AT_ONCE = 8
_Request = tuple[str, str, Json]


def created(server: ApiServer, pods: int, nodes: int) -> None:
    """Namespaces, nodes, pods with their status. Raises RuntimeError with the server's own words."""
    _send(server, [("POST", "/api/v1/namespaces", {"metadata": {"name": name}}) for name in NAMESPACES])
    _send(server, [("POST", "/api/v1/nodes", node) for node in _nodes(nodes)])
    made = [_pod(number, nodes) for number in range(pods)]
    _send(server, [("POST", _path(pod), {**pod, "status": {}}) for pod in made])
    _send(server, [("PATCH", f"{_path(pod)}/{pod['metadata']['name']}/status", {"status": pod["status"]}) for pod in made])


def _nodes(count: int) -> list[Json]:
    template = json.loads((RECORDED / "nodes.json").read_text())["items"][0]
    found = []
    for number in range(count):
        node = json.loads(json.dumps(template))
        node["metadata"] = {"name": node_name(number), "labels": {"kubernetes.io/hostname": node_name(number)}}
        node["status"]["nodeInfo"]["kubeletVersion"] = KUBELETS[number % len(KUBELETS)]
        found.append(node)
    return found


def node_name(number: int) -> str:
    """Of the node with that number."""
    return f"node-{number:03}"


def _templates() -> list[Json]:
    items: list[Json] = json.loads((RECORDED / "api-pods.json").read_text())["items"]
    return [pod for pod in items if _MIRROR not in (pod["metadata"].get("annotations") or {})]


_TEMPLATES: list[Json] = _templates()


def _pod(number: int, nodes: int) -> Json:
    pod = json.loads(json.dumps(_TEMPLATES[number % len(_TEMPLATES)]))
    kept = {key: value for key, value in pod["metadata"].items() if key in ("labels", "annotations", "ownerReferences")}
    pod["metadata"] = {**kept, "name": f"{pod['metadata']['name']}-{number}", "namespace": NAMESPACES[number % len(NAMESPACES)]}
    pod["spec"] |= {"nodeName": node_name(number % nodes)}
    pod["spec"].pop("ephemeralContainers", None)
    pod["status"].pop("ephemeralContainerStatuses", None)
    for kind in ("containerStatuses", "initContainerStatuses"):
        for status in pod["status"].get(kind) or ():
            if status.get("containerID"):
                status["containerID"] += f"{number:08x}"
    return dict(pod)


def _path(pod: Json) -> str:
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods"


def _send(server: ApiServer, requests: Sequence[_Request]) -> None:
    """All of them, over several connections at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(lambda part: _one_by_one(server, part), [requests[first::_AT_ONCE] for first in range(_AT_ONCE)]):
            pass


def _one_by_one(server: ApiServer, requests: Sequence[_Request]) -> None:
    address, unsigned = urlsplit(server.url).netloc, ssl._create_unverified_context()
    with closing(HTTPSConnection(address, timeout=60, context=unsigned)) as connection:
        for method, path, body in requests:
            kind = "application/json" if method == "POST" else MERGE
            connection.request(method, path, json.dumps(body), {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind})
            answer = connection.getresponse()
            said = answer.read()
            if answer.status not in (200, 201):
                raise RuntimeError(f"API server, {method} {path}: {answer.status} {said[:1000].decode(errors='replace')}")
