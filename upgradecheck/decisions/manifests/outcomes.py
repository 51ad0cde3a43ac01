"""What a kubelet can make of the manifest of a static pod; apart from how that is found out, which is loaded for static pods alone."""

from __future__ import annotations

from enum import Enum

import msgspec


class Stage(Enum):
    """Where a manifest was refused. A reference is refused although the pod is valid."""

    DECODER = "decoder"
    VALIDATION = "validation"
    REFERENCES = "references"


class RefusedManifest(msgspec.Struct, frozen=True, gc=False):
    """A manifest that the kubelet passes over: the pod that runs from it is stopped. reason is ours, and holds no value."""

    stage: Stage
    path: str
    reason: str


class UIDOutcome(Enum):
    """KEPT: the same UID, so the container hashes decide. CHANGED: the pod is recreated."""

    KEPT = "kept"
    CHANGED = "changed"
    UNKNOWN = "unknown"


class UIDComparison(msgspec.Struct, frozen=True, gc=False):
    """because: with CHANGED what differs (``PodSpec.HostUsers``, ``a container with a lifecycle handler``), else why it is so."""

    outcome: UIDOutcome
    because: tuple[str, ...] = ()


GIVEN = "metadata.uid is in the manifest"
KEPT_BY_MANIFEST = UIDComparison(UIDOutcome.KEPT, (GIVEN,))
