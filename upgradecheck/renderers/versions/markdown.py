"""Minors, or versions explained, as a Markdown table."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.schema import HASHED, ContainerKind
from upgradecheck.model.versionlist import KnownMinor, PossibleClass, VersionList
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.markdown import code, table, words


def render(versions: VersionList, canvas: Canvas) -> Iterator[str]:
    """The minors, or the versions asked for."""
    if versions.explained:
        rows = (
            (code(told.text), code(told.release), words(told.vendor), _class(one), words(told.go or "unknown"))
            for told in versions.explained
            for one in told.classes
        )
        yield table(("version", "counts as", "vendor", "hashes like", "Go"), rows)
        return
    yield table(
        ("minor", "era", "patches", "Go, first to newest", "compared"),
        map(_row, versions.minors),
    )


def _row(known: KnownMinor) -> tuple[str, ...]:
    minor = f"{known.minor} (provisional)" if known.provisional else str(known.minor)
    patches, go = f"{known.patches[0]}–{known.patches[-1]}", f"{known.go_first}–{known.go_last}"
    return minor, known.era.value, patches, go, _kinds(known.kinds_compared)


def _class(one: PossibleClass) -> str:
    return f"{one.minor}, {one.era.value}: {HASHED[one.era]}"


def _kinds(kinds: tuple[ContainerKind, ...]) -> str:
    return ", ".join(kind.value for kind in kinds)
