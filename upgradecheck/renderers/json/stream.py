"""JSON written piece by piece: one object whose members are small values or long lists.

Each top-level member starts a line, and so does each element of a list, written compactly: a report can be read by line
tools, two reports can be compared with a plain diff, and no more than one element is in memory as text. Invisible characters
are written as JSON escapes, so that a report shown on a terminal is only a report.
"""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.contract.parts import Members, Rows, RowsTogether
from upgradecheck.contract.values import encoded, plain
from upgradecheck.renderers.media.safe_text import all_visible

_BETWEEN = ",\n    "


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
    for text in _texts(rows):
        yield between + text
        between = _BETWEEN
    yield "[]" if between[0] == "[" else "\n  ]"


def _texts(rows: Rows) -> Iterator[str]:
    """The elements as text, some of them several at once."""
    if not isinstance(rows, RowsTogether):
        yield from map(_encode, rows.values)
        return
    for one in rows.together:
        text = one.text(_BETWEEN, all_visible)
        if text is None:
            yield from map(_encode, one.elements())
        else:
            yield text


def _encode(value: object) -> str:
    try:
        text = encoded(value).decode()
    except UnicodeEncodeError:
        text = encoded(plain(value)).decode()
    return text if all_visible(text) else "".join(char if all_visible(char) else _escape(char) for char in text)


def _escape(char: str) -> str:
    """An invisible character as JSON escapes it: the same value to a reader, and harmless to a terminal.

    As they are, line feeds, tabs and carriage returns stand between values only: in a member that is kept as it was read.
    """
    if char in "\n\t\r":
        return "\n" if char == "\n" else " "
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
