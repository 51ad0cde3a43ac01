"""What stands of each pin in its manifest now, for ``override status`` and for ``override unpin``."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

import msgspec

from upgradecheck.decode.yaml.documents import MAX_DOCUMENT
from upgradecheck.model.errors import SpecRefused, UpgradecheckError
from upgradecheck.model.pins import Pin
from upgradecheck.pinning.editing import sum_of, uid_in
from upgradecheck.pinning.manifests import opened_directory
from upgradecheck.safekeeping.directory import ReadFile
from upgradecheck.safekeeping.obstacles import ObstacleKind
from upgradecheck.safekeeping.system import REAL, System


class PinStanding(Enum):
    """STANDS: the manifest is exactly as it was pinned. EDITED: pinned, and edited since, of which a kubelet makes no new pod.

    LOST: the manifest says nothing of the UID any more (kubeadm writes manifests anew), or never did, since the run broke off. GONE: there
    is no such file. UNREADABLE: nobody can tell.
    """

    STANDS = "stands"
    EDITED = "edited"
    LOST = "lost"
    GONE = "gone"
    UNREADABLE = "unreadable"


HOLDS = (PinStanding.STANDS, PinStanding.EDITED, PinStanding.GONE)
"""What leaves nothing to be done before another kubelet starts."""


class StoodPin(msgspec.Struct, frozen=True, gc=False):
    """One pin, what stands of it, and the file as it is."""

    pin: Pin
    standing: PinStanding
    read: ReadFile | None = None
    reason: str = ""


def stand_pins(pins: Iterable[Pin], system: System = REAL) -> tuple[StoodPin, ...]:
    """Each of these pins."""
    return tuple(stood_pin(pin, system) for pin in pins)


def stood_pin(pin: Pin, system: System = REAL) -> StoodPin:
    """One pin, as its manifest is at this moment."""
    try:
        with opened_directory(pin.directory, system) as directory:
            found = directory.read_file(pin.file, MAX_DOCUMENT)
    except UpgradecheckError as error:
        return StoodPin(pin, PinStanding.UNREADABLE, reason=str(error))
    if not isinstance(found, ReadFile):
        standing = PinStanding.GONE if found.kind is ObstacleKind.MISSING else PinStanding.UNREADABLE
        return StoodPin(pin, standing, reason=found.found)
    if sum_of(found.content) == pin.after:
        return StoodPin(pin, PinStanding.STANDS, found)
    try:
        told = uid_in(found.content)
    except SpecRefused as error:
        return StoodPin(pin, PinStanding.UNREADABLE, found, reason=str(error))
    return StoodPin(pin, PinStanding.EDITED if told == pin.uid else PinStanding.LOST, found)
