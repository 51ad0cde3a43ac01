"""Whole reports of whole plans, as people and scripts get them."""

from __future__ import annotations

import pytest

from tests.builders_plan import PLANS
from tests.unit.renderers.golden_files import FOLDER, assert_is_golden
from upgradecheck.renderers import Canvas, choose

CASES = [
    *(("table", name, width, f"table/{name}-{width}.txt") for name in PLANS for width in (80, 160)),
    *(("json", name, 80, f"json/{name}.json") for name in PLANS if name != "many-workloads"),
]


@pytest.mark.parametrize(("report", "name", "width", "golden"), CASES, ids=[case[3] for case in CASES])
def test_report_is_its_golden(report: str, name: str, width: int, golden: str) -> None:
    render = choose(report, "plan").render
    assert_is_golden("".join(render(PLANS[name], Canvas(width=width))), golden)


def test_every_golden_of_a_plan_belongs_to_a_plan() -> None:
    found = {path.relative_to(FOLDER).as_posix() for report in ("table", "json") for path in (FOLDER / report).iterdir()}
    others = {name for name in found if name.split("/")[1].startswith(("hashes", "versions", "matrix", "diff", "explain"))}
    assert found - others == {golden for *_, golden in CASES}


@pytest.mark.parametrize("name", sorted(set(PLANS) - {"hostile"}))
@pytest.mark.parametrize("width", [80, 160])
def test_the_answer_stands_in_the_first_ten_lines(name: str, width: int) -> None:
    render = choose("table", "plan").render
    head = "".join(render(PLANS[name], Canvas(width=width))).splitlines()[:10]
    words = {
        "nothing-restarts": "NO RESTARTS",
        "all-held": "NO RESTARTS",
        "all-unknown": "UNDETERMINED",
        "incomplete-but-safe": "UNDETERMINED",
        "empty": "NOTHING EXAMINED",
    }
    assert head[0].startswith(words.get(name, "RESTARTS"))
    assert any(line.startswith("kubelet ") and " -> " in line for line in head)


def test_color_adds_nothing_but_color() -> None:
    render = choose("table", "plan").render
    plain = "".join(render(PLANS["mixed"], Canvas(width=80)))
    colored = "".join(render(PLANS["mixed"], Canvas(width=80, color=True)))
    assert "\x1b[" not in plain
    assert "\x1b[1;31mRESTARTS\x1b[0m" in colored
    assert _without_color(colored) == plain


def _without_color(text: str) -> str:
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", text)
