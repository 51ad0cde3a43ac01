"""``-o yaml``: the documents of the contract, written as YAML, member by member and element by element.

What other readers of YAML might take for a number or a boolean is quoted: YAML 1.1 and 1.2 disagree about ``1e5``, which may
well be a hash, and about ``y``. A checkpoint is written in its form by hand: what is exported so can be edited and sealed again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from upgradecheck.renderers import Canvas, Document


def render(document: Document, value: Any, canvas: Canvas) -> Iterator[str]:
    """The document in its contract."""
    if document == "checkpoint":
        from upgradecheck.formats.checkpoint_history import history_text

        yield history_text(value)
        return
    from upgradecheck.renderers import json
    from upgradecheck.renderers.yaml.stream import yaml_document

    yield from yaml_document(json.members(document, value))
