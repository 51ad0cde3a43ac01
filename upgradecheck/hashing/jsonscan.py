"""Python's C scanner in front of the exact parser: the same tree for a seventh of the time, or none.

It keeps what has to be kept if it is asked to: each pair of an object in turn, and the text of every number. Where it could read anything
otherwise than ``jsontext.parse`` and the decoders that take that tree, it steps aside, and the exact parser reads or refuses:

- an escape by number, but for those of ``< > &`` that Go's own encoder writes: a lone surrogate is U+FFFD to one decoder and takes its
  neighbour along in the other, and a quantity must not have any escape in it
- bytes that are no UTF-8, which Go's decoders replace or keep
- a number beyond float64, which json-iterator cannot skip
- nesting deeper than the exact parser goes, or than the scanner itself
- whatever it refuses: errors are told by the exact parser alone. NaN and Infinity, which Python reads as numbers, are among that

Without the scanner in C (another Python than CPython may have none) the one in Python is not asked: it reads digits of other scripts.
"""

from __future__ import annotations

from json.decoder import JSONDecoder
from json.scanner import c_make_scanner  # type: ignore[attr-defined]  # typeshed does not name it
from typing import NoReturn

from upgradecheck.hashing.jsontext import MAX_DEPTH, HugeNumber, Node, Number, number
from upgradecheck.model.nesting import may_be_deeper
from upgradecheck.model.patterns import pattern

_OTHER_ESCAPE = pattern(rb"\\u(?!00(?:26|3[cCeE]))")


def scan(document: bytes) -> Node:
    """The tree of one JSON document, with finished texts; None where the exact parser has to read it (and for ``null``)."""
    if _SCANNER is None or (b"\\u" in document and _OTHER_ESCAPE.search(document)):
        return None
    try:
        tree: Node = _SCANNER.decode(document.decode())
    except (ValueError, RecursionError):  # no UTF-8, no JSON, or too deep
        return None
    return None if may_be_deeper(document, MAX_DEPTH) else tree


def is_scanned(tree: Node) -> bool:
    """Whether this is an object that ``scan`` has read: its keys are finished texts, as all texts in it are. The empty one may be."""
    return isinstance(tree, tuple) and (not tree or isinstance(tree[0][0], str))


def _integer(token: str) -> Number:
    return Number(token.encode())


def _other_number(token: str) -> Number:
    found = number(token.encode())
    if isinstance(found, HugeNumber):
        raise ValueError(token)
    return found


def _constant(token: str) -> NoReturn:
    raise ValueError(token)


_SCANNER = (
    None
    if c_make_scanner is None
    else JSONDecoder(object_pairs_hook=tuple, parse_int=_integer, parse_float=_other_number, parse_constant=_constant)
)
