"""A line for each hash with UID and kubelet; a pod's lines are aligned with each other, as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from upgradecheck.model.hash import hex_of
from upgradecheck.model.hashlist import HashEntry, HashError, HashItem, one_by_one
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.columns import NOTHING, aligned, seen
from upgradecheck.reporting.words import NOTHING_HASHED

_HASHES = ("NAMESPACE", "POD", "UID", "CONTAINER", "KIND", "KUBELET", "ERA", "HASH", "WITHOUT RESOURCES")


def render(entries: Iterable[HashEntry], canvas: Canvas) -> Iterator[str]:
    """One line a hash; a pod's lines are aligned with each other."""
    any_seen = False
    for _, members in groupby(one_by_one(entries), key=lambda entry: (entry.namespace, entry.pod, entry.uid)):
        rows = [_HASHES, *map(_hash_row, members)]
        yield "\n" if any_seen else ""
        yield from aligned(rows)
        any_seen = True
    if not any_seen:
        yield f"{NOTHING_HASHED}\n"


def _hash_row(entry: HashItem | HashError) -> tuple[str, ...]:
    identity = seen(entry.namespace), seen(entry.pod), seen(entry.uid)
    if isinstance(entry, HashItem):
        hashes = entry.hash.hex, hex_of(entry.hash_without_resources) or NOTHING
        return (*identity, seen(entry.container), entry.container_kind.value, seen(entry.kubelet), entry.era.value, *hashes)
    why = f"refused: {f'{entry.path}: ' if entry.path else ''}{entry.reason}"
    return (*identity, NOTHING, NOTHING, seen(entry.kubelet), NOTHING, seen(why))
