"""Plain and quoted scalars out of the text, as go-yaml's scanner reads them (scannerc.go).

Each function is given the text and the position of the first character and tells the value, the position behind it and the
beginning of the line that holds that position. All functions are pure; regular expressions take the runs that go-yaml copies
character by character.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from upgradecheck.decode.yaml.problem import Problem
from upgradecheck.decode.yaml.tokens import BLANK_OR_END, BREAK_OR_END, BREAKS

_EDGE = " \t\n\r\x85\u2028\u2029\0"
_BLANKS = re.compile(r"[ \t]*")
_SPACES = re.compile(r" *")
_FLOW = r",?\[\]{}"
# Text without blanks, a colon that ends no key, or blanks with text behind them. Bounded, so that a long text takes no memory.
_PLAIN = {
    flow: re.compile(rf"(?:[^{_EDGE}:{ends}]+|:(?![{_EDGE}])|[ \t]+(?![{_EDGE}#{ends}])(?!:[{_EDGE}])){{1,500}}")
    for flow, ends in ((False, ""), (True, _FLOW))
}
_SINGLE_LINE = {"'": re.compile(f"'([^'{BREAK_OR_END}]*)'(?!')"), '"': re.compile(f'"([^"\\\\{BREAK_OR_END}]*)"')}
_RUN = {"'": re.compile(f"(?:[^'{_EDGE}]+|''){{1,500}}"), '"': re.compile(f'[^"\\\\{_EDGE}]+')}
_ESCAPES = {
    **dict(zip("0abtnvfre", "\0\a\b\t\n\v\f\r\x1b", strict=True)),
    **{same: same for same in "\t \"'\\"},
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_CODES = {"x": re.compile("[0-9a-fA-F]{2}"), "u": re.compile("[0-9a-fA-F]{4}"), "U": re.compile("[0-9a-fA-F]{8}")}


class Scanned(NamedTuple):
    """A scalar's value, where the scan stopped, where the line of that place begins, and whether a plain one ended at a break."""

    value: str
    position: int
    line_start: int
    at_break: bool = False


def line_break(text: str, position: int) -> tuple[str, int]:
    """The break at a position as a scalar keeps it, and the position behind it. CR LF, CR and NEL become LF."""
    character = text[position]
    if character == "\r" and text[position + 1] == "\n":
        return "\n", position + 2
    return (character if character in "\u2028\u2029" else "\n"), position + 1


def at_document_indicator(text: str, position: int) -> bool:
    """Whether ``---`` or ``...`` stands here, followed by a blank; only asked at the beginning of a line."""
    return text.startswith(("---", "..."), position) and text[position + 3] in BLANK_OR_END


def folded(first: str, more: str) -> str:
    """The breaks between two lines of text, joined: one becomes a space, and of several the first is dropped."""
    return (more or " ") if first == "\n" else first + more


def plain(text: str, position: int, line_start: int, *, indent: int, flow: bool) -> Scanned:
    """A plain scalar. indent is the least column of its further lines; it ends before a line that has less.

    Raises:
        Problem: a tab stands in the indentation of a further line.
    """
    parts: list[str] = []
    while True:
        position = _words(text, position, parts, flow=flow)
        position = _BLANKS.match(text, position).end()  # type: ignore[union-attr]
        if text[position] not in BREAKS:
            return Scanned("".join(parts), position, line_start)
        first, more, position, line_start = _breaks(text, position, indent)
        if _ends_plain(text, position, line_start, indent=indent, flow=flow):
            return Scanned("".join(parts), position, line_start, at_break=True)
        parts.append(folded(first, more))


def _words(text: str, position: int, parts: list[str], *, flow: bool) -> int:
    pattern = _PLAIN[flow]
    while run := pattern.match(text, position):
        parts.append(run[0])
        position = run.end()
    return position


def _ends_plain(text: str, position: int, line_start: int, *, indent: int, flow: bool) -> bool:
    """Whether a line, from its first character on, does not go on with the plain scalar of the line before."""
    if not flow and position - line_start < indent:
        return True
    if position == line_start and at_document_indicator(text, position):
        return True
    return text[position] == "#" or not _PLAIN[flow].match(text, position)


def _breaks(text: str, position: int, indent: int) -> tuple[str, str, int, int]:
    """All breaks from here, with the blanks around them: the first, the others, where they end and where that line begins."""
    first, position = line_break(text, position)
    more: list[str] = []
    while True:
        line_start = position
        position = _SPACES.match(text, position).end()  # type: ignore[union-attr]
        if text[position] == "\t":
            if position - line_start < indent:
                raise Problem(position, "has a tab where spaces must indent the text")
            position = _BLANKS.match(text, position).end()  # type: ignore[union-attr]
        if text[position] not in BREAKS:
            return first, "".join(more), position, line_start
        one, position = line_break(text, position)
        more.append(one)


def quoted(text: str, position: int, line_start: int) -> Scanned:
    """A quoted scalar; the position is that of its quote.

    Raises:
        Problem: it does not end, holds a document indicator at the beginning of a line, or an escape that YAML does not know.
    """
    quote = text[position]
    short = _SINGLE_LINE[quote].match(text, position)
    if short:
        return Scanned(short[1], short.end(), line_start)
    return _Quoted(text, position, line_start, quote).scan()


class _Quoted:
    """The long way through a quoted scalar."""

    def __init__(self, text: str, position: int, line_start: int, quote: str) -> None:
        self.text = text
        self.start = position
        self.position = position + 1
        self.line_start = line_start
        self.quote = quote
        self.parts: list[str] = []

    def scan(self) -> Scanned:
        while True:
            if self.position == self.line_start and at_document_indicator(self.text, self.position):
                raise Problem(self.position, "has a document separator inside a quoted text")
            if self.text[self.position] == "\0":
                raise Problem(self.start, "has a quote that is not closed")
            escaped_break = self._words()
            if self.text[self.position] == self.quote:
                return Scanned("".join(self.parts), self.position + 1, self.line_start)
            self._blanks(escaped_break=escaped_break)

    def _words(self) -> bool:
        """On to a blank, a break, the end or the closing quote. True if behind an escaped break."""
        text, run = self.text, _RUN[self.quote]
        while True:
            while match := run.match(text, self.position):
                self.parts.append(match[0].replace("''", "'") if self.quote == "'" else match[0])
                self.position = match.end()
            if self.quote == "'" or text[self.position] != "\\":
                return False
            if text[self.position + 1] in BREAKS:
                _, self.position = line_break(text, self.position + 1)
                self.line_start = self.position
                return True
            self._escape()

    def _escape(self) -> None:
        letter = self.text[self.position + 1]
        if letter in _ESCAPES:
            self.parts.append(_ESCAPES[letter])
            self.position += 2
            return
        pattern = _CODES.get(letter)
        if pattern is None:
            raise Problem(self.position, "has an escape that YAML does not know")
        match = pattern.match(self.text, self.position + 2)
        code = int(match[0], 16) if match else -1
        if match is None or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            raise Problem(self.position, "has an escape that is no character")
        self.parts.append(chr(code))
        self.position = match.end()

    def _blanks(self, *, escaped_break: bool) -> None:
        """Over blanks and breaks; blanks beside a break are dropped, the breaks folded."""
        start = self.position
        self.position = _BLANKS.match(self.text, start).end()  # type: ignore[union-attr]
        if not escaped_break and self.text[self.position] not in BREAKS:
            self.parts.append(self.text[start : self.position])
            return
        found = []
        while self.text[self.position] in BREAKS:
            one, self.position = line_break(self.text, self.position)
            self.line_start = self.position
            self.position = _BLANKS.match(self.text, self.position).end()  # type: ignore[union-attr]
            found.append(one)
        if escaped_break:
            self.parts.extend(found)
        else:
            self.parts.append(folded(found[0], "".join(found[1:])))
