"""How rules word what is set: where it stands, and on which nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from upgradecheck.model.wording import form, listed


class Setting(Protocol):
    """Something that is set. place: where it stands, in words; node: whose it is, None for all."""

    @property
    def place(self) -> str: ...

    @property
    def node(self) -> str | None: ...


def where_set(found: Sequence[Setting]) -> str:
    """The places, to begin a sentence with."""
    told = listed(one.place for one in found)
    return f"{told[:1].upper()}{told[1:]}" if told.startswith("the ") else told


def sets(found: Sequence[Setting]) -> str:
    """The word that goes with the places: ``sets``, ``set``."""
    return form(len({one.place for one in found}), "sets", "set")


def on_nodes(found: Sequence[Setting]) -> str:
    """`` on node-1``; nothing where it is so on all."""
    nodes = listed(one.node for one in found if one.node is not None)
    return f" on {nodes}" if nodes else ""
