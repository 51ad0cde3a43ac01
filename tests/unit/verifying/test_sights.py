"""Views of a container that differ: a runtime's list beside a status, or alone."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.unit.verifying.world import (
    KEPT,
    KEPT_STATIC,
    LATER,
    NEW,
    OLD,
    RESTARTED,
    SAFE,
    STOPS,
    node,
    now,
    plan_of,
    record,
    seen,
    verified,
)
from upgradecheck.model.aftermath import PodNow
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Computed
from upgradecheck.model.pod import Absent, PodSource, Recorded, RunState, View
from upgradecheck.model.verification import Came, Result
from upgradecheck.verifying.verifying import verify


@pytest.mark.parametrize(
    ("pods", "records", "expected"),
    [
        pytest.param([], [record()], (Result.HIT, Came.KEPT), id="a runtime's list alone"),
        pytest.param([], [record(OLD, RunState.EXITED), record(NEW, attempt=1, created_at=LATER)], (Result.MISS, Came.RESTARTED), id="which has both"),
        pytest.param([], [record(OLD, RunState.EXITED)], (Result.UNSEEN, Came.ENDED), id="which has its end, and not why"),
        pytest.param([now(RESTARTED)], [record()], (Result.MISS, Came.RESTARTED), id="a list from before the upgrade beside a status from after"),
        pytest.param([now(KEPT)], [record(NEW, attempt=1, created_at=LATER)], (Result.MISS, Came.RESTARTED), id="a status that lags behind"),
        pytest.param([], [record(NEW, pod_uid="uid-of-web-2", pod_name="web-2")], (Result.UNSEEN, None), id="a list of another node, say"),
    ],
)  # fmt: skip
def test_records(pods: list[PodNow], records: list[Any], expected: tuple[Result, Came | None]) -> None:
    row = verified(SAFE, *pods, records=records)
    assert (row.result, row.came) == expected


@pytest.mark.parametrize(
    ("carries", "computes", "expected"),
    [
        pytest.param(Recorded(Hash(2)), (1, 2), Result.HIT, id="the new kubelet has made it"),
        pytest.param(Recorded(Hash(1)), (1, 2), Result.UNSEEN, id="the old one has made it, after an end of its own"),
        pytest.param(Recorded(Hash(1)), (1, 1), Result.UNSEEN, id="one of the two"),
        pytest.param(Absent(), (1, 2), Result.UNSEEN, id="somebody"),
    ],
)
def test_a_runtimes_list_alone_tells_of_a_hit_by_the_hash(carries: Recorded | Absent, computes: tuple[int, int], expected: Result) -> None:
    predicted = replace(STOPS, computed=Computed(*map(Hash, computes)))
    records = [record(OLD, RunState.EXITED), record(NEW, attempt=1, created_at=LATER, hash=carries)]
    assert verified(predicted, records=records).result is expected
    assert verified(predicted, now(RESTARTED), records=records).result is Result.HIT


def test_static_pods_of_one_uid_on_two_nodes_are_told_apart() -> None:
    """Up to 1.20 equal manifests have one; the runtime's lists do not say of which node they are, container IDs do."""
    pods = tuple(
        replace(KEPT_STATIC, name=f"etcd-{name}", node=name, uid="one", containers=(replace(SAFE, container_id=identity),))
        for name, identity in (("node-a", OLD), ("node-b", NEW))
    )
    made = plan_of(*pods)
    records = [
        record(OLD, pod_uid="one", pod_name="etcd-node-a"),
        record("c" * 64, pod_uid="one", pod_name="etcd-node-b", created_at=LATER),
    ]
    views = [
        now(
            replace(RESTARTED, container_id="c" * 64), uid="one", name="etcd-node-b", node="node-b", view=View.MIRROR, source=PodSource.FILE
        )
    ]
    rows = verify(made, seen(made, views, [node(), node(name="node-b")], records)).containers
    assert [row.result for row in rows] == [Result.HIT, Result.MISS]
