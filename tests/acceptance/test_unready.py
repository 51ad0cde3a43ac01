"""A node that is not ready beside one that is, with pods that are alike on both."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

from tests.bench.fleet import fleet
from tests.builders import Document, node, raw
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.model.plan import PlannedContainer, Verdict
from upgradecheck.model.reasons import Reason

NODES = {"ready": "True", "stopped": "Unknown"}


def world(into: Path) -> PlanRequest:
    documents: list[Document] = []
    for name, status in NODES.items():
        shown = node(name, "v1.22.1")
        shown["status"]["conditions"] = [{"type": "Ready", "status": status}]
        documents.append(shown)
    for place in range(40):
        pod = deepcopy(next(fleet(1)))
        pod["metadata"] |= {"name": f"p-{place}", "uid": f"u-{place}"}
        pod["spec"]["nodeName"] = sorted(NODES)[place % 2]
        documents.append(pod)
    path = into / "dump.json"
    path.write_bytes(b'{"apiVersion":"v1","kind":"List","items":[' + b",".join(map(raw, documents)) + b"]}")
    return PlanRequest((str(path),), to_version="1.22.17")


def containers_of(request: PlanRequest, name: str) -> list[PlannedContainer]:
    return [one for pod in make_plan(request).pods if pod.node == name for one in pod.containers]


def test_only_where_somebody_looks_it_is_known_that_nothing_was_changed(tmp_path: Path) -> None:
    request = world(tmp_path)
    ready, stopped = containers_of(request, "ready"), containers_of(request, "stopped")
    assert len(ready) == len(stopped) >= 20
    assert {(one.verdict, one.reason) for one in ready} == {(Verdict.SAFE, Reason.HASH_EQUAL)}
    assert {(one.verdict, one.reason) for one in stopped} == {(Verdict.UNKNOWN, Reason.NODE_NOT_READY)}


def test_what_restarts_restarts_whoever_looked(tmp_path: Path) -> None:
    request = world(tmp_path)
    ready = containers_of(PlanRequest(request.files, to_version="1.31.0"), "ready")
    stopped = containers_of(PlanRequest(request.files, to_version="1.31.0"), "stopped")
    assert [one.verdict for one in ready] == [one.verdict for one in stopped]
    assert {one.verdict for one in ready} == {Verdict.RESTART}
