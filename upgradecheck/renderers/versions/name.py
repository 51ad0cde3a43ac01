"""Minors, or the releases that explained versions count as, one a line, for a script to go on with."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.versionlist import VersionList
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.safe_text import safe_text


def render(versions: VersionList, canvas: Canvas) -> Iterator[str]:
    """The lines."""
    for minor in versions.minors:
        yield f"{minor.minor}\n"
    for explained in versions.explained:
        yield f"{safe_text(explained.release)}\n"
