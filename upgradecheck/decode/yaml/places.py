"""Where in a YAML manifest a member of its metadata could be put, and where one stands: by libyaml's own marks, not by looking for text.

libyaml counts characters behind the byte order mark; here all is counted in them, since its marks are. Of a text that is not UTF-8 through
and through nobody can say which character is where, so it has no place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from yaml import YAMLError
from yaml.events import MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

from upgradecheck.decode.yaml.libyaml import parser
from upgradecheck.decode.yaml.problem import YamlProblem
from upgradecheck.decode.yaml.source import YamlSource
from upgradecheck.model.errors import SpecRefused

_BOM = b"\xef\xbb\xbf"
_METADATA = "metadata"


class YamlMember(msgspec.Struct, frozen=True, gc=False):
    """A member of the metadata: its key, and where that begins (for a block the line does), in bytes of the file.

    lead: what stands before the key on its line, None in a flow mapping. end: how that line ends.
    """

    key: str
    begin: int
    lead: str | None
    end: str = ""


def metadata_members(document: bytes) -> tuple[YamlMember, ...]:
    """The members that the first document's metadata has in this text, without what aliases and merge keys bring.

    Raises:
        SpecRefused: it has none, or it cannot be told for each where it stands.
    """
    try:
        text = document.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError:
        raise SpecRefused("is not UTF-8 through and through") from None
    try:
        members = tuple(_members(_Events(document), text))
    except (YAMLError, YamlProblem):
        raise SpecRefused("its YAML cannot be followed line by line") from None
    if not members:
        raise SpecRefused("its metadata is empty")
    skipped = len(_BOM) if document.startswith(_BOM) else 0
    return tuple(msgspec.structs.replace(one, begin=skipped + len(text[: one.begin].encode())) for one in members)


class _Events:
    """The events of a document; ``passed`` goes over one value."""

    def __init__(self, document: bytes) -> None:
        self.next: Any = parser(YamlSource(document)).get_event

    def passed(self, event: Any) -> None:
        """Goes on behind the value that begins with this event."""
        depth = 0
        while True:
            depth += isinstance(event, (MappingStartEvent, SequenceStartEvent))
            depth -= isinstance(event, (MappingEndEvent, SequenceEndEvent))
            if depth == 0:
                return
            event = self.next()


def _members(events: _Events, text: str) -> Iterator[YamlMember]:
    events.next(), events.next()  # the stream and the document begin
    if not isinstance(events.next(), MappingStartEvent):
        raise SpecRefused("is no mapping")
    found: tuple[YamlMember, ...] | None = None
    while not isinstance(key := events.next(), MappingEndEvent):
        value = _value_of(events, key)
        if not isinstance(key, ScalarEvent) or key.value != _METADATA:
            events.passed(value)
        elif found is not None:
            raise SpecRefused("has metadata twice")
        elif not isinstance(value, MappingStartEvent):
            raise SpecRefused("its metadata is no mapping that stands there itself")
        else:
            found = tuple(_of_mapping(events, text, flow=bool(value.flow_style)))
    if found is None:
        raise SpecRefused("has no metadata that stands there itself")
    yield from found


def _of_mapping(events: _Events, text: str, *, flow: bool) -> Iterator[YamlMember]:
    while not isinstance(key := events.next(), MappingEndEvent):
        events.passed(_value_of(events, key))
        name = key.value if isinstance(key, ScalarEvent) else ""
        yield YamlMember(name, key.start_mark.index, None) if flow else _on_a_line(name, key.start_mark, text)


def _value_of(events: _Events, key: Any) -> Any:
    """The event with which a key's value begins."""
    events.passed(key)
    return events.next()


def _on_a_line(name: str, mark: Any, text: str) -> YamlMember:
    """A member of a block; it begins its line, or nothing can be put before it (``? a``, for one)."""
    begin = text.rfind("\n", 0, mark.index) + 1
    lead, end = text[begin : mark.index], "\r\n" if text.endswith("\r\n", 0, begin) else "\n"
    if begin == 0 or lead.strip(" ") or len(lead) != mark.column:
        raise SpecRefused("a member of its metadata does not begin its line")
    return YamlMember(name, begin, lead, end)
