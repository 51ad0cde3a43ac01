"""What msgspec writes of a Struct, as json.Marshal writes it: the same but for the HTML escapes, and for two short ones before Go 1.22."""

from __future__ import annotations

from typing import Any

import msgspec

from upgradecheck.hashing.fast.structs import encode_hook

_ENCODER = msgspec.json.Encoder(order="deterministic", enc_hook=encode_hook)
_ESCAPED, _ESCAPED_BEYOND_ASCII = (tuple((char.encode(), b"\\u%04x" % ord(char)) for char in chars) for chars in ("<>&", "\u2028\u2029"))


def go_text(value: Any) -> bytes:
    """The JSON of a Struct or of a text."""
    text = _ENCODER.encode(value)
    for char, escape in _ESCAPED:
        if char in text:
            text = text.replace(char, escape)
    if not text.isascii():
        for char, escape in _ESCAPED_BEYOND_ASCII:
            text = text.replace(char, escape)
    return text


def depends_on_go(text: bytes) -> bool:
    """Whether it may have an escape that Go wrote otherwise before 1.22 (see gojson)."""
    return b"\\b" in text or b"\\f" in text
