"""A stub API server that keeps ConfigMaps as a real one does for the one who applies them: by name, with a limit of size, page by page."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlparse

from tests.cluster.stub import Handler

APPLY = "application/apply-patch+yaml"


class FleetHandler(Handler):
    """ConfigMaps beside what the stub has. maps: by namespace and name; asked_for: method and path of each request about them."""

    maps: dict[tuple[str, str], dict[str, Any]]
    asked_for: list[tuple[str, str]]
    refuses: tuple[str, ...] = ()

    def do_GET(self) -> None:  # noqa: N802 - as the library calls it
        parts = urlparse(self.path).path.split("/")
        if "configmaps" in parts:
            self.asked_for.append(("GET", self.path))
            self._map(parts[4], parts[6]) if len(parts) > 6 else self._list(parts[4])
        elif parts[3:4] == ["nodes"] and len(parts) > 4:
            self.asked_for.append(("GET", self.path))
            node = next((one for one in self.server.nodes if one["metadata"]["name"] == parts[4]), None)
            self.answer(404 if node is None else 200, json.dumps(node or {}).encode())
        else:
            super().do_GET()

    def do_PATCH(self) -> None:  # noqa: N802
        url = urlparse(self.path)
        parts, query = url.path.split("/"), parse_qs(url.query)
        self.asked_for.append(("PATCH", self.path))
        body = self.rfile.read(int(self.headers["content-length"]))
        told = json.loads(body)
        named = (parts[4], parts[6]) == (told["metadata"]["namespace"], told["metadata"]["name"])
        if self.headers["content-type"] != APPLY or query.keys() != {"fieldManager", "force"} or not named:
            self.answer(400, b"{}")
        elif "PATCH" in self.refuses:
            self.answer(403, b"{}")
        elif len(body) > 1 << 20:
            self.answer(413, b"{}")
        else:
            self.maps[parts[4], parts[6]] = told
            self.answer(200, json.dumps(told).encode())

    def _map(self, namespace: str, name: str) -> None:
        found = self.maps.get((namespace, name))
        self.answer(404 if found is None else 200, json.dumps(found or {}).encode())

    def _list(self, namespace: str) -> None:
        if "LIST" in self.refuses:
            self.answer(403, b"{}")
            return
        query = parse_qs(urlparse(self.path).query)
        label, _, value = query.get("labelSelector", ["="])[0].partition("=")
        found = [
            one
            for (where, _), one in sorted(self.maps.items())
            if where == namespace and (not label or (one["metadata"].get("labels") or {}).get(label) == value)
        ]
        begin, size = int(query.get("continue", ["0"])[0]), min(int(query["limit"][0]), 3)
        more = {"continue": str(begin + size)} if begin + size < len(found) else {}
        listed = {"kind": "ConfigMapList", "apiVersion": "v1", "metadata": more, "items": found[begin : begin + size]}
        self.answer(200, json.dumps(listed).encode())
