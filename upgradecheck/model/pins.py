"""Pins of static pods on a node, as their journal tells: in which manifest which UID was written, and whether it was taken out again."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import msgspec

from upgradecheck.model.override_journal import AuditAnchor


class StaticPodRow(msgspec.Struct, frozen=True, gc=False):
    """A pod of a plan that comes from a file. recreated: by the plan the new kubelet makes it anew under another UID, or may."""

    namespace: str
    name: str
    uid: str
    node: str | None
    recreated: bool

    @property
    def title(self) -> str:
        """As people call it."""
        return f"{self.namespace}/{self.name}"


class StaticPods(msgspec.Struct, frozen=True, gc=False):
    """The static pods of a plan; nodes: all that it knows."""

    plan_hash: str
    from_version: str | None
    to_version: str
    pods: tuple[StaticPodRow, ...] = ()
    nodes: frozenset[str] = frozenset()


class PinStep(Enum):
    """How far a manifest has got. The intentions are on the disk before the manifest is written."""

    INTENDED = "intended"
    PINNED = "pinned"
    TO_BE_TAKEN_OUT = "to be taken out"
    TAKEN_OUT = "taken out"


class Pin(msgspec.Struct, frozen=True, gc=False):
    """One manifest. piece: the bytes that were put in; before and after: the SHA-256 of the file without them and with them."""

    directory: str
    file: str
    namespace: str
    pod: str
    uid: str
    node: str
    piece: str
    before: str
    after: str
    step: PinStep = PinStep.INTENDED

    @property
    def place(self) -> str:
        """The manifest's path."""
        return f"{self.directory}/{self.file}"

    @property
    def title(self) -> str:
        """The pod as people call it."""
        return f"{self.namespace}/{self.pod}"


class PinJournal(msgspec.Struct, frozen=True, gc=False):
    """All pins of a node, by the paths of their manifests."""

    pins: Mapping[str, Pin] = msgspec.field(default_factory=dict)
    anchors: tuple[AuditAnchor, ...] = ()

    @property
    def standing(self) -> tuple[Pin, ...]:
        """Those that are, or may be, in their manifests."""
        return tuple(one for one in self.pins.values() if one.step is not PinStep.TAKEN_OUT)
