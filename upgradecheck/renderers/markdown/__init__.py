"""``-o markdown``: for a change ticket or a wiki (GitHub's dialect, tables and all).

Names from the cluster are shown as code, where nothing in them can become a link, an image, a mention or HTML; sentences are
escaped character by character (see ``escaping``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upgradecheck.model.changes import Matrix, SchemaDiff
from upgradecheck.model.explanation import Explanation
from upgradecheck.model.hashlist import HashEntry
from upgradecheck.model.plan import Plan
from upgradecheck.model.versionlist import VersionList
from upgradecheck.renderers import Canvas, Renderer


def _plan(plan: Plan, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.markdown.plan import render_plan

    return render_plan(plan)


def _hashes(entries: Iterable[HashEntry], canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.markdown.lists import render_hashes

    return render_hashes(entries)


def _versions(versions: VersionList, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.markdown.lists import render_versions

    return render_versions(versions)


def _matrix(matrix: Matrix, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.markdown.changes import render_matrix

    return render_matrix(matrix)


def _diff(diff: SchemaDiff, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.markdown.changes import render_diff

    return render_diff(diff)


def _explanation(explanation: Explanation, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.markdown.explain import render_explanation

    return render_explanation(explanation)


RENDERER = Renderer(plan=_plan, hashes=_hashes, versions=_versions, matrix=_matrix, diff=_diff, explanation=_explanation)
