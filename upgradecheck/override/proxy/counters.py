"""What a running proxy counts, and the text in which Prometheus' node exporter reads it."""

from __future__ import annotations

import msgspec

_PREFIX = "upgradecheck_override_proxy_"
_HELP = {
    "connections": ("counter", "Connections of clients."),
    "unreachable": ("counter", "Connections refused because the runtime could not be reached."),
    "looked_at": ("counter", "Messages of the runtime that were looked through for mapped containers."),
    "rewritten": ("counter", "Annotations rewritten."),
    "not_understood": ("counter", "Messages, streams or connections that passed unchanged because they could not be read."),
    "reloads": ("counter", "New plans taken over."),
    "refused_plans": ("counter", "New plans that could not be used; the one before stays in use."),
    "containers": ("gauge", "Containers in the plan in use."),
    "open_connections": ("gauge", "Connections of clients now."),
}


class Counters(msgspec.Struct):
    """Since the start."""

    connections: int = 0
    unreachable: int = 0
    looked_at: int = 0
    rewritten: int = 0
    not_understood: int = 0
    reloads: int = 0
    refused_plans: int = 0
    containers: int = 0
    open_connections: int = 0

    def as_text(self) -> str:
        """In the format of a textfile collector."""
        return "".join(map(self._metric, self.__struct_fields__))

    def _metric(self, name: str) -> str:
        kind, words = _HELP[name]
        metric = f"{_PREFIX}{name}" + ("_total" if kind == "counter" else "")
        return f"# HELP {metric} {words}\n# TYPE {metric} {kind}\n{metric} {getattr(self, name)}\n"
