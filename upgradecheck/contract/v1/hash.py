"""The HashList as JSON (design, section 4): one item per container and kubelet, or one with ``error`` in its place.

The items of replicas differ in their names and hashes alone, so what stands between these is written once for all of them: a text with
places for both. It is made of the items' own JSON.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from upgradecheck.contract.parts import FormatVersion, Lines, Part, RowsTogether, members, said
from upgradecheck.contract.values import HexHash, encoded
from upgradecheck.model.hash import Hash
from upgradecheck.model.hashlist import HashEntry, HashError, HashItem, HashRow, HashRows, PodHashes
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
_AT_ONCE = 32


DOCUMENT = HashListJson


def of(entries: Iterable[HashEntry]) -> Iterator[tuple[str, object]]:
    """The members of the list; takes each entry once."""
    return members(HashListJson, items=RowsTogether(_together(entries)))


def _together(entries: Iterable[HashEntry]) -> Iterator[_Pods | _One]:
    """Pods that follow one another, some at once: handing each on by itself takes longer than writing it."""
    run = list[PodHashes]()
    for entry in entries:
        if isinstance(entry, PodHashes):
            run.append(entry)
            if len(run) < _AT_ONCE:
                continue
        if run:
            yield _Pods(run)
            run = []
        if not isinstance(entry, PodHashes):
            yield _One(entry)
    if run:
        yield _Pods(run)


class _One:
    """An entry of one item."""

    __slots__ = ("_entry",)

    def __init__(self, entry: HashItem | HashError) -> None:
        self._entry = entry

    def text(self, between: str, fits: Callable[[str], bool]) -> str | None:
        """As of Together."""
        return None

    def elements(self) -> Iterator[HashItemJson | RefusedJson]:
        """As of Together."""
        yield _item(self._entry) if isinstance(self._entry, HashItem) else _refused(self._entry)


class _Pods:
    """Entries of several items each."""

    __slots__ = ("_pods",)

    def __init__(self, pods: Sequence[PodHashes]) -> None:
        self._pods = pods

    def text(self, between: str, fits: Callable[[str], bool]) -> str | None:
        """As of Together."""
        texts = list[str]()
        for pod in self._pods:
            text = _rows(pod, between, fits)
            if text is None:
                return None
            texts.append(text)
        return between.join(texts)

    def elements(self) -> Iterator[HashItemJson | RefusedJson]:
        """As of Together."""
        return (_item(item) for pod in self._pods for item in pod.items())


def _rows(pod: PodHashes, between: str, fits: Callable[[str], bool]) -> str | None:
    """The rows of one pod; None where they are to be written one by one."""
    try:
        layout = _layout(pod.common, between, fits)
        if layout is not None and pod.is_plain:
            return layout.of(_WHO % (pod.namespace, pod.pod, pod.uid), pod.hashes)
        who = encoded(_Who(pod.namespace, pod.pod, pod.uid)).decode()[:-1]
    except UnicodeEncodeError:  # a lone surrogate
        return None
    return None if layout is None or not fits(who) else layout.of(who, pod.hashes)


class _Who(Part, frozen=True):
    """How an item begins."""

    namespace: str
    pod: str | None
    uid: str | None


_NOBODY = _Who("", "", "")
_WHO = encoded(_Who("%s", "%s", "%s")).decode()[:-1]
_BEGUN = len(encoded(_NOBODY)) - 1


class _Layout(msgspec.Struct, frozen=True, gc=False):
    """The rows of a pod with places for who it is and for its hashes; chosen: what stands in these, of both one after another."""

    text: str
    chosen: Callable[[tuple[str | int, ...]], Any]

    def of(self, who: str, hashes: Sequence[int]) -> str:
        """The rows of one pod."""
        return self.text % self.chosen((who, *hashes))  # type: ignore[no-any-return]


@lru_cache(maxsize=4096)
def _layout(common: HashRows, between: str, fits: Callable[[str], bool]) -> _Layout | None:
    """None where a row may not stand as it is, and for no rows."""
    texts = list(map(_text, common.rows))
    places = [place for row in common.rows for place in (-1, row.text, row.without_resources) if place is not None]
    return _Layout(between.join(texts), itemgetter(*(place + 1 for place in places))) if texts and all(map(fits, texts)) else None


def _text(row: HashRow) -> str:
    none = Hash(0)
    without = None if row.without_resources is None else none
    item = HashItem("", "", "", row.container, row.container_kind, row.kubelet, row.era, none, without)
    told = encoded(_item(item)).decode()[_BEGUN:].replace("%", "%%")
    for name in ("hash", "hash_without_resources"):
        told = told.replace(f',"{name}":"0"', f',"{name}":"%x"')  # a quote within a text is escaped, so no text says this
    return f"%s{told}"


def _refused(entry: HashError) -> RefusedJson:
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
