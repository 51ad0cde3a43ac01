"""The formats beside table and json: wide, yaml, csv, markdown, name."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from io import StringIO

import pytest
import yaml
from hypothesis import given

from tests.builders_plan import PLANS, plan, pod, restarting
from tests.drawing import tried
from tests.unit.renderers.golden_files import assert_is_golden
from tests.unit.renderers.strategies import plans
from tests.unit.renderers.test_change_reports import DIFFS, MATRICES
from tests.unit.renderers.test_other_reports import ENTRIES, EXPLAINED, VERSIONS, item
from upgradecheck.model.hashlist import HashEntry
from upgradecheck.model.plan import GONE, Cause, CauseKind, Finding, ObjectRef, Plan, Severity, Verdict
from upgradecheck.renderers import Canvas, choose
from upgradecheck.renderers.media.markdown import code, words


def of_plan(name: str, what: Plan) -> str:
    render = choose(name, "plan").render
    return "".join(render(what, Canvas(width=80)))


def of_hashes(name: str, entries: tuple[HashEntry, ...] = ENTRIES) -> str:
    render = choose(name, "hashes").render
    return "".join(render(iter(entries), Canvas(width=80)))


@pytest.mark.parametrize(("name", "ending"), [("wide", "txt"), ("csv", "csv"), ("markdown", "md"), ("yaml", "yaml")])
def test_hashes_are_their_golden(name: str, ending: str) -> None:
    assert_is_golden(of_hashes(name), f"{name}/hashes.{ending}")


@pytest.mark.parametrize(("name", "ending"), [("csv", "csv"), ("markdown", "md"), ("yaml", "yaml"), ("name", "txt")])
@pytest.mark.parametrize("what", ["known", "explained"])
def test_versions_are_their_golden(name: str, ending: str, what: str) -> None:
    render = choose(name, "versions").render
    versions = {"known": VERSIONS, "explained": EXPLAINED}[what]
    assert_is_golden("".join(render(versions, Canvas())), f"{name}/versions-{what}.{ending}")


@pytest.mark.parametrize(("name", "ending"), [("csv", "csv"), ("markdown", "md"), ("yaml", "yaml")])
def test_matrix_and_diff_are_their_goldens(name: str, ending: str) -> None:
    of_matrix, of_diff = choose(name, "matrix").render, choose(name, "diff").render
    for what in ("few", "counted"):
        assert_is_golden("".join(of_matrix(MATRICES[what], Canvas())), f"{name}/matrix-{what}.{ending}")
    for what in ("json", "changed"):
        assert_is_golden("".join(of_diff(DIFFS[what], Canvas())), f"{name}/diff-{what}.{ending}")


@tried(8)
@given(what=plans())
def test_yaml_says_what_json_says(what: Plan) -> None:
    assert yaml.load(of_plan("yaml", what), yaml.CSafeLoader) == json.loads(of_plan("json", what))


def test_yaml_of_other_documents_says_what_json_says() -> None:
    assert yaml.safe_load(of_hashes("yaml")) == json.loads(of_hashes("json"))
    for name, found in (("yaml", yaml.safe_load), ("json", json.loads)):
        of_matrix = choose(name, "matrix").render
        assert found("".join(of_matrix(MATRICES["few"], Canvas())))["minors"] == ["1.29", "1.30", "1.31", "1.32"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1e5", id="a number to YAML 1.2, and a possible hash"),
        pytest.param("12345678", id="an integer"),
        pytest.param("0o17", id="an octal"),
        pytest.param("y", id="a boolean to YAML 1.1"),
        pytest.param("No", id="another"),
        pytest.param("null", id="nothing"),
        pytest.param("1.30", id="a version"),
        pytest.param("12:30:45", id="a number to base 60"),
        pytest.param("2026-11-21", id="a date"),
        pytest.param("~", id="nothing, short"),
        pytest.param(".inf", id="infinite"),
        pytest.param("- a", id="a list"),
        pytest.param("a: b", id="a map"),
        pytest.param("", id="empty"),
    ],
)
def test_yaml_quotes_what_some_reader_takes_for_something_else(text: str) -> None:
    line = next(line for line in of_hashes("yaml", (item(pod=text),)).splitlines() if line.startswith("  pod:"))
    assert line in (f"  pod: '{text}'", f'  pod: "{text}"')


def test_yaml_is_written_pod_by_pod() -> None:
    render = choose("yaml", "plan").render
    pieces = list(render(PLANS["many-workloads"], Canvas()))
    assert len(pieces) > len(PLANS["many-workloads"].pods)


@tried(8)
@given(what=plans())
def test_csv_has_a_row_a_container_and_no_formula(what: Plan) -> None:
    rows = list(csv.reader(StringIO(of_plan("csv", what))))
    assert len(rows) == 1 + sum(max(len(each.containers), 1) for each in what.pods)
    assert {len(row) for row in rows} == {25}
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for row in rows for cell in row)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        pytest.param("=HYPERLINK(0)", "'=HYPERLINK(0)", id="a formula"),
        pytest.param("@SUM(1)", "'@SUM(1)", id="an old formula"),
        pytest.param("+1", "'+1", id="a plus"),
        pytest.param("-1", "'-1", id="a minus"),
        pytest.param(" =1", "' =1", id="behind a blank"),
        pytest.param("＝1", "'＝1", id="full width"),
        pytest.param("\t=1", "\\x09=1", id="a tab is written out"),
        pytest.param('a"b,c', 'a"b,c', id="quotes and commas are the format's own"),
    ],
)
def test_csv_cells(name: str, cell: str) -> None:
    rows = list(csv.DictReader(StringIO(of_hashes("csv", (item(pod=name),)))))
    assert [row["pod"] for row in rows] == [cell]


@tried(8)
@given(what=plans())
def test_names_are_one_for_each_container_that_ends(what: Plan) -> None:
    ends = sum(container.verdict in GONE for each in what.pods for container in each.containers)
    bare = sum(not each.containers and each.verdict in GONE for each in what.pods)
    assert len(of_plan("name", what).splitlines()) == ends + bare


def test_names_as_a_script_reads_them() -> None:
    bare = pod("static", verdict=Verdict.RECREATE, containers=())
    assert (
        of_plan("name", plan(pod("web-1", restarting("app"), restarting("log")), pod("web-2"), bare))
        == "shop/web-1/app\nshop/web-1/log\nshop/static\n"
    )


HOSTILE = (
    "[x](http://evil)",
    "![i](http://evil)",
    "<img src=x>",
    "a|b",
    "`rm`",
    "``",
    "https://evil",
    "@team",
    "www.evil.example",
    "*bold*",
    "~~x~~",
    "&lt;",
)


def spans_removed(text: str) -> str:
    """Markdown without its code spans, as CommonMark finds them: from a run of backticks to the next run of that length."""
    import re

    return re.sub(r"(?<![`\\])(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", text)


@pytest.mark.parametrize("name", HOSTILE)
def test_markdown_code_keeps_a_name_inside(name: str) -> None:
    assert spans_removed(code(name)) == ""
    assert "|" not in code(name).replace("\\|", "")


@pytest.mark.parametrize("name", HOSTILE)
def test_markdown_words_leave_no_sign_that_means_something(name: str) -> None:
    import re

    outside = re.sub(r"\\.", "", spans_removed(words(f"pod {name} restarts")))
    assert not set(outside) & set("[]<>|`*~&!")
    assert "://" not in outside
    assert "@" not in outside
    assert "www." not in outside


def test_markdown_tables_keep_their_columns() -> None:
    finding = Finding("UC002", Severity.WARNING, ObjectRef("Pod", "a|b", "`c|d`", "e"), "x | y <b>", "z\n| w |")
    restart = restarting("a|b", Cause(CauseKind.FIELD_ADDED, "env[a|b]", "1.30"))
    text = of_plan("markdown", plan(pod("p|q", restart, node="n|m", workload="Deployment/x|y", namespace="s|t"), findings=(finding,)))
    blocks = [[line.replace("\\|", "") for line in block.splitlines() if line.startswith("|")] for block in text.split("\n\n")]
    assert [len({line.count("|") for line in block}) for block in blocks if block] == [1] * 5


def test_markdown_is_bounded() -> None:
    many = plan(*(pod(f"web-{n}", restarting(), workload=f"Deployment/web-{n}") for n in range(300)))
    text = of_plan("markdown", many)
    assert "… and 200 more workloads" in text
    assert len(text) < 30_000


@pytest.mark.parametrize("name", ["csv", "yaml", "markdown", "wide"])
def test_hashes_are_shown_while_they_come(name: str) -> None:
    taken = 0

    def entries() -> Iterator[HashEntry]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield item(pod=f"web-{number}")

    render = choose(name, "hashes").render
    pieces = iter(render(entries(), Canvas()))
    text = ""
    while "web-0" not in text:
        text += next(pieces)
    assert taken <= 2


def test_no_format_but_table_json_and_yaml_shows_the_input() -> None:
    shown = {
        name
        for name in ("csv", "json", "markdown", "table", "wide", "yaml")
        if "s3cret" in of_hashes(name, (item(input=b'{"name":"s3cret"}'),))
    }
    assert shown == {"json", "table", "yaml"}
