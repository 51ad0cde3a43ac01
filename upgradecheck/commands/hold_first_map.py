"""The first map of a proxy that ``override hold`` is to write: a plan of no pods, which overrides nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from upgradecheck.commands.hold_request import HoldRequest
from upgradecheck.commands.holding import as_json
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.override.hold.place import MAP, keep

_NO_PODS = '{"apiVersion":"v1","kind":"PodList","metadata":{},"items":[]}'
_ANY = "1.30.14"
"""Of a plan of no pods the versions say nothing."""


def make_first_map(request: HoldRequest) -> tuple[str, bool]:
    """Where it is, and whether it was made: one that is there stays, whatever it says.

    Raises:
        PlaceRefused, PlaceBusy, NoLocks, NotSaved: it cannot be kept.
    """
    path = request.file(MAP)
    if Path(path).exists():
        return path, False
    with tempfile.TemporaryDirectory() as folder:
        pods = Path(folder, "pods.json")
        pods.write_text(_NO_PODS)
        plan = make_plan(PlanRequest(files=(str(pods),), from_version=_ANY, to_version=_ANY, override=True, exit_zero=True))
    keep(path, as_json(plan))
    return path, True
