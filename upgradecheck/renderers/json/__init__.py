"""``-o json``: the contracts that scripts hold the program to (design, section 4)."""

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
    from upgradecheck.renderers.json.plan import render_plan

    return render_plan(plan)


def _hashes(entries: Iterable[HashEntry], canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.json.hashes import render_hashes

    return render_hashes(entries)


def _versions(versions: VersionList, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.json.versions import render_versions

    return render_versions(versions)


def _matrix(matrix: Matrix, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.json.matrix import render_matrix

    return render_matrix(matrix)


def _diff(diff: SchemaDiff, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.json.diff import render_diff

    return render_diff(diff)


def _checkpoint(checkpoint: Checkpoint, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.json.checkpoint import render_checkpoint

    return render_checkpoint(checkpoint)


def _explanation(explanation: Explanation, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.json.explain import render_explanation

    return render_explanation(explanation)


def _diagnosis(diagnosis: Diagnosis, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.json.doctor import render_diagnosis

    return render_diagnosis(diagnosis)


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
