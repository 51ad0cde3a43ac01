"""``-o json``: the documents of the contract, written as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from upgradecheck.renderers import Canvas, Document

if TYPE_CHECKING:
    from upgradecheck.contract.parts import Members

_NAMED = {"hashes": "hash"}
_SEALED = frozenset({"plan", "verification", "clusters"})


def members(document: Document, value: Any) -> Members:
    """The members that the contract has of this document, and what is kept of one that was read."""
    from upgradecheck.contract.kept import WithKept, put_back
    from upgradecheck.contract.sealing import sealed

    read = value if isinstance(value, WithKept) else WithKept(value)
    made: Members = import_module(f"upgradecheck.contract.v1.{_NAMED.get(document, document)}").of(read.value)
    found = put_back(made, read.kept)
    return sealed(found) if document in _SEALED and not read.unsealed else found


def render(document: Document, value: Any, canvas: Canvas) -> Iterator[str]:
    """The document in its contract."""
    from upgradecheck.renderers.json.stream import json_object

    return json_object(members(document, value))
