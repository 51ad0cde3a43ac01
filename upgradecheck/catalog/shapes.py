"""Parts of a hashdata file, as msgspec decodes them; hashdata/schema.json describes the whole.

A part names only what one question needs; msgspec skips everything else in the file.
"""

from __future__ import annotations

import msgspec

from upgradecheck.model.facts import FeatureGate
from upgradecheck.model.internal import InternalPod
from upgradecheck.model.places import Places
from upgradecheck.model.schema import ContainerKind, Era, Field, JSONDecoder, Provisional, ResizeRecords, StaticPodUID


class Head(msgspec.Struct):
    format_version: str
    minor: str


class SourcePart(msgspec.Struct, forbid_unknown_fields=True):
    """Where upstream says what was read by hand."""

    module: str
    version: str
    path: str


class SincePart(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Something that holds from a version on, read by hand."""

    since: str
    source: SourcePart


class KindsPart(msgspec.Struct):
    known: frozenset[ContainerKind]
    compared: frozenset[ContainerKind]


class GoVersionPart(msgspec.Struct):
    patch: str
    go: str
    evidence: str


class TypePart(msgspec.Struct):
    """``type`` is the type expression that a named slice or map stands for."""

    go: str
    kind: str
    fields: tuple[Field, ...] = ()
    type: str | None = None
    codec: str | None = None


class AlgorithmPart(Head, kw_only=True):
    era: Era
    decoder: JSONDecoder
    hash_without_resources: bool
    container_kinds: KindsPart
    kubelet_lag: int
    node_monitor_grace: int
    go_versions: tuple[GoVersionPart, ...]
    provisional: Provisional | None = None


class LaterPart(msgspec.Struct):
    """What a patch release changed: only the facts that are others from it on."""

    since: str
    facts: dict[str, object]


class ByPatchPart(msgspec.Struct):
    first: dict[str, object]
    later: tuple[LaterPart, ...] = ()


class GoneGatesPart(msgspec.Struct):
    """Names of gates that earlier minors have, by what they left behind."""

    on_for_good: tuple[str, ...]
    off_for_good: tuple[str, ...]


class ReleaseLinePart(AlgorithmPart, kw_only=True):
    static_pod_uid: StaticPodUID
    internal_pod: InternalPod
    manifests: ByPatchPart
    decisions: ByPatchPart
    admission: ByPatchPart
    state_files: ByPatchPart
    api_server: ByPatchPart
    gates: dict[str, FeatureGate]
    other_gates: dict[str, FeatureGate | None]
    gone_gates: GoneGatesPart
    resize_records: ResizeRecords
    roots: dict[str, str]
    types: dict[str, TypePart]
    driver_fallback_until: str = ""


class FactsPart(AlgorithmPart, kw_only=True):
    removed_flags: tuple[str, ...]
    provenance: dict[str, object]
    goldens: list[msgspec.Raw]


class FeatureGatesPart(Head):
    gates: dict[str, FeatureGate]


class PlacesPart(Head):
    places: Places


class GoldenPart(msgspec.Struct):
    id: str
    container: str | None = None
    container_base64: bytes | None = None
    hash: str | None = None
    hash_without_resources: str | None = None
    refused: str | None = None
    patch: str | None = None
    source: str | None = None


class GoldensPart(Head):
    goldens: list[GoldenPart]
