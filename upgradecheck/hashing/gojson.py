"""Strings as encoding/json writes them inside json.Marshal, HTML escapes on.

Mirrors appendString in encoding/json/encode.go: ``"`` ``\\`` and control characters are escaped, of these ``\\n \\r \\t`` in
short form, ``\\b \\f`` in short form from Go 1.22 on; ``<`` ``>`` ``&`` U+2028 U+2029 as \\u escapes; bytes that are no
UTF-8 as ``\\ufffd`` (the six characters, where a U+FFFD that was in the text is written raw).
"""

from __future__ import annotations

from upgradecheck.model.patterns import pattern

_PLAIN = pattern(rb"""[ !#-%'-;=?-\[\]-\x7f]*""")
_SPECIAL = pattern(rb'[\x00-\x1f"\\<>&]|\xe2\x80[\xa8\xa9]')
_COMMON = {
    **{bytes([code]): b"\\u%04x" % code for code in range(0x20)},
    **{char: b"\\u%04x" % char[0] for char in (b"<", b">", b"&")},
    b"\n": b"\\n",
    b"\r": b"\\r",
    b"\t": b"\\t",
    b'"': b'\\"',
    b"\\": b"\\\\",
    b"\xe2\x80\xa8": b"\\u2028",
    b"\xe2\x80\xa9": b"\\u2029",
}
_ESCAPES = {False: _COMMON, True: {**_COMMON, b"\b": b"\\b", b"\f": b"\\f"}}


def encode_string(text: bytes, *, short_control_escapes: bool) -> bytes:
    """The JSON string, quotes included."""
    if _PLAIN.fullmatch(text):
        return b'"' + text + b'"'
    table = _ESCAPES[short_control_escapes]
    if _is_utf8(text):
        return b'"' + _SPECIAL.sub(lambda match: table[match.group()], text) + b'"'
    return b'"' + b"".join(_encode_char(char, table) for char in text.decode("utf-8", "surrogateescape")) + b'"'


def _is_utf8(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _encode_char(char: str, table: dict[bytes, bytes]) -> bytes:
    if "\udc80" <= char <= "\udcff":
        return b"\\ufffd"
    encoded = char.encode()
    return table.get(encoded, encoded)
