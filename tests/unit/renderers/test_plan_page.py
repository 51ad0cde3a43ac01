"""The plan's page: what it asks of a browser, what names can do to it, and that its data is the plan's rows."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders_plan import PLANS, many_workloads, plan, pod, restarting
from tests.drawing import tried
from tests.unit.renderers.pages import read, rows_of, text_of
from tests.unit.renderers.strategies import HOSTILE, plans
from upgradecheck.commands.matrix import between
from upgradecheck.model.plan import Evidence, Grade, Plan, Verdict
from upgradecheck.model.pod import Workload
from upgradecheck.model.reasons import Reason
from upgradecheck.renderers import Canvas, choose
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.appendix import appendix_rows

_PLAIN = Canvas()


def page_of(what: Plan, canvas: Canvas = _PLAIN) -> str:
    return "".join(choose("html", "plan").render(what, canvas))


@cache
def mixed() -> str:
    return page_of(PLANS["mixed"], Canvas(matrix=between))


def test_nothing_runs_but_the_one_style_and_the_one_script_that_the_policy_names() -> None:
    told = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', mixed())
    assert told is not None
    policy = dict(part.split(" ", 1) for part in told[1].replace("&#39;", "'").split("; "))
    for name, element in (("style-src", "style"), ("script-src", "script")):
        (inside,) = re.findall(rf"<{element}>(.*?)</{element}>", mixed(), re.DOTALL)
        assert policy.pop(name) == f"'sha256-{base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()}'"
    assert policy == {"default-src": "'none'", "img-src": "data:", "base-uri": "'none'", "form-action": "'none'"}
    attributes = set(chain.from_iterable(names for _, names in read(mixed()).tags))
    assert not {name for name in attributes if name == "style" or name.startswith("on")}


def test_nothing_is_asked_of_a_network() -> None:
    assert set(re.findall(r'(?:href|src|data|action)="([^"#][^"]{0,15})', mixed())) == {"data:image/svg+x"}
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|WebSocket|import\(", mixed())


@pytest.mark.parametrize(
    "name", [*HOSTILE, "</script><script>alert(1)</script>", "</style>", "<!--<script>", "' onx='", '" onx="', "{{ 7*7 }}", "&lt;"]
)
def test_a_name_stays_a_name(name: str) -> None:
    """Whatever the names are, the page has the same elements with the same attributes."""
    page = page_of(_named(name))
    assert read(page).tags == read(page_of(_named("honest"))).tags
    assert not read(page).comments
    assert safe_text(name) in text_of(page)


def _named(name: str) -> Plan:
    one = pod(name, restarting(name), namespace=name, node=name)
    return plan(replace(one, workload=Workload(name, name), uid=name), notices=(name,))


@tried(8)
@given(what=plans())
def test_its_data_is_the_rows(what: Plan) -> None:
    rows = [
        [*map(safe_text, (row.verdict.value, row.namespace, row.pod, row.container, row.workload, row.node, row.why, row.evidence))]
        for row in appendix_rows(what)
    ]
    assert [row[:8] for row in rows_of(page_of(what))] == rows


def test_the_heat_map_marks_the_step_that_nodes_take_and_tells_no_other_a_number() -> None:
    rows = re.findall(
        r'<tr><th scope="row">(1\.[0-9]+)</th>(.*?)</tr>', mixed()[mixed().index('class="heat') : mixed().index('class="hops"')]
    )
    assert [minor for minor, _ in rows] == [f"1.{number}" for number in range(21, 32)]
    marked = [(minor, cell) for minor, row in rows for cell in re.findall(r'<td class="e-conditional own">(.*?)</td>', row)]
    signs = '<span class="uids">uid: all</span><span class="uids">sandbox: some</span>'
    assert marked == [("1.22", f'some{signs}<span class="mine">8/19</span>')]
    assert dict(rows)["1.30"].count(">uid: all<") == len(rows) - 1  # every static pod gets another UID from there
    lost = {minor: row.count("sandbox: some") for minor, row in rows}
    assert lost == {
        f"1.{number}": 8 if number < 24 else 0 if number < 25 else 4 for number in range(21, 32)
    }  # dockershim; and back over 1.25
    told = text_of(mixed())
    assert "Sandboxes made anew: pods of nodes whose docker the kubelet serves itself" in told
    assert mixed().count("In this plan") == 1


def test_the_heat_map_counts_the_sandboxes_of_the_plan_where_it_knows_them() -> None:
    lost = replace(restarting(), verdict=Verdict.RECREATE, reason=Reason.SANDBOX_NOT_READY)
    page = page_of(plan(pod("a", lost, reason=Reason.SANDBOX_NOT_READY), pod("b", restarting())), Canvas(matrix=between))
    assert '<span class="uids">sandbox: 1</span><span class="mine">2/2</span>' in page


def test_without_a_grid_at_hand_the_page_does_without() -> None:
    page = page_of(PLANS["mixed"])
    assert 'id="versions"' not in page
    assert '"#versions"' not in page


def test_the_timeline_is_drawn_where_starts_are_told() -> None:
    started = plan(pod("web-1", replace(restarting(), started_at=10**18)), pod("web-2", replace(restarting(), started_at=2 * 10**18)))
    page = page_of(started)
    assert page.count('<rect class="bar-stops"') == 2
    assert "The start of 2 of 2 running containers is told" in text_of(page)
    assert "there is no timeline" in text_of(mixed())


def test_numbers_for_svg_and_lists_are_no_numbers_for_people() -> None:
    started = (replace(restarting(), started_at=n * 10**17 + 1, evidence=Evidence(Grade.RECORDED, None, f"1.{n}")) for n in range(1, 40))
    page = page_of(plan(*(pod(f"web-{n}", one) for n, one in enumerate(started))))
    drawing = page[page.index('<svg class="lanes"') : page.index("</svg>", page.index('<svg class="lanes"'))]
    assert drawing.count('class="lane"') == 39
    assert not re.search(r'="[^"]*[0-9],[0-9]', drawing)


def test_waves_are_told_in_their_order_and_each_node_tells_its_own() -> None:
    page = page_of(PLANS["in-waves"])
    numbers = [wave.number for wave in PLANS["in-waves"].waves]
    assert [int(number) for number in re.findall(r'<li class="wave" value="([0-9]+)"', page)] == numbers
    assert page.count('<td data-label="Wave"') == len(PLANS["in-waves"].nodes)


def test_every_element_is_closed_where_it_was_opened() -> None:
    from xml.etree import ElementTree

    body = mixed()[mixed().index("<body>") : mixed().index("<script")] + "</div></body>"
    body = re.sub(r"<(input|meta|link)\b([^>]*)>", r"<\1\2/>", body)
    body = re.sub(r"\b(hidden|checked|open)(?=[ />])", r'\1=""', body)
    body = re.sub(r"=(fold)(?=>)", r'="\1"', body).replace("&nbsp;", " ")
    ElementTree.fromstring(body)


def test_without_script_the_worst_rows_are_there_and_a_sentence_says_where_the_others_are() -> None:
    text, page = text_of(page_of(many_workloads())), page_of(many_workloads())
    assert "Shown are the 100 worst of 468 rows." in text
    assert "upgradecheck show plan.json -o wide" in text
    assert page.count('<tr><td data-label="Verdict">') == 100
    assert "Shown are" not in text_of(mixed())


def test_long_lists_are_cut_and_say_so_unless_all_is_asked_for() -> None:
    many = plan(*(pod(f"web-{n}", restarting(), workload=f"Deployment/web-{n}", node=f"node-{n}") for n in range(60)))
    cut, whole = text_of(page_of(many)), text_of(page_of(many, Canvas(everything=True)))
    assert "… and 20 more workloads" in cut
    assert "… and 20 more nodes" in cut
    assert "… and" not in whole


def test_every_verdict_and_grade_that_a_row_has_can_be_chosen_and_no_other() -> None:
    page = page_of(plan(pod("web-1", restarting(), replicas=0), pod("web-2", verdict=Verdict.RECREATE, containers=())))
    assert re.findall(r'name="verdict" value="([a-z-]+)"', page) == ["recreate", "restart"]
    assert re.findall(r'name="evidence" value="([a-z]+)"', page) == ["recorded"]
    assert 'name="verdict"' not in page_of(PLANS["empty"])


@tried(30)
@given(st.text(max_size=30))
def test_data_cannot_end_its_element(text: str) -> None:
    from upgradecheck.renderers.media.html.data import blocks

    (block,) = blocks([(text, text)])
    inside = block.removeprefix('<script type="application/json" class="rows">').removesuffix("</script>\n")
    assert not set(inside) & set("<>&")
    assert rows_of(block) == [[safe_text(text)] * 2]
