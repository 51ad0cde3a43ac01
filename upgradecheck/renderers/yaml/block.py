"""A value as YAML in block style, as PyYAML writes it: sequences stand below their key without an indent, and nothing is folded.

What libyaml and PyYAML treat otherwise somewhere is not written here: floating point, letters beyond ASCII, keys too long to stand in a
line (128 bytes).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from upgradecheck.model.patterns import pattern

_PLAIN_TEXT = "[A-Za-z_][A-Za-z0-9_./ -]*[A-Za-z0-9_]"
_PLAIN = pattern(_PLAIN_TEXT, re.ASCII)
_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null"})
_LINE = pattern(rf"^(?:((?!(?i:{'|'.join(sorted(_WORDS))})$){_PLAIN_TEXT})$|(.*))", re.ASCII | re.MULTILINE)
_LONGEST_KEY = 100


class _Other(Exception):
    """Something that is not written here."""


def is_plain(text: str) -> bool:
    """Whether a text needs no quotes; what some reader takes for a number, a truth or nothing gets them."""
    return _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS


def scalars(texts: Iterable[str]) -> tuple[str, ...]:
    """As they stand in a block, of texts of ASCII that can be seen; told at once, since a row of a plan has twenty."""
    return tuple([bare or "'{}'".format(quoted.replace("'", "''")) for bare, quoted in _LINE.findall("\n".join(texts))])


def block(value: object) -> str | None:
    """The lines of a list or a dict; None where PyYAML is to write it."""
    if not isinstance(value, (dict, list)):
        return None
    lines: list[str] = []
    try:
        _add(lines, value, "", "")
    except _Other:
        return None
    return "".join(lines)


def _add(lines: list[str], value: object, lead: str, indent: str) -> None:
    """A value's lines. lead: what stands before it in the first one; indent: before those of what is in it."""
    if isinstance(value, dict) and value:
        for key, member in value.items():
            _member(lines, f"{lead}{_key(key)}:", member, indent)
            lead = indent
    elif isinstance(value, list) and value:
        for element in value:
            _add(lines, element, f"{lead}- ", f"{indent}  ")
            lead = indent
    else:
        lines.append(f"{lead}{_scalar(value)}\n")


def _member(lines: list[str], lead: str, value: object, indent: str) -> None:
    if value and isinstance(value, (dict, list)):
        lines.append(f"{lead}\n")
        deeper = f"{indent}  " if isinstance(value, dict) else indent
        _add(lines, value, deeper, deeper)
    else:
        lines.append(f"{lead} {_scalar(value)}\n")


@lru_cache(maxsize=1024)
def _key(key: object) -> str:
    if not isinstance(key, str) or len(key) > _LONGEST_KEY:
        raise _Other
    return _text(key)


def _scalar(value: object) -> str:
    match value:
        case str():
            return _text(value)
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case dict() | list():
            return "{}" if isinstance(value, dict) else "[]"
    raise _Other


@lru_cache(maxsize=4096)
def _text(value: str) -> str:
    """Of a plan's texts most stand in many of its rows."""
    if not value.isascii() or not value.isprintable():
        raise _Other
    return value if is_plain(value) else "'{}'".format(value.replace("'", "''"))
