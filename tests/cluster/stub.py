"""A stub API server on loopback, and kubeconfigs that lead to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlparse

from tests.cluster.large import EXAMPLE

EVERY_POD = json.loads((EXAMPLE / "api-pods.json").read_text())["items"]
"""Those of the example, a hundred."""
PODS = [
    pod for place, pod in enumerate(EVERY_POD) if place % 4 == 0 or "kubernetes.io/config.mirror" in pod["metadata"].get("annotations", {})
]
"""What a stub serves: a fourth of them, since most tests ask how it is asked and not for how many; and those that mirror static pods."""
NODES = json.loads((EXAMPLE / "nodes.json").read_text())["items"]
TOKEN = "canary-token-5ecret"
Fault = Callable[["Handler", str, int], bool]
"""Answers in the server's place, given the path and how often it was asked; True if it did."""


class Asked(NamedTuple):
    """A request that came."""

    path: str
    query: dict[str, list[str]]
    authorization: str | None


class Handler(BaseHTTPRequestHandler):
    server: Stub
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes

    def do_GET(self) -> None:
        url = urlparse(self.path)
        query = parse_qs(url.query)
        self.server.asked.append(Asked(url.path, query, self.headers["authorization"]))
        count = sum(asked.path == url.path for asked in self.server.asked)
        if self.server.fault and self.server.fault(self, url.path, count):
            return
        if url.path.startswith("/apis/policy/"):
            self.budgets(url.path)
        elif url.path.endswith("/events"):
            self.answer(200, json.dumps({"kind": "EventList", "apiVersion": "v1", "metadata": {}, "items": self.server.events}).encode())
        else:
            self.answer(200, self.server.page_of(url.path, query))

    def do_POST(self) -> None:
        """May the account do that? It may."""
        self.rfile.read(int(self.headers["content-length"]))
        self.answer(201, json.dumps({"kind": "SelfSubjectAccessReview", "status": {"allowed": True}}).encode())

    def budgets(self, path: str) -> None:
        """The list of PodDisruptionBudgets, where the server has any."""
        if self.server.budgets is None or not path.startswith(f"/apis/policy/{self.server.policy}/"):
            self.answer(404, b"{}")
        else:
            text = {"kind": "PodDisruptionBudgetList", "apiVersion": "policy/v1", "metadata": {}, "items": self.server.budgets}
            self.answer(200, json.dumps(text).encode())

    def answer(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        """A whole answer."""
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


class Stub(ThreadingHTTPServer):
    """Lists nodes and pods in pages of that size, whatever the client asks for; asked are the requests that came."""

    daemon_threads = True
    fault: Fault | None = None
    page = 3
    tells_remaining = False

    def __init__(self, handler: type[Handler] = Handler) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.asked: list[Asked] = []
        self.nodes: list[dict[str, Any]] = NODES
        self.pods: list[dict[str, Any]] = PODS
        self.budgets: list[dict[str, Any]] | None = None
        self.policy = "v1"
        self.events: list[dict[str, Any]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def page_of(self, path: str, query: dict[str, list[str]]) -> bytes:
        """The page of a list that a query names."""
        kind, items = ("NodeList", self.nodes) if path.endswith("/nodes") else ("PodList", self.pods)
        if kind == "NodeList" and "fieldSelector" in query:
            items = [one for one in items if f"metadata.name={one['metadata']['name']}" in query["fieldSelector"]]
        begin, size = int(query.get("continue", ["0"])[0]), self.page
        more: dict[str, Any] = {"continue": str(begin + size)} if begin + size < len(items) else {}
        if more and self.tells_remaining:
            more["remainingItemCount"] = len(items) - begin - size
        return json.dumps({"kind": kind, "apiVersion": "v1", "metadata": more, "items": items[begin : begin + size]}).encode()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


@contextmanager
def serving(handler: type[Handler] = Handler) -> Iterator[Stub]:
    """A stub that serves meanwhile."""
    server = Stub(handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def kubeconfig(path: Path, cluster: dict[str, Any], user: dict[str, Any] | None = None) -> str:
    """A kubeconfig with one context, c."""
    text = {
        "apiVersion": "v1", "kind": "Config", "current-context": "c", "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"token": TOKEN} if user is None else user}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }  # fmt: skip
    path.write_text(json.dumps(text))
    return str(path)
