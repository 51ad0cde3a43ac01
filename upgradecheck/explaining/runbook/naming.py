"""Which names reach a shell: those that Kubernetes allows for nodes and pods, and no other."""

from __future__ import annotations

from upgradecheck.model.patterns import pattern
from upgradecheck.model.plan import PlannedNode

_NAME = pattern(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def is_allowed(name: str) -> bool:
    """Whether a name is one that Kubernetes allows."""
    return _NAME.fullmatch(name) is not None


def can_be_typed(node: PlannedNode) -> bool:
    """Whether the name of a node is."""
    return is_allowed(node.name)
