"""Typed partial decoding with errors that a person can use, and with Go's leniency about text.

msgspec checks the syntax of the whole document, also of members that no type asks for, but is stricter than Go about
text: a lone surrogate escape (``\\ud800``) or, in a string that is wanted, a byte that is no UTF-8 fails the whole document. Go reads both
as U+FFFD. So a document that fails is tried once more with those replaced. That repair serves only the few members
that are read here; the bytes that are hashed stay as they came.

Error texts never quote a value: it may be a secret.
"""

from __future__ import annotations

import re
from typing import Annotated, TypeVar

import msgspec

from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

T = TypeVar("T")

_ESCAPE = pattern(rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL)
Int32 = Annotated[int, msgspec.Meta(ge=-(1 << 31), le=(1 << 31) - 1)]
"""What Go's decoders take for an int32."""

_COMPLAINT = pattern(r"Expected `(?P<want>[^`]*)`, got `(?P<got>[^`]*)`(?P<rest>.*)", re.DOTALL)
_AT = pattern(r" - at `(?:key in )?\$(?P<path>.*)`$", re.DOTALL)
_BOUND = pattern(r"Expected `int` (?P<which><=|>=) (?P<bound>-?[0-9]+)")
_WORDS = {
    "str": "a string",
    "int": "an integer",
    "float": "a number",
    "bool": "a boolean",
    "array": "an array",
    "object": "an object",
}


def typed(decoder: msgspec.json.Decoder[T], raw: bytes, at: str = "") -> T:
    """Decode raw as the decoder's type.

    at is the JSON path of raw in its document, put before the path of an error.

    Raises:
        SpecRefused: raw is no JSON, or a value has another type than the decoder wants.
    """
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise _refusal(error, at) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _typed_repaired(decoder, raw, at)


def _typed_repaired(decoder: msgspec.json.Decoder[T], raw: bytes, at: str) -> T:
    try:
        return decoder.decode(as_go_reads(raw))
    except msgspec.ValidationError as error:
        raise _refusal(error, at) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise SpecRefused(f"no valid JSON ({_syntax(str(error))})", at) from error


def as_go_reads(raw: bytes) -> bytes:
    """The document with lone surrogate escapes and invalid UTF-8 replaced by U+FFFD, as Go's decoders replace them."""
    text = _ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], raw)
    return text.decode("utf-8", errors="replace").encode()


def _refusal(error: msgspec.ValidationError, at: str) -> SpecRefused:
    text = str(error)
    place = _AT.search(text)
    path = place["path"] if place else ""
    reason = text[: place.start()] if place else text
    complaint = _COMPLAINT.fullmatch(reason)
    if complaint:
        reason = f"expected {_in_words(complaint['want'])}, found {_in_words(complaint['got'])}"
    elif bound := _BOUND.fullmatch(reason):
        most = bound["which"] == "<="
        reason = f"expected an integer of at {'most' if most else 'least'} {bound['bound']}, found a {'larger' if most else 'smaller'} one"
    return SpecRefused(reason, (at + path).lstrip("."))


def _in_words(types: str) -> str:
    wanted = [name for name in types.split(" | ") if name != "null"] or ["null"]
    return " or ".join(_WORDS.get(name, name) for name in wanted)


def _syntax(message: str) -> str:
    return message.removeprefix("JSON is malformed: ")
