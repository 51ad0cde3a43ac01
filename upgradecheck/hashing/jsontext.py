"""JSON text to a tree that has lost nothing: duplicate keys in their order, number tokens, the raw inside of strings.

Python's json (and msgspec) keep the last of duplicate keys and turn tokens into values; Go's decoders merge duplicates and
read a quantity from its raw token. So the tree here is:

- object: tuple of (key, node) pairs, the key as Text
- array: list of nodes
- string: Text, the bytes between the quotes, escapes untouched
- number: Number, the token
- true, false, null: True, False, None

The syntax is that of encoding/json's checkValid, through which apimachinery's serializer sends every document first
(serializer/json/meta.go): no raw control characters in strings, no leading zeros, any bytes else, valid UTF-8 or not.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from upgradecheck.model.errors import SpecRefused

MAX_DEPTH = 200


class Text(bytes):
    """The raw inside of a JSON string."""

    __slots__ = ()


class Number(bytes):
    """A JSON number token."""

    __slots__ = ()


Node: TypeAlias = "tuple[tuple[Text, Node], ...] | list[Node] | Text | Number | bool | None"

_STRING = re.compile(rb'"([^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*)"')
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SPACE = re.compile(rb"[ \t\n\r]*")
_ESCAPE = re.compile(rb"\\(?:u(?P<unit>[0-9a-fA-F]{4})|(?P<short>.))", re.DOTALL)
_SHORT = {b'"': b'"', b"\\": b"\\", b"/": b"/", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()
_LITERALS: tuple[tuple[bytes, bool | None], ...] = ((b"true", True), (b"false", False), (b"null", None))


def parse(document: bytes) -> Node:
    """The tree of one JSON document.

    Raises:
        SpecRefused: the text is no JSON, or nested deeper than MAX_DEPTH (Go would go on to 10,000).
    """
    start = _skip(document, 0)
    node, end = _value(document, start, 0)
    end = _skip(document, end)
    if end != len(document):
        raise SpecRefused(f"unexpected text after the document at byte {end}")
    return node


def _skip(text: bytes, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _value(text: bytes, position: int, depth: int) -> tuple[Node, int]:
    first = text[position : position + 1]
    if first == b'"':
        return _string(text, position)
    if first == b"{":
        return _object(text, position + 1, depth + 1)
    if first == b"[":
        return _array(text, position + 1, depth + 1)
    for word, value in _LITERALS:
        if text.startswith(word, position):
            return value, position + len(word)
    match = _NUMBER.match(text, position)
    if match is None:
        raise SpecRefused(f"not JSON at byte {position}" if first else "JSON ends too early")
    return Number(match.group()), match.end()


def _string(text: bytes, position: int) -> tuple[Text, int]:
    match = _STRING.match(text, position)
    if match is None:
        raise SpecRefused(f"a string that is not JSON at byte {position}")
    return Text(match.group(1)), match.end()


def _object(text: bytes, position: int, depth: int) -> tuple[Node, int]:
    if depth > MAX_DEPTH:
        raise SpecRefused(f"nested deeper than {MAX_DEPTH}")
    members: list[tuple[Text, Node]] = []
    position = _skip(text, position)
    if text[position : position + 1] == b"}":
        return (), position + 1
    while True:
        if text[position : position + 1] != b'"':
            raise SpecRefused(f"an object key is expected at byte {position}")
        key, position = _string(text, position)
        position = _skip(text, position)
        if text[position : position + 1] != b":":
            raise SpecRefused(f"a colon is expected at byte {position}")
        node, position = _value(text, _skip(text, position + 1), depth)
        members.append((key, node))
        position = _skip(text, position)
        separator = text[position : position + 1]
        if separator == b"}":
            return tuple(members), position + 1
        if separator != b",":
            raise SpecRefused(f"a comma or a closing brace is expected at byte {position}")
        position = _skip(text, position + 1)


def _array(text: bytes, position: int, depth: int) -> tuple[Node, int]:
    if depth > MAX_DEPTH:
        raise SpecRefused(f"nested deeper than {MAX_DEPTH}")
    elements: list[Node] = []
    position = _skip(text, position)
    if text[position : position + 1] == b"]":
        return elements, position + 1
    while True:
        node, position = _value(text, position, depth)
        elements.append(node)
        position = _skip(text, position)
        separator = text[position : position + 1]
        if separator == b"]":
            return elements, position + 1
        if separator != b",":
            raise SpecRefused(f"a comma or a closing bracket is expected at byte {position}")
        position = _skip(text, position + 1)


def unquote(raw: bytes) -> bytes:
    """The inside of a JSON string as encoding/json and sigs.k8s.io/json decode it: always valid UTF-8.

    A lone surrogate and each byte of invalid UTF-8 become U+FFFD. Mirrors unquoteBytes in encoding/json/decode.go.
    """
    return replace_invalid(_unescape(raw, pairs_only=True)) if b"\\" in raw else replace_invalid(raw)


def unquote_jsoniter(raw: bytes) -> bytes:
    """The same as json-iterator decodes it (minors up to 1.22): invalid UTF-8 stays as it is.

    After a surrogate it takes the next ``\\u`` escape along, whether or not the two make a pair, so that a pair which
    starts there is lost. Mirrors readEscapedChar in json-iterator's iter_str.go.
    """
    return _unescape(raw, pairs_only=False) if b"\\" in raw else bytes(raw)


def replace_invalid(text: bytes) -> bytes:
    """Each byte that is not part of valid UTF-8 as U+FFFD (Go replaces byte by byte, Python's "replace" by sequence)."""
    if text.isascii():
        return bytes(text)
    try:
        text.decode()
        return bytes(text)
    except UnicodeDecodeError:
        decoded = text.decode("utf-8", "surrogateescape")
        return "".join("\ufffd" if "\udc80" <= char <= "\udcff" else char for char in decoded).encode()


def _unescape(raw: bytes, *, pairs_only: bool) -> bytes:
    pieces: list[bytes] = []
    position = 0
    while match := _ESCAPE.search(raw, position):
        pieces.append(raw[position : match.start()])
        position = match.end()
        if short := match["short"]:
            pieces.append(_SHORT[short])
            continue
        unit = int(match["unit"], 16)
        follower = _ESCAPE.match(raw, position) if 0xD800 <= unit < 0xE000 else None
        second = int(follower["unit"], 16) if follower and follower["unit"] else None
        if follower and second is not None and unit < 0xDC00 <= second < 0xE000:
            pieces.append(chr(0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00)).encode())
            position = follower.end()
        elif follower and second is not None and not pairs_only:
            pieces += (_rune(unit), _rune(second))
            position = follower.end()
        else:
            pieces.append(_rune(unit))
    pieces.append(raw[position:])
    return b"".join(pieces)


def _rune(unit: int) -> bytes:
    return _REPLACEMENT if 0xD800 <= unit < 0xE000 else chr(unit).encode()
