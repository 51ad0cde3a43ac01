"""Minors, or versions explained, for a spreadsheet: a row each."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.versionlist import VersionList
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.csv import Row, written

_TITLES = (
    *("minor", "era", "first_patch", "newest_patch", "go_first", "go_newest", "kinds_known", "kinds_compared"),
    *("hash_without_resources", "provisional"),
)


def render(versions: VersionList, canvas: Canvas) -> Iterator[str]:
    """The text, row by row."""
    return written(_rows(versions))


def _rows(versions: VersionList) -> Iterator[Row]:
    """One row a minor, or one for each way that an explained version may hash."""
    if versions.explained:
        yield "version", "release", "vendor", "minor", "era", "kinds_compared", "short_control_escapes", "go"
        for told in versions.explained:
            for one in told.classes:
                hashes = str(one.minor), one.era.value, _kinds(one.kinds_compared), one.short_control_escapes
                yield told.text, told.release, told.vendor, *hashes, told.go
        return
    yield _TITLES
    for known in versions.minors:
        patches = f"{known.minor}.{known.patches[0]}", f"{known.minor}.{known.patches[-1]}"
        kinds = _kinds(known.kinds_known), _kinds(known.kinds_compared)
        go, without = (known.go_first, known.go_last), known.hash_without_resources
        yield str(known.minor), known.era.value, *patches, *go, *kinds, without, known.provisional


def _kinds(kinds: tuple[ContainerKind, ...]) -> str:
    return " ".join(kind.value for kind in kinds)
