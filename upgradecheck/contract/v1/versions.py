"""The VersionList as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from upgradecheck.contract.parts import FormatVersion, Lines, Part, members, taken
from upgradecheck.contract.values import MinorName
from upgradecheck.model.schema import ContainerKind, Era
from upgradecheck.model.versionlist import KnownMinor, VersionList


class GoJson(Part, frozen=True):
    """Go of the first and of the newest known patch."""

    first: str
    last: str


class SourceJson(Part, frozen=True):
    """Where a fact was read: a published Go module, its version, and the files in it."""

    fact: str
    module: str
    version: str
    paths: tuple[str, ...]


class MinorJson(Part, frozen=True):
    """One minor. provisional: why its facts may still change, null where they will not."""

    minor: MinorName
    era: Era
    kinds_known: tuple[ContainerKind, ...]
    kinds_compared: tuple[ContainerKind, ...]
    hash_without_resources: bool
    patches: tuple[str, ...]
    go: GoJson
    sources: tuple[SourceJson, ...]
    provisional: str | None = None


class PieceJson(Part, frozen=True):
    """A piece of a version text, and what it means."""

    text: str
    meaning: str


class ClassJson(Part, frozen=True):
    """A hash class that a kubelet of this version can be of."""

    minor: MinorName
    era: Era
    kinds_compared: tuple[ContainerKind, ...]
    short_control_escapes: bool


class ExplainedJson(Part, frozen=True, rename={"text": "version"}):
    """A version text explained; go is null where nobody knows the patch.

    checked: false where nobody has looked whether this build hashes and compares as the release, or where it differs, as differs says.
    """

    text: str
    release: str
    vendor: str
    pieces: tuple[PieceJson, ...]
    classes: tuple[ClassJson, ...]
    go: str | None
    checked: bool = True
    differs: tuple[str, ...] = ()


class VersionListJson(Part, frozen=True):
    """The minors that are known, or version texts explained."""

    format_version: FormatVersion
    kind: Literal["VersionList"]
    minors: Lines[MinorJson]
    explained: Lines[ExplainedJson]


DOCUMENT = VersionListJson


def of(versions: VersionList) -> Iterator[tuple[str, object]]:
    """The members of the list."""
    return members(VersionListJson, versions, minors=map(_minor, versions.minors))


def _minor(known: KnownMinor) -> MinorJson:
    return MinorJson(
        minor=MinorName(known.minor),
        era=known.era,
        kinds_known=known.kinds_known,
        kinds_compared=known.kinds_compared,
        hash_without_resources=known.hash_without_resources,
        patches=tuple(f"{known.minor}.{patch}" for patch in known.patches),
        go=GoJson(known.go_first, known.go_last),
        sources=taken(known.sources, tuple[SourceJson, ...]),
        provisional=known.provisional,
    )
