"""``plan --checkpoint``: a history written by hand tells the same as a recorded one, and no bytes in its place ever make anything safe."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders import (
    Document,
    as_version,
    crictl_ps,
    listed,
    node,
    on_node,
    pod,
    recorded_by,
    seen_by_kubelet,
    with_new_probe_field,
    with_sidecar,
)
from tests.drawing import tried
from tests.unit.checkpoint.samples import NEXT
from tests.unit.checkpoint.samples import checkpoint as sample
from upgradecheck.cli import main
from upgradecheck.commands import plan as pipeline
from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.formats.checkpoint import encode_checkpoint
from upgradecheck.model.checkpoint import KubeletStart, NodeIdentity
from upgradecheck.model.plan import Evidence, Grade, HistoryCheck, Plan, PlannedContainer, Verdict
from upgradecheck.model.reasons import Reason

BY_HAND = """\
node: worker-1
history:
  - {kubeletVersion: v1.19.16, startTime: 2024-01-10T08:00:00Z}
  - {kubeletVersion: v1.20.15, startTime: 2024-06-02T21:30:00Z}
"""
"""The design's example; docs/checkpoint.md shows it too."""

STARTS = (("v1.19.16", "2024-01-10T08:00:00Z"), ("v1.20.15", "2024-06-02T21:30:00Z"))
GOOD = encode_checkpoint(sample(node=NodeIdentity("worker-1")))


def started(document: Document, time: str) -> Document:
    """Every container of the pod runs since then."""
    return json.loads(json.dumps(document).replace("2026-03-01T10:00:00Z", time))  # type: ignore[no-any-return]


def pods() -> list[Document]:
    """Pods of three ages, with a field that 1.21 is the first to hash, so that creators differ; one has a sidecar."""
    ages = {"old": "2023-05-01T00:00:00Z", "first": "2024-02-01T00:00:00Z", "second": "2024-07-01T00:00:00Z"}
    base = with_new_probe_field(with_sidecar(pod(), "mesh"))
    return [started({**base, "metadata": {**base["metadata"], "name": name, "uid": f"u-{name}"}}, time) for name, time in ages.items()]


def planned(
    folder: Path, documents: Sequence[Document], checkpoint: str | None, *, start: str | None = "1.20.15", to: str = "1.22.17"
) -> Plan:
    (folder / "pods.json").write_text(json.dumps(listed(*documents)))
    return pipeline.make_plan(
        pipeline.PlanRequest(files=(str(folder / "pods.json"),), from_version=start, to_version=to, checkpoint=checkpoint)
    )


def containers(plan: Plan) -> dict[tuple[str, str], PlannedContainer]:
    return {(one.name, container.name): container for one in plan.pods for container in one.containers}


def told(plan: Plan) -> dict[tuple[str, str], tuple[Verdict, Reason, Evidence]]:
    return {key: (one.verdict, one.reason, one.evidence) for key, one in containers(plan).items()}


def test_docs_and_design_show_this_history() -> None:
    text = (Path(__file__).parents[2] / "docs" / "checkpoint.md").read_text()
    lines = [line.strip() for line in BY_HAND.splitlines()]
    assert [line for line in lines if line not in [each.strip() for each in text.splitlines()]] == []


def test_a_sealed_history_gives_the_same_plan_as_a_recorded_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "history.yaml").write_text(BY_HAND)
    sealed, recorded = str(tmp_path / "sealed"), str(tmp_path / "recorded")
    assert main(["checkpoint", "seal", str(tmp_path / "history.yaml"), sealed]) == 0
    for version, time in STARTS:
        words = ["--kubelet-version", version, "--start", time, "--node", "worker-1", "--checkpoint", recorded]
        assert main(["checkpoint", "record", *words]) == 0
    capsys.readouterr()
    plans = [planned(tmp_path, [*pods(), node(version="v1.20.15")], place) for place in (sealed, recorded)]
    assert plans[0] == plans[1]
    assert plans[0].findings == plans[1].findings
    by_start = {key: one.evidence.creator for key, one in containers(plans[0]).items() if key[1] == "app"}
    assert by_start == {("old", "app"): None, ("first", "app"): "1.19", ("second", "app"): "1.20"}


def test_without_a_node_the_history_takes_the_place_of_from(tmp_path: Path) -> None:
    """What --from alone would estimate, the history tells, or leaves open with the two facts in the way."""
    (tmp_path / "checkpoint").write_bytes(GOOD)
    documents = pods()
    estimated = {one.evidence.grade for one in containers(planned(tmp_path, documents, None)).values() if one.name == "app"}
    assert estimated == {Grade.ESTIMATED}
    found = containers(planned(tmp_path, documents, str(tmp_path / "checkpoint")))
    assert {key: (one.reason, one.evidence.grade, one.evidence.by_history) for key, one in found.items() if key[1] == "app"} == {
        ("old", "app"): (Reason.HISTORY_BEFORE, Grade.UNKNOWN, True),
        ("first", "app"): (Reason.HASH_CHANGED, Grade.INFERRED, True),
        ("second", "app"): (Reason.HASH_CHANGED, Grade.INFERRED, True),
    }
    assert [(fact.kind.value, fact.version) for fact in found["old", "app"].facts] == [
        ("container-started", None),
        ("history-begins", "v1.19.16"),
    ]


def hangs(plan: Plan) -> set[tuple[str, str]]:
    """Running containers without record whose hash is only estimated, and those of which even that cannot be said."""
    weak = (Grade.ESTIMATED, Grade.UNKNOWN)
    return {key for key, one in containers(plan).items() if one.evidence.grade in weak and one.verdict is not Verdict.NOT_COMPARED}


def safe(plan: Plan) -> set[tuple[str, str]]:
    return {key for key, one in containers(plan).items() if one.verdict is Verdict.SAFE}


damaged = st.one_of(
    st.binary(max_size=400),
    st.tuples(st.integers(0, len(GOOD) - 1), st.integers(1, 255)).map(
        lambda at: GOOD[: at[0]] + bytes([GOOD[at[0]] ^ at[1]]) + GOOD[at[0] + 1 :]
    ),
    st.integers(0, len(GOOD) - 1).map(lambda end: GOOD[:end]),
    st.binary(min_size=1, max_size=9).map(lambda tail: GOOD + tail),
)


@pytest.mark.parametrize("reported", [pytest.param(True, id="the Node is given"), pytest.param(False, id="--from is given")])
@given(data=damaged)
@settings(tried(20), derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_whatever_bytes_are_there_nothing_becomes_safe(tmp_path: Path, data: bytes, *, reported: bool) -> None:
    documents = [pod(), *pods(), *([node(version="v1.20.15")] if reported else [])]
    start = None if reported else "1.20.15"
    (tmp_path / "good").write_bytes(GOOD)
    (tmp_path / "bad").write_bytes(data)
    without = planned(tmp_path, documents, None, start=start, to="1.21.14")
    good = planned(tmp_path, documents, str(tmp_path / "good"), start=start, to="1.21.14")
    bad = planned(tmp_path, documents, str(tmp_path / "bad"), start=start, to="1.21.14")
    assert safe(bad) <= safe(without) | safe(good)
    assert all(containers(bad)[key].verdict is Verdict.UNKNOWN for key in hangs(without))
    assert not bad.complete
    assert bad.exit_code in (2, 3)
    assert [finding.rule for finding in bad.findings if finding.rule == "UC050"] == ["UC050"]


def test_a_damaged_file_with_a_good_backup_tells_as_before(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(GOOD)
    (tmp_path / "bad").write_bytes(GOOD[:-9])
    (tmp_path / "bad.bak").write_bytes(GOOD)
    good, bad = (planned(tmp_path, pods(), str(tmp_path / name)) for name in ("good", "bad"))
    assert told(good) == told(bad)
    assert bad.complete


def test_a_live_place_that_others_can_write_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "checkpoint"
    place.write_bytes(GOOD)
    (tmp_path / "checkpoint.lock").touch()
    place.chmod(0o666)
    plan = planned(tmp_path, pods(), str(place))
    (finding,) = (finding for finding in plan.findings if finding.rule == "UC050")
    assert (plan.complete, finding.remedy.partition(" ")[0]) == (False, "Look")


def test_recorded_hashes_test_the_history(tmp_path: Path) -> None:
    """One that it would have told otherwise sets it aside: what hangs on it is unknown."""
    history = (*sample().history, replace(NEXT, feature_gates=None))
    (tmp_path / "checkpoint").write_bytes(encode_checkpoint(sample(history, NodeIdentity("worker-1"))))
    tested = json.loads(json.dumps(pods()[2]).replace("id-of-", "id-of-tested-"))
    other = started(with_sidecar(pod(), "mesh"), "2024-07-02T00:00:00Z")
    record = {**recorded_by("1.22.17", tested), "id": "id-of-tested-app", "createdAt": str(nanoseconds("2024-07-01T00:00:00Z", ""))}
    (tmp_path / "crictl-ps.json").write_text(json.dumps(crictl_ps(record)))
    (tmp_path / "pods.json").write_text(json.dumps(listed(tested, other)))
    files = (str(tmp_path / "pods.json"), str(tmp_path / "crictl-ps.json"))
    base = pipeline.PlanRequest(files=files, from_version="1.22.17", to_version="1.23.17", checkpoint=str(tmp_path / "checkpoint"))
    plan = pipeline.make_plan(base)
    assert plan.history == HistoryCheck(agrees=0, contradicts=1, silent=0)
    assert [finding.object.name for finding in plan.findings if finding.rule == "UC050"] == ["worker-1"]
    assert (plan.complete, plan.exit_code) == (False, 3)
    assert containers(plan)["web-7d9f-x2x1z", "app"].reason is Reason.HISTORY_CONTRADICTS
    alone = pipeline.make_plan(replace(base, files=files[:1]))
    assert containers(alone)["web-7d9f-x2x1z", "app"].verdict is Verdict.SAFE


def test_a_spec_that_names_no_node_is_not_hashed_for_a_history(tmp_path: Path) -> None:
    """Where the status alone does, what its kubelets would have written is not known."""
    (tmp_path / "checkpoint").write_bytes(GOOD)
    spec, seen = on_node(pods()[1], None), seen_by_kubelet(pods()[1])
    del spec["status"]
    other = on_node(pod(uid="u-other"), "worker-2")
    told_by_from = containers(planned(tmp_path, [spec, seen, other], str(tmp_path / "checkpoint")))["first", "app"]
    assert (told_by_from.verdict, told_by_from.reason) == (Verdict.UNKNOWN, Reason.HISTORY_NOT_COMPUTABLE)


@pytest.mark.parametrize(
    ("newest", "expected"),
    [
        pytest.param("v1.29.15", (Verdict.RESTART, Reason.HASH_CHANGED), id="all that can have created it hash in the old way"),
        pytest.param("v1.31.0", (Verdict.UNKNOWN, Reason.HISTORY_BEFORE), id="but not the newer one that ran before a downgrade"),
    ],
)
def test_a_downgrade_leaves_more_creators_than_those_up_to_from(newest: str, expected: tuple[Verdict, Reason], tmp_path: Path) -> None:
    """A sidecar, which 1.30 does not compare and 1.32 does, older than the history."""
    times = (nanoseconds("2024-01-10T08:00:00Z", ""), nanoseconds("2024-02-10T08:00:00Z", ""))
    history = (KubeletStart(as_version(newest), times[0]), KubeletStart(as_version("v1.30.14"), times[1]))
    (tmp_path / "checkpoint").write_bytes(encode_checkpoint(sample(history, NodeIdentity("worker-1"))))
    documents = [started(with_sidecar(pod(), "mesh"), "2023-05-01T00:00:00Z"), node(version="v1.30.14")]
    found = containers(planned(tmp_path, documents, str(tmp_path / "checkpoint"), start=None, to="1.32.13"))["web-7d9f-x2x1z", "mesh"]
    assert (found.verdict, found.reason) == expected


def test_the_request_of_the_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tests.builders_plan import nothing_restarts

    asked: list[Any] = []

    def make_plan(request: pipeline.PlanRequest) -> Plan:
        asked.append(request)
        return replace(nothing_restarts())

    monkeypatch.setattr(pipeline, "make_plan", make_plan)
    assert main(["plan", "--to", "1.31", "-f", "pods.json", "--checkpoint", "checkpoints/"]) == 0
    assert asked == [pipeline.PlanRequest(files=("pods.json",), to_version="1.31", checkpoint="checkpoints/")]
