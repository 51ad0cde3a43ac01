"""A node's history of kubelets as a person writes it; ``formats.checkpoint_history`` reads and writes it. Typing errors are refused."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from upgradecheck.contract.parts import Part
from upgradecheck.contract.v1.checkpoint import NodeName, StartJson


class HistoryJson(Part, frozen=True, forbid_unknown_fields=True):
    """A node's history of kubelets as a person writes it; checkpoint seal makes a checkpoint of it."""

    node: NodeName
    history: Annotated[
        tuple[StartJson, ...],
        Meta(description="Oldest first; mode and clock are manual unless said otherwise", extra_json_schema={"minItems": 1}),
    ]
    machine_id: str | None = field(name="machineID", default=None)
    system_uuid: str | None = field(name="systemUUID", default=None)


DOCUMENT = HistoryJson
