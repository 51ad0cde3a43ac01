"""Plans that several tests look at: each is made once in a process, and whoever asks for the same gets the same frozen value.

The tests of one recorded step go to one process (``scheduling``), whichever file they stand in, so that is once in a run.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.model.plan import Plan
from upgradecheck.renderers import Canvas, choose

Json = dict[str, Any]


@lru_cache(maxsize=16)
def plan_of(request: PlanRequest) -> Plan:
    """The plan."""
    return make_plan(request)


@lru_cache(maxsize=16)
def report_of(request: PlanRequest) -> Json:
    """The plan as ``-o json`` writes it; nobody may change it."""
    found: Json = json.loads("".join(choose("json", "plan").render(plan_of(request), Canvas())))
    return found
