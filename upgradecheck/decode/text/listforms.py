"""Whether a list is written as one who asked a server for it writes it, or by somebody who may have made it out of several.

``kubectl get -o json`` and ``-o yaml`` make a List of their own, of whatever they were asked for: sorted members, indentation of four, and
``metadata`` with an empty ``resourceVersion`` (up to 1.20 an empty ``selfLink`` too), whether or not the server's lists had one. Seen so of
kubectl 1.27, 1.30 and 1.33; oc is the same code. An API server's own list (``kubectl get --raw``, ``kubectl cluster-info dump``, clients)
has Go's order of members, ``kind`` first, and a ``resourceVersion``.

``jq`` indents with two and ``yq`` indents the items, and both keep what they are told to keep: a list that one of them has joined of two,
of two times, says the same of itself as the one it was made of. What was passed through them has only the times of its items left.
"""

from __future__ import annotations

from typing import Any

import msgspec

from upgradecheck.model.patterns import pattern

MOST = 4096
"""Bytes around the items of a list; those of a server have some hundred."""

_KUBECTLS = ["apiVersion", "items", "kind", "metadata"]
_SERVERS = ["kind", "apiVersion", "metadata", "items"]
_NO_VERSION = ({"resourceVersion": ""}, {"resourceVersion": "", "selfLink": ""})
_INDENT, _COMPACT = 4, -1
_YAML_BEGINS = b"apiVersion: v1\nitems:\n- apiVersion: "
_YAML_ENDS = pattern(rb'\nkind: List\nmetadata:\n  resourceVersion: ""(\n  selfLink: "")?\n*\Z')


def is_of_one_request(around: bytes) -> bool:
    """By what is written around the items, which are left out."""
    around = around.replace(b"\r\n", b"\n")
    try:
        members: Any = msgspec.json.decode(around)
        indented, compact = (msgspec.json.format(around, indent=one) == around for one in (_INDENT, _COMPACT))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    if not isinstance(members, dict) or not isinstance(metadata := members.get("metadata"), dict):
        return False
    if list(members) == _KUBECTLS:
        return indented and members["kind"] == "List" and members["apiVersion"] == "v1" and metadata in _NO_VERSION
    return list(members) == _SERVERS and (indented or compact) and _has_version(metadata)


def _has_version(metadata: dict[str, Any]) -> bool:
    version = metadata.get("resourceVersion")
    return isinstance(version, str) and version.isascii() and version.isdigit()


def is_of_one_request_in_yaml(document: bytes) -> bool:
    """The same of a list in YAML, of its first lines and its last."""
    return document.startswith(_YAML_BEGINS) and _YAML_ENDS.search(document, max(0, len(document) - MOST)) is not None
