"""``-o csv``: for spreadsheets; one row a container, hash, minor, pair or field, with a row of titles.

A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection): a pod may well be called
``=HYPERLINK(…)`` in a dump. Hashes are texts; tell the spreadsheet so, or it may read ``1e5`` as a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upgradecheck.model.changes import Matrix, SchemaDiff
from upgradecheck.model.hashlist import HashEntry
from upgradecheck.model.plan import Plan
from upgradecheck.model.versionlist import VersionList
from upgradecheck.renderers import Canvas, Renderer


def _plan(plan: Plan, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.csv.rows import plan_rows, written

    return written(plan_rows(plan))


def _hashes(entries: Iterable[HashEntry], canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.csv.rows import hash_rows, written

    return written(hash_rows(entries))


def _versions(versions: VersionList, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.csv.rows import version_rows, written

    return written(version_rows(versions))


def _matrix(matrix: Matrix, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.csv.rows import matrix_rows, written

    return written(matrix_rows(matrix))


def _diff(diff: SchemaDiff, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.csv.rows import diff_rows, written

    return written(diff_rows(diff))


RENDERER = Renderer(plan=_plan, hashes=_hashes, versions=_versions, matrix=_matrix, diff=_diff)
