"""Characters into tokens, as go-yaml v2's scanner does it (scannerc.go, itself a port of libyaml 0.1).

Not PyYAML's scanner: it differs in tabs, in ``?`` and ``:`` of flow collections, in when a multi-line key is an error, in
escapes, directives and tags; and libyaml's later releases moved away from go-yaml as well. The order of checks, the queue of
tokens and the bookkeeping of simple keys are go-yaml's, because what is an error depends on them.

A simple key is one without ``?``: only at the ``:`` behind it is it known to be a key, so KEY (and perhaps the beginning of a
mapping) is put into the queue before it. It must stand in one line and within 1024 characters.
"""

from __future__ import annotations

import re
from collections import deque

from upgradecheck.decode.yaml import scalars
from upgradecheck.decode.yaml.block import block
from upgradecheck.decode.yaml.problem import Problem
from upgradecheck.decode.yaml.tags import anchor_name, directive, tag
from upgradecheck.decode.yaml.text import LOOKAHEAD, Text
from upgradecheck.decode.yaml.tokens import BLANK_OR_END, BREAK_OR_END, BREAKS, Kind, Token

LONGEST_KEY = 1024
DEEPEST = 10_000
"""go-yaml's own limit of open flow collections, and of indentations."""

_SPACES = re.compile(r" *")
_BLANKS = re.compile(r"[ \t]*")
_COMMENT = re.compile(f"#[^{BREAK_OR_END}]*")
_EMPTY_LINES = re.compile(f"(?: *(?:#[^{BREAK_OR_END}]*)?\n){{1,500}}")
_FLOW_STARTS = {"[": Kind.FLOW_SEQUENCE_START, "{": Kind.FLOW_MAPPING_START}
_FLOW_ENDS = {"]": Kind.FLOW_SEQUENCE_END, "}": Kind.FLOW_MAPPING_END}
_NO_PLAIN = frozenset("-?:,[]{}#&*!|>'\"%@`" + BLANK_OR_END)
_DIFFERENT = frozenset("%.[]{},-?:*&!|>'\"#@`" + BLANK_OR_END)
"""Characters that are, or may be, something else than the beginning of a plain scalar."""


class _Key:
    """A place where a simple key may have begun: the number of its token, its position and line."""

    __slots__ = ("line_start", "number", "position", "possible", "required")

    def __init__(self, number: int, position: int, line_start: int, *, possible: bool, required: bool) -> None:
        self.number = number
        self.position = position
        self.line_start = line_start
        self.possible = possible
        self.required = required


class Scanner:
    """The tokens of a text, one at a time."""

    def __init__(self, text: Text) -> None:
        self.text = text.characters
        self.end = text.end
        self.invalid = text.invalid
        self.position = 0
        self.line_start = 0
        self.flow_level = 0
        self.indent = -1
        self.indents: list[int] = []
        self.key_allowed = True
        self.keys = [_Key(0, 0, 0, possible=False, required=False)]
        self.keys_by_token: dict[int, int] = {}
        self.tokens: deque[Token] = deque()
        self.taken = 0
        self.ended = False

    def peek(self) -> Token:
        """The next token; it stays.

        Raises:
            Problem: the text cannot be read on.
        """
        while not self.tokens or self._may_be_key():
            self._fetch()
        return self.tokens[0]

    def take(self) -> Token:
        """The token that was peeked at, removed."""
        self.taken += 1
        return self.tokens.popleft()

    def _may_be_key(self) -> bool:
        level = self.keys_by_token.get(self.taken)
        return level is not None and self._is_valid(self.keys[level])

    # The dispatcher

    def _fetch(self) -> None:
        self._to_next_token()
        if not self.flow_level and self.position - self.line_start < self.indent:
            self._unroll(self.position - self.line_start)
        if self.invalid:
            self._see(LOOKAHEAD)
        character = self.text[self.position]
        if character in _DIFFERENT:
            self._fetch_other(character)
        else:
            self._fetch_plain()
        if self.invalid:
            self._see(1)

    def _see(self, ahead: int) -> None:
        if self.position + ahead > self.end:
            raise Problem(self.end, self.invalid)

    def _fetch_other(self, character: str) -> None:
        following = self.text[self.position + 1] if character != "\0" else "\0"
        if character == "\0":
            self._fetch_end()
        elif self.position == self.line_start and (character == "%" or scalars.at_document_indicator(self.text, self.position)):
            self._fetch_document_level(character)
        elif character in _FLOW_STARTS:
            self._fetch_flow_start(_FLOW_STARTS[character])
        elif character in _FLOW_ENDS:
            self._fetch_flow_end(_FLOW_ENDS[character])
        elif character == ",":
            self._forget_key()
            self.key_allowed = True
            self._append(Kind.FLOW_ENTRY)
        elif character == "-" and following in BLANK_OR_END:
            self._fetch_block_entry()
        elif character == "?" and (self.flow_level or following in BLANK_OR_END):
            self._fetch_key()
        elif character == ":" and (self.flow_level or following in BLANK_OR_END):
            self._fetch_value()
        else:
            self._fetch_content(character, following)

    def _fetch_content(self, character: str, following: str) -> None:
        if character in "*&":
            self._save_key()
            self.key_allowed = False
            name, end = anchor_name(self.text, self.position)
            self._append(Kind.ALIAS if character == "*" else Kind.ANCHOR, end - self.position, name)
        elif character == "!":
            self._save_key()
            self.key_allowed = False
            handle, suffix, end = tag(self.text, self.position)
            self._append(Kind.TAG, end - self.position, handle, suffix)
        elif character in "|>" and not self.flow_level:
            self._forget_key()
            self.key_allowed = True
            self._append_scalar(block(self.text, self.position, parent=self.indent))
        elif character in "'\"":
            self._save_key()
            self.key_allowed = False
            self._append_scalar(scalars.quoted(self.text, self.position, self.line_start))
        elif character not in _NO_PLAIN or (character == "-" and following not in " \t") or (character in "?:" and not self.flow_level):
            self._fetch_plain()
        else:
            raise Problem(self.position, "has a character that cannot begin a value; a tab cannot indent, and @ ` % must be quoted")

    def _fetch_plain(self) -> None:
        self._save_key()
        self.key_allowed = False
        scanned = scalars.plain(self.text, self.position, self.line_start, indent=self.indent + 1, flow=self.flow_level > 0)
        self._append_scalar(scanned, plain=True)
        if scanned.at_break:
            self.key_allowed = True
        elif self.invalid:
            self._see(2)

    def _append(self, kind: Kind, width: int = 1, text: str = "", suffix: str = "") -> None:
        self.tokens.append(Token(kind, self.position, text, suffix))
        self.position += width

    def _append_scalar(self, scanned: scalars.Scanned, *, plain: bool = False) -> None:
        self.tokens.append(Token(Kind.SCALAR, self.position, scanned.value, "", plain))
        self.position, self.line_start = scanned.position, scanned.line_start

    def _to_next_token(self) -> None:
        """Over blanks, comments and breaks. A tab cannot stand where a simple key may begin, outside of flow collections."""
        text = self.text
        while True:
            blanks = _BLANKS if self.flow_level or not self.key_allowed else _SPACES
            position = blanks.match(text, self.position).end()  # type: ignore[union-attr]
            if text[position] == "#":
                position = _COMMENT.match(text, position).end()  # type: ignore[union-attr]
            self.position = position
            if text[position] not in BREAKS:
                return
            _, self.position = scalars.line_break(text, position)
            if not self.flow_level:
                self.key_allowed = True
                lines = _EMPTY_LINES.match(text, self.position)
                self.position = lines.end() if lines else self.position
            self.line_start = self.position

    # Simple keys

    def _is_valid(self, key: _Key) -> bool:
        if not key.possible:
            return False
        if key.line_start < self.line_start or key.position + LONGEST_KEY < self.position:
            self._refuse_required(key)
            key.possible = False
            return False
        return True

    def _refuse_required(self, key: _Key) -> None:
        if key.required:
            raise Problem(key.position, "has text where a key was wanted, with a : behind it on the same line")

    def _save_key(self) -> None:
        if not self.key_allowed:
            return
        required = not self.flow_level and self.indent == self.position - self.line_start
        key = _Key(self.taken + len(self.tokens), self.position, self.line_start, possible=True, required=required)
        self._forget_key()
        self.keys[-1] = key
        self.keys_by_token[key.number] = len(self.keys) - 1

    def _forget_key(self) -> None:
        key = self.keys[-1]
        if key.possible:
            self._refuse_required(key)
            key.possible = False
            self.keys_by_token.pop(key.number, None)

    # Indentation

    def _roll(self, column: int, number: int | None, kind: Kind, position: int) -> None:
        """Open a block collection at a column, if it is deeper than what is open."""
        if self.flow_level or self.indent >= column:
            return
        self.indents.append(self.indent)
        self.indent = column
        if len(self.indents) > DEEPEST:
            raise Problem(position, f"is nested deeper than {DEEPEST} levels")
        at = len(self.tokens) if number is None else number - self.taken
        self.tokens.insert(at, Token(kind, position))

    def _unroll(self, column: int) -> None:
        """Close block collections that are deeper than a column."""
        if self.flow_level:
            return
        while self.indent > column:
            self.tokens.append(Token(Kind.BLOCK_END, self.position))
            self.indent = self.indents.pop()

    # Indicators

    def _fetch_end(self) -> None:
        if self.position != self.line_start:
            self.line_start = self.position
        self._unroll(-1)
        self._forget_key()
        self.key_allowed = False
        self._append(Kind.STREAM_END, 0)

    def _fetch_document_level(self, character: str) -> None:
        self._unroll(-1)
        self._forget_key()
        self.key_allowed = False
        if character != "%":
            self._append(Kind.DOCUMENT_START if character == "-" else Kind.DOCUMENT_END, 3)
            return
        token, end = directive(self.text, self.position)
        self.tokens.append(token)
        self.position = self.line_start = end

    def _fetch_flow_start(self, kind: Kind) -> None:
        self._save_key()
        self.keys.append(_Key(self.taken + len(self.tokens), self.position, self.line_start, possible=False, required=False))
        self.flow_level += 1
        if self.flow_level > DEEPEST:
            raise Problem(self.position, f"is nested deeper than {DEEPEST} levels")
        self.key_allowed = True
        self._append(kind)

    def _fetch_flow_end(self, kind: Kind) -> None:
        self._forget_key()
        if self.flow_level:
            self.flow_level -= 1
            self.keys_by_token.pop(self.keys.pop().number, None)
        self.key_allowed = False
        self._append(kind)

    def _fetch_block_entry(self) -> None:
        if not self.flow_level:
            if not self.key_allowed:
                raise Problem(self.position, "has a - of a list where none can stand")
            self._roll(self.position - self.line_start, None, Kind.BLOCK_SEQUENCE_START, self.position)
        self._forget_key()
        self.key_allowed = True
        self._append(Kind.BLOCK_ENTRY)

    def _fetch_key(self) -> None:
        if not self.flow_level:
            if not self.key_allowed:
                raise Problem(self.position, "has a key where none can stand")
            self._roll(self.position - self.line_start, None, Kind.BLOCK_MAPPING_START, self.position)
        self._forget_key()
        self.key_allowed = not self.flow_level
        self._append(Kind.KEY)

    def _fetch_value(self) -> None:
        key = self.keys[-1]
        if self._is_valid(key):
            self.tokens.insert(key.number - self.taken, Token(Kind.KEY, key.position))
            self._roll(key.position - key.line_start, key.number, Kind.BLOCK_MAPPING_START, key.position)
            key.possible = False
            self.keys_by_token.pop(key.number, None)
            self.key_allowed = False
        else:
            if not self.flow_level:
                if not self.key_allowed:
                    raise Problem(self.position, "has a : where no key stands before it; a text with a colon must be quoted")
                self._roll(self.position - self.line_start, None, Kind.BLOCK_MAPPING_START, self.position)
            self.key_allowed = not self.flow_level
        self._append(Kind.VALUE)
