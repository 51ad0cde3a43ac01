"""JSON written piece by piece: one object whose members are small values or long lists.

Each top-level member starts a line, and so does each element of a list, written compactly: a report can be read by line
tools, two reports can be compared with a plain diff, and no more than one element is in memory as text. Invisible characters
are written as JSON escapes, so that a report shown on a terminal is only a report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Rows:
    """A member that is a list, converted element by element while it is written."""

    values: Iterable[object]


Members = Iterable[tuple[str, object]]
Write = Callable[[Members], Iterator[str]]
"""Makes text of the members of a document, in their order: json_object, or what another format has in its place."""


def plain(value: object) -> object:
    """A member's value as dicts, lists, texts and numbers, lone surrogates written out."""
    return _without_surrogates(msgspec.to_builtins(value))


def json_object(members: Members) -> Iterator[str]:
    """The text of one object with these members, in their order, and a line feed at its end."""
    between = "{\n  "
    for name, value in members:
        yield f'{between}"{name}": '
        if isinstance(value, Rows):
            yield from _list(value)
        else:
            yield _encode(value)
        between = ",\n  "
    yield "\n}\n"


def _list(rows: Rows) -> Iterator[str]:
    between = "[\n    "
    for value in rows.values:
        yield between + _encode(value)
        between = ",\n    "
    yield "[]" if between[0] == "[" else "\n  ]"


def _encode(value: object) -> str:
    try:
        text = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        text = msgspec.json.encode(_without_surrogates(msgspec.to_builtins(value))).decode()
    return text if text.isprintable() else "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    """An invisible character as JSON escapes it: the same value to a reader, and harmless to a terminal."""
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def _without_surrogates(value: object) -> object:
    """Lone surrogates (a path that is no UTF-8, say) as visible escapes: JSON has no way to write them that all readers take."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_without_surrogates(name): _without_surrogates(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_surrogates(element) for element in value]
    return value
