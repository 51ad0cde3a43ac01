"""Where trackers of code put what is said of a cluster: at the file that was given, or at a path made of the object's names.

A plan keeps the file and the line of what was read as a manifest. Of what a dump shows the file is named where it is the one input, by its
first line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
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


class Place(NamedTuple):
    """A file as it is called, as a relative reference, and the line where something stands in it."""

    file: str
    uri: str
    line: int = 1


class Files:
    """Where things are told that have a file: by their names, from the namespace down, as far as the name."""

    def __init__(self, plan: Plan) -> None:
        only = only_file(plan)
        self._only = None if only is None else Place(plan.scope.inputs[0], only)
        self._files = _by_name(plan)

    def of(self, names: tuple[str, ...]) -> Place | None:
        """The place of what was read as a manifest, else the only input."""
        return self._files.get(names[:3], self._only)

    def manifest(self, names: tuple[str, ...]) -> Place | None:
        """The place of what was read as a manifest."""
        return self._files.get(names[:3])


def _by_name(plan: Plan) -> Mapping[tuple[str, ...], Place]:
    found: dict[tuple[str, ...], Place] = {}
    for pod in plan.pods:
        if pod.file is not None and pod.file != _STDIN and "://" not in pod.file:
            place = Place(pod.file, quote(safe_text(pod.file)), pod.line or 1)
            found.setdefault((pod.namespace, pod.workload.kind, pod.workload.name), place)
            found.setdefault((pod.namespace, "Pod", pod.name), place)
    return found


def path_of(place: tuple[str, ...]) -> str:
    """Names as a path that no reader takes for another."""
    return "/".join(quote(safe_text(part), safe="") or "-" for part in place)
