"""What a step does to the UIDs of static pods, as JSON: for the matrix and the diff; and what it does to sandboxes, in words."""

from __future__ import annotations

from typing import Annotated

from upgradecheck.contract.parts import Part, said
from upgradecheck.model.changes import UIDChange

EFFECT = "Which unchanged manifests get another UID"
SANDBOXES = (
    "For what the new kubelet makes sandboxes anew that the old one kept, by the two versions alone: network_mode, of pods with "
    "hostNetwork whose sandbox tells none; address, of others whose sandbox tells nothing of its network; dockershim, of nodes whose "
    "docker the old kubelet serves itself; left out for nothing"
)
BECAUSE = (
    "all: what is hashed otherwise of every pod; conditional: what a manifest must have to be touched, by JSON path where one tells it, "
    "one is enough; none: empty"
)


class StaticPodEffectJson(Part, frozen=True, rename={"change": "effect"}):
    """The UIDs of static pods whose manifests have no metadata.uid; another one recreates the pod."""

    change: Annotated[UIDChange, said(EFFECT)]
    because: Annotated[tuple[str, ...], said(BECAUSE)]
