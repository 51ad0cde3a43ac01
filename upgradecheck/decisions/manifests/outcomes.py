"""What a kubelet can make of the manifest of a static pod; apart from how that is found out, which is loaded for static pods alone."""

from __future__ import annotations

from enum import Enum

import msgspec

from upgradecheck.model.static_uid import Source


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


class Ran(msgspec.Struct, frozen=True, gc=False):
    """A pod that runs under a UID which its kubelet made. node: as that one calls it. sources: where its manifest may be.

    proved: what is computed is what its kubelet computes, and where the place counts there is only one left, since a manifest of the same
    directory makes its UID there. moved_to: the directory that the new kubelet is given, where that is another one. viewed: a view of its
    pod is at hand, not the manifest. others: where the running kubelet does not make the UID, other minors are asked, too.
    """

    uid: str
    node: str
    sources: tuple[Source, ...]
    proved: bool = False
    moved_to: str | None = None
    viewed: bool = False
    others: bool = True


class Pin(Enum):
    """What a metadata.uid that looks like a kubelet's work is.

    NONE: it does not look like that, or nobody can tell. MADE: a kubelet makes it of the manifest as it is. SHOWN: none does, and a view of
    what runs tells what was edited. FOREIGN: a distribution makes such UIDs itself. OPEN: none of these.
    """

    NONE = "none"
    MADE = "made"
    SHOWN = "shown"
    FOREIGN = "foreign"
    OPEN = "open"


class UIDCheck(msgspec.Struct, frozen=True, gc=False):
    """What the UID that runs tells. source: where the running kubelet makes it of what is known of the manifest; None: it does not.

    number: of what the manifest can have been, which it is. exact: whether the new kubelet makes the same one, None where that is not
    certain. new: the UID that it makes, where it is one. edited: the manifest is not what runs, for others of its directory are.
    viewed: what was asked is a view of what runs, which has lost texts and says nothing of edits.
    minors: those whose kubelets do make it, where the running one does not: then one of these runs, or a pin keeps what it made.
    """

    source: Source | None = None
    number: int = 0
    exact: UIDOutcome | None = None
    new: str | None = None
    edited: bool = False
    viewed: bool = False
    minors: tuple[str, ...] = ()

    @property
    def reproduced(self) -> bool:
        """Whether the running kubelet makes the UID that runs."""
        return self.source is not None

    @property
    def in_doubt(self) -> bool:
        """Whether nothing shows that a manifest is what runs: what becomes of it may be told only by a rule that sees no edit."""
        return self.source is None and self.exact is None and not self.viewed
