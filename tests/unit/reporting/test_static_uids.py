"""What is said of UIDs of static pods: beside the hashes, of each node, and where none is reproduced."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders_plan import container, plan, pod
from upgradecheck.model.plan import Calibration, Evidence, Finding, Grade, ObjectRef, Plan, Severity, StaticUIDs
from upgradecheck.model.pod import PodSource
from upgradecheck.renderers import Canvas, choose
from upgradecheck.renderers.media.plain import said
from upgradecheck.reporting.report import report_of


def with_uids(reproduced: int, recorded: int, grade: Grade = Grade.RECORDED) -> Plan:
    """Of one node with a static pod, and a pod of the API that only --from speaks for."""
    static = pod("web-node-a", container("app", evidence=Evidence(grade)), source=PodSource.FILE)
    made = plan(static, pod("api-1", container("app", evidence=Evidence(Grade.ESTIMATED))))
    known = Calibration(1, 1, StaticUIDs(reproduced, recorded))
    return replace(made, calibration=known, nodes=tuple(replace(node, calibration=known, evidence={grade: 1}) for node in made.nodes))


@pytest.mark.parametrize(
    ("told", "sure", "evidence"),
    [
        pytest.param(
            with_uids(2, 2),
            "1 recorded, 1 estimated (on the word of --from alone)",
            "1 recorded; 1/1 reproduced; 2/2 static UIDs",
            id="all are reproduced",
        ),
        pytest.param(
            with_uids(1, 2),
            "1 recorded, 1 estimated (on the word of --from alone)",
            "1 recorded; 1/1 reproduced; 1/2 static UIDs",
            id="one is, which proves the node",
        ),
        pytest.param(
            with_uids(0, 2, Grade.ESTIMATED),
            "1 estimated (on the word of --from alone), 1 estimated (static pods of which no UID is reproduced)",
            "1 estimated; 1/1 reproduced; 0/2 static UIDs",
            id="none is",
        ),
    ],
)
def test_what_is_said(told: Plan, sure: str, evidence: str) -> None:
    report = report_of(told)
    assert report.answer.sure == sure
    assert [group.evidence for group in report.nodes] == [evidence]


UC018 = Finding("UC018", Severity.WARNING, ObjectRef("Kubelet", "1.22.17"), "Another one made them.", "Look.")


@pytest.mark.parametrize(
    ("told", "line"),
    [
        pytest.param(with_uids(2, 2), "2 of 2 static UIDs reproduced under 1.22.17", id="all is well"),
        pytest.param(
            with_uids(0, 2),
            "0 of 2 static UIDs reproduced under 1.22.17: another directory or node name, manifests that were edited, or a build with other "
            "types than its release",
            id="none is, and nothing tells why",
        ),
        pytest.param(
            replace(with_uids(0, 2), findings=(replace(UC018, severity=Severity.INFO),)),
            "0 of 2 static UIDs reproduced under 1.22.17: another directory or node name, manifests that were edited, or a build with other "
            "types than its release",
            id="none is any minor's, as a note says",
        ),
        pytest.param(
            replace(with_uids(0, 2), findings=(UC018,)),
            "0 of 2 static UIDs reproduced under 1.22.17: another kubelet made them (UC018)",
            id="another kubelet's",
        ),
    ],
)
def test_what_they_rest_on(told: Plan, line: str) -> None:
    (basis,) = (one for one in report_of(told).basis if one.label == "Static UIDs")
    assert said(basis.line) == line
    assert basis.doubt is (told.calibration.static_uids != StaticUIDs(2, 2))


def test_nodes_whose_uids_are_not_all_reproduced_stand_apart() -> None:
    found = with_uids(2, 2)
    (node,) = found.nodes
    doubtful = replace(node, name="node-b", calibration=Calibration(1, 1, StaticUIDs(0, 2)))
    assert [group.names for group in report_of(replace(found, nodes=(node, doubtful))).nodes] == [("node-a",), ("node-b",)]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("wide", "STATIC UIDS"),
        ("wide", "  1/2  "),
        ("table", "1 of 2 static UIDs reproduced"),
        ("markdown", "1 of 2 static UIDs reproduced"),
        ("json", '"static_uids":{"reproduced":1,"recorded":2}'),
        ("yaml", "reproduced: 1\n"),
        ("prometheus", "upgradecheck_reproduced_static_uids 1\n"),
    ],
)
def test_each_format_that_tells_of_hashes_tells_of_uids(name: str, line: str) -> None:
    text = "".join(choose(name, "plan").render(with_uids(1, 2), Canvas()))
    assert line in text
