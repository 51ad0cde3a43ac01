"""Which API servers may make a pod of a manifest, the likeliest first (asking.supposed, where nobody tells any).

Gates of a server that nobody named are not known either. By default they are as its release has them; but who writes a field that a server
drops while its gate is off may well have that gate on.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.planning.seeing.facts import Step


def other_makers(raw: bytes, step: Step) -> Iterator[KubeletBuild]:
    """Those beside the likeliest; none where the server is known."""
    yield from step.makers[1:]
    for server in step.supposed:
        gated = with_gates(raw, server)
        if gated is not None:
            yield gated


def with_gates(raw: bytes, server: KubeletBuild) -> KubeletBuild | None:
    """The server with the gates of fields that a manifest has; None where those are on, or it has none."""
    fields = server.api_server.gated_fields
    gates = {one.gate: True for one in fields if _is_off(one.gate, server) and any(_names(raw, path) for path in one.paths)}
    return replace(server, feature_gates=gates) if gates else None


def _is_off(gate: str, server: KubeletBuild) -> bool:
    return server.knows_feature_gate(gate) and server.locked_to(gate) is None and not server.feature_gate(gate)


def _names(raw: bytes, path: str) -> bool:
    """Whether a manifest has a member of the name that a path ends with."""
    return f'"{path.rpartition(".")[2]}"'.encode() in raw
