"""What a runbook foretells of the way back, of the plan of the way there alone, against what the old kubelet did when it really ran again.

The lab recorded both ways with the same manifests. What it did to the node in between (a dead sandbox, a pod that admission refuses by then)
no plan of the way there can know.
"""

from __future__ import annotations

from functools import lru_cache

import pytest

from tests.builders import CATALOG
from tests.lab import comparing
from tests.lab.run import RECORDED
from tests.plans import plan_of, report_of
from upgradecheck.explaining.runbook.way_back import Back, fates

STOPPED = ("restarted", "recreated-with-pod")
KNOWN = {
    "default/sandbox-no-address-node-1/app": "its sandbox loses its address while no kubelet runs",
    **dict.fromkeys(
        (f"default/hash-{what}-node-1/app" for what in ("blank", "deleted", "prefixed")), "the lab takes the hash off its record"
    ),
}
"""What came otherwise, and why no plan of the way there can know."""

BOTH_WAYS = [("1.30.14", "1.31.0"), pytest.param("1.20.15", "1.22.17", marks=pytest.mark.long)]


@lru_cache
def foretold(old: str, new: str) -> dict[str, tuple[Back, str]]:
    """By container, what is foretold and what came."""
    made = plan_of(comparing.step_of(RECORDED / f"{old}-to-{new}"))
    back = RECORDED / f"{new}-to-{old}"
    pairs = comparing.compared(report_of(comparing.step_of(back)), comparing.observations(back))
    came = {pair.name: pair.came for pair in pairs}
    found = {f"{pod.namespace}/{pod.name}/{one.name}": fate for pod, one, fate in fates(made, CATALOG)}
    return {name: (fate, came[name]) for name, fate in found.items() if came.get(name) in (*STOPPED, "kept")}


@pytest.mark.parametrize(("old", "new"), BOTH_WAYS)
def test_what_came_was_foretold(old: str, new: str) -> None:
    found = foretold(old, new)
    missed = {name for name, (fate, came) in found.items() if fate is Back.KEPT and came in STOPPED}
    false_alarms = {name for name, (fate, came) in found.items() if fate is Back.RESTART and came == "kept"}
    assert (missed - set(KNOWN), false_alarms) == (set(), set())


def test_most_is_told() -> None:
    told = [fate for fate, _ in foretold("1.30.14", "1.31.0").values()]
    assert (told.count(Back.RESTART), told.count(Back.KEPT), told.count(Back.UNKNOWN)) == (79, 4, 0)
