"""``-o table``: for a person at a terminal; plain words, colour only as an addition to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upgradecheck.model.changes import Matrix, SchemaDiff
from upgradecheck.model.checkpoint import Checkpoint
from upgradecheck.model.diagnosis import Diagnosis
from upgradecheck.model.explanation import Explanation
from upgradecheck.model.hashlist import HashEntry
from upgradecheck.model.plan import Plan
from upgradecheck.model.versionlist import VersionList
from upgradecheck.renderers import Canvas, Renderer


def _plan(plan: Plan, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.table.plan import render_plan

    return render_plan(plan, canvas)


def _hashes(entries: Iterable[HashEntry], canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.table.hashes import render_hashes

    return render_hashes(entries, canvas)


def _versions(versions: VersionList, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.table.versions import render_versions

    return render_versions(versions, canvas)


def _matrix(matrix: Matrix, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.table.matrix import render_matrix

    return render_matrix(matrix, canvas)


def _diff(diff: SchemaDiff, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.table.diff import render_diff

    return render_diff(diff, canvas)


def _checkpoint(checkpoint: Checkpoint, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.table.checkpoint import render_checkpoint

    return render_checkpoint(checkpoint, canvas)


def _explanation(explanation: Explanation, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.table.explain import render_explanation

    return render_explanation(explanation, canvas)


def _diagnosis(diagnosis: Diagnosis, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.table.doctor import render_diagnosis

    return render_diagnosis(diagnosis, canvas)


RENDERER = Renderer(
    plan=_plan,
    hashes=_hashes,
    versions=_versions,
    matrix=_matrix,
    diff=_diff,
    checkpoint=_checkpoint,
    explanation=_explanation,
    diagnosis=_diagnosis,
    shows_input=True,
)
