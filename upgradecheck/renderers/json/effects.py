"""Reasons of an effect as JSON: for the matrix and the diff."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from upgradecheck.model.changes import EffectReason


class ReasonOut(msgspec.Struct, frozen=True):
    """Why hashes change, and for which containers (see model.changes.EffectReason)."""

    kind: str
    path: str | UnsetType = UNSET
    holder: str | UnsetType = UNSET
    since: str | UnsetType = UNSET
    container_kind: str | UnsetType = UNSET
    creators: tuple[str, ...] | UnsetType = UNSET


def reason_out(reason: EffectReason) -> ReasonOut:
    """One reason; what does not apply is left out."""
    return ReasonOut(
        kind=reason.kind.value,
        path=reason.path or UNSET,
        holder=reason.holder or UNSET,
        since=reason.since or UNSET,
        container_kind=UNSET if reason.container_kind is None else reason.container_kind.value,
        creators=reason.creators or UNSET,
    )
