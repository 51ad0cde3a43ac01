"""The Matrix as JSON (design, section 4): one cell per ordered pair of minors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from upgradecheck.contract.parts import Count, FormatVersion, Lines, Part, members, said, taken
from upgradecheck.contract.v1.effect_reasons import EffectReasonJson
from upgradecheck.contract.v1.plan import MissingJson
from upgradecheck.contract.v1.static_effects import SANDBOXES, StaticPodEffectJson
from upgradecheck.contract.values import MinorName
from upgradecheck.model.changes import Effect, Matrix, MatrixCell, SandboxLoss

_COUNTS = ("restart", "safe", "unknown")
_ALL_OR_NONE = {"dependentRequired": {one: [other for other in _COUNTS if other != one] for one in _COUNTS}}


class CellJson(Part, frozen=True, rename={"old": "from", "new": "to", "effect": "verdict"}, kw_only=True):
    """One pair; counts only where pods were given."""

    old: MinorName
    new: MinorName
    effect: Annotated[Effect, said("Of the versions alone, whatever pods are given")]
    restart: Annotated[Count | None, said("Of the pods given, containers that restart if from had started them")] = None
    safe: Count | None = None
    unknown: Count | None = None
    reasons: tuple[EffectReasonJson, ...]
    static_pod_uid: StaticPodEffectJson
    sandboxes: Annotated[tuple[SandboxLoss, ...], said(SANDBOXES)] = ()


class MatrixJson(Part, frozen=True, kw_only=True):
    """Which unchanged containers restart, for every ordered pair of minors; a minor stands for its newest known patch."""

    format_version: FormatVersion
    kind: Literal["Matrix"]
    minors: tuple[MinorName, ...]
    pods: Annotated[Count | None, said("How many pods were counted, of templates by their replicas; absent if none were given")] = None
    complete: Annotated[bool | None, said("False where something of them was not seen; absent if none were given")] = None
    missing: Annotated[tuple[MissingJson, ...], said("What was not seen, and why; left out for nothing")] = ()
    cells: Lines[Annotated[CellJson, Meta(extra_json_schema=_ALL_OR_NONE)]]


DOCUMENT = MatrixJson


def of(matrix: Matrix) -> Iterator[tuple[str, object]]:
    """The members of the matrix, cell by cell."""
    return members(MatrixJson, matrix, missing=taken(matrix.missing, tuple[MissingJson, ...]), cells=map(_cell, matrix.cells))


def _cell(cell: MatrixCell) -> CellJson:
    counts = cell.counts
    return CellJson(
        old=MinorName(cell.old),
        new=MinorName(cell.new),
        effect=cell.effect,
        restart=None if counts is None else counts.restart,
        safe=None if counts is None else counts.safe,
        unknown=None if counts is None else counts.unknown,
        reasons=taken(cell.reasons, tuple[EffectReasonJson, ...]),
        static_pod_uid=StaticPodEffectJson(cell.static_pods.change, cell.static_pods.because),
        sandboxes=cell.sandboxes,
    )
