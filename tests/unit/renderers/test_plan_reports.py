"""Whole reports of whole plans, as people and scripts get them: one golden for each format and plan."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.builders import CATALOG
from tests.builders_plan import PLANS
from tests.unit.renderers.golden_files import FOLDER, assert_is_golden
from tests.unit.renderers.pages import without_assets
from upgradecheck.renderers import Canvas, choose, formats_of

ENDING: Mapping[str, str] = {
    "csv": "csv", "gitlab": "json", "html": "html", "json": "json", "junit": "xml", "markdown": "md", "prometheus": "prom", "runbook": "md", "sarif": "sarif", "yaml": "yaml",
}  # fmt: skip
IN_A_RUNBOOK = ("all-held", "empty", "mixed")
"""It says what the others say, and what to do: some tell the rest."""
CASES = [
    (report, name, width, f"{report}/plan-{name}{f'-{width}' if report == 'table' else ''}.{ENDING.get(report, 'txt')}")
    for report in formats_of("plan")
    for name in PLANS
    for width in ((80, 160) if report == "table" else (80,))
    if report != "runbook" or name in IN_A_RUNBOOK
    if name != "many-workloads" or report not in ("csv", "html", "json", "junit", "yaml")  # a row for each of 478 containers, all alike
]


def rendered(report: str, name: str, width: int = 80, *, color: bool = False) -> str:
    text = "".join(choose(report, "plan").render(PLANS[name], Canvas(width=width, color=color, catalog=CATALOG)))
    return without_assets(text) if report == "html" else text


@pytest.mark.parametrize(("report", "name", "width", "golden"), CASES, ids=[case[3] for case in CASES])
def test_report_is_its_golden(report: str, name: str, width: int, golden: str) -> None:
    assert_is_golden(rendered(report, name, width), golden)


def test_every_golden_of_a_plan_belongs_to_a_plan() -> None:
    found = {path.relative_to(FOLDER).as_posix() for report in formats_of("plan") for path in (FOLDER / report).glob("plan-*")}
    assert found == {golden for *_, golden in CASES}


@pytest.mark.parametrize("name", sorted(set(PLANS) - {"hostile"}))
@pytest.mark.parametrize("width", [80, 160])
def test_the_answer_and_the_gate_stand_in_the_first_ten_lines(name: str, width: int) -> None:
    head = rendered("table", name, width).splitlines()[:10]
    words = {
        "nothing-restarts": "NO RESTARTS",
        "all-held": "NO RESTARTS",
        "live": "NO RESTARTS",
        "all-unknown": "UNDETERMINED",
        "incomplete-but-safe": "UNDETERMINED",
        "zero-all-the-same": "UNDETERMINED",
        "empty": "NOTHING EXAMINED",
        "suppressed": "ALL SUPPRESSED",
        **dict.fromkeys(("below-coverage", "only-hazards", "estimates-refused"), "CONDITION NOT MET"),
    }
    assert head[0].startswith(words.get(name, "RESTARTS"))
    assert any(line.startswith(f"Exit code {PLANS[name].exit_code}") for line in head)
    assert any("kubelet " in line and " -> " in line for line in head)


def test_color_adds_nothing_but_color() -> None:
    plain, colored = (rendered("table", "mixed", color=color) for color in (False, True))
    assert "\x1b[" not in plain
    assert "\x1b[1;31mRESTARTS\x1b[0m" in colored
    assert _without_color(colored) == plain


def _without_color(text: str) -> str:
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", text)
