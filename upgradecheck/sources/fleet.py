"""Source: the bundles that nodes have published in their cluster (``--fleet``), ConfigMaps of one namespace with one label.

A ConfigMap that carries the label and is no part of a bundle is named, and so is a bundle that is damaged or lacks a part. The list itself
may be refused: then no bundle is seen, which is named, too. Nothing else in that namespace is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from upgradecheck.decode.guard import guarded
from upgradecheck.decode.text.gzipped import decompressed
from upgradecheck.formats.bundle import read_bundle
from upgradecheck.formats.bundle_configmaps import part_in, whole
from upgradecheck.logs import Log
from upgradecheck.model.bundle import Bundle
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.fleet import SELECTOR, BundlePart, part_name
from upgradecheck.model.plan import Missing
from upgradecheck.model.snapshot import SetAside
from upgradecheck.model.wording import count
from upgradecheck.transport.errors import AccessRefused, ClusterError
from upgradecheck.transport.kube import KubeApi
from upgradecheck.transport.kubeconfig import Target
from upgradecheck.transport.paging import Listing, pages
from upgradecheck.transport.waiting import Limits

_LOG = Log(__name__)
_PAGE = "50"
"""A part may have almost a megabyte."""
_MOST_UNPACKED = 64 << 20
_MOST_NAMED = 20


class Fleet(msgspec.Struct, frozen=True, gc=False):
    """What was found. set_aside: by node, where one is told."""

    bundles: tuple[Bundle, ...] = ()
    missing: tuple[Missing, ...] = ()
    set_aside: tuple[SetAside, ...] = ()


def read_fleet(target: Target, limits: Limits, namespace: str, only: frozenset[str] = frozenset()) -> Fleet:
    """The bundles of a cluster's nodes. A list that is not given is missing. only: the nodes of which anybody asks what is wrong."""
    api, reading = KubeApi(target, limits), _Reading(namespace, only)
    try:
        for page in pages(api, _listing(namespace), reading.begin_anew):
            for raw in page.items:
                reading.take(raw)
            reading.settle(last=page.last)
        if reading.is_bare:
            reading.miss(
                f"bundles in namespace {namespace}", "there is none: no agent runs, or they publish to another one (--fleet-namespace)"
            )
    except ClusterError as error:
        reason = f"cannot list configmaps: {error.reason}" if isinstance(error, AccessRefused) else str(error).rstrip(".")
        remedy = '; "upgradecheck doctor --rbac --fleet" prints the role' if isinstance(error, AccessRefused) else ""
        reading.miss(f"bundles in namespace {namespace}", f"{reason}{remedy}")
    finally:
        api.close()
    _LOG.info(f"read {count(len(reading.bundles), 'bundle')} in namespace {namespace}")
    return Fleet(tuple(reading.bundles.values()), tuple(reading.missing()), tuple(reading.set_aside))


def _listing(namespace: str) -> Listing:
    path = f"/api/v1/namespaces/{quote(namespace, safe='')}/configmaps"
    return Listing(path, "ConfigMapList", f"list configmaps in namespace {namespace}", (("labelSelector", SELECTOR), ("limit", _PAGE)))


class _Metadata(msgspec.Struct):
    name: str = ""


class _Named(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


_NAMED = msgspec.json.Decoder(_Named)


class _Reading:
    """Parts as they come; those of a bundle of one part, as most have, are let go of at once."""

    def __init__(self, namespace: str, only: frozenset[str]) -> None:
        self.bundles: dict[str, Bundle] = {}
        self.set_aside: list[SetAside] = []
        self._namespace, self._only = namespace, only
        self._parts: dict[str, list[BundlePart]] = {}
        self._missing: list[Missing] = []
        self._passed_over = False

    def begin_anew(self) -> None:
        """The list comes again from its beginning."""
        self.bundles.clear()
        self.set_aside.clear()
        self._parts.clear()
        self._missing.clear()

    def take(self, raw: bytes) -> None:
        """One ConfigMap."""
        try:
            part = guarded(lambda: part_in(raw))
        except SpecRefused as error:
            self.miss(f"ConfigMap {self._namespace}/{_name(raw)}", f"it carries the label of a bundle, and is set aside: {error.reason}")
            return
        self._parts.setdefault(part.node, []).append(part)

    @property
    def is_bare(self) -> bool:
        """Whether nothing came at all."""
        return not (self.bundles or self._parts or self._missing or self.set_aside or self._passed_over)

    def settle(self, *, last: bool) -> None:
        """Puts together what is whole, and at the end says what is not."""
        for node, parts in list(self._parts.items()):
            first = next((one for one in parts if one.part == 0), None)
            if last or (first is not None and first.parts == 1):
                self._add(node, self._parts.pop(node))

    def _add(self, node: str, parts: list[BundlePart]) -> None:
        source = f"ConfigMap {self._namespace}/{part_name(node, 0)}"
        try:
            self.bundles[node] = guarded(lambda: _bundle(node, parts, source))
        except (SpecRefused, InputError) as error:
            if self._only and node not in self._only:
                self._passed_over = True
                return
            told = str(error).removeprefix(f"{source}: ").rstrip(".")
            self.miss(f"{source} (bundle of node {node})", f"it is set aside: {told}")
            self.set_aside.append(SetAside(source, node=node))

    def miss(self, what: str, reason: str) -> None:
        """Names what is not there."""
        self._missing.append(Missing(what, reason))

    def missing(self) -> Iterator[Missing]:
        """What was not there, as far as a report stays short."""
        yield from self._missing[:_MOST_NAMED]
        more = len(self._missing) - _MOST_NAMED
        if more > 0:
            yield Missing(
                f"{count(more, 'more ConfigMap')} of namespace {self._namespace}", "they are set aside for reasons such as those named"
            )


def _bundle(node: str, parts: list[BundlePart], source: str) -> Bundle:
    found = read_bundle(unpacked(whole(parts), source), source)
    if found.name != node:
        raise SpecRefused(f"the bundle in it is that of node {found.name!a}")
    return found


def unpacked(data: bytes, source: str) -> bytes:
    """The JSON of a bundle's file, measured while it is unpacked.

    Raises:
        SpecRefused: it is none, or larger than any.
    """
    text = bytearray()
    for piece in decompressed((data,), source):
        text += piece
        if len(text) > _MOST_UNPACKED:
            raise SpecRefused(f"it holds more than {_MOST_UNPACKED >> 20} MiB once decompressed, as no bundle does")
    return bytes(text)


def _name(raw: bytes) -> str:
    try:
        return _NAMED.decode(raw).metadata.name or "without a name"
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "whose name cannot be read"


SOURCE = read_fleet
