"""Where a static pod's manifest is for the kubelet, and why the UID that it makes of one cannot be computed."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

import msgspec


class ManifestFile(msgspec.Struct, frozen=True, gc=False):
    """A file, by the path that the kubelet opens: its static pod directory as configured, and the file's name."""

    path: str


class ManifestURL(msgspec.Struct, frozen=True, gc=False):
    """What the kubelet was told by --manifest-url."""

    url: str


Source: TypeAlias = ManifestFile | ManifestURL


class WhyNoUID(Enum):
    """Why no UID can be computed of a manifest that a kubelet does take."""

    TIME = "it has a time other than null, and the kubelet hashes a time together with its node's time zone"
    MANAGED_FIELDS = "it has managedFields, whose bytes are hashed as they stand in the file"


class NoUID(msgspec.Struct, frozen=True, gc=False):
    """There is a UID, but only the kubelet can tell it."""

    why: WhyNoUID
