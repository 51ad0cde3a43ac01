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
    """The members that the contract has of this document."""
    made: Members = import_module(f"upgradecheck.contract.v1.{_NAMED.get(document, document)}").of(value)
    return made


def render(document: Document, value: Any, canvas: Canvas) -> Iterator[str]:
    """The document in its contract."""
    from upgradecheck.renderers.json.stream import json_object

    return json_object(members(document, value))
