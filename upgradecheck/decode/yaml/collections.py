"""Collections out of tokens: go-yaml v2's grammar (parserc.go), and what its decoder makes of keys (decode.go)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from upgradecheck.decode.yaml.budget import Budget
from upgradecheck.decode.yaml.problem import Problem
from upgradecheck.decode.yaml.scanner import Scanner
from upgradecheck.decode.yaml.tokens import Kind
from upgradecheck.decode.yaml.values import Mapping, MappingBuilder

MAX_DEPTH = 200
"""Collections within each other, after anchors are expanded. go-yaml allows 10,000; no manifest has more than twenty."""

_MERGE = object()
_AFTER_KEY = (Kind.KEY, Kind.VALUE, Kind.BLOCK_END)
_AFTER_ENTRY = (Kind.BLOCK_ENTRY, Kind.BLOCK_END)
_AFTER_INDENTLESS_ENTRY = (Kind.BLOCK_ENTRY, Kind.KEY, Kind.VALUE, Kind.BLOCK_END)


class Collections(ABC):
    """Reads collections; the nodes in them are read by the class that inherits. Three calls for each level, so that 200 fit."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._budget = Budget()
        self._depth = 0
        self._deepest = 0
        self._merge_key = False

    @abstractmethod
    def node(self, *, block: bool, indentless: bool = False) -> object:
        """The value of the node that begins here."""

    def empty(self) -> object:
        """The null of a value that is not there."""
        self._budget.node(-1, 0)
        return None

    def enter(self, position: int) -> None:
        """One collection deeper."""
        self._budget.node(position, 0)
        self._depth += 1
        self.went_to(self._depth, position)

    def went_to(self, depth: int, position: int) -> None:
        """There are so many collections within each other."""
        if depth > self._deepest:
            self._deepest = depth
            if depth > MAX_DEPTH:
                raise Problem(position, f"is nested deeper than {MAX_DEPTH} levels")

    # Block collections

    def block_sequence(self, position: int) -> object:
        """A list of lines with ``-``."""
        values = []
        scanner = self._scanner
        while (token := scanner.peek()).kind is Kind.BLOCK_ENTRY:
            scanner.take()
            values.append(self.empty() if scanner.peek().kind in _AFTER_ENTRY else self.node(block=True))
        if token.kind is not Kind.BLOCK_END:
            raise Problem(token.position, f"has {told(token.kind)} in a list, wanted the next - or less indentation")
        scanner.take()
        return values

    def indentless_sequence(self, position: int) -> object:
        """A list whose ``-`` stand in the column of the key before them."""
        values = []
        scanner = self._scanner
        while scanner.peek().kind is Kind.BLOCK_ENTRY:
            scanner.take()
            values.append(self.empty() if scanner.peek().kind in _AFTER_INDENTLESS_ENTRY else self.node(block=True))
        return values

    def block_mapping(self, position: int) -> object:
        """A map of lines."""
        builder = MappingBuilder(position)
        scanner = self._scanner
        while (token := scanner.peek()).kind is Kind.KEY:
            scanner.take()
            key = self._key(absent=scanner.peek().kind in _AFTER_KEY, block=True)
            present = scanner.peek().kind is Kind.VALUE
            if present:
                scanner.take()
            self._value(builder, key, absent=not present or scanner.peek().kind in _AFTER_KEY, block=True)
        if token.kind is not Kind.BLOCK_END:
            raise Problem(token.position, f"has {told(token.kind)} in a map, wanted the next key or less indentation")
        scanner.take()
        return builder.result

    # Flow collections

    def flow_sequence(self, position: int) -> object:
        """A list in ``[ ]``."""
        values = []
        scanner = self._scanner
        while True:
            token = scanner.peek()
            if token.kind is Kind.FLOW_SEQUENCE_END:
                break
            if token.kind is Kind.KEY:
                values.append(self._flow_pair(token.position))
            else:
                values.append(self.node(block=False))
            if not self._next_entry(Kind.FLOW_SEQUENCE_END, "], of a list"):
                break
        scanner.take()
        return values

    def _next_entry(self, end: Kind, wanted: str) -> bool:
        """Over the comma; False at the end of the collection."""
        token = self._scanner.peek()
        if token.kind is end:
            return False
        if token.kind is not Kind.FLOW_ENTRY:
            raise Problem(token.position, f"has {told(token.kind)} in a flow collection, wanted a comma or {wanted}")
        self._scanner.take()
        return True

    def _flow_pair(self, position: int) -> object:
        """A mapping of one key inside of ``[ ]``."""
        scanner = self._scanner
        scanner.take()
        self.enter(position)
        builder = MappingBuilder(position)
        kind = scanner.peek().kind
        absent = kind in (Kind.VALUE, Kind.FLOW_ENTRY, Kind.FLOW_SEQUENCE_END)
        if absent:
            # go-yaml drops the token where the key is missing, so that [? : b] is refused
            scanner.take()
        key = self._key(absent=absent, block=False)
        present = scanner.peek().kind is Kind.VALUE
        if present:
            scanner.take()
        self._value(builder, key, absent=not present or scanner.peek().kind in (Kind.FLOW_ENTRY, Kind.FLOW_SEQUENCE_END), block=False)
        self._depth -= 1
        return builder.result

    def flow_mapping(self, position: int) -> object:
        """A map in ``{ }``."""
        builder = MappingBuilder(position)
        scanner = self._scanner
        while (token := scanner.peek()).kind is not Kind.FLOW_MAPPING_END:
            if token.kind is Kind.KEY:
                scanner.take()
                key = self._key(absent=scanner.peek().kind in (Kind.VALUE, Kind.FLOW_ENTRY, Kind.FLOW_MAPPING_END), block=False)
                present = scanner.peek().kind is Kind.VALUE
                if present:
                    scanner.take()
                absent = not present or scanner.peek().kind in (Kind.FLOW_ENTRY, Kind.FLOW_MAPPING_END)
                self._value(builder, key, absent=absent, block=False)
            else:
                key = self._key(absent=False, block=False)
                self._value(builder, key, absent=True, block=False)
            if not self._next_entry(Kind.FLOW_MAPPING_END, "}, of a map"):
                break
        scanner.take()
        return builder.result

    # Keys and values

    def _key(self, *, absent: bool, block: bool) -> object:
        """A key; _MERGE for a ``<<`` that is plain or has its tag (an alias of such a text is an ordinary key)."""
        if absent:
            return self.empty()
        position = self._scanner.peek().position
        self._merge_key = False
        key = self.node(block=block, indentless=block)
        if isinstance(key, (dict, list, Mapping)):
            raise Problem(position, "has a map or a list as a key")
        if self._merge_key:
            self._budget.nodes -= 1
            return _MERGE
        return key

    def _value(self, builder: MappingBuilder, key: object, *, absent: bool, block: bool) -> None:
        """The value of a key, put where it belongs."""
        if key is not _MERGE:
            builder.put(key, self.empty() if absent else self.node(block=block, indentless=block))
            return
        token = self._scanner.peek()
        value = self.empty() if absent else self.node(block=block, indentless=block)
        if isinstance(value, list) and token.kind is not Kind.ALIAS:
            self._budget.nodes -= 1
            merged = list(reversed(value))
        else:
            merged = [value]
        for one in merged:
            if not isinstance(one, (dict, Mapping)):
                raise Problem(token.position, "has a merge key (<<) of something that is no map or list of maps")
            builder.merge(one)


def told(kind: Kind) -> str:
    """A token in words."""
    return f"'{kind.value}'" if len(kind.value) <= 3 else f"the {kind.value}" if kind is Kind.STREAM_END else f"a {kind.value}"
