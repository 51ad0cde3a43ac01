"""A line of a report: words, and among them names as they are in the cluster or in a file, and commands to type.

A medium encodes every part of a line, words too: a sentence of planning or of a rule may hold a name that nobody marked.
"""

from __future__ import annotations

import msgspec


class Name(msgspec.Struct, frozen=True, gc=False):
    """One name, raw."""

    text: str


class Names(msgspec.Struct, frozen=True, gc=False):
    """Several names with commas between them; a medium may cut a long list, and says so."""

    texts: tuple[str, ...]


class Value(msgspec.Struct, frozen=True, gc=False):
    """A text that is to be seen whole, however long: the value of a field, a message of a kubelet."""

    text: str


class Command(msgspec.Struct, frozen=True, gc=False):
    """What to type, or an option of it; our own words, so no name."""

    text: str


class Arrow(msgspec.Struct, frozen=True, gc=False):
    """From what stands before it to what stands behind; each medium has a sign for it."""


Part = str | Name | Names | Value | Command | Arrow
Line = tuple[Part, ...]


class Labelled(msgspec.Struct, frozen=True, gc=False):
    """One thing that is said, under a word that says what it is about."""

    label: str
    line: Line


def with_commands(sentence: str) -> Line:
    """A sentence of our own, whose commands stand in backticks, as a line."""
    parts = sentence.split("`")
    return tuple(Command(part) if number % 2 else part for number, part in enumerate(parts) if part)


def joined(lines: list[Line], separator: str) -> Line:
    """Some lines as one."""
    return tuple(part for number, line in enumerate(lines) for part in ((separator, *line) if number else line))
