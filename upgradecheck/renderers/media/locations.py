"""Where trackers of code put what is said of a cluster: at the file that was given, or at a path made of the object's names.

A plan keeps the file of what was read as a manifest, but not the line, so the first is named. Of what a dump shows the file is named
where it is the one input.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from upgradecheck.model.plan import Plan
from upgradecheck.renderers.media.safe_text import safe_text

_STDIN = "-"
_MANIFESTS = (".json", ".yaml", ".yml")


def only_file(plan: Plan) -> str | None:
    """The one manifest that was the input, as a relative reference; None where there were others, or a cluster."""
    inputs = plan.scope.inputs
    if plan.scope.cluster is not None or len(inputs) != 1 or not inputs[0].endswith(_MANIFESTS):
        return None
    return quote(safe_text(inputs[0]))


class Files:
    """Where things are told that have a file: by their names, from the namespace down, as far as the name."""

    def __init__(self, plan: Plan) -> None:
        self._only, self._files = only_file(plan), _by_name(plan)

    def of(self, place: tuple[str, ...]) -> str | None:
        """The file as a relative reference."""
        named = self._files.get(place[:3])
        return self._only if named is None else quote(safe_text(named))

    def told(self, place: tuple[str, ...]) -> str | None:
        """The file as it is called."""
        return self._files.get(place[:3])


def _by_name(plan: Plan) -> Mapping[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for pod in plan.pods:
        if pod.file is not None and pod.file != _STDIN and "://" not in pod.file:
            found.setdefault((pod.namespace, pod.workload.kind, pod.workload.name), pod.file)
            found.setdefault((pod.namespace, "Pod", pod.name), pod.file)
    return found


def path_of(place: tuple[str, ...]) -> str:
    """Names as a path that no reader takes for another."""
    return "/".join(quote(safe_text(part), safe="") or "-" for part in place)
