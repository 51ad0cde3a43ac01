"""Hashes as a Markdown table, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upgradecheck.model.hashlist import HashEntry, HashError, HashItem, one_by_one
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.markdown import code, table, words
from upgradecheck.reporting.words import NOTHING_HASHED


def render(entries: Iterable[HashEntry], canvas: Canvas) -> Iterator[str]:
    """One table, row by row."""
    head = table(("namespace", "pod", "uid", "container", "kind", "kubelet", "era", "hash", "without resources"), ())
    for entry in one_by_one(entries):
        yield f"{head}| {' | '.join(_cells(entry))} |\n"
        head = ""
    if head:
        yield f"{NOTHING_HASHED}\n"


def _cells(entry: HashItem | HashError) -> tuple[str, ...]:
    identity = code(entry.namespace or ""), code(entry.pod or ""), code(entry.uid or "")
    if isinstance(entry, HashItem):
        without = "" if entry.hash_without_resources is None else code(entry.hash_without_resources.hex)
        kind, kubelet = entry.container_kind.value, code(entry.kubelet)
        return *identity, code(entry.container), kind, kubelet, entry.era.value, code(entry.hash.hex), without
    place = f"{code(entry.path)}: " if entry.path else ""
    return *identity, "", "", code(entry.kubelet), "", f"refused: {place}{words(entry.reason)}", ""
