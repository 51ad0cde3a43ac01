"""What ``versions`` shows: the minors that can be judged, and version texts explained."""

from __future__ import annotations

import msgspec

from upgradecheck.model.schema import ContainerKind, Era
from upgradecheck.model.version import Minor


class FactSource(msgspec.Struct, frozen=True, gc=False):
    """Where a fact of a minor was read: a published Go module, its version, and the files in it."""

    fact: str
    module: str
    version: str
    paths: tuple[str, ...]


class KnownMinor(msgspec.Struct, frozen=True, gc=False):
    """A minor in short. go_first and go_last are the Go versions of its first and of its newest known patch.

    provisional: why its facts may still change; None of a minor that is released, and whose facts were read.
    """

    minor: Minor
    era: Era
    kinds_known: tuple[ContainerKind, ...]
    kinds_compared: tuple[ContainerKind, ...]
    hash_without_resources: bool
    patches: tuple[int, ...]
    go_first: str
    go_last: str
    sources: tuple[FactSource, ...]
    provisional: str | None = None


class VersionPiece(msgspec.Struct, frozen=True, gc=False):
    """A piece of a version text, with the separator before it, and what it means."""

    text: str
    meaning: str


class PossibleClass(msgspec.Struct, frozen=True, gc=False):
    """A hash class that a kubelet of this version can be of (see HashClass)."""

    minor: Minor
    era: Era
    kinds_compared: tuple[ContainerKind, ...]
    short_control_escapes: bool


class ExplainedVersion(msgspec.Struct, frozen=True, gc=False):
    """A version text taken apart. release is what it counts as; go is the Go of that patch, None if nobody knows the patch.

    Several classes mean that the text does not tell which: an answer then holds only if it is the same for each. checked: False where
    nobody has looked whether this build hashes and compares as the release does, or where it is known to differ; differs says in what.
    """

    text: str
    release: str
    vendor: str
    pieces: tuple[VersionPiece, ...]
    classes: tuple[PossibleClass, ...]
    go: str | None
    checked: bool = True
    differs: tuple[str, ...] = ()


class VersionList(msgspec.Struct, frozen=True, gc=False):
    """All minors, or the explained versions that the user asked about."""

    minors: tuple[KnownMinor, ...] = ()
    explained: tuple[ExplainedVersion, ...] = ()
