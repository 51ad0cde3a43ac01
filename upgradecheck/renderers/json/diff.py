"""The SchemaDiff as JSON (design, section 4)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import UNSET, UnsetType

from upgradecheck.model.changes import FieldChange, SchemaDiff
from upgradecheck.model.schema import StaticPodUID
from upgradecheck.renderers.json.effects import reason_out
from upgradecheck.renderers.json.plan import FORMAT_VERSION
from upgradecheck.renderers.json.stream import Rows, Write, json_object


class FieldOut(msgspec.Struct, frozen=True):
    """One field of Container; type_before and aspects of changed ones only."""

    change: str
    path: str
    type: str
    type_before: str | UnsetType = UNSET
    aspects: tuple[str, ...] | UnsetType = UNSET


def render_diff(diff: SchemaDiff, write: Write = json_object) -> Iterator[str]:
    """The text of the diff."""
    old, new = diff.old, diff.new
    return write(
        (
            ("format_version", FORMAT_VERSION),
            ("kind", "SchemaDiff"),
            ("from", old.version),
            ("to", new.version),
            ("era", {"from": old.era.value, "to": new.era.value}),
            (
                "kinds_compared",
                {"from": [kind.value for kind in old.kinds_compared], "to": [kind.value for kind in new.kinds_compared]},
            ),
            ("short_control_escapes", {"from": old.short_control_escapes, "to": new.short_control_escapes}),
            ("fields", Rows(map(_field, diff.fields))),
            ("effect", diff.effect.value),
            ("reasons", Rows(map(reason_out, diff.reasons))),
            (
                "static_pod_uid",
                {
                    "from": _uid(old.static_pod_uid),
                    "to": _uid(new.static_pod_uid),
                    "effect": diff.static_pods.change.value,
                    "because": diff.static_pods.because,
                },
            ),
        )
    )


def _uid(rule: StaticPodUID) -> dict[str, object]:
    return {"hasher": rule.hasher.value, "input": [part.value for part in rule.input]}


def _field(field: FieldChange) -> FieldOut:
    aspects = tuple(aspect.value for aspect in field.aspects)
    return FieldOut(field.change.value, field.path, field.type, field.type_before or UNSET, aspects or UNSET)
