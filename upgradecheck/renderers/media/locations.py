"""Where trackers of code put what is said of a cluster: at the file that was given, or at a path made of the object's names.

A plan does not keep which file a pod came from, let alone which line; so a file is named only where it is the one input, and by its
first line.
"""

from __future__ import annotations

from urllib.parse import quote

from upgradecheck.model.plan import Plan
from upgradecheck.renderers.media.safe_text import safe_text

_MANIFESTS = (".json", ".yaml", ".yml")


def only_file(plan: Plan) -> str | None:
    """The one manifest that was the input, as a relative reference; None where there were others, or a cluster."""
    inputs = plan.scope.inputs
    if plan.scope.cluster is not None or len(inputs) != 1 or not inputs[0].endswith(_MANIFESTS):
        return None
    return quote(safe_text(inputs[0]))


def path_of(place: tuple[str, ...]) -> str:
    """Names as a path that no reader takes for another."""
    return "/".join(quote(safe_text(part), safe="") or "-" for part in place)
