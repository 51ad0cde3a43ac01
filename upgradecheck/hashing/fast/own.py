"""Where the spec of a pod names its own node and the pod itself: for pods of a DaemonSet and of a StatefulSet it does.

A DaemonSet's controller writes the node into the required affinity of each pod, a StatefulSet's the pod's name as its hostname and at the
end of its claims. Each such place is marked by a byte that is in no JSON, so that the texts of replicas become one, and no other's.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from upgradecheck.model.patterns import pattern

NODE_HERE, NAME_HERE = b"\0", b"\1"

_FIELDS, _HOSTNAME, _CLAIM = b'"matchFields"', b'"hostname"', b'"claimName"'
_AFFINITY = pattern(
    _FIELDS + rb'[ \t\r\n]*:[ \t\r\n]*\[[ \t\r\n]*\{[ \t\r\n]*"key"[ \t\r\n]*:[ \t\r\n]*"metadata\.name"[ \t\r\n]*,[ \t\r\n]*'
    rb'"operator"[ \t\r\n]*:[ \t\r\n]*"In"[ \t\r\n]*,[ \t\r\n]*"values"[ \t\r\n]*:[ \t\r\n]*\[[ \t\r\n]*"([^"\\]+)"[ \t\r\n]*\]'
)
_NAMED = pattern(rb'"(hostname|claimName)"[ \t\r\n]*:[ \t\r\n]*"([^"\\]+)"')


def node_spans(text: bytes, node: bytes) -> Iterator[tuple[int, int]]:
    """Where a required affinity is for the node of this name alone."""
    if _FIELDS in text:
        yield from (found.span(1) for found in _AFFINITY.finditer(text) if found[1] == node)


def name_spans(text: bytes, name: bytes) -> Iterator[tuple[int, int]]:
    """Where the pod's name is its hostname, and at the end of claims."""
    if name and (_HOSTNAME in text or _CLAIM in text):
        for found in _NAMED.finditer(text):
            end = found.end(2)
            if found[2] == name or (found[1] == b"claimName" and found[2].endswith(b"-" + name)):
                yield end - len(name), end


class Elsewhere(msgspec.Struct, frozen=True, gc=False):
    """What is named in a text where an own name would be marked. Another pod with the same text may have one of them for its own."""

    nodes: frozenset[bytes]
    names: tuple[bytes, ...]

    @classmethod
    def of(cls, text: bytes, node: bytes, name: bytes) -> Elsewhere | None:
        """Of a pod of this name and on this node; None where there is nothing."""
        nodes = frozenset(found[1] for found in _AFFINITY.finditer(text)) if _FIELDS in text else frozenset()
        own = {end for _, end in name_spans(text, name)}
        named = _NAMED.finditer(text) if _HOSTNAME in text or _CLAIM in text else ()
        names = tuple(found[2] for found in named if found.end(2) not in own)
        return cls(nodes - {node}, names) if nodes - {node} or names else None

    def has(self, node: bytes, name: bytes) -> bool:
        """Whether one of them may be the own name of another pod."""
        return node in self.nodes or any(one.endswith(name) for one in self.names)


def marked(text: bytes, node: bytes, name: bytes) -> bytes:
    """The text with its own node and name marked, where they stand so."""
    for mark, spans in ((NODE_HERE, node_spans(text, node)), (NAME_HERE, name_spans(text, name))):
        for begin, end in reversed(tuple(spans)):
            text = text[:begin] + mark + text[end:]
    return text
