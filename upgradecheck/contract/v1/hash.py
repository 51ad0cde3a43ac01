"""The HashList as JSON (design, section 4): one item per container and kubelet, or one with ``error`` in its place."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta

from upgradecheck.contract.parts import FormatVersion, Lines, Part, members, said
from upgradecheck.contract.values import HexHash
from upgradecheck.model.hashlist import HashEntry, HashItem
from upgradecheck.model.schema import ContainerKind, Era

_INPUT = "With --show-input: the text that is hashed, byte for byte; it holds secrets"
_INPUT_FORM = (
    'What FNV-1a (32 bits) is given: text, the input itself; byte-slice, "([]uint8)[", each byte of it as a decimal with a blank between '
    'two, "]"'
)


class HashItemJson(Part, frozen=True):
    """One container's hash under one kubelet."""

    namespace: str
    pod: str | None
    uid: str | None
    container: str
    container_kind: ContainerKind
    kubelet: str
    era: Era
    hash: HexHash
    hash_without_resources: HexHash | None = None
    input: Annotated[str | None, said(_INPUT)] = None
    input_base64: Annotated[
        str | None, said("In place of input where that is no UTF-8"), Meta(extra_json_schema={"contentEncoding": "base64"})
    ] = None
    input_form: Annotated[Literal["text", "byte-slice"] | None, said(_INPUT_FORM)] = None


class HashErrorJson(Part, frozen=True):
    """Where and why a document was refused; the path is empty for the document itself."""

    path: str
    reason: str


class RefusedJson(Part, frozen=True):
    """In the place of the hashes of a document that is no Pod or that this kubelet's decoder refuses."""

    namespace: str | None
    pod: str | None
    uid: str | None
    kubelet: str
    error: HashErrorJson


Item = Annotated[Any, Meta(extra_json_schema={"oneOf": [{"$ref": "#/$defs/hash_item"}, {"$ref": "#/$defs/refused"}]})]


class HashListJson(Part, frozen=True):
    """Hashes of given containers under given kubelets, pod by pod in input order."""

    format_version: FormatVersion
    kind: Literal["HashList"]
    items: Lines[Item]


PARTS = (HashItemJson, RefusedJson)


DOCUMENT = HashListJson


def of(entries: Iterable[HashEntry]) -> Iterator[tuple[str, object]]:
    """The members of the list; takes each entry once."""
    return members(HashListJson, items=map(_entry, entries))


def _entry(entry: HashEntry) -> HashItemJson | RefusedJson:
    if isinstance(entry, HashItem):
        return _item(entry)
    return RefusedJson(entry.namespace, entry.pod, entry.uid, entry.kubelet, HashErrorJson(entry.path, entry.reason))


def _item(item: HashItem) -> HashItemJson:
    without = item.hash_without_resources
    text, base64 = (None, None) if item.input is None else _input(item.input)
    return HashItemJson(
        namespace=item.namespace,
        pod=item.pod,
        uid=item.uid,
        container=item.container,
        container_kind=item.container_kind,
        kubelet=item.kubelet,
        era=item.era,
        hash=HexHash.of(item.hash),
        hash_without_resources=None if without is None else HexHash.of(without),
        input=text,
        input_base64=base64,
        input_form=None if item.input is None else "text" if item.era is Era.TYPED else "byte-slice",
    )


def _input(content: bytes) -> tuple[str | None, str | None]:
    """As text, else in base64."""
    try:
        return content.decode(), None
    except UnicodeDecodeError:
        return None, b64encode(content).decode()
