"""Whether a checkpoint that can be read is the right one: of this node, of its newest state, and about the kubelet that runs."""

from __future__ import annotations

from upgradecheck.model.checkpoint import Checkpoint, NodeIdentity, Problem, ProblemKind
from upgradecheck.model.version import ReportedVersion


def is_older(checkpoint: Checkpoint, than: Checkpoint) -> Problem | None:
    """Whether the first is a state that the second has replaced."""
    if checkpoint.lineage != than.lineage or checkpoint.serial >= than.serial:
        return None
    found = f"is state {checkpoint.serial} of this history, and state {than.serial} is known"
    return Problem(ProblemKind.OLDER_SERIAL, found, 'Take the newer one ("upgradecheck checkpoint restore").')


def is_foreign(checkpoint: Checkpoint, node: NodeIdentity) -> Problem | None:
    """Whether it is the history of another node."""
    what = checkpoint.node.contradicts(node)
    if what is None:
        return None
    found = f"is the history of another node ({checkpoint.node.name}; {what} differs from that of {node.name})"
    return Problem(
        ProblemKind.FOREIGN, found, "Use each checkpoint for the node that it names; begin a new one where a node was made anew."
    )


def is_stale(checkpoint: Checkpoint, running: ReportedVersion) -> Problem | None:
    """Whether the kubelet that runs is another than the newest one recorded."""
    newest = checkpoint.newest.kubelet_version
    if newest.text.removeprefix("v") == running.text.removeprefix("v"):
        return None
    found = f"ends with kubelet {newest}, and {running} runs"
    return Problem(ProblemKind.STALE, found, 'Run "upgradecheck checkpoint record" at every start of the kubelet (--print-unit shows how).')
