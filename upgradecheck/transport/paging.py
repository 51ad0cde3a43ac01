"""A list of the Kubernetes API, page by page (``limit``, ``continue``), each item its exact bytes.

A place in a list expires after some minutes (410: etcd was compacted). Then the list is read anew from its beginning, so items
may come twice: whoever reads knows them by UID.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.transport.errors import Expired, Unreachable
from upgradecheck.transport.kube import Garbled, KubeApi

PAGE = 500
_RESTARTS = 3


class _Metadata(msgspec.Struct, rename="camel"):
    continue_: str | None = msgspec.field(default=None, name="continue")
    remaining_item_count: int | None = None


class _Page(msgspec.Struct):
    kind: str | None = None
    metadata: _Metadata | None = None
    items: list[msgspec.Raw] | msgspec.UnsetType | None = msgspec.UNSET


_PAGE = msgspec.json.Decoder(_Page)


class ListPage(msgspec.Struct, frozen=True, gc=False):
    """Some items of a list; remaining is how many come after them, if the server says; last: none do."""

    items: tuple[bytes, ...]
    remaining: int | None
    last: bool


class Listing(msgspec.Struct, frozen=True, gc=False):
    """What to list: path and selectors of the request, the kind that answers (``PodList``), and words for messages (``list pods``)."""

    path: str
    kind: str
    what: str
    selectors: tuple[tuple[str, str], ...] = ()


def pages(api: KubeApi, listing: Listing, restarted: Callable[[], None]) -> Iterator[ListPage]:
    """All pages; restarted is called when the list begins anew.

    Raises:
        ClusterError: the list could not be read to its end.
    """
    place, restarts, places = "", 0, set[str]()
    while True:
        query = {"limit": str(PAGE), **dict(listing.selectors), **({"continue": place} if place else {})}
        try:
            page = api.get(listing.path, query, listing.what, lambda body: _page(body, listing.kind))
        except Expired:
            restarts += 1
            if restarts > _RESTARTS:
                raise
            place = ""
            places.clear()
            restarted()
            continue
        metadata = page.metadata or _Metadata()
        yield ListPage(tuple(map(bytes, page.items or ())), metadata.remaining_item_count, not metadata.continue_)
        if not metadata.continue_:
            return
        if metadata.continue_ in places:
            raise Unreachable(f"{api.host}: cannot {listing.what}: a page of the list names one as the next that has been read.")
        place = metadata.continue_
        places.add(place)


def _page(body: bytes, kind: str) -> _Page:
    try:
        page = typed(_PAGE, body)
    except SpecRefused as error:
        raise Garbled("cut short, or no valid JSON") from error
    if page.kind != kind or page.items is msgspec.UNSET:
        raise Garbled(f"no {kind}")
    metadata = page.metadata or _Metadata()
    if metadata.remaining_item_count and not metadata.continue_:
        raise Garbled("more items are said to follow, and not where")
    return page
