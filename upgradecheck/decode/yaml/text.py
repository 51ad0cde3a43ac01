"""Bytes of a YAML file as the characters that go-yaml's reader sees, and where it would stop seeing them.

go-yaml (readerc.go) decodes in steps of 512 bytes, as its scanner asks for more. An invalid byte is an error only when the step
that holds it is decoded, so a control character in the third document of a manifest need not disturb the kubelet, which
reads the first. ``Text.end`` is where the step with the first invalid byte begins; whoever must see past it has met the error.

A byte order mark at the beginning chooses UTF-8, UTF-16LE or UTF-16BE. Another U+FEFF is an ordinary character, except that
go-yaml's is_bom looks at the beginning of its buffer instead of at its position: where a step happens to begin at the mark, the
first character of each following line is lost. Such a document is refused here, since nobody means it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate

from upgradecheck.decode.yaml.problem import Problem

STEP = 512
LOOKAHEAD = 4
"""Characters that the scanner asks for before each token."""

NUL = "\0" * LOOKAHEAD
_UTF8_BOM, _UTF16LE_BOM, _UTF16BE_BOM = b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"
_REFUSED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARK = "\ufeff"
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Text:
    """The characters, with NULs behind them as in go-yaml's buffer.

    end is the number of characters that can be seen; invalid is the reason why there are no more, empty at the real end.
    """

    characters: str
    end: int
    invalid: str = ""


def read(document: bytes) -> Text:
    """The characters of a document.

    Raises:
        Problem: a byte order mark where go-yaml loses characters.
    """
    skip, encoding = _encoding(document)
    characters, invalid = _decoded(document[skip:], encoding)
    cut_short = bool(invalid) and _is_cut_short(document[skip + len(characters.encode(encoding)) :], encoding)
    control = _REFUSED.search(characters)
    if control:
        characters, invalid = characters[: control.start()], "has a control character, which YAML does not allow"
    if control or (invalid and not cut_short):
        characters = _before_step(document, skip, encoding, characters)
    _check_marks(document, skip, encoding, characters)
    return Text(characters + NUL, len(characters), invalid)


def _encoding(document: bytes) -> tuple[int, str]:
    if document.startswith(_UTF16LE_BOM):
        return 2, "utf-16-le"
    if document.startswith(_UTF16BE_BOM):
        return 2, "utf-16-be"
    return (3 if document.startswith(_UTF8_BOM) else 0), "utf-8"


def _decoded(body: bytes, encoding: str) -> tuple[str, str]:
    try:
        return body.decode(encoding), ""
    except UnicodeDecodeError as error:
        return body[: error.start].decode(encoding), f"is no valid {encoding.upper()}"


def _is_cut_short(rest: bytes, encoding: str) -> bool:
    """Whether the file ends within its last character: go-yaml finds that out only when it asks for more than stands before."""
    if encoding == "utf-8":
        return 0xC0 <= rest[0] < 0xF8 and _width(rest[0]) > len(rest)
    return len(rest) < 2 or (len(rest) < 4 and rest[encoding == "utf-16-le"] & 0xFC == 0xD8)


def _width(lead: int) -> int:
    return 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4


def _before_step(document: bytes, skip: int, encoding: str, valid: str) -> str:
    """What was decoded by the steps before the one that holds the invalid character."""
    stop = skip + len(valid.encode(encoding))
    begin = max(start for start in _steps(document, skip, encoding) if start <= stop)
    return document[skip:begin].decode(encoding)


def _steps(document: bytes, skip: int, encoding: str) -> list[int]:
    """Byte offsets at which a step begins to decode: a character cut by a step's end is left to the next one."""
    starts, filled = [skip], STEP
    while filled < len(document):
        start = _whole(document, filled, encoding)
        starts.append(start)
        filled = start + STEP
    return starts


def _whole(document: bytes, filled: int, encoding: str) -> int:
    """The end of the last whole character before filled."""
    if encoding == "utf-8":
        start = filled - 1
        while start > filled - 4 and document[start] & 0xC0 == 0x80:
            start -= 1
        return start if start + _width(document[start]) > filled else filled
    high = document[filled - (1 if encoding == "utf-16-le" else 2)]
    return filled - 2 if high & 0xFC == 0xD8 else filled


def _check_marks(document: bytes, skip: int, encoding: str, characters: str) -> None:
    place = characters.find(_MARK)
    if place < 0:
        return
    begins = _begins(document, skip, encoding)
    while place >= 0:
        if encoding != "utf-8" or begins[bisect_left(begins, place)] - LOOKAHEAD <= place:
            raise Problem(place, "has a byte order mark inside, at a place where Go's reader loses characters; remove the mark")
        place = characters.find(_MARK, place + 1)


def _begins(document: bytes, skip: int, encoding: str) -> list[int]:
    """In characters, where each step begins; then the end of all."""
    starts = _steps(document, skip, encoding)
    widths = (len(document[start:end].decode(encoding, "replace")) for start, end in zip(starts, [*starts[1:], None], strict=True))
    return list(accumulate(widths, initial=0))


def line_of(characters: str, position: int) -> int:
    """The line, counted from 1, that holds a position."""
    return 1 + len(_BREAK.findall(characters, 0, position))
