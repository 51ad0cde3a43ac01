"""``-o yaml``: the JSON contracts as YAML, member by member and element by element, so that no large report is held whole.

What other readers of YAML might take for a number or a boolean is quoted: YAML 1.1 and 1.2 disagree about ``1e5``, which may
well be a hash, and about ``y``.
"""

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
    from upgradecheck.renderers.yaml.stream import yaml_document

    return render_plan(plan, yaml_document)


def _hashes(entries: Iterable[HashEntry], canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.json.hashes import render_hashes
    from upgradecheck.renderers.yaml.stream import yaml_document

    return render_hashes(entries, yaml_document)


def _versions(versions: VersionList, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.json.versions import render_versions
    from upgradecheck.renderers.yaml.stream import yaml_document

    return render_versions(versions, yaml_document)


def _matrix(matrix: Matrix, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.json.matrix import render_matrix
    from upgradecheck.renderers.yaml.stream import yaml_document

    return render_matrix(matrix, yaml_document)


def _diff(diff: SchemaDiff, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.json.diff import render_diff
    from upgradecheck.renderers.yaml.stream import yaml_document

    return render_diff(diff, yaml_document)


def _checkpoint(checkpoint: Checkpoint, canvas: Canvas) -> Iterator[str]:
    """The form by hand, not the JSON as YAML: what is exported so can be edited and sealed again."""
    from upgradecheck.formats.checkpoint_history import history_text

    yield history_text(checkpoint)


def _explanation(explanation: Explanation, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.json.explain import render_explanation
    from upgradecheck.renderers.yaml.stream import yaml_document

    return render_explanation(explanation, yaml_document)


def _diagnosis(diagnosis: Diagnosis, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.json.doctor import render_diagnosis
    from upgradecheck.renderers.yaml.stream import yaml_document

    return render_diagnosis(diagnosis, yaml_document)


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
