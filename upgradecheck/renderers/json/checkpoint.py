"""The checkpoint as JSON: the members of its file, one kubelet start a line."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from upgradecheck.formats.checkpoint_shape import body_of
from upgradecheck.model.checkpoint import Checkpoint
from upgradecheck.renderers.json.stream import Rows, json_object


def render_checkpoint(checkpoint: Checkpoint) -> Iterator[str]:
    """The text of the body."""
    body = body_of(checkpoint)
    members = ((name, getattr(body, name)) for name in body.__struct_fields__)
    return json_object((name, Rows(value) if isinstance(value, list) else msgspec.to_builtins(value)) for name, value in members)
