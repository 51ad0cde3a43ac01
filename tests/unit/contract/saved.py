"""Plans as files."""

from __future__ import annotations

from tests.builders import CATALOG
from upgradecheck.commands.matrix import between
from upgradecheck.contract.kept import put_back
from upgradecheck.contract.v1.plan import of
from upgradecheck.contract.v1.plan_reading import SavedPlan
from upgradecheck.model.plan import Plan
from upgradecheck.renderers import Canvas, choose
from upgradecheck.renderers.json.stream import json_object


def saved(plan: Plan) -> bytes:
    """The plan as ``-o json`` writes it."""
    return "".join(json_object(of(plan))).encode()


def again(raw: bytes) -> bytes:
    """A saved plan, read and written again with all that it holds."""
    found = SavedPlan(raw)
    return "".join(json_object(put_back(of(found.plan()), found.kept()))).encode()


def reported(plan: Plan, name: str) -> str:
    """The plan in some format."""
    return "".join(choose(name, "plan").render(plan, Canvas(width=100, matrix=between, catalog=CATALOG)))
