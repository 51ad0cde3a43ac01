"""The record that containerd's CRI plugin keeps of a container: one annotation's value changed, every other byte as it was. Pure.

The record is JSON that encoding/json wrote, in containerd 1.6 to 2.4 alike: ``{"Version":"v1","Metadata":{"ID":…,"Config":{"metadata":
{"name":…},"labels":{…},"annotations":{…},…},…}}``. It is read whole, changed and written as Go writes it; what does not come out byte for
byte as it was read, before anything is changed, is left alone, for then something is in it that we do not understand. A label may have the
annotation's name, so no text is searched for. Go escapes ``<`` ``>`` ``&`` U+2028 U+2029; ``\\b`` and ``\\f`` in short form since 1.22.
Bytes that are no UTF-8, as a variable from a Secret may have, it writes as the six characters ``\\ufffd``, and a real U+FFFD as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any, NoReturn

import msgspec

from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import hex_of
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.patterns import pattern

EXTENSION = "io.cri-containerd.container.metadata"
HASH = "io.kubernetes.container.hash"
WITHOUT_RESOURCES = "io.kubernetes.container.hashWithoutResources"
_VERSION = "v1"
_ESCAPED = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})
_LONG_CONTROLS = {"\\b": "\\u0008", "\\f": "\\u000c"}


class Stamps(msgspec.Struct, frozen=True, gc=False):
    """The hashes that a record carries, None where the annotation is not there."""

    hash: str | None
    without_resources: str | None


def restamped(value: bytes, container_id: str, override: Override) -> bytes:
    """The record with the hashes that the override wants; the same bytes if it carries them already.

    Raises:
        SpecRefused: it is no such record, of another container, or carries another hash than the override knows.
    """
    record = _Record(value)
    _check_identity(record.metadata, container_id, override)
    changes = [(HASH, override.hash)]
    if override.without_resources is not None:
        changes.append((WITHOUT_RESOURCES, override.without_resources))
    for key, rewrite in changes:
        _check_value(key, record.annotations.get(key), rewrite)
    for key, rewrite in changes:
        record.change(key, rewrite.after.hex)
    return record.value


def stamps(value: bytes) -> Stamps:
    """The hashes in a record.

    Raises:
        SpecRefused: it is no such record.
    """
    annotations = _Record(value).annotations
    return Stamps(annotations.get(HASH), annotations.get(WITHOUT_RESOURCES))


class _Record:
    """A record that is written back as it was read."""

    def __init__(self, value: bytes) -> None:
        self.value = value
        text = _decoded(value)
        self._lost = _stand_in(text)
        self._tree = _parsed(text, self._lost)
        if not isinstance(self._tree, dict) or self._tree.get("Version") != _VERSION:
            raise SpecRefused(f"its record is not of version {_VERSION}, the only one that is understood")
        self._short = self._dialect()
        self.metadata = _object(self._tree, "Metadata")
        self._config = _object(self.metadata, "Config")
        self.annotations = _object(self._config, "annotations")
        if not all(isinstance(text, str) for text in self.annotations.values()):
            raise SpecRefused("its record has annotations that are no texts")

    def change(self, key: str, after: str) -> None:
        """Sets one annotation, and makes sure that nothing else in the bytes has moved."""
        before = self.annotations.get(key)
        if before == after:
            return
        self._config["annotations"] = self.annotations = _with(self.annotations, key, after)
        changed = self._dumped(short=self._short)
        old, new = (b"" if before is None else _member(key, before)), _member(key, after)
        if not (_replaces(self.value, changed, old, new) if old else _inserts(self.value, changed, new)):
            raise SpecRefused("its record would change in more than this one annotation")
        self.value = changed

    def _dialect(self) -> bool:
        """Whether backspace and form feed have their short form: the way of writing that gives back the very bytes."""
        for short in (True, False):
            if self._dumped(short=short) == self.value:
                return short
        raise SpecRefused("its record does not come out byte for byte when it is read and written without a change")

    def _dumped(self, *, short: bool) -> bytes:
        try:
            text = _compact(self._tree) if short else _compact(_marked(self._tree)).translate(_MARKS)
            return (text if self._lost is None else text.replace(self._lost, _LOST)).encode("utf-8")
        except (UnicodeEncodeError, RecursionError):
            raise SpecRefused("its record holds text that is no UTF-8, or is nested too deeply") from None


_LOST = "\\ufffd"
_LOST_OR_BACKSLASH = pattern(r"\\(?:\\|ufffd)")
_STAND_INS = tuple(map(chr, range(0xE010, 0xE110)))


def _stand_in(text: str) -> str | None:
    """A private-use character that the record does not have, to stand for what Go could not write; None if there is nothing such.

    Raises:
        SpecRefused: it has them all.
    """
    if _LOST not in text:
        return None
    found = next((char for char in _STAND_INS if char not in text), None)
    if found is None:
        raise SpecRefused("its record is full of characters that nobody has given a meaning")
    return found


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise SpecRefused("its record is no JSON") from None


def _parsed(text: str, lost: str | None) -> Any:
    if lost is not None:
        text = _LOST_OR_BACKSLASH.sub(lambda found: lost if found[0] == _LOST else found[0], text)
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_constant, parse_float=_finite)
    except SpecRefused:
        raise
    except (ValueError, RecursionError):
        raise SpecRefused("its record is no JSON") from None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise SpecRefused("its record has a key twice in one object")
    return found


def _finite(text: str) -> float:
    """A number that Go can hold, too."""
    number = float(text)
    if not isfinite(number):
        raise ValueError("too large")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _compact(tree: Any) -> str:
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False, allow_nan=False).translate(_ESCAPED)


_BACKSPACE, _FORM_FEED = "\ue008", "\ue00c"
_MARKS = str.maketrans({_BACKSPACE: _LONG_CONTROLS["\\b"], _FORM_FEED: _LONG_CONTROLS["\\f"]})
"""Private-use characters stand in for the two until the text is made; a record that has them itself does not come out as it was."""


def _marked(tree: Any) -> Any:
    if isinstance(tree, str):
        return tree.replace("\b", _BACKSPACE).replace("\f", _FORM_FEED)
    if isinstance(tree, dict):
        return {_marked(key): _marked(value) for key, value in tree.items()}
    return [_marked(each) for each in tree] if isinstance(tree, list) else tree


def _object(parent: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = parent.get(name)
    if not isinstance(found, dict):
        raise SpecRefused(f"its record has no {name}")
    return found


def _check_identity(metadata: Mapping[str, Any], container_id: str, override: Override) -> None:
    config = _object(metadata, "Config")
    labels = _object(config, "labels")
    wanted = {
        "ID": (metadata.get("ID"), container_id),
        "container name": (_object(config, "metadata").get("name"), override.container),
        "container label": (labels.get("io.kubernetes.container.name"), override.container),
        "pod": (labels.get("io.kubernetes.pod.name"), override.pod),
        "namespace": (labels.get("io.kubernetes.pod.namespace"), override.namespace),
        "pod UID": (labels.get("io.kubernetes.pod.uid"), override.uid),
    }
    for what, (found, told) in wanted.items():
        if found != told:
            raise SpecRefused(f"its record is of another container than the plan's: the {what} differs")


def _check_value(key: str, found: str | None, rewrite: Rewrite) -> None:
    before, after = hex_of(rewrite.before), rewrite.after.hex
    if found not in (before, after):
        carries = "is not there" if found is None else f"is {found[:16]!r}"
        raise SpecRefused(f"its {key} {carries}, and the plan knows {before or 'none'} before and {after} after")


def _with(annotations: Mapping[str, Any], key: str, value: str) -> dict[str, Any]:
    """The annotations with one set; a new one stands where Go's sorted map has it."""
    if key in annotations:
        return {name: value if name == key else text for name, text in annotations.items()}
    smaller = {name: text for name, text in annotations.items() if name < key}
    return {**smaller, key: value, **{name: text for name, text in annotations.items() if name > key}}


def _member(key: str, value: str) -> bytes:
    return _compact(key).encode() + b":" + _compact(value).encode()


def _replaces(before: bytes, after: bytes, old: bytes, new: bytes) -> bool:
    """Whether the texts differ by one place where old became new."""
    at = before.find(old)
    while at >= 0:
        if before[:at] + new + before[at + len(old) :] == after:
            return True
        at = before.find(old, at + 1)
    return False


def _inserts(before: bytes, after: bytes, new: bytes) -> bool:
    """Whether the texts differ by a member that is new, with the comma that parts it from its neighbour."""
    at = after.find(new)
    while at >= 0:
        end = at + len(new)
        if before in (after[:at] + after[end:].removeprefix(b","), after[:at].removesuffix(b",") + after[end:]):
            return True
        at = after.find(new, at + 1)
    return False
