"""Computed hashes for people: pod by pod, a line for each container and kubelet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.text import Text

from upgradecheck.model.hash import hex_of
from upgradecheck.model.hashlist import HashEntry, HashError, HashItem, one_by_one
from upgradecheck.model.schema import Era
from upgradecheck.model.wording import count
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import BAD, FAINT, STRONG, Page, columns
from upgradecheck.renderers.media.plain import name
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.words import NOTHING_HASHED

SHOWS_INPUT = True
"""The text that is hashed stands beside its hash where that was asked for."""
_TITLES = ("CONTAINER", "KIND", "KUBELET", "ERA", "HASH", "WITHOUT RESOURCES")


def render(entries: Iterable[HashEntry], canvas: Canvas) -> Iterator[str]:
    """One piece of text for each pod, then the sum."""
    page = Page(canvas)
    pods = hashes = refused = 0
    for _, entries_of_pod in groupby(one_by_one(entries), key=lambda entry: (entry.namespace, entry.pod, entry.uid)):
        members = tuple(entries_of_pod)
        failed = sum(isinstance(entry, HashError) for entry in members)
        pods, hashes, refused = pods + 1, hashes + len(members) - failed, refused + failed
        _pod(page, members)
        yield page.take()
    if not pods:
        page.paragraph(NOTHING_HASHED)
    else:
        page.paragraph(f"{count(pods, 'pod')}, {count(hashes, 'hash', 'hashes')}" + (f"; {refused:,} refused" if refused else ""))
    yield page.take()


def _pod(page: Page, entries: tuple[HashItem | HashError, ...]) -> None:
    first = entries[0]
    who = "a document without a name" if first.pod is None else f"{name(first.namespace or '')}/{name(first.pod)}"
    page.paragraph(Text.assemble((who, STRONG), f"  uid {name(first.uid)}" if first.uid else ""))
    rows = [_TITLES, *(_cells(entry) for entry in entries if not isinstance(entry, HashError))]
    if len(rows) > 1:
        columns(page, tuple(rows), indent=2)
    for entry in entries:
        if isinstance(entry, HashItem) and entry.input is not None:
            _input(page, entry, entry.input)
        elif isinstance(entry, HashError):
            place = f"{safe_text(entry.path)}: " if entry.path else ""
            lead = Text.assemble("  ", (f"refused by {name(entry.kubelet)}:", BAD))
            page.paragraph(f"{place}{safe_text(entry.reason)}", lead=lead, indent=6)
    page.blank()


def _input(page: Page, item: HashItem, content: bytes) -> None:
    """The text that is hashed, in one line; what cannot be seen is written as an escape, so that only JSON has it byte for byte."""
    form = "the printed struct, hashed as it is" if item.era is Era.TYPED else "the JSON, hashed as Go prints its bytes: ([]uint8)[123 …]"
    page.paragraph(Text(f"{name(item.container)} under {name(item.kubelet)}: {form}", FAINT), indent=2)
    page.unbroken(safe_text(content.decode("utf-8", "backslashreplace")), indent=4)


def _cells(item: HashItem) -> tuple[str, ...]:
    without = hex_of(item.hash_without_resources) or ""
    return name(item.container), item.container_kind.value, name(item.kubelet), item.era.value, item.hash.hex, without
