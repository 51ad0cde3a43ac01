"""Rules, listed and told in full."""

from __future__ import annotations

import pytest

from tests.unit.renderers.golden_files import assert_is_golden
from upgradecheck.model.plan import Severity
from upgradecheck.model.rules import RuleFacts, RuleList, Upstream
from upgradecheck.model.version import Minor
from upgradecheck.renderers import Canvas, choose

FIELDS = RuleFacts(
    id="UC902",
    title="Field newly seen",
    severity=Severity.WARNING,
    summary="A spec sets a field that the running kubelet does not know and the new one does, and the container restarts.",
    why="A kubelet drops what it does not know; see `core/v1`, and *nothing* else.",
    look="`upgradecheck diff FROM TO` lists the fields.",
    remedy="Drain the node before its upgrade, or schedule the restart.",
    since=Minor(1, 19),
    until=Minor(1, 30),
    sources=(
        Upstream("k8s.io/api", "v0.30.14", "core/v1/types.go"),
        Upstream("k8s.io/kubernetes", "v1.30.14", "pkg/kubelet/container/helpers.go", "HashContainer"),
    ),
)
EVIDENCE = RuleFacts(
    id="UC960",
    title="Recorded hash not reproduced",
    severity=Severity.ERROR,
    summary="A recorded hash is not that of the spec.",
    why="A verdict would be a guess.",
    look="The report's calibration says how many are.",
    remedy="Take all at one moment.",
)
BOUNDARY = RuleFacts(
    id="UC901",
    title="Boundary",
    severity=Severity.INFO,
    summary="All restart.",
    why="The algorithm moved.",
    look="See it.",
    remedy="Drain.",
    since=Minor(1, 16),
)
RECORDS = RuleFacts(
    id="UC912",
    title="Records",
    severity=Severity.INFO,
    summary="Some run again.",
    why="Records are gone.",
    look="See it.",
    remedy="Wait.",
    until=Minor(1, 20),
)
LISTED = RuleList((BOUNDARY, FIELDS, RECORDS, EVIDENCE), in_full=False)
IN_FULL = RuleList((FIELDS, EVIDENCE), in_full=True)


@pytest.mark.parametrize(
    ("told", "name", "golden"),
    [
        pytest.param(LISTED, "table", "table/rules-listed-80.txt", id="a list"),
        pytest.param(IN_FULL, "table", "table/rules-in-full-80.txt", id="each with all that is said of it"),
        pytest.param(LISTED, "markdown", "markdown/rules-listed.md", id="a list in Markdown"),
        pytest.param(IN_FULL, "markdown", "markdown/rules-in-full.md", id="pages in Markdown"),
    ],
)
def test_rules_are_their_golden(told: RuleList, name: str, golden: str) -> None:
    assert_is_golden("".join(choose(name, "rules").render(told, Canvas(width=80))), golden)
