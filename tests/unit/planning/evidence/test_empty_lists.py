"""Whose list an empty one would have been, and whether pods that run contradict it."""

from __future__ import annotations

import pytest

from upgradecheck.model.plan import Missing
from upgradecheck.planning.evidence.empty_lists import NOTHING_CONTRADICTED, Contradicted, contradicted

NODES = ("worker-1", "worker-11")


def told(name: str, containers: str, *nodes: str | None) -> Contradicted:
    reason = f"it is set aside: it lists none of the {containers} that run by the statuses of pods; take it again"
    return Contradicted((Missing(name, reason),), frozenset(nodes))


@pytest.mark.parametrize(
    ("name", "unlisted", "only", "expected"),
    [
        pytest.param("worker-1/ps.json", {"worker-1": 2}, None, told("worker-1/ps.json", "2 containers", "worker-1"), id="its node's run"),
        pytest.param("worker-11.json", {"worker-1": 2}, None, NOTHING_CONTRADICTED, id="another node's run"),
        pytest.param("ps.json", {"worker-1": 1}, "worker-1", told("ps.json", "1 container", "worker-1"), id="there is no other node"),
        pytest.param(
            "ps.json", {"worker-1": 1, "worker-11": 2}, None, told("ps.json", "3 containers", "worker-1", "worker-11"), id="it may be any's"
        ),
        pytest.param("ps.json", {None: 1}, None, told("ps.json", "1 container", None), id="no pod names its node"),
        pytest.param("ps.json", {"worker-1": 0}, "worker-1", NOTHING_CONTRADICTED, id="nothing runs by the statuses either"),
        pytest.param("ps.json", {}, "worker-1", NOTHING_CONTRADICTED, id="another list shows what runs"),
    ],
)
def test_what_an_empty_list_is_worth(name: str, unlisted: dict[str | None, int], only: str | None, expected: Contradicted) -> None:
    assert contradicted([name], unlisted, NODES, only) == expected
