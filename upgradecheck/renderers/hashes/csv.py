"""Hashes for a spreadsheet: a row a hash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upgradecheck.model.hash import hex_of
from upgradecheck.model.hashlist import HashEntry, HashItem, one_by_one
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.csv import Row, written


def render(entries: Iterable[HashEntry], canvas: Canvas) -> Iterator[str]:
    """The text, row by row."""
    return written(_rows(entries))


def _rows(entries: Iterable[HashEntry]) -> Iterator[Row]:
    """One row a hash; a document without hashes has one with its error."""
    yield "namespace", "pod", "uid", "container", "kind", "kubelet", "era", "hash", "hash_without_resources", "error_path", "error"
    for entry in one_by_one(entries):
        if isinstance(entry, HashItem):
            hashes = entry.hash.hex, hex_of(entry.hash_without_resources)
            identity = entry.namespace, entry.pod, entry.uid, entry.container, entry.container_kind.value
            yield (*identity, entry.kubelet, entry.era.value, *hashes, None, None)
        else:
            yield entry.namespace, entry.pod, entry.uid, None, None, entry.kubelet, None, None, None, entry.path, entry.reason
