"""How far stops reach, from documents as kubectl writes them: against a count by hand of drawn fleets, which knows of no code of ours.

Budgets are written as people write them, in numbers and in percentages, and what their status says is computed as the disruption controller
does (pkg/controller/disruption/disruption.go, getExpectedPodCount and getExpectedScale: a percentage is of all pods that are expected, and is rounded up, for
maxUnavailable too). A status from before the last change says nothing.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from tests.drawing import tried
from tests.unit.cli.test_one_screen import Document, node, pod
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.reporting.radius import Radius
from upgradecheck.reporting.report import Report, report_of

NODES = tuple(f"ip-10-0-0-{number}.eu-central-1.compute.internal" for number in range(4))
NAMES, TIERS = ("db", "web", "web-api"), ("front", "back")
OLD, NEW = "v1.30.14", "v1.31.14"


class Placed(NamedTuple):
    """A pod: of which Deployment, in which tier, on which node."""

    app: str
    tier: str
    node: str


class Kept(NamedTuple):
    """A budget. selector: what it asks for of app and tier; limit: minAvailable or maxUnavailable; stale: its status is an old one."""

    name: str
    selector: dict[str, str]
    limit: tuple[str, int | str]
    stale: bool

    def selects(self, one: Placed) -> bool:
        return all(getattr(one, key) == value for key, value in self.selector.items())

    def wanted(self, expected: int) -> int:
        member, value = self.limit
        number = value if isinstance(value, int) else math.ceil(int(value.rstrip("%")) * expected / 100)
        return number if member == "minAvailable" else max(0, expected - number)


class Fleet(NamedTuple):
    """done: nodes whose kubelet is the new one already, where nothing stops."""

    pods: list[Placed]
    budgets: list[Kept]
    done: set[str]

    def documents(self) -> list[Document]:
        found = [with_version(node(name), NEW if name in self.done else OLD) for name in NODES]
        for number, one in enumerate(self.pods):
            made = pod(f"Deployment/{one.app}", number, one.node)
            made["metadata"]["labels"] = {"app": one.app, "tier": one.tier}
            found.append(made)
        return [*found, *map(self._budget, self.budgets)]

    def _budget(self, one: Kept) -> Document:
        expected = sum(map(one.selects, self.pods))
        wanted = one.wanted(expected)
        status = {"currentHealthy": expected, "desiredHealthy": wanted, "expectedPods": expected}
        return {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": one.name, "namespace": "billing", "generation": 3},
            "spec": {one.limit[0]: one.limit[1], "selector": {"matchLabels": one.selector}},
            "status": {
                **status,
                "observedGeneration": 2 if one.stale else 3,
                "disruptionsAllowed": max(0, expected - wanted),
            },
        }


def with_version(document: Document, version: str) -> Document:
    document["status"]["nodeInfo"]["kubeletVersion"] = version
    return document


LIMITS = st.tuples(
    st.sampled_from(("minAvailable", "maxUnavailable")), st.one_of(st.integers(0, 4), st.integers(0, 100).map(lambda number: f"{number}%"))
)
SELECTORS = st.sampled_from([{"app": name} for name in NAMES] + [{"tier": tier} for tier in TIERS] + [{"app": "web", "tier": "front"}, {}])


@st.composite
def fleets(draw: st.DrawFn) -> Fleet:
    pods = draw(st.lists(st.builds(Placed, *map(st.sampled_from, (NAMES, TIERS, NODES))), min_size=1, max_size=12))
    budgets = [Kept(f"pdb-{number}", draw(SELECTORS), draw(LIMITS), draw(st.booleans())) for number in range(draw(st.integers(0, 3)))]
    return Fleet(pods, budgets, draw(st.sets(st.sampled_from(NODES), max_size=2)))


def reported(fleet: Fleet) -> tuple[Report, Any]:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "fleet.json")
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": fleet.documents()}))
        made = make_plan(PlanRequest((str(file),), to_version="1.31"))
    return report_of(made), made


def by_hand(fleet: Fleet) -> dict[str, tuple[Radius, int, int]]:
    """By Deployment, how far it reaches, how many stop at once where that is worst, and how many run."""
    exceeded, found = exceeded_by_hand(fleet), {}
    for app in {one.app for one in fleet.pods}:
        running = [one for one in fleet.pods if one.app == app]
        stopping = [one for one in running if one.node not in fleet.done]
        if not stopping:
            continue
        worst = max(Counter(one.node for one in stopping).values())
        selected = any(one.name in exceeded and any(map(one.selects, stopping)) for one in fleet.budgets)
        reach = Radius.WHOLE if worst == len(running) else Radius.BUDGET if selected else Radius.SOME
        found[app] = reach, worst, len(running)
    return found


def exceeded_by_hand(fleet: Fleet) -> set[str]:
    """Budgets of which a node stops more than may go."""
    found = set()
    for budget in fleet.budgets:
        selected = [one for one in fleet.pods if budget.selects(one)]
        room = max(0, len(selected) - budget.wanted(len(selected)))
        for name in set(NODES) - fleet.done:
            if not budget.stale and sum(one.node == name for one in selected) > room:
                found.add(budget.name)
    return found


@tried(60)
@given(fleet=fleets())
def test_drawn_fleets_as_they_are_dumped(fleet: Fleet) -> None:
    report, plan = reported(fleet)
    rows = {hit.workload.name: (hit.radius, hit.at_once, hit.running) for hits in report.impact.hits.values() for hit in hits}
    assert rows == by_hand(fleet)
    exceeded = exceeded_by_hand(fleet)
    assert report.impact.budgets == len(exceeded)
    assert {one.object.name for one in plan.findings if one.rule == "UC041"} == exceeded
    unknown = {room.name for hits in report.impact.hits.values() for hit in hits for room in hit.budgets if room.allowed is None}
    down = [one for one in fleet.pods if one.node not in fleet.done]
    assert unknown == {one.name for one in fleet.budgets if one.stale and any(map(one.selects, down))}


def test_a_percentage_is_rounded_up() -> None:
    """Of three pods half may go: the controller wants two of three, or lets two of three go."""
    pods = [Placed("web", "front", NODES[0])] * 2 + [Placed("web", "front", NODES[1])]
    kept = [
        Kept("least", {"app": "web"}, ("minAvailable", "50%"), stale=False),
        Kept("most", {"app": "web"}, ("maxUnavailable", "50%"), stale=False),
    ]
    assert [one.wanted(3) for one in kept] == [2, 1]
    report, _ = reported(Fleet(pods, kept, set()))
    assert {room.name: (room.at_once, room.allowed, room.exceeded) for room in report.impact.hits[Radius.BUDGET][0].budgets} == {
        "least": (2, 1, True),
        "most": (2, 2, False),
    }
