"""What --from supposes and no node reports: a way back asked about before the upgrade, and what records then tell."""

from __future__ import annotations

import pytest

from tests.builders import Document, node, pod, record, recorded_by, with_new_probe_field, with_sidecar
from tests.unit.planning.world import built, decided, setting
from upgradecheck.model.plan import Calibration, Grade, Verdict
from upgradecheck.planning.deciding import LEFT_UNCHANGED
from upgradecheck.reporting.report import report_of

SAME = pod()


@pytest.mark.parametrize(
    ("document", "reported", "start", "target", "carries", "expected"),
    [
        pytest.param(
            SAME,
            "v1.30.14",
            "1.31.0",
            "1.30.14",
            "1.30.14",
            (Verdict.RESTART, Grade.ESTIMATED, 0, 1),
            id="a way back restarts what it made",
        ),
        pytest.param(
            SAME,
            "v1.30.14",
            "1.31.0",
            "1.32.3",
            "1.30.14",
            (Verdict.RESTART, Grade.RECORDED, 0, 1),
            id="a record is not better for a supposition",
        ),
        pytest.param(
            SAME, "v1.31.0", "1.30.14", "1.31.0", "1.31.0", (Verdict.RESTART, Grade.ESTIMATED, 0, 1), id="an upgrade that has been made"
        ),
        pytest.param(
            SAME, "v1.29.9", "1.30.14", "1.31.0", "1.29.9", (Verdict.RESTART, Grade.RECORDED, 1, 0), id="both make the same hash of it"
        ),
        pytest.param(
            SAME,
            "v1.31.0",
            "1.30.14",
            "1.31.0",
            "1.30.14",
            (Verdict.RESTART, Grade.RECORDED, 1, 0),
            id="the node object is newer than its list",
        ),
        pytest.param(
            SAME, "v1.30.14", "1.31.0", "1.30.14", None, (Verdict.UNKNOWN, Grade.RECORDED, 0, 0), id="nobody makes the hash that it carries"
        ),
    ],
)
def test_records_under_what_the_node_reports(
    document: Document, reported: str, start: str, target: str, carries: str | None, expected: tuple[Verdict, Grade, int, int]
) -> None:
    records = [recorded_by(carries, document)] if carries else [record(SAME, hash_text="1")]
    found = decided(document, records=records, nodes=[node(version=reported)], start=start, target=target)
    (container,) = found.pod.containers
    assert (container.verdict, container.evidence.grade, found.reproduced, found.supposed) == expected


@pytest.mark.parametrize(
    ("reported", "start", "target", "carries", "expected"),
    [
        pytest.param("v1.30.14", "1.31.0", "1.30.14", "1.30.14", (Verdict.SAFE, Grade.RECORDED, 0), id="back to who made it"),
        pytest.param("v1.31.0", "1.30.14", "1.31.0", "1.31.0", (Verdict.SAFE, Grade.RECORDED, 0), id="it carries what the new one makes"),
        pytest.param("v1.20.15", "1.20.15", "1.30.14", "1.30.14", (Verdict.SAFE, Grade.RECORDED, 0), id="whoever was said to run before"),
        pytest.param("v1.30.14", "1.31.0", "1.32.3", "1.30.14", (Verdict.RESTART, Grade.RECORDED, 0), id="neither of the two made it"),
        pytest.param("v1.30.14", "1.30.14", "1.31.0", "1.30.14", (Verdict.RESTART, Grade.RECORDED, 1), id="an upgrade as any other"),
        pytest.param("v1.30.14", "1.31.0", "1.30.14", None, (Verdict.UNKNOWN, Grade.RECORDED, 0), id="nobody makes what it carries"),
    ],
)
def test_at_rest_records_are_what_the_new_kubelet_finds(
    reported: str, start: str, target: str, carries: str | None, expected: tuple[Verdict, Grade, int]
) -> None:
    """No kubelet comes in between, who would leave its own hashes: what --from supposes tells at most who made them."""
    document = with_new_probe_field(SAME)
    records = [recorded_by(carries, document)] if carries else [record(document, hash_text="1")]
    found = decided(document, records=records, nodes=[node(version=reported)], start=start, target=target, stopped=True)
    (container,) = found.pod.containers
    assert (container.verdict, container.evidence.grade, found.reproduced) == expected
    assert LEFT_UNCHANGED not in found.notes, "nobody is there who left it so"


def test_a_kind_that_the_supposed_kubelet_does_not_compare_keeps_its_record() -> None:
    document = with_sidecar(pod(), "mesh")
    found = decided(
        document, records=[recorded_by("1.30.14", document, "mesh")], nodes=[node(version="v1.30.14")], start="1.31.0", target="1.32.3"
    )
    assert [one.evidence.grade for one in found.pod.containers if one.name == "mesh"] == [Grade.RECORDED]


def test_the_report_says_that_it_is_a_way_back() -> None:
    found = decided(SAME, records=[recorded_by("1.30.14", SAME)], nodes=[node(version="v1.30.14")], start="1.31.0", target="1.30.14")
    plan = built([found], setting(node(version="v1.30.14"), start="1.31.0", target="1.30.14"))
    assert plan.calibration == Calibration(0, 1, None, of_reported=1)
    report = report_of(plan)
    assert report.answer.sentence.endswith(
        "killed by the new kubelet. This is the way back from 1.31.0, before it runs: 1 node reports 1.30.14."
    )
    (line,) = [one.line for one in report.basis if one.label == "Calibration"]
    assert line[-1] == "; 1 is of the version that nodes report, and proves nothing safe once another runs"
    assert not any(finding.rule in ("UC060", "UC064") for finding in plan.findings)


def test_without_a_word_for_it_nothing_is_supposed() -> None:
    found = decided(SAME, records=[recorded_by("1.30.14", SAME)], nodes=[node(version="v1.30.14")], target="1.31.0")
    plan = built([found], setting(node(version="v1.30.14"), target="1.31.0"))
    assert (plan.calibration.of_reported, plan.nodes[0].reported) == (0, None)
    assert "report" not in report_of(plan).answer.sentence
