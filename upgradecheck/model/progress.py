"""How far the reading of a cluster or of files is."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class Progress(msgspec.Struct, frozen=True, gc=False):
    """So many of what a stage is called after (``pods``, ``bytes``) are read; total where it is known how many there are.

    server: whom they are read from; file: which is being read, where one is.
    """

    stage: str
    done: int
    total: int | None
    server: str | None = None
    file: str | None = None


Watch = Callable[[Progress], None]


def unwatched(progress: Progress) -> None:
    """Tells nobody."""
