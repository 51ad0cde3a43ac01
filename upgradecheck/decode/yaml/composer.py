"""Tokens into values: go-yaml v2's grammar (parserc.go), its nodes and its decoder (decode.go), in one pass.

Only the first document is read. What stands behind it is seen as far as the scanner must look to find its end, so ``"a" "b"`` is the
text a, and an error in a later document is none.

Tags of collections mean nothing to go-yaml v2. A value with an anchor is shared, not copied; Budget adds up its size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from upgradecheck.decode.yaml.collections import Collections, told
from upgradecheck.decode.yaml.problem import Problem
from upgradecheck.decode.yaml.resolver import HINTS, MERGE, scalar
from upgradecheck.decode.yaml.scanner import Scanner
from upgradecheck.decode.yaml.tokens import Kind, Token

_DEFAULT_TAGS = {"!": "!", "!!": "tag:yaml.org,2002:"}
_DIRECTIVES = (Kind.VERSION_DIRECTIVE, Kind.TAG_DIRECTIVE)
_DOCUMENT_EDGES = (*_DIRECTIVES, Kind.DOCUMENT_START, Kind.DOCUMENT_END, Kind.STREAM_END)
_BLOCK_STARTS = (Kind.BLOCK_SEQUENCE_START, Kind.BLOCK_MAPPING_START)


@dataclass(slots=True)
class _Anchored:
    """A value that has an anchor. While it is open, the counts are those from before it; then its own.

    depth counts the collections within each other.
    """

    nodes: int
    text: int
    depth: int
    open: bool = True
    value: object = None


@dataclass(frozen=True, slots=True)
class _Properties:
    """Tag and anchor before a node."""

    tag: str
    anchor: str
    position: int


class Composer(Collections):
    """Reads the first document of a scanner's tokens."""

    def __init__(self, scanner: Scanner) -> None:
        super().__init__(scanner)
        self._tags: dict[str, str] = {}
        self._anchors: dict[str, _Anchored] = {}
        self._readers: dict[Kind, Callable[[int], object]] = {
            Kind.BLOCK_MAPPING_START: self.block_mapping,
            Kind.BLOCK_SEQUENCE_START: self.block_sequence,
            Kind.FLOW_MAPPING_START: self.flow_mapping,
            Kind.FLOW_SEQUENCE_START: self.flow_sequence,
        }

    def document(self) -> object:
        """The value of the first document; None if there is none.

        Raises:
            Problem: it is no YAML, or more than the limits allow.
        """
        token = self._scanner.peek()
        if token.kind is Kind.STREAM_END:
            return None
        explicit = token.kind in _DIRECTIVES or token.kind is Kind.DOCUMENT_START
        self._directives()
        if explicit:
            if self._scanner.peek().kind is not Kind.DOCUMENT_START:
                raise Problem(self._scanner.peek().position, "has a directive (%) without the --- that must follow")
            self._scanner.take()
        if explicit and self._scanner.peek().kind in _DOCUMENT_EDGES:
            value = self.empty()
        else:
            value = self.node(block=True)
        self._budget.check(self._scanner.peek().position)
        return value

    def _directives(self) -> None:
        version = False
        while (token := self._scanner.peek()).kind in _DIRECTIVES:
            if token.kind is Kind.TAG_DIRECTIVE:
                if token.text in self._tags:
                    raise Problem(token.position, "has the same %TAG directive twice")
                self._tags[token.text] = token.suffix
            elif version or token.text != "1.1":
                raise Problem(token.position, "has a second %YAML directive, or one of another version than 1.1")
            else:
                version = True
            self._scanner.take()
        self._tags = {**_DEFAULT_TAGS, **self._tags}

    def node(self, *, block: bool, indentless: bool = False) -> object:
        """The value of the node that begins here."""
        scanner = self._scanner
        token = scanner.peek()
        if token.kind is Kind.SCALAR:
            scanner.take()
            return self._scalar(token.text, token.position, plain=token.plain)
        if token.kind is Kind.ALIAS:
            scanner.take()
            return self._alias(token.text, token.position)
        properties = None
        if token.kind is Kind.ANCHOR or token.kind is Kind.TAG:
            properties = self._properties()
            token = scanner.peek()
        reader = self._reader(token.kind, block=block, indentless=indentless)
        if reader is None:
            return self._leaf(token, properties, block=block)
        opened = self._open(properties) if properties and properties.anchor else None
        self.enter(token.position)
        if token.kind is not Kind.BLOCK_ENTRY:
            scanner.take()
        value = reader(token.position)
        self._depth -= 1
        if opened:
            self._close(opened, value)
        return value

    def _reader(self, kind: Kind, *, block: bool, indentless: bool) -> Callable[[int], object] | None:
        """What reads the collection that a token opens."""
        if kind is Kind.BLOCK_ENTRY:
            return self.indentless_sequence if indentless else None
        if kind in _BLOCK_STARTS and not block:
            return None
        return self._readers.get(kind)

    def _leaf(self, token: Token, properties: _Properties | None, *, block: bool) -> object:
        """A scalar with a tag or anchor, or the empty one behind them."""
        if token.kind is not Kind.SCALAR and properties is None:
            raise Problem(token.position, f"has {told(token.kind)} where a value was wanted")
        assert properties is not None
        opened = self._open(properties) if properties.anchor else None
        if token.kind is Kind.SCALAR:
            self._scanner.take()
            value = self._scalar(token.text, token.position, properties.tag, plain=token.plain)
        else:
            value = self._scalar("", properties.position, properties.tag, plain=True)
        if opened:
            self._close(opened, value)
        return value

    def _properties(self) -> _Properties:
        """Tag and anchor, in either order."""
        first = self._scanner.peek()
        found = {first.kind: self._scanner.take()}
        other = Kind.TAG if first.kind is Kind.ANCHOR else Kind.ANCHOR
        if self._scanner.peek().kind is other:
            found[other] = self._scanner.take()
        tag = ""
        if token := found.get(Kind.TAG):
            tag = (self._tags.get(token.text, "") if token.text else "") + token.suffix
            if token.text and (token.text not in self._tags or not tag):
                raise Problem(token.position, "has a tag whose handle is not declared")
        return _Properties(tag, found[Kind.ANCHOR].text if Kind.ANCHOR in found else "", first.position)

    def _open(self, properties: _Properties) -> _Anchored:
        """From here on the anchor's name means this value, its inside included."""
        opened = _Anchored(self._budget.nodes, self._budget.text, self._deepest)
        self._anchors[properties.anchor] = opened
        self._deepest = self._depth
        return opened

    def _close(self, opened: _Anchored, value: object) -> None:
        deepest_before = opened.depth
        opened.open, opened.value = False, value
        opened.nodes, opened.text = self._budget.nodes - opened.nodes, self._budget.text - opened.text
        opened.depth = self._deepest - self._depth
        self._deepest = max(deepest_before, self._deepest)

    def _alias(self, name: str, position: int) -> object:
        anchored = self._anchors.get(name)
        if anchored is None:
            raise Problem(position, "has an alias (*) of an anchor that is not there; a text that begins with * must be quoted")
        if anchored.open:
            raise Problem(position, "has an anchor that contains itself")
        self._budget.alias(position, anchored.nodes, anchored.text)
        self.went_to(self._depth + anchored.depth, position)
        return anchored.value

    def _scalar(self, text: str, position: int, tag: str = "", *, plain: bool) -> object:
        self._budget.node(position, len(text))
        if text == "<<":
            self._merge_key = tag in ("!", MERGE) or (plain and not tag)
        if not tag and (not plain or (text and text[0] not in HINTS)):
            return text
        return scalar(tag, text, position, implicit=plain)
