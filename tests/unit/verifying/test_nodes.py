"""Which nodes run the new kubelet."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import as_version
from tests.builders_plan import pod
from tests.unit.verifying.world import (
    KEPT,
    NODE,
    SAFE,
    START,
    node,
    now,
    of_node,
    plan_of,
    seen,
)
from upgradecheck.model.aftermath import EventKind
from upgradecheck.model.times import SECOND
from upgradecheck.model.verification import NodeState, Result
from upgradecheck.verifying.after import Asked
from upgradecheck.verifying.verifying import verify


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param({}, (NodeState.UPGRADED, Result.HIT), id="the version that was planned for"),
        pytest.param({"nodes": [node("v1.31.9-gke.100")]}, (NodeState.UPGRADED, Result.HIT), id="another patch of that minor"),
        pytest.param({"nodes": [node("v1.30.14")]}, (NodeState.PENDING, Result.PENDING), id="the old version"),
        pytest.param({"nodes": [node("v1.32.0")]}, (NodeState.OTHER, Result.UNSEEN), id="neither"),
        pytest.param({"nodes": [node(None)]}, (NodeState.UNSEEN, Result.UNSEEN), id="a node that says no version"),
        pytest.param({"nodes": []}, (NodeState.UNSEEN, Result.UNSEEN), id="no Nodes were given"),
        pytest.param({"nodes": [node(name="node-b")]}, (NodeState.UNSEEN, Result.UNSEEN), id="a dump that lacks it"),
        pytest.param({"nodes": [node(name="node-b")], "everything": True}, (NodeState.GONE, Result.REPLACED), id="a cluster that lacks it"),
        pytest.param({"only": frozenset({"node-b"})}, (NodeState.PENDING, Result.PENDING), id="not looked at"),
        pytest.param(
            {"nodes": [], "asked": Asked(NODE, as_version("v1.31.4"), "6f1c2d3e")}, (NodeState.UPGRADED, Result.HIT), id="asked on the node"
        ),
    ],
)  # fmt: skip
def test_a_node(found: dict[str, Any], expected: tuple[NodeState, Result]) -> None:
    made = plan_of(pod("web-1", SAFE))
    done = verify(made, seen(made, [now(KEPT)], **found))
    assert (done.nodes[0].state, done.containers[0].result) == expected


@pytest.mark.parametrize(
    ("runs", "started", "expected"),
    [
        pytest.param("v1.31.9", None, NodeState.UPGRADED, id="the patch that was planned for"),
        pytest.param("v1.31.4", None, NodeState.PENDING, id="the one before"),
        pytest.param("v1.31.7", None, NodeState.OTHER, id="one between"),
    ],
)
def test_within_a_minor_the_patch_tells(runs: str, started: int | None, expected: NodeState) -> None:
    made = plan_of(pod("web-1", SAFE))
    versions = as_version("v1.31.4"), as_version("1.31.9")
    made = replace(made, nodes=tuple(replace(one, from_version=versions[0], to_version=versions[1]) for one in made.nodes))
    assert verify(made, seen(made, [now(KEPT)], [node(runs)])).nodes[0].state is expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([], NodeState.PENDING, id="nothing tells whether its kubelet was started anew"),
        pytest.param([of_node(EventKind.STARTING)], NodeState.UPGRADED, id="it was"),
        pytest.param([of_node(EventKind.STARTING, START - SECOND)], NodeState.PENDING, id="before the plan"),
    ],
)
def test_a_node_that_ran_the_new_version_before(events: list[Any], expected: NodeState) -> None:
    made = plan_of(pod("web-1", SAFE))
    made = replace(made, nodes=tuple(replace(one, from_version=as_version("v1.31.4")) for one in made.nodes))
    assert verify(made, seen(made, [now(KEPT)], events=events)).nodes[0].state is expected
