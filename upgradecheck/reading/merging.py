"""A pod's document in which a member comes twice, as one in which it comes once, for what is read of it by other ways than a kubelet's.

Go decodes the second value of a struct's member into the same struct, so that two objects are one with the members of both; msgspec keeps
the last alone. What is hashed is decoded as Go does (hashing.codecs); who the pod is, and how it is, is read of this. An array stands for
the one before it, and so does null for one of those that Go sets to nil. For anything else null changes nothing, as of 1.23 (up to 1.22 it
empties a text).
"""

from __future__ import annotations

import json

from upgradecheck.hashing import jsontext
from upgradecheck.hashing.containers import parse_pod
from upgradecheck.hashing.fast.gates import hides_ascii, member_comes_twice
from upgradecheck.hashing.jsontext import Node
from upgradecheck.model.patterns import pattern

_SET_TO_NIL = (b"annotations", b"labels", b"ownerReferences", b"deletionTimestamp")
_STATUS = pattern(rb'"status"[ \t\n\r]*:[ \t\n\r]*\{')
_WORDS = {None: b"null", True: b"true", False: b"false"}


def merged(document: bytes) -> bytes:
    """The document, or another one of the same pod in which nothing comes twice.

    Raises:
        SpecRefused: no JSON.
    """
    if not _may_come_twice(document):
        return document
    tree = parse_pod(document)
    once = merged_tree(tree)
    return document if once == tree else _written(once)


def merged_tree(node: Node) -> Node:
    """The same of a tree."""
    if not isinstance(node, tuple):
        return node
    found: dict[bytes, Node] = {}
    keys: dict[bytes, str | jsontext.Text] = {}
    for key, value in node:
        name = jsontext.unquote(key)
        known = found.get(name)
        if isinstance(known, tuple) and isinstance(value, tuple):
            found[name] = (*known, *value)
        elif value is not None or known is None or name in _SET_TO_NIL or isinstance(known, list):
            found[name] = value
        keys.setdefault(name, key)
    return tuple((keys[name], merged_tree(value)) for name, value in found.items())


def _may_come_twice(document: bytes) -> bool:
    """Whether one of the three members that are read may: a condition has a status, too, and no object is one."""
    if member_comes_twice(document, b'"metadata"', b'"spec"') or hides_ascii(document):
        return True
    first = _STATUS.search(document)
    return first is not None and _STATUS.search(document, first.end()) is not None


def _written(node: Node) -> bytes:
    match node:
        case tuple():
            return b"{%b}" % b",".join(b"%b:%b" % (_written(key), _written(value)) for key, value in node)
        case list():
            return b"[%b]" % b",".join(map(_written, node))
        case jsontext.Text():
            return b'"%b"' % node
        case jsontext.Number():
            return bytes(node)
        case str():
            return json.dumps(node, ensure_ascii=False).encode()
        case _:
            return _WORDS[node]
