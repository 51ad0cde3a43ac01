"""Several clusters in one document: what it comes to, and that readers that are not ours find every cluster in each format."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from junitparser import JUnitXml
from prometheus_client.parser import text_string_to_metric_families
from sarif_pydantic import Sarif

from tests.builders_plan import PLANS, all_unknown, container, mixed, nothing_restarts, only_hazards, plan, pod, restarting
from tests.drawing import tried
from tests.unit.renderers.golden_files import assert_is_golden
from tests.unit.renderers.strategies import plans
from upgradecheck.contract import v1
from upgradecheck.model.clusters import ClusterPlan, Clusters
from upgradecheck.model.plan import Plan, Verdict
from upgradecheck.renderers import Canvas, choose, formats_of
from upgradecheck.reporting.clusters import clusters_report

FORMATS = formats_of("clusters")
HOSTILE = "a\n::error::\x1b[31m|`<b>\u202e"


def clusters(*given: Plan | str, **changes: Any) -> Clusters:
    """Called a, b, …; a text is why there is no plan."""
    named = [(chr(ord("a") + number), one) for number, one in enumerate(given)]
    return Clusters(tuple(ClusterPlan(n, trouble=one) if isinstance(one, str) else ClusterPlan(n, one) for n, one in named), **changes)


def rendered(name: str, found: Clusters, width: int = 80) -> str:
    return "".join(choose(name, "clusters").render(found, Canvas(width=width)))


EVERY = clusters(
    mixed(), nothing_restarts(), "10.0.0.1:6443: connection refused", notices=("Context d leads to the cluster of context a.",)
)


@pytest.mark.parametrize("name", ["table", "markdown", "json", "prometheus", "github"])
def test_report_is_its_golden(name: str) -> None:
    assert_is_golden(rendered(name, EVERY), f"{name}/clusters.txt")


@pytest.mark.parametrize(
    ("found", "code"),
    [
        pytest.param((nothing_restarts(), nothing_restarts()), 0, id="all are well"),
        pytest.param((nothing_restarts(), only_hazards()), 4, id="hazards in one"),
        pytest.param((only_hazards(), all_unknown()), 3, id="one cannot be told"),
        pytest.param((all_unknown(), mixed(), only_hazards()), 2, id="one restarts"),
        pytest.param((mixed(), "unreachable", nothing_restarts()), 1, id="one has no report"),
    ],
)
def test_exit_code_is_the_worst(found: tuple[Plan | str, ...], code: int) -> None:
    made = clusters(*found)
    assert made.exit_code == clusters(*reversed(found)).exit_code == code
    assert json.loads(rendered("json", made))["exit_code"] == code


def test_owners_are_counted_cluster_by_cluster() -> None:
    mine = pod("a", restarting(), container("b"), owner="mine", namespace="x")
    none = pod("b", restarting(), namespace="y", replicas=3)
    found = json.loads(rendered("json", clusters(plan(mine, none), plan(mine), owner_label="team")))
    assert found["owner_label"] == "team"
    assert [(one["owner"], one["cluster"], one["containers"], one["pods"]) for one in found["owners"]] == [
        ("mine", "a", {"restart": 1, "safe": 1}, {"restart": 1}),
        ("mine", "b", {"restart": 1, "safe": 1}, {"restart": 1}),
        (None, "a", {"restart": 3}, {"restart": 3}),
    ]
    assert found["summary"] == {"clusters": 2, "planned": 2, "containers": {"restart": 5, "safe": 2}, "pods": {"restart": 5}}
    by_namespace = json.loads(rendered("json", clusters(plan(mine, none))))["owners"]
    assert [one["owner"] for one in by_namespace] == ["x", "y"]


def test_owners_come_to_what_their_clusters_come_to() -> None:
    for made in PLANS.values():
        report = clusters_report(clusters(made, made))
        for count in ("stop", "unknown"):
            assert sum(getattr(one, count) for one in report.owners) == sum(getattr(one, count) for one in report.clusters)


def test_json_holds_each_plan_as_it_is_alone() -> None:
    document = json.loads(rendered("json", EVERY))
    jsonschema.Draft202012Validator(v1.schema("clusters")).validate(document)
    alone = "".join(choose("json", "plan").render(mixed(), Canvas()))
    assert document["clusters"][0]["plan"] == json.loads(alone)
    assert list(document["clusters"][0]["plan"]) == list(json.loads(alone))
    assert document["clusters"][2] == {"name": "c", "exit_code": 1, "trouble": "10.0.0.1:6443: connection refused"}


def test_readers_that_are_not_ours_find_every_cluster() -> None:
    runs = Sarif.model_validate_json(rendered("sarif", EVERY)).runs
    assert [run.automation_details.id for run in runs] == ["upgradecheck/a/", "upgradecheck/b/", "upgradecheck/c/"]
    assert [run.invocations[0].execution_successful for run in runs] == [mixed().complete, True, False]
    suites = JUnitXml.fromstring(rendered("junit", EVERY).encode())
    assert {suite.name.partition(":")[0] for suite in suites} == {"a", "b", "c"}
    assert (suites.tests, suites.errors) == (sum(suite.tests for suite in suites), sum(suite.errors for suite in suites))
    (blocker,) = [one for one in json.loads(rendered("gitlab", EVERY)) if one["severity"] == "blocker" and one["check_name"] == "no-report"]
    assert blocker["location"]["path"] == "c"
    rows = list(csv.DictReader(StringIO(rendered("csv", EVERY))))
    assert {row["cluster"] for row in rows} == {"a", "b"}
    families = {one.name: one for one in text_string_to_metric_families(rendered("prometheus", EVERY))}
    assert {sample.labels["cluster"]: sample.value for sample in families["upgradecheck_exit_code"].samples} == {"a": 2, "b": 0, "c": 1}
    assert {sample.labels["cluster"]: sample.value for sample in families["upgradecheck_planned"].samples} == {"a": 1, "b": 1, "c": 0}
    stops = [line.partition("\t")[0] for line in rendered("name", clusters(mixed(), mixed())).splitlines()]
    assert stops.count("a") == stops.count("b") > 0


def test_the_same_thing_in_two_clusters_is_two_issues() -> None:
    prints = [one["fingerprint"] for one in json.loads(rendered("gitlab", clusters(mixed(), mixed())))]
    assert len(prints) == len(set(prints)) > 0


@pytest.mark.parametrize("name", FORMATS)
def test_no_name_of_a_cluster_acts(name: str) -> None:
    found = Clusters((ClusterPlan(HOSTILE, mixed()), ClusterPlan("b", trouble=HOSTILE)), notices=(HOSTILE,))
    text = rendered(name, found)
    assert all(char in "\n\t" or char.isprintable() for char in text)
    assert name != "github" or all(
        (line.startswith("::") and "a\\x0a" in line) or "[b]" in line or "title" in line for line in text.splitlines()
    )


@tried(4)
@given(first=plans(), second=plans())
def test_each_takes_all_plans(first: Plan, second: Plan) -> None:
    found = clusters(first, second, "it is away")
    for name in FORMATS:
        text = rendered(name, found)
        assert text.endswith("\n") or choose(name, "clusters").for_machines


def test_no_format_says_well_where_one_cluster_is_not() -> None:
    text = rendered("table", clusters(PLANS["mixed"], nothing_restarts()))
    assert text.startswith("2 clusters: in 1 of them ")
    assert "nothing stops" not in text
    assert rendered("table", clusters(nothing_restarts())).startswith("1 cluster: every report is complete, and nothing stops.")
    assert Verdict.RESTART in clusters(mixed()).containers
