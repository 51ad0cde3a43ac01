"""How far the reading of a cluster is."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class Progress(msgspec.Struct, frozen=True, gc=False):
    """So many objects of a kind are read from a server; total where the server says how many there are."""

    stage: str
    done: int
    total: int | None
    server: str


Watch = Callable[[Progress], None]


def unwatched(progress: Progress) -> None:
    """Tells nobody."""
