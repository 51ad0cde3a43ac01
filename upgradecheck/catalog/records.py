"""What hashdata says about a minor beside its schema."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from upgradecheck.model.schema import ContainerKind, Era, JSONDecoder, Provisional
from upgradecheck.model.version import Minor


class MinorFacts(msgspec.Struct, frozen=True):
    """A minor in short. go_first and go_last are the Go versions of the first and the newest known patch.

    removed_flags and provenance are as hashdata words them; goldens counts the hashes that the real Go code made.
    """

    minor: Minor
    era: Era
    decoder: JSONDecoder
    kinds_known: frozenset[ContainerKind]
    kinds_compared: frozenset[ContainerKind]
    hash_without_resources: bool
    patches: tuple[int, ...]
    go_first: str
    go_last: str
    removed_flags: tuple[str, ...]
    provenance: Mapping[str, object]
    goldens: int
    provisional: Provisional | None = None


class Golden(msgspec.Struct, frozen=True, gc=False):
    """A container and what the real Go code of a minor made of it.

    container is the JSON as the decoder got it, byte for byte. hash and hash_without_resources are lower hex without padding;
    hash is None where the decoder refused, and refused then says so. patch is the patch release whose Go made it, None where
    every patch agrees.
    """

    id: str
    container: bytes
    hash: str | None = None
    hash_without_resources: str | None = None
    refused: str | None = None
    patch: int | None = None
    source: str | None = None
