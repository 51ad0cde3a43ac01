"""What `explain` tells of a pod beside what is told of it when all pods are planned, both as JSON."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from tests.plans import Keeping
from upgradecheck.commands.explain import ExplainRequest, explained, make_explanation
from upgradecheck.commands.plan import Planned, PlanRequest, planned
from upgradecheck.commands.targets import resolve
from upgradecheck.model.errors import UsageError
from upgradecheck.model.explanation import Explanation
from upgradecheck.renderers import Canvas, choose


def of_all(request: PlanRequest) -> Planned:
    """The plan of all pods, each with what it was made of."""
    return planned(request, Keeping())


def answers(request: PlanRequest, target: str, whole: Planned) -> tuple[str, str]:
    """What is told of a pod, and what is when all are planned; but for the notices, which count the pods that a plan is of."""
    try:
        meant = resolve(target, whole.plan.pods)
    except UsageError as error:
        with pytest.raises(type(error)) as raised:
            make_explanation(ExplainRequest(request, target))
        return str(raised.value).partition("the scope.")[0], str(error).partition("the scope.")[0]  # near are those that were planned
    told = make_explanation(ExplainRequest(request, target))
    return as_json(told), as_json(explained(whole, meant.pod, meant.container, CATALOG))


def as_json(told: Explanation) -> str:
    return "".join(choose("json", "explain").render(replace(told, notices=()), Canvas()))
