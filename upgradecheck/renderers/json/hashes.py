"""The HashList as JSON (design, section 4): one item per container and kubelet, or one with ``error`` in its place."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import UNSET, UnsetType

from upgradecheck.model.hashlist import HashEntry, HashItem
from upgradecheck.model.schema import Era
from upgradecheck.renderers import hex_hash
from upgradecheck.renderers.json.plan import FORMAT_VERSION
from upgradecheck.renderers.json.stream import Rows, Write, json_object


class HashItemOut(msgspec.Struct, frozen=True):
    """One container's hash under one kubelet.

    input, or input_base64 if it is no UTF-8, is the text that is hashed, where that was asked for. input_form tells how it goes
    into FNV-1a: ``text`` as it is, ``byte-slice`` as Go prints a []byte.
    """

    namespace: str
    pod: str | None
    uid: str | None
    container: str
    container_kind: str
    kubelet: str
    era: str
    hash: str
    hash_without_resources: str | UnsetType = UNSET
    input: str | UnsetType = UNSET
    input_base64: str | UnsetType = UNSET
    input_form: str | UnsetType = UNSET


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


def render_hashes(entries: Iterable[HashEntry], write: Write = json_object) -> Iterator[str]:
    """The text of the list, entry by entry."""
    return write((("format_version", FORMAT_VERSION), ("kind", "HashList"), ("items", Rows(map(_entry, entries)))))


def _entry(entry: HashEntry) -> HashItemOut | HashErrorOut:
    if isinstance(entry, HashItem):
        return _item(entry)
    return HashErrorOut(entry.namespace, entry.pod, entry.uid, entry.kubelet, ErrorOut(entry.path, entry.reason))


def _item(item: HashItem) -> HashItemOut:
    without = item.hash_without_resources
    text, base64 = (UNSET, UNSET) if item.input is None else _input(item.input)
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
        input=text,
        input_base64=base64,
        input_form=UNSET if item.input is None else "text" if item.era is Era.TYPED else "byte-slice",
    )


def _input(content: bytes) -> tuple[str | UnsetType, str | UnsetType]:
    """As text, else in base64."""
    try:
        return content.decode(), UNSET
    except UnicodeDecodeError:
        return UNSET, b64encode(content).decode()
