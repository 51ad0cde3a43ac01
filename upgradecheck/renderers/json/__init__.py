"""``-o json``: the documents of the contract, written as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from upgradecheck.renderers import Canvas, Document

if TYPE_CHECKING:
    from upgradecheck.contract.parts import Members

_NAMED = {"hashes": "hash"}


def members(document: Document, value: Any) -> Members:
    """The members that the contract has of this document, and what is kept of one that was read."""
    from upgradecheck.contract.kept import WithKept, put_back

    value, kept = (value.value, value.kept) if isinstance(value, WithKept) else (value, None)
    made: Members = import_module(f"upgradecheck.contract.v1.{_NAMED.get(document, document)}").of(value)
    return put_back(made, kept)


def render(document: Document, value: Any, canvas: Canvas) -> Iterator[str]:
    """The document in its contract."""
    from upgradecheck.renderers.json.stream import json_object

    return json_object(members(document, value))
