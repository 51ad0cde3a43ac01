"""A node that lived through five real kubelets: what its checkpoint tells of its containers is what their hidden records say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.lab import comparing, run
from tests.lab.kubelets import found
from tests.lab.living import RENEWED
from tests.lab.outcomes import LABEL, latest
from tests.unit.verifying.world import looked_at
from upgradecheck.checkpoint import load
from upgradecheck.commands import plan as pipeline
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Grade, Plan, PlannedContainer, Verdict
from upgradecheck.model.times import SECOND, rfc3339
from upgradecheck.model.verification import Result
from upgradecheck.planning.seeing.statics import made_by_kubelet
from upgradecheck.verifying.verifying import verify

VERSIONS = ("1.20.15", "1.22.17", "1.30.14", "1.31.0", "1.34.1")
NEXT = dict(pairwise((*VERSIONS, "1.36.4")))

every_stage = pytest.mark.parametrize("stage", VERSIONS)


@dataclass(frozen=True)
class Hidden:
    """A running container's record, which the plan is not given; its creator is the kubelet that had started last when it was created."""

    identity: str
    hash: Hash
    creator: str


def hidden(folder: Path) -> dict[tuple[str, str], Hidden]:
    checkpoint = load(folder / "checkpoint").checkpoint
    assert checkpoint is not None
    told: dict[tuple[str, str], Hidden] = {}
    for one in latest(comparing.read(folder / "crictl-ps.json")["containers"]):
        if one["state"] == "CONTAINER_RUNNING":
            ran = [start.kubelet_version for start in checkpoint.history if start.start_time <= int(one["createdAt"])]
            key = (one["labels"][LABEL + "pod.name"], one["labels"][LABEL + "container.name"])
            told[key] = Hidden(one["id"], Hash.parse(one["annotations"][LABEL + "container.hash"]), str(ran[-1].minor))
    return told


def planned(stage: str, *files: str, checkpoint: bool = True, **options: Any) -> Plan:
    folder = run.LIVED / stage
    request = pipeline.PlanRequest(
        files=tuple(str(folder / name) for name in files),
        to_version=NEXT[stage],
        static_pods=str(folder / "manifests"),
        checkpoint=str(folder / "checkpoint") if checkpoint else None,
        **options,
    )
    return pipeline.make_plan(request)


def containers(plan: Plan) -> dict[tuple[str, str], PlannedContainer]:
    return {(pod.name, container.name): container for pod in plan.pods for container in pod.containers}


@every_stage
@pytest.mark.parametrize("reported", [pytest.param(True, id="the Node is given"), pytest.param(False, id="--from is given")])
def test_what_is_inferred_is_what_was_recorded(stage: str, *, reported: bool) -> None:
    plan = planned(stage, "kubelet-pods.json", *(["nodes.json"] if reported else []), from_version=None if reported else stage)
    records, told = hidden(run.LIVED / stage), containers(plan)
    assert told.keys() == records.keys()
    unproved = {pod.name for pod in plan.pods if made_by_kubelet(pod.uid)}  # in a directory that nobody told
    for key, container in told.items():
        allowed = (Grade.INFERRED, Grade.UNKNOWN, Grade.ESTIMATED) if key[0] in unproved else (Grade.INFERRED, Grade.UNKNOWN)
        assert container.evidence.grade in allowed
        assert container.evidence.hash in (records[key].hash, None)
        assert container.evidence.creator in (records[key].creator, None)
    assert plan.complete
    assert all(container.evidence.hash is not None for container in told.values())


@every_stage
def test_records_and_history_agree(stage: str) -> None:
    plan = planned(stage, "kubelet-pods.json", "nodes.json", "crictl-ps.json")
    assert plan.history is not None
    assert (plan.history.agrees, plan.history.contradicts) == (len(hidden(run.LIVED / stage)), 0)
    assert [finding for finding in plan.findings if finding.rule == "UC050"] == []


@pytest.mark.parametrize(("stage", "after"), list(pairwise(VERSIONS)))
def test_the_next_kubelet_does_what_was_planned_without_records(stage: str, after: str) -> None:
    now, later = hidden(run.LIVED / stage), hidden(run.LIVED / after)
    ended = RENEWED + after.replace(".", "-")
    for (pod, name), container in containers(planned(stage, "kubelet-pods.json", "nodes.json")).items():
        if name == ended or container.verdict is Verdict.NOT_COMPARED:
            continue
        kept = (pod, name) in later and later[pod, name].identity == now[pod, name].identity
        assert container.verdict is not Verdict.UNKNOWN
        assert kept is (container.verdict is Verdict.SAFE), (pod, name)


@pytest.mark.parametrize(("stage", "after"), list(pairwise(VERSIONS)))
def test_verify_finds_no_miss_and_no_false_alarm(stage: str, after: str, tmp_path: Path) -> None:
    """The lab itself ends one container under the next kubelet: with an error, so that nothing tells whose doing it was; nobody's miss."""
    plan = planned(stage, "kubelet-pods.json", "nodes.json", "crictl-ps.json")
    files = tuple(str(run.LIVED / after / name) for name in ("kubelet-pods.json", "crictl-ps.json"))
    found = verify(plan, looked_at(plan, (*files, written_at_its_start(after, tmp_path / "nodes.json"))))
    ended = RENEWED + after.replace(".", "-")
    assert {one.result for one in found.containers if one.container != ended} == {Result.HIT}
    assert {one.result for one in found.containers if one.container == ended} <= {Result.HIT, Result.UNSEEN}
    assert found.exit_code == (3 if found.summary.unseen else 0)


def written_at_its_start(stage: str, path: Path) -> str:
    """The Node with when its kubelet wrote it, as a kubelet with an API server does once it has started; these had none."""
    checkpoint = load(run.LIVED / stage / "checkpoint").checkpoint
    assert checkpoint is not None
    started = rfc3339(checkpoint.history[-1].start_time // SECOND * SECOND)
    nodes = comparing.read(run.LIVED / stage / "nodes.json")
    for node in nodes["items"]:
        node["status"]["conditions"] = [{"type": "Ready", "status": "True", "lastHeartbeatTime": started}]
    path.write_text(json.dumps(nodes))
    return str(path)


def test_sidecars_hang_on_the_checkpoint() -> None:
    """1.31 does not compare them; which of two kubelets started each, nothing but the checkpoint tells."""

    def verdicts(plan: Plan) -> list[Verdict]:
        (pod,) = (pod for pod in plan.pods if pod.name.startswith("sidecars"))
        return [container.verdict for container in pod.containers]

    files = ("kubelet-pods.json", "nodes.json")
    assert verdicts(planned("1.31.0", *files)) == [Verdict.RESTART, Verdict.SAFE, Verdict.SAFE]
    assert verdicts(planned("1.31.0", *files, checkpoint=False)) == [Verdict.UNKNOWN, Verdict.UNKNOWN, Verdict.SAFE]


@pytest.mark.node
def test_a_life_goes_as_recorded(tmp_path: Path) -> None:
    problem = run.refusal()
    if problem:
        pytest.skip(problem)
    if not all(map(found, VERSIONS)):
        pytest.skip(f"kubelets are not built; python -m tests.lab.kubelets {' '.join(VERSIONS)} builds them")
    run.live(VERSIONS, run.LIFE, tmp_path)
    for stage in VERSIONS:
        lived, recorded = hidden(tmp_path / stage), hidden(run.LIVED / stage)
        assert {key: (one.hash, one.creator) for key, one in lived.items()} == {
            key: (one.hash, one.creator) for key, one in recorded.items()
        }
