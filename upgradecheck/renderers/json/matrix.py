"""The Matrix as JSON (design, section 4): one cell per ordered pair of minors."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import UNSET, UnsetType

from upgradecheck.model.changes import Matrix, MatrixCell
from upgradecheck.renderers.json.effects import ReasonOut, reason_out
from upgradecheck.renderers.json.plan import FORMAT_VERSION
from upgradecheck.renderers.json.stream import Rows, Write, json_object


class CellOut(msgspec.Struct, frozen=True, rename={"old": "from", "new": "to"}):
    """One pair; counts only where pods were given."""

    old: str
    new: str
    verdict: str
    restart: int | UnsetType
    safe: int | UnsetType
    unknown: int | UnsetType
    reasons: tuple[ReasonOut, ...]


def render_matrix(matrix: Matrix, write: Write = json_object) -> Iterator[str]:
    """The text of the matrix, cell by cell."""
    pods = () if matrix.pods is None else (("pods", matrix.pods),)
    return write(
        (
            ("format_version", FORMAT_VERSION),
            ("kind", "Matrix"),
            ("minors", [str(minor) for minor in matrix.minors]),
            *pods,
            ("cells", Rows(map(_cell, matrix.cells))),
        )
    )


def _cell(cell: MatrixCell) -> CellOut:
    counts = cell.counts
    return CellOut(
        old=str(cell.old),
        new=str(cell.new),
        verdict=cell.effect.value,
        restart=UNSET if counts is None else counts.restart,
        safe=UNSET if counts is None else counts.safe,
        unknown=UNSET if counts is None else counts.unknown,
        reasons=tuple(map(reason_out, cell.reasons)),
    )
