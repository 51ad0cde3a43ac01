"""The HashList as JSON (design, section 4): one item per container and kubelet, or one with ``error`` in its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import UNSET, UnsetType

from upgradecheck.model.hashlist import HashEntry, HashItem
from upgradecheck.renderers import hex_hash
from upgradecheck.renderers.json.plan import FORMAT_VERSION
from upgradecheck.renderers.json.stream import Rows, json_object


class HashItemOut(msgspec.Struct, frozen=True):
    """One container's hash under one kubelet."""

    namespace: str
    pod: str | None
    uid: str | None
    container: str
    container_kind: str
    kubelet: str
    era: str
    hash: str
    hash_without_resources: str | UnsetType = UNSET


class ErrorOut(msgspec.Struct, frozen=True):
    """Where and why a document was refused."""

    path: str
    reason: str


class HashErrorOut(msgspec.Struct, frozen=True):
    """A document without hashes."""

    namespace: str | None
    pod: str | None
    uid: str | None
    kubelet: str
    error: ErrorOut


def render_hashes(entries: Iterable[HashEntry]) -> Iterator[str]:
    """The text of the list, entry by entry."""
    return json_object((("format_version", FORMAT_VERSION), ("kind", "HashList"), ("items", Rows(map(_entry, entries)))))


def _entry(entry: HashEntry) -> HashItemOut | HashErrorOut:
    if isinstance(entry, HashItem):
        return _item(entry)
    return HashErrorOut(entry.namespace, entry.pod, entry.uid, entry.kubelet, ErrorOut(entry.path, entry.reason))


def _item(item: HashItem) -> HashItemOut:
    without = item.hash_without_resources
    return HashItemOut(
        namespace=item.namespace,
        pod=item.pod,
        uid=item.uid,
        container=item.container,
        container_kind=item.container_kind.value,
        kubelet=item.kubelet,
        era=item.era.value,
        hash=hex_hash(item.hash),
        hash_without_resources=UNSET if without is None else hex_hash(without),
    )
