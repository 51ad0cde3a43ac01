"""libyaml's events into values, as go-yaml v2's decoder makes them of its own (decode.go).

Only the first document is read. What stands behind it is seen as far as the scanner must look to find its end, so an error in a later
document is none.

Tags of collections mean nothing to go-yaml v2. A value with an anchor is shared, not copied; Budget adds up its size.

What libyaml reads otherwise than go-yaml is refused: ``\\/`` in double quotes and %YAML 1.2 (as Go refuses them), in flow collections an
unquoted text with a ``?`` in it and a tag with nothing behind it (``[!!str, a]`` has the tag ``!!str,`` in Go), and what stands behind the
first value without beginning another document.
"""

from __future__ import annotations

from typing import Any

import msgspec
from yaml import YAMLError
from yaml.events import AliasEvent, MappingEndEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent, StreamEndEvent

from upgradecheck.decode.yaml.budget import MAX_DEPTH, MAX_TAG_DIRECTIVES, Allowance
from upgradecheck.decode.yaml.libyaml import parser
from upgradecheck.decode.yaml.problem import NOWHERE, YamlProblem
from upgradecheck.decode.yaml.resolver import HINTS, MERGE, scalar
from upgradecheck.decode.yaml.source import YamlSource
from upgradecheck.decode.yaml.values import Mapping, MappingBuilder
from upgradecheck.decode.yaml.words import OTHER_VERSION, UNKNOWN_ESCAPE, problem_of
from upgradecheck.model.patterns import pattern

_SLASH = "\\/"
_ESCAPED_SLASH = pattern(r"(?<!\\)(?:\\\\)*\\/")
_EDGES = ("---", "...", "%")
"""What may stand behind the first document. Of anything else libyaml's scanner may have seen more tokens than one, and other ones."""


class _Anchored(msgspec.Struct):
    """A value that has an anchor. While it is open, the counts are those from before it; then its own.

    depth counts the collections within each other.
    """

    nodes: int
    text: int
    depth: int
    open: bool = True
    value: object = None


class Composer:
    """Reads the first document of a source. Three calls for each level of it, so that 200 fit. unique: no map may have a key twice."""

    def __init__(self, source: YamlSource, *, unique: bool = False) -> None:
        self._unique = unique
        self._source = source
        self._next: Any = parser(source).get_event
        self._budget = Allowance()
        self._anchors: dict[str, _Anchored] = {}
        self._depth = self._deepest = self._flow = 0
        self._merge_key = False
        self._has_slashes = _SLASH in source.text

    def document(self) -> object:
        """The value of the first document; None if there is none.

        Raises:
            Problem: it is no YAML, is read in two ways, or holds more than the limits allow.
        """
        if self._source.text.count("%TAG") > MAX_TAG_DIRECTIVES:
            raise YamlProblem(NOWHERE, f"declares more than {MAX_TAG_DIRECTIVES} handles of tags (%TAG); write the tags out")
        try:
            return self._document()
        except (YAMLError, UnicodeDecodeError) as error:
            raise problem_of(error, self._source) from None

    def _document(self) -> object:
        self._next()
        start = self._next()
        if isinstance(start, StreamEndEvent):
            return None
        if start.version not in (None, (1, 1)):
            raise YamlProblem(start.start_mark.line, OTHER_VERSION)
        value = self._value(self._next())
        self._end(self._next())
        return value

    def _end(self, event: Any) -> None:
        mark, text = event.start_mark, self._source.text
        self._budget.check(self._source.line(mark))
        if mark.index < len(text) and not text.startswith(_EDGES, mark.index):
            raise YamlProblem(mark.line, "has text behind its first value; remove it, or begin another document with ---")

    def _value(self, event: Any) -> object:
        if isinstance(event, AliasEvent):
            return self._alias(event)
        opened = self._open(event.anchor) if event.anchor else None
        value = self._scalar(event) if isinstance(event, ScalarEvent) else self._collection(event)
        if opened is not None:
            self._close(opened, value)
        return value

    # Collections

    def _collection(self, event: Any) -> object:
        line = event.start_mark.line
        self._budget.node(line, 0)
        self._depth += 1
        self._flow += event.flow_style
        self._went_to(self._depth, line)
        value = self._list() if isinstance(event, SequenceStartEvent) else self._mapping(line)
        self._flow -= event.flow_style
        self._depth -= 1
        return value

    def _list(self) -> list[object]:
        values = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            values.append(self._value(event))
        return values

    def _mapping(self, line: int) -> object:
        builder = MappingBuilder(line)
        while not isinstance(event := self._next(), MappingEndEvent):
            self._merge_key = False
            key = self._value(event)
            if isinstance(key, (dict, list, Mapping)):
                raise YamlProblem(event.start_mark.line, "has a map or a list as a key")
            if self._unique and not self._merge_key and isinstance(builder.result, dict) and key in builder.result:
                raise YamlProblem(event.start_mark.line, "has a key of its map a second time")
            if self._merge_key:
                self._merge(builder)
            else:
                builder.put(key, self._value(self._next()))
        return builder.result

    def _merge(self, builder: MappingBuilder) -> None:
        """What stands behind a ``<<`` that is plain or has its tag (an alias of such a text is an ordinary key)."""
        self._budget.nodes -= 1
        event = self._next()
        value = self._value(event)
        merged = [value]
        if isinstance(value, list) and not isinstance(event, AliasEvent):
            self._budget.nodes -= 1
            merged = value[::-1]
        for one in merged:
            if not isinstance(one, (dict, Mapping)):
                raise YamlProblem(event.start_mark.line, "has a merge key (<<) of something that is no map or list of maps")
            builder.merge(one)

    def _went_to(self, depth: int, line: int) -> None:
        if depth > self._deepest:
            self._deepest = depth
            if depth > MAX_DEPTH:
                raise YamlProblem(line, f"is nested deeper than {MAX_DEPTH} levels")

    # Scalars

    def _scalar(self, event: Any) -> object:
        text, tag, plain = event.value, event.tag, not event.style
        line = event.start_mark.line
        self._budget.node(line, len(text))
        if self._flow and plain:
            _check_flow(text, tag, line)
        if self._has_slashes and event.style == '"':
            self._check_slashes(event)
        if text == "<<":
            self._merge_key = tag in ("!", MERGE) or (plain and not tag)
        if not tag and (not plain or (text and text[0] not in HINTS)):
            return text
        return scalar(tag or "", text, line, implicit=plain)

    def _check_slashes(self, event: Any) -> None:
        if "/" in event.value and _ESCAPED_SLASH.search(self._source.text[event.start_mark.index : event.end_mark.index]):
            raise YamlProblem(event.start_mark.line, UNKNOWN_ESCAPE)

    # Anchors

    def _alias(self, event: Any) -> object:
        line = event.start_mark.line
        anchored = self._anchors.get(event.anchor)
        if anchored is None:
            raise YamlProblem(line, "has an alias (*) of an anchor that is not there; a text that begins with * must be quoted")
        if anchored.open:
            raise YamlProblem(line, "has an anchor that contains itself")
        self._budget.alias(line, anchored.nodes, anchored.text)
        self._went_to(self._depth + anchored.depth, line)
        return anchored.value

    def _open(self, anchor: str) -> _Anchored:
        """From here on the anchor's name means this value, its inside included."""
        opened = self._anchors[anchor] = _Anchored(self._budget.nodes, self._budget.text, self._deepest)
        self._deepest = self._depth
        return opened

    def _close(self, opened: _Anchored, value: object) -> None:
        deepest_before = opened.depth
        opened.open, opened.value = False, value
        opened.nodes, opened.text = self._budget.nodes - opened.nodes, self._budget.text - opened.text
        opened.depth = self._deepest - self._depth
        self._deepest = max(deepest_before, self._deepest)


def _check_flow(text: str, tag: str | None, line: int) -> None:
    if "?" in text:
        raise YamlProblem(line, "has a ? in an unquoted text of a flow collection; quote the text")
    if tag and not text:
        raise YamlProblem(line, "has a tag with no value behind it in a flow collection; write the value, or '' for an empty one")
