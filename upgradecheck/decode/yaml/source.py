"""The bytes of a YAML document, handed to libyaml in the steps in which go-yaml reads them (readerc.go, 512 bytes at a time).

An invalid byte is an error only when the step that holds it is decoded, so a control character in the third document of a manifest
need not disturb the kubelet, which reads the first. libyaml asks for 16 KiB at a time; given as little as go-yaml takes, it
sees as far.

A byte order mark at the beginning chooses UTF-8, UTF-16LE or UTF-16BE. Another U+FEFF is an ordinary character for go-yaml, except that
its is_bom looks at the beginning of its buffer instead of at its position: where a step happens to begin at the mark, the first
character of each following line is lost. libyaml passes over a mark at the beginning of any line. Both places are refused here.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from upgradecheck.decode.yaml.problem import YamlProblem
from upgradecheck.model.patterns import pattern

if TYPE_CHECKING:
    from yaml import Mark

STEP = 512
_LOOKAHEAD = 4
"""Characters that the scanner asks for before each token: from so many before a step's beginning on, its buffer may begin at a mark."""

_WIDEST = 4
_MARK = "\ufeff"
_BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_BREAKS = "\n\r\x85\u2028\u2029"
_BREAK = pattern(f"\r\n|[{_BREAKS}]")


class YamlSource:
    """A document as libyaml's parser reads it: a stream."""

    name = ""
    """What PyYAML would call it in its own messages."""

    def __init__(self, document: bytes) -> None:
        self._document = document
        bom = next((bom for bom in _BOMS if document.startswith(bom)), b"")
        self._begin = len(bom)
        self._encoding = _BOMS.get(bom, "utf-8")
        self._has_marks = _MARK.encode(self._encoding) in document[self._begin :]
        self._read = 0
        self._room = 0

    @cached_property
    def text(self) -> str:
        """Its characters without the mark at the beginning, so that libyaml's marks count them."""
        return self._document[self._begin :].decode(self._encoding, "replace")

    def read(self, size: int = STEP, /) -> bytes:
        """The next step. Where the one before ended within a character, libyaml has its beginning, and room for so much less.

        Raises:
            Problem: a byte order mark stands where go-yaml loses characters, or libyaml the mark.
        """
        self._room = self._room or size
        begin = self._read - (self._room - size)
        self._read = max(self._read, min(begin + STEP, len(self._document)))
        if self._has_marks:
            self._check_marks(begin)
        return self._document[begin + self._room - size : self._read]

    def line_of(self, offset: int) -> int:
        """The line, counted from 0, that holds a byte."""
        return len(_BREAK.findall(self._document[self._begin : offset].decode(self._encoding, "replace")))

    def line(self, mark: Mark) -> int:
        """The line of a place; libyaml has the end on a line of its own, we on the last that holds something."""
        return mark.line if mark.index < len(self.text) else len(_BREAK.findall(self.text.rstrip()))

    def _check_marks(self, begin: int) -> None:
        begin = max(self._begin, begin)
        before = self._characters(max(self._begin, begin - _LOOKAHEAD * _WIDEST), begin)[-_LOOKAHEAD:]
        text = before + self._characters(begin, self._read)
        for mark in re.finditer(_MARK, text):
            place = mark.start()
            if place <= len(before) or text[place - 1] in _BREAKS:
                offset = begin + len(text[:place].encode(self._encoding)) - len(before.encode(self._encoding))
                reason = "has a byte order mark inside, at a place where a reader loses it or other characters; remove the mark"
                raise YamlProblem(self.line_of(offset), reason)

    def _characters(self, begin: int, end: int) -> str:
        return self._document[begin:end].decode(self._encoding, "replace")
