"""What changes between two kubelets in what is hashed and compared, and which unchanged containers that touches.

Nothing here is about a pod: it is derived from the schemas of two minors alone. A container is *unchanged* if nobody touched
its spec; it was started by the first kubelet, and the second one looks at it.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from upgradecheck.model.plan import Missing
from upgradecheck.model.schema import ContainerKind, Era, StaticPodUID
from upgradecheck.model.version import Minor


class Effect(Enum):
    """Which unchanged containers, of the kinds that the new kubelet compares, get another hash."""

    NONE = "none"
    CONDITIONAL = "conditional"
    ALL = "all"


class EffectKind(Enum):
    """Why a hash changes.

    ALGORITHM: the era changes. STRUCT_FIELD: a Go struct is printed with other fields, set or not (typed era). FIELD_ADDED and
    FIELD_REMOVED: a field that only one of the two kubelets knows, and so hashes where it is set (json era). FIELD_REWRITTEN:
    a field that both know is written differently. GO_ESCAPES: Go writes U+0008 and U+000C in other characters. KIND_COMPARED:
    a kind of container is compared that the old kubelet left alone, so that hashes of still older kubelets come to light.
    """

    ALGORITHM = "algorithm"
    STRUCT_FIELD = "struct_field"
    FIELD_ADDED = "field_added"
    FIELD_REMOVED = "field_removed"
    FIELD_REWRITTEN = "field_rewritten"
    GO_ESCAPES = "go_escapes"
    KIND_COMPARED = "kind_compared"


class EffectReason(msgspec.Struct, frozen=True, gc=False):
    """One reason, and the condition under which it strikes a container.

    path is the field that differs, such as ``volumeMounts[].subPathExpr``. holder is what a container must have for it to count:
    a pointer that is set or a list that is not empty; None if there is no such condition. since is the minor from which on
    kubelets do it the newer way. creators are the minors whose containers of container_kind are struck.
    """

    kind: EffectKind
    path: str | None = None
    holder: str | None = None
    since: str | None = None
    container_kind: ContainerKind | None = None
    creators: tuple[str, ...] = ()

    @property
    def strikes_all(self) -> bool:
        """Whether it strikes every container."""
        always = self.kind in (EffectKind.STRUCT_FIELD, EffectKind.FIELD_REWRITTEN) and self.holder is None
        return always or self.kind is EffectKind.ALGORITHM


def effect_of(reasons: tuple[EffectReason, ...]) -> Effect:
    """What some reasons come to."""
    if any(reason.strikes_all for reason in reasons):
        return Effect.ALL
    return Effect.CONDITIONAL if reasons else Effect.NONE


class Change(Enum):
    """What happened to a field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Aspect(Enum):
    """What of a field changed."""

    TYPE = "type"
    OMITEMPTY = "omitempty"
    ORDER = "order"


class FieldChange(msgspec.Struct, frozen=True, gc=False):
    """One field of Container, at any depth: its path by JSON names, its Go type (of a removed one the old), and what changed.

    type_before and aspects are told of changed fields only.
    """

    change: Change
    path: str
    type: str
    type_before: str | None = None
    aspects: tuple[Aspect, ...] = ()


class KubeletFacts(msgspec.Struct, frozen=True, gc=False):
    """One side of a comparison; version is as asked for, without ``v`` and vendor suffix."""

    version: str
    era: Era
    kinds_compared: tuple[ContainerKind, ...]
    short_control_escapes: bool
    static_pod_uid: StaticPodUID


class UIDChange(Enum):
    """Which unchanged static pods get another UID, and so are recreated."""

    NONE = "none"
    CONDITIONAL = "conditional"
    ALL = "all"


class UIDField(msgspec.Struct, frozen=True, gc=False):
    """One field that two kubelets print otherwise: ``PodSpec.HostUsers``, by the struct that is printed.

    paths: where it stands in a manifest, by JSON names. holders: what a pod must have for it to be printed at all, as such paths
    (``[]``: in any element; at the end: any element), one is enough; empty: every pod prints it. since: the first minor that prints
    it the newer way.
    """

    field: str
    change: Change
    since: str
    paths: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()


class StaticPodEffect(msgspec.Struct, frozen=True, gc=False):
    """What a step between two kubelets does to the UIDs of static pods whose manifests have none.

    because: with ALL what is hashed otherwise of every pod, with CONDITIONAL what a pod must have to be touched (one is enough),
    with NONE nothing. fields: every field that is printed otherwise, those that strike every pod first; None: not asked for.
    """

    change: UIDChange
    because: tuple[str, ...] = ()
    fields: tuple[UIDField, ...] | None = None


class SandboxLoss(Enum):
    """What makes the new kubelet replace a sandbox that the old one kept, by the two versions alone: each is a condition on pods.

    NETWORK_MODE: a pod with hostNetwork, whose sandbox tells no network mode. ADDRESS: one without, whose sandbox tells nothing of its
    network. DOCKERSHIM: a pod of a node whose docker the old kubelet serves itself.
    """

    NETWORK_MODE = "network_mode"
    ADDRESS = "address"
    DOCKERSHIM = "dockershim"


class SchemaDiff(msgspec.Struct, frozen=True, gc=False):
    """Two kubelets compared: what they hash, and what that does to unchanged containers and static pods."""

    old: KubeletFacts
    new: KubeletFacts
    fields: tuple[FieldChange, ...]
    effect: Effect
    reasons: tuple[EffectReason, ...]
    static_pods: StaticPodEffect


class PairCounts(msgspec.Struct, frozen=True, gc=False):
    """Of the pods given, containers that the second minor compares: estimated, as if the first minor had started them."""

    restart: int = 0
    safe: int = 0
    unknown: int = 0


class MatrixCell(msgspec.Struct, frozen=True, gc=False):
    """One ordered pair of minors; counts only where pods were given."""

    old: Minor
    new: Minor
    effect: Effect
    reasons: tuple[EffectReason, ...]
    static_pods: StaticPodEffect
    counts: PairCounts | None = None
    sandboxes: tuple[SandboxLoss, ...] = ()


class Matrix(msgspec.Struct, frozen=True, gc=False):
    """Every ordered pair of two sets of minors. minors are all that occur, oldest first; pods is None where none were given.

    missing: what should have been seen of them and was not.
    """

    minors: tuple[Minor, ...]
    cells: tuple[MatrixCell, ...]
    pods: int | None = None
    missing: tuple[Missing, ...] = ()

    @property
    def complete(self) -> bool | None:
        """Whether all that was to be counted was; None where no pods were given."""
        return None if self.pods is None else not self.missing
