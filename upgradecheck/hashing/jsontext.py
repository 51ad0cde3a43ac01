"""JSON text to a tree that has lost nothing: duplicate keys in their order, number tokens, the raw inside of strings.

Python's json (and msgspec) keep the last of duplicate keys and turn tokens into values; Go's decoders merge duplicates and
read a quantity from its raw token. So the tree here is:

- object: tuple of (key, node) pairs, the key a string
- array: list of nodes
- string: Text, the bytes between the quotes, escapes untouched; or a finished str, where every decoder reads the same (see jsonscan)
- number: Number, the token
- true, false, null: True, False, None

The syntax is that of encoding/json's checkValid, through which apimachinery's serializer sends every document first
(serializer/json/meta.go): no raw control characters in strings, no leading zeros, any bytes else, valid UTF-8 or not.
"""

from __future__ import annotations

import re
from math import isinf
from typing import TypeAlias

from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

MAX_DEPTH = 200


class Text(bytes):
    """The raw inside of a JSON string."""

    __slots__ = ()


class Number(bytes):
    """A JSON number token."""

    __slots__ = ()


class HugeNumber(Number):
    """A number token with an exponent, beyond the range of float64: json-iterator fails when it has to skip one."""

    __slots__ = ()


Node: TypeAlias = "tuple[tuple[str | Text, Node], ...] | list[Node] | str | Text | Number | bool | None"

_BLANK = rb"[ \t\n\r]*"
_STRING = rb'"([^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*)"'
_NUMBER = rb"(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
_SPACE = pattern(_BLANK)
_SCALAR = pattern(_STRING + b"|" + _NUMBER + b"|(true)|(false)|(null)")
_IS_STRING, _IS_NUMBER, _IS_TRUE, _IS_FALSE, _IS_NULL = range(1, 6)
_BRACE = ord("{")
_OPENING = pattern(rb"[{\[]" + _BLANK + rb"([}\]]?)")
_KEY = pattern(_STRING + _BLANK + b":" + _BLANK)
_NEXT = pattern(_BLANK + rb"([,}\]])" + _BLANK)
_ESCAPE = pattern(rb"\\(?:u(?P<unit>[0-9a-fA-F]{4})|(?P<short>.))", re.DOTALL)
_SHORT = {b'"': b'"', b"\\": b"\\", b"/": b"/", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()


def parse(document: bytes) -> Node:
    """The tree of one JSON document, exactly; ``jsonscan.scan`` is quicker where it answers.

    Raises:
        SpecRefused: the text is no JSON, or nested deeper than MAX_DEPTH (Go would go on to 10,000).
    """
    node, end = _value(document, _after_blanks(document, 0), 0)
    end = _after_blanks(document, end)
    if end != len(document):
        raise SpecRefused(f"unexpected text after the document at byte {end}")
    return node


def places(document: bytes, position: int = 0) -> tuple[tuple[bytes, int, int], ...]:
    """Of each member of the object that stands at a position: its key, where that begins, and where its value does.

    Raises:
        SpecRefused: there is no object, or it is no JSON.
    """
    position = _after_blanks(document, position)
    node, end = _value(document, position, 0)
    if not isinstance(node, tuple):
        raise SpecRefused(f"no object at byte {position}")
    found: list[tuple[bytes, int, int]] = []
    position += 1
    while len(found) < len(node):
        position = _after_blanks(document, position)
        key = _KEY.match(document, position)
        assert key is not None
        found.append((unquote(key[1]), position, key.end()))
        position = _after_blanks(document, _value(document, key.end(), 0)[1]) + 1
    assert position <= end
    return tuple(found)


def _after_blanks(text: bytes, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _value(text: bytes, position: int, depth: int) -> tuple[Node, int]:
    """The value that starts at position, and the position after it."""
    scalar = _SCALAR.match(text, position)
    if scalar is None:
        return _container(text, position, depth + 1)
    kind = scalar.lastindex
    if kind == _IS_STRING:
        return Text(scalar[_IS_STRING]), scalar.end()
    if kind == _IS_NUMBER:
        return number(scalar[_IS_NUMBER]), scalar.end()
    return (None if kind == _IS_NULL else kind == _IS_TRUE), scalar.end()


def _container(text: bytes, position: int, depth: int) -> tuple[Node, int]:
    opening = _OPENING.match(text, position)
    if opening is None:
        raise SpecRefused(f"not JSON at byte {position}" if position < len(text) else "JSON ends too early")
    if depth > MAX_DEPTH:
        raise SpecRefused(f"nested deeper than {MAX_DEPTH}")
    is_object = text[position] == _BRACE
    closing = b"}" if is_object else b"]"
    if opening[1]:
        if opening[1] != closing:
            raise SpecRefused(f"brackets that do not match at byte {opening.start(1)}")
        return () if is_object else [], opening.end()
    return _members(text, opening.end(), depth) if is_object else _elements(text, opening.end(), depth)


def _members(text: bytes, position: int, depth: int) -> tuple[Node, int]:
    members: list[tuple[Text, Node]] = []
    while True:
        key = _KEY.match(text, position)
        if key is None:
            raise SpecRefused(f"an object key and a colon are expected at byte {position}")
        node, position = _value(text, key.end(), depth)
        members.append((Text(key[1]), node))
        following = _NEXT.match(text, position)
        if following is None or following[1] == b"]":
            raise SpecRefused(f"a comma or a closing brace is expected at byte {position}")
        position = following.end(1) if following[1] == b"}" else following.end()
        if following[1] == b"}":
            return tuple(members), position


def _elements(text: bytes, position: int, depth: int) -> tuple[Node, int]:
    elements: list[Node] = []
    while True:
        node, position = _value(text, position, depth)
        elements.append(node)
        following = _NEXT.match(text, position)
        if following is None or following[1] == b"}":
            raise SpecRefused(f"a comma or a closing bracket is expected at byte {position}")
        position = following.end(1) if following[1] == b"]" else following.end()
        if following[1] == b"]":
            return elements, position


def number(token: bytes) -> Number:
    """A number token, told from one that json-iterator cannot skip."""
    if b"e" in token or b"E" in token:
        return HugeNumber(token) if isinf(float(token)) else Number(token)
    return Number(token)


def has_huge_number(node: Node) -> bool:
    """Whether a tree holds a number that json-iterator cannot skip (iter_skip_strict.go: it parses such a token twice)."""
    match node:
        case HugeNumber():
            return True
        case tuple():
            return any(has_huge_number(member) for _, member in node)
        case list():
            return any(has_huge_number(element) for element in node)
        case _:
            return False


def member(node: Node, key: bytes) -> Node:
    """The last member of an object that has this key; None where there is none, and of anything else."""
    return next((value for name, value in reversed(node) if unquote(name) == key), None) if isinstance(node, tuple) else None


def text(node: Node) -> bytes | None:
    """What a string says; None of anything else."""
    return unquote(node) if isinstance(node, (str, Text)) else None


def unquote(raw: str | bytes) -> bytes:
    """A JSON string (its raw inside, or finished) as encoding/json and sigs.k8s.io/json decode it: always valid UTF-8.

    A lone surrogate and each byte of invalid UTF-8 become U+FFFD. Mirrors unquoteBytes in encoding/json/decode.go.
    """
    if isinstance(raw, str):
        return raw.encode()
    return replace_invalid(_unescape(raw, pairs_only=True)) if b"\\" in raw else replace_invalid(raw)


def unquote_jsoniter(raw: str | bytes) -> bytes:
    """The same as json-iterator decodes it (minors up to 1.22): invalid UTF-8 stays as it is.

    After a surrogate it takes the next ``\\u`` escape along, whether or not the two make a pair, so that a pair which
    starts there is lost. Mirrors readEscapedChar in json-iterator's iter_str.go.
    """
    if isinstance(raw, str):
        return raw.encode()
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
