"""``-o name``: what a script goes on with, one name a line. Of a plan what ends (``namespace/pod/container``), of versions the minors.

No output means that nothing of what was seen restarts; the exit code tells whether everything was seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.plan import Plan
from upgradecheck.model.versionlist import VersionList
from upgradecheck.renderers import Canvas, Renderer


def _plan(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """A pod that ends as a whole and whose containers are not known is ``namespace/pod``."""
    from upgradecheck.renderers.safe_text import safe_text
    from upgradecheck.renderers.table.words import GONE

    for pod in plan.pods:
        who = f"{safe_text(pod.namespace)}/{safe_text(pod.name)}"
        if not pod.containers and pod.verdict in GONE:
            yield f"{who}\n"
        for container in pod.containers:
            if container.verdict in GONE:
                yield f"{who}/{safe_text(container.name)}\n"


def _versions(versions: VersionList, canvas: Canvas) -> Iterator[str]:
    from upgradecheck.renderers.safe_text import safe_text

    for minor in versions.minors:
        yield f"{minor.minor}\n"
    for explained in versions.explained:
        yield f"{safe_text(explained.release)}\n"


RENDERER = Renderer(plan=_plan, versions=_versions)
