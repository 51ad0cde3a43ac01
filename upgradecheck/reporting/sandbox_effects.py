"""Which sandboxes a step between kubelets makes anew by its versions alone, in words: shared by the formats that people read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from upgradecheck.model.changes import MatrixCell, SandboxLoss

_TOLD: Mapping[SandboxLoss, str] = {
    SandboxLoss.NETWORK_MODE: "pods with hostNetwork whose sandbox tells no network mode, which then counts as a network of its own",
    SandboxLoss.ADDRESS: "pods without hostNetwork whose sandbox tells nothing of its network, which then counts as one without an address",
    SandboxLoss.DOCKERSHIM: "pods of nodes whose docker the kubelet serves itself: dockershim is gone, and only cri-dockerd knows them",
}
SANDBOXES_HEADING, SANDBOXES_NOTE = "SANDBOXES", "made anew by the versions alone, with all that runs in them"


def sandboxes(losses: Iterable[SandboxLoss]) -> tuple[str, ...]:
    """Whose are made anew, a clause for each condition."""
    return tuple(_TOLD[one] for one in losses)


def losing(cells: Iterable[MatrixCell]) -> tuple[tuple[str, str], ...]:
    """The steps that make some anew, and whose."""
    return tuple((f"{cell.old} -> {cell.new}", "; ".join(sandboxes(cell.sandboxes))) for cell in cells if cell.sandboxes)
