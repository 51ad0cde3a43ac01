"""Whether the pages of lists add up (``?limit=…&continue=…``): each list for itself, told from others by kind and resourceVersion.

A page that is not the last has a continue token, and says how many items follow it (remainingItemCount), unless the list was narrowed by
a selector. The page after it then holds and announces as many together. A page that announces items and has no token was cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from upgradecheck.decode.text.streamed import Envelope
from upgradecheck.model.plan import Missing

_NO_LAST = "it was listed in pages (metadata.continue is set), and its last page was not given"


class _One(msgspec.Struct, frozen=True, gc=False):
    """One page, whichever file holds it: given twice, it is one."""

    count: int
    continued: bool
    remaining: int | None
    next: str

    @property
    def announced(self) -> int:
        """What it holds, and says to follow."""
        return self.count + (self.remaining or 0)


class Pages:
    """The pages that were read."""

    def __init__(self) -> None:
        self._lists: dict[tuple[str | None, str], dict[_One, None]] = {}

    def add(self, envelope: Envelope) -> None:
        """Take a list's own members, which stand around its items."""
        page = envelope.page
        one = _One(envelope.count, envelope.continued, page.remaining, page.next)
        self._lists.setdefault((envelope.kind, page.version), {})[one] = None

    def update(self, others: Pages) -> None:
        """Take those of another file."""
        for key, found in others._lists.items():
            self._lists.setdefault(key, {}).update(found)

    def missing(self) -> Iterator[Missing]:
        """What is not there of lists, each kind of trouble once."""
        yield from dict.fromkeys(one for (kind, _), found in self._lists.items() for one in _missing(kind, found))


def _missing(kind: str | None, found: Iterable[_One]) -> Iterator[Missing]:
    what = f"the rest of a {kind}" if kind else "the rest of a list"
    pages = tuple(found)
    more = [one for one in pages if one.continued or one.remaining]
    if any(one.continued for one in pages) and all(one.continued for one in pages):
        yield Missing(what, _NO_LAST)
        return
    followers = list(pages)
    for one in sorted(more, key=lambda one: one.remaining or 0, reverse=True):
        after = next((each for each in followers if each is not one and one.remaining in (None, each.announced)), None)
        if after is None:
            yield Missing(what, f"{one.remaining} items are said to follow a page of {one.count}, and the pages given hold others or fewer")
        elif one.remaining is not None:
            followers.remove(after)
