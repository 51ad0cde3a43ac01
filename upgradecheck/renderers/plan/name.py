"""What ends, one name a line, for a script to go on with: ``namespace/pod/container``.

No output means that nothing of what was seen restarts but what an ignore entry accepts; the exit code tells whether everything was seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.plan import GONE, Plan
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.safe_text import safe_text

FOR_MACHINES = True


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """A pod that ends as a whole and whose containers are not known is ``namespace/pod``."""
    return (f"{name}\n" for name in names(plan))


def names(plan: Plan) -> Iterator[str]:
    """The same, without the ends of lines."""
    for pod in plan.pods:
        who = f"{safe_text(pod.namespace)}/{safe_text(pod.name)}"
        if not pod.containers and pod.verdict in GONE:
            yield who
        for container in pod.containers:
            if container.verdict in GONE:
                yield f"{who}/{safe_text(container.name)}"
