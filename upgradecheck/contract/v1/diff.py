"""The SchemaDiff as JSON (design, section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from upgradecheck.contract.parts import FormatVersion, Lines, Part, members, said, taken
from upgradecheck.contract.v1.effect_reasons import EffectReasonJson, MinorText
from upgradecheck.contract.v1.static_effects import BECAUSE, EFFECT
from upgradecheck.model.changes import Aspect, Change, Effect, SchemaDiff, UIDChange
from upgradecheck.model.schema import ContainerKind, Era, UIDHasher, UIDInput

_ESCAPES = "Whether JSON text holds U+0008 and U+000C in their short form, as Go writes them from 1.22 on"


class ErasJson(Part, frozen=True, rename={"old": "from", "new": "to"}):
    """How each side hashes."""

    old: Era
    new: Era


class KindsJson(Part, frozen=True, rename={"old": "from", "new": "to"}):
    """The kinds of containers that each side compares."""

    old: tuple[ContainerKind, ...]
    new: tuple[ContainerKind, ...]


class EscapesJson(Part, frozen=True, rename={"old": "from", "new": "to"}):
    """Of each side."""

    old: bool
    new: bool


class FieldJson(Part, frozen=True):
    """One field of Container; type_before and aspects of changed ones only."""

    change: Change
    path: Annotated[str, said("By JSON names; what is below an added or removed field is not listed again")]
    type: Annotated[str, said("The Go type as the newer side has it; of a removed field, as the older side had it")]
    type_before: str | None = None
    aspects: tuple[Aspect, ...] = ()


class UIDRuleJson(Part, frozen=True):
    """How a kubelet makes such a UID."""

    hasher: UIDHasher
    input: Annotated[tuple[UIDInput, ...], said("In the order hashed; source is the path of the manifest, or its URL (then without node)")]


class UIDFieldJson(Part, frozen=True):
    """One field of the text that is hashed."""

    field: Annotated[
        str, said("By the internal struct that is printed, PodSpec.HostUsers; a struct may only have its fields in another order")
    ]
    change: Change
    since: Annotated[MinorText, said("The first minor that prints it the newer way")]
    paths: Annotated[tuple[str, ...], said("Where a manifest has it, by JSON names")]
    holders: Annotated[
        tuple[str, ...], said("What a manifest must have for it to be printed, one is enough; empty: every pod prints it, set or not")
    ]


class StaticPodUIDJson(Part, frozen=True, rename={"old": "from", "new": "to", "change": "effect"}):
    """The UIDs of static pods whose manifests have no metadata.uid; another one recreates the pod."""

    old: UIDRuleJson
    new: UIDRuleJson
    change: Annotated[UIDChange, said(EFFECT)]
    because: Annotated[tuple[str, ...], said(BECAUSE)]
    fields: Annotated[tuple[UIDFieldJson, ...], said("Every field that is printed otherwise, those that every pod prints first")]


class SchemaDiffJson(Part, frozen=True):
    """What changes between two kubelets in what they hash and compare."""

    format_version: FormatVersion
    kind: Literal["SchemaDiff"]
    from_version: str
    to_version: str
    era: ErasJson
    kinds_compared: KindsJson
    short_control_escapes: Annotated[EscapesJson, said(_ESCAPES)]
    fields: Lines[FieldJson]
    effect: Annotated[Effect, said("Which unchanged containers get another hash")]
    reasons: Lines[EffectReasonJson]
    static_pod_uid: StaticPodUIDJson


DOCUMENT = SchemaDiffJson


def of(diff: SchemaDiff) -> Iterator[tuple[str, object]]:
    """The members of the diff."""
    old, new, static = diff.old, diff.new, diff.static_pods
    before, after = (taken(side.static_pod_uid, UIDRuleJson) for side in (old, new))
    return members(
        SchemaDiffJson,
        diff,
        from_version=old.version,
        to_version=new.version,
        era=ErasJson(old.era, new.era),
        kinds_compared=KindsJson(old.kinds_compared, new.kinds_compared),
        short_control_escapes=EscapesJson(old.short_control_escapes, new.short_control_escapes),
        static_pod_uid=StaticPodUIDJson(before, after, static.change, static.because, taken(static.fields or (), tuple[UIDFieldJson, ...])),
    )
