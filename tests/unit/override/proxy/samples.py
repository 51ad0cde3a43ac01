"""Containers, plans and CRI messages for tests of the proxy."""

from __future__ import annotations

import json
from collections.abc import Mapping

from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.decode.runtime.protowire import chunk
from upgradecheck.model.hash import Hash, hex_of
from upgradecheck.model.override import Override, OverrideMap, Rewrite

HASH, BESIDE = "io.kubernetes.container.hash", "io.kubernetes.container.hashWithoutResources"
C1, C2 = "c1" * 32, "c2" * 32


def override(before: str, after: str, beside: tuple[str | None, str] | None = None) -> Override:
    without = None if beside is None else rewrite(*beside)
    return Override(rewrite(before, after), "shop", "web-0", "u1", "app", "node-a", without)


def rewrite(before: str | None, after: str) -> Rewrite:
    return Rewrite(None if before is None else Hash.parse(before), Hash.parse(after))


def override_map(**overrides: Override) -> OverrideMap:
    return OverrideMap("", "1.30.14", "1.31.0", overrides)


def saved_plan(overrides: Mapping[str, Override]) -> str:
    """A plan file as ``plan --override -o json`` writes it, of overrides alone."""

    def row_of(one: Rewrite) -> dict[str, str | None]:
        return {"from": hex_of(one.before), "to": one.after.hex}

    def row(one: Override) -> dict[str, object]:
        names = {"namespace": one.namespace, "pod": one.pod, "uid": one.uid, "container": one.container, "node": one.node}
        beside = {} if one.without_resources is None else {"without_resources": row_of(one.without_resources)}
        return {**row_of(one.hash), **names, **beside}

    whole = {
        "format_version": "1.0",
        "kind": "Plan",
        "from": "1.30.14",
        "to": "1.31.0",
        "plan_hash": plan_digest("1.31.0", [], overrides),
        "pods": [],
    }
    return json.dumps({**whole, "overrides": {key: row(one) for key, one in overrides.items()}})


def entry(field: int, key: str, value: str) -> bytes:
    """One annotation, as a field of a container's message."""
    return chunk(field, chunk(1, key.encode()) + chunk(2, value.encode()))


def container(field: int, container_id: str, *annotations: tuple[str, str]) -> bytes:
    """A container's message; its annotations are in that field: 9 in lists, 13 in a status."""
    others = chunk(2, b"sandbox") + entry(8 if field == 9 else 12, HASH, "c18c318c")  # a label of the same name
    return chunk(1, container_id.encode()) + b"\x30\x01" + others + b"".join(entry(field, *one) for one in annotations)
