"""The VersionList as JSON."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from upgradecheck.model.versionlist import ExplainedVersion, KnownMinor, VersionList
from upgradecheck.renderers.json.plan import FORMAT_VERSION
from upgradecheck.renderers.json.stream import Rows, Write, json_object


class GoOut(msgspec.Struct, frozen=True):
    """Go of the first and of the newest known patch."""

    first: str
    last: str


class SourceOut(msgspec.Struct, frozen=True):
    """Where a fact was read."""

    fact: str
    module: str
    version: str
    paths: tuple[str, ...]


class MinorOut(msgspec.Struct, frozen=True):
    """One minor."""

    minor: str
    era: str
    kinds_known: tuple[str, ...]
    kinds_compared: tuple[str, ...]
    hash_without_resources: bool
    patches: tuple[str, ...]
    go: GoOut
    sources: tuple[SourceOut, ...]


class PieceOut(msgspec.Struct, frozen=True):
    """A piece of a version text."""

    text: str
    meaning: str


class ClassOut(msgspec.Struct, frozen=True):
    """A hash class."""

    minor: str
    era: str
    kinds_compared: tuple[str, ...]
    short_control_escapes: bool


class ExplainedOut(msgspec.Struct, frozen=True):
    """A version text explained."""

    version: str
    release: str
    vendor: str
    pieces: tuple[PieceOut, ...]
    classes: tuple[ClassOut, ...]
    go: str | None


def render_versions(versions: VersionList, write: Write = json_object) -> Iterator[str]:
    """The text of the list."""
    return write(
        (
            ("format_version", FORMAT_VERSION),
            ("kind", "VersionList"),
            ("minors", Rows(map(_minor, versions.minors))),
            ("explained", Rows(map(_explained, versions.explained))),
        )
    )


def _minor(known: KnownMinor) -> MinorOut:
    return MinorOut(
        minor=str(known.minor),
        era=known.era.value,
        kinds_known=tuple(kind.value for kind in known.kinds_known),
        kinds_compared=tuple(kind.value for kind in known.kinds_compared),
        hash_without_resources=known.hash_without_resources,
        patches=tuple(f"{known.minor}.{patch}" for patch in known.patches),
        go=GoOut(known.go_first, known.go_last),
        sources=tuple(SourceOut(each.fact, each.module, each.version, each.paths) for each in known.sources),
    )


def _explained(version: ExplainedVersion) -> ExplainedOut:
    return ExplainedOut(
        version=version.text,
        release=version.release,
        vendor=version.vendor,
        pieces=tuple(PieceOut(piece.text, piece.meaning) for piece in version.pieces),
        classes=tuple(
            ClassOut(str(one.minor), one.era.value, tuple(kind.value for kind in one.kinds_compared), one.short_control_escapes)
            for one in version.classes
        ),
        go=version.go,
    )
