"""What is said of nodes, some of all of them at once, found by node: a fleet has thousands, and each asks for its own."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import Generic, TypeVar

T = TypeVar("T")


class ByNode(Generic[T]):
    """Values in the order in which they were told, each with the node that it is of; None: of every node."""

    def __init__(self, told: Iterable[tuple[str | None, T]]) -> None:
        self._common: list[tuple[int, T]] = []
        self._own: dict[str, list[tuple[int, T]]] = {}
        for number, (node, one) in enumerate(told):
            (self._common if node is None else self._own.setdefault(node, [])).append((number, one))

    def of(self, node: str | None) -> list[T]:
        """What counts for a node, in its order; None: for one of which nothing is told apart."""
        own = () if node is None else self._own.get(node, ())
        return [one for _, one in sorted((*self._common, *own), key=itemgetter(0))]
