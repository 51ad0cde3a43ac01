"""ConfigMaps and Secrets, by the keys that they have: their values are nobody's business, and are never kept."""

from __future__ import annotations

import msgspec


class Keyed(msgspec.Struct, frozen=True, gc=False):
    """A ConfigMap or Secret that was given. kind: its own; keys: those that an environment can be made of; binary: those that only a
    volume shows.
    """

    kind: str
    namespace: str
    name: str
    keys: frozenset[str]
    binary: frozenset[str] = frozenset()


class NeededKey(msgspec.Struct, frozen=True, gc=False):
    """A key that a container cannot be made without, or, where container is empty, a volume that containers mount."""

    container: str
    kind: str
    name: str
    key: str
