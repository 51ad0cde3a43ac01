"""An API server with as many Nodes and Pods as one wants, made while they are asked for: ``python -m tests.cluster.large NODES PODS``.

The pods are those of the recorded example (some 5 KB each, with managedFields), every one with a name, UID, node, token volume and container
IDs of its own, most of them of a ReplicaSet. Prints its port, then at each line on stdin how many requests and how much it has answered.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

EXAMPLE = Path(str(files("upgradecheck.example")))
KUBELET = "v1.30.14"
_MARK = "@"
"""Stands for what differs; the example holds none."""


class Large(ThreadingHTTPServer):
    """requests and sent count what was asked and answered, in bytes."""

    daemon_threads = True

    def __init__(self, nodes: int, pods: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.counts = {"NodeList": nodes, "PodList": pods}
        self.node, self.pods = _node(), _pods()
        self.requests = self.sent = 0

    def item(self, kind: str, number: int) -> str:
        """One Node or Pod."""
        if kind == "NodeList":
            return self.node.replace(_MARK, f"{number:05d}")
        node = number * self.counts["NodeList"] // self.counts["PodList"]
        template = self.pods[number % len(self.pods)]
        return template.replace("@node@", f"node-{node:05d}").replace("@number@", f"{number:06d}").replace(_MARK, f"{number:012x}")


class _Handler(BaseHTTPRequestHandler):
    server: Large
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes

    def do_GET(self) -> None:
        url = urlparse(self.path)
        query = parse_qs(url.query)
        self.server.requests += 1
        kind = {"/api/v1/nodes": "NodeList", "/api/v1/pods": "PodList"}.get(url.path)
        if kind is None:
            self.answer(404, b"{}")
            return
        begin, size, count = int(query.get("continue", ["0"])[0]), int(query["limit"][0]), self.server.counts[kind]
        items = ",".join(self.server.item(kind, number) for number in range(begin, min(begin + size, count)))
        rest = count - begin - size
        more = f',"continue":"{begin + size}","remainingItemCount":{rest}' if rest > 0 else ""
        body = f'{{"kind":"{kind}","apiVersion":"v1","metadata":{{"resourceVersion":"9"{more}}},"items":[{items}]}}'.encode()
        self.server.sent += len(body)
        self.answer(200, body)

    def answer(self, status: int, body: bytes) -> None:
        """A whole answer."""
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


def _node() -> str:
    node = json.loads((EXAMPLE / "nodes.json").read_text())["items"][0]
    node["metadata"]["name"] = f"node-{_MARK}"
    node["status"]["nodeInfo"]["kubeletVersion"] = KUBELET
    return json.dumps(node, separators=(",", ":"))


def _pods() -> tuple[str, ...]:
    pods = json.loads((EXAMPLE / "api-pods.json").read_text())["items"]
    return tuple(_pod(pod) for pod in pods if "kubernetes.io/config.mirror" not in pod["metadata"].get("annotations", {}))


def _pod(pod: dict[str, Any]) -> str:
    name = pod["metadata"]["name"]
    pod["metadata"] |= {"name": f"{name}-7d9f8b6c5-@number@", "uid": f"00000000-0000-4000-8000-{_MARK}"}
    pod["metadata"]["ownerReferences"] = [
        {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{name}-7d9f8b6c5", "uid": "0", "controller": True}
    ]
    pod["metadata"].setdefault("labels", {})["pod-template-hash"] = "7d9f8b6c5"
    pod["spec"]["nodeName"] = "@node@"
    for group in ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"):
        for status in pod["status"].get(group, ()):
            if "containerID" in status:
                status["containerID"] = "containerd://" + status["name"].encode().hex()[:52].ljust(52, "0") + _MARK
    text = json.dumps(pod, separators=(",", ":"))
    volumes = [volume["name"] for volume in pod["spec"].get("volumes", ()) if volume["name"].startswith("kube-api-access-")]
    for volume in volumes:
        text = text.replace(volume, f"kube-api-access-{_MARK}")
    return text


def main() -> None:
    """Serves until stdin ends."""
    server = Large(int(sys.argv[1]), int(sys.argv[2]))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    for _ in sys.stdin:
        print(server.requests, server.sent, flush=True)


if __name__ == "__main__":
    main()
