"""Which static pods a step between kubelets gives another UID, in words: shared by the formats that people read.

Paths are those of manifests. What holds of containers holds of init and ephemeral ones as well, so only the former are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from upgradecheck.model.changes import Change, MatrixCell, SchemaDiff, StaticPodEffect, UIDChange, UIDField
from upgradecheck.model.schema import StaticPodUID, UIDHasher, UIDInput
from upgradecheck.model.wording import count
from upgradecheck.reporting.effects import enumerated

FIELDS_HEADING = "FIELDS OF STATIC PODS"
FIELDS_NOTE = "what the UID is a sum of: + new, - gone, ~ changed; containers[] are init and ephemeral ones, too"
STEPS_NOTE = "without metadata.uid in the manifest: who gets another UID, and is recreated"

_HASHER: Mapping[UIDHasher, str] = {UIDHasher.MD5: "MD5", UIDHasher.FNV128A: "FNV-1a 128"}
_INPUT: Mapping[UIDInput, str] = {
    UIDInput.POD: "the pod",
    UIDInput.NODE: "node name",
    UIDInput.SOURCE: "file path",
}
_LIKE_CONTAINERS = (
    "spec.initContainers[]",
    "spec.ephemeralContainers[]",
    "status.initContainerStatuses[]",
    "status.ephemeralContainerStatuses[]",
)


class ShownField(msgspec.Struct, frozen=True):
    """One place of a field of a static pod, and what is said of it."""

    change: Change
    path: str
    note: str


def static_pods(diff: SchemaDiff) -> str:
    """What becomes of static pods, in one sentence."""
    old, new = _uid(diff.old.static_pod_uid), _uid(diff.new.static_pod_uid)
    made = new if old == new else f"{diff.old.version}: {old}; {diff.new.version}: {new}"
    return f"Without metadata.uid in the manifest their UID is made by the kubelet ({made}): {_recreated(diff.static_pods)}."


def shown_fields(effect: StaticPodEffect) -> Iterator[ShownField]:
    """Every place of every field that is printed otherwise; where every pod is touched, of those that touch every pod."""
    by_path: dict[str, list[UIDField]] = {}
    for field in effect.fields or ():
        if not field.holders or effect.change is not UIDChange.ALL:
            for path in _told(field.paths):
                by_path.setdefault(path, []).append(field)
    for path, fields in by_path.items():
        yield from _shown(path, fields)


def left_out(effect: StaticPodEffect) -> str:
    """What is not among the fields that are shown; empty for nothing."""
    more = sum(bool(field.holders) for field in effect.fields or ()) if effect.change is UIDChange.ALL else 0
    return f"and {count(more, 'field')} that only some pods print: -o json lists all" if more else ""


def who(effect: StaticPodEffect) -> str:
    """Those that get another UID."""
    match effect.change:
        case UIDChange.ALL:
            return "every one"
        case UIDChange.CONDITIONAL:
            return f"only those that have {enumerated(_told(effect.because), 'or')}"
        case UIDChange.NONE:
            return "none"


def steps_alike(cells: Iterable[MatrixCell]) -> Iterator[tuple[UIDChange, str]]:
    """The pairs by what they do to static pods; those that touch some with whom they touch, one by one."""
    pairs: dict[UIDChange, list[str]] = {change: [] for change in UIDChange}
    some: list[str] = []
    for cell in cells:
        step = f"{cell.old} -> {cell.new}"
        if cell.static_pods.change is UIDChange.CONDITIONAL:
            some.append(f"{step}: {who(cell.static_pods)}")
        else:
            pairs[cell.static_pods.change].append(step)
    told = (", ".join(pairs[UIDChange.ALL]), *some, ", ".join(pairs[UIDChange.NONE]))
    changes = (UIDChange.ALL, *(UIDChange.CONDITIONAL for _ in some), UIDChange.NONE)
    return ((change, line) for change, line in zip(changes, told, strict=True) if line)


def _uid(rule: StaticPodUID) -> str:
    return f"{_HASHER[rule.hasher]} of {enumerated([_INPUT[part] for part in rule.input], 'and')}"


def _recreated(effect: StaticPodEffect) -> str:
    match effect.change:
        case UIDChange.ALL:
            return "every one gets another and is recreated"
        case UIDChange.CONDITIONAL:
            return f"{who(effect)} get another and are recreated"
        case UIDChange.NONE:
            return "none changes"


def _shown(path: str, fields: list[UIDField]) -> Iterator[ShownField]:
    """One that both have, each in another struct or under another name, is one that changed."""
    added, removed = ([field for field in fields if field.change is change] for change in (Change.ADDED, Change.REMOVED))
    if len(fields) == 2 and added and removed:
        yield ShownField(Change.CHANGED, path, f"{added[0].field} instead of {removed[0].field}, since {added[0].since}")
        return
    for field in fields:
        yield ShownField(field.change, path, f"{field.field}, since {field.since}")


def _told(paths: tuple[str, ...]) -> list[str]:
    """Without those that say of other containers what is said of containers."""
    kept = [path for path in paths if not path.startswith(_LIKE_CONTAINERS)]
    return kept or list(paths)
