"""Formats that pipelines read, each opened by a reader that is not ours: counts are those of the plan, and no name acts in any of them."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from junitparser import Error, Failure, JUnitXml, Skipped
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families
from sarif_pydantic import Sarif

from tests.builders_plan import PLANS, container, plan, pod, restarting, unknown
from tests.drawing import tried
from tests.unit.renderers.strategies import HOSTILE, plans
from upgradecheck.model.plan import GONE, Finding, IgnoreState, ObjectRef, Plan, Scope, Severity, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.renderers import Canvas, choose
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.hits import as_a_whole, finding_prints, hits

NAMES = sorted(PLANS)
TOLD = (*GONE, Verdict.UNKNOWN)


def rendered(name: str, made: Plan) -> str:
    return "".join(choose(name, "plan").render(made, Canvas()))


def numbers(made: Plan) -> dict[str, int]:
    """Containers by verdict, as the plan's JSON tells them."""
    found: dict[str, int] = json.loads(rendered("json", made))["summary"]["containers"]
    return found


def junit_of(made: Plan) -> Any:
    return JUnitXml.fromstring(rendered("junit", made).encode())


def cases(made: Plan) -> list[Any]:
    return [case for suite in junit_of(made) for case in suite if suite.name != "upgradecheck gate"]


def outcome(case: Any) -> type[Any] | None:
    return type(case.result[0]) if case.result else None


def properties(case: Any) -> dict[str, str]:
    return {each.attrib["name"]: each.attrib["value"] for each in case._elem.iter("property")}


OUTCOME: dict[Verdict, type[Any]] = {
    **dict.fromkeys(GONE, Failure),
    Verdict.UNKNOWN: Error,
    **dict.fromkeys((Verdict.NOT_COMPARED, Verdict.SUPPRESSED), Skipped),
}


@pytest.mark.parametrize("name", NAMES)
def test_junit_has_a_test_a_container_and_passes_are_passes(name: str) -> None:
    made = PLANS[name]
    found = [(outcome(case), properties(case)["verdict"]) for case in cases(made)]
    expected = [each.verdict for one in made.pods for each in one.containers] + [one.verdict for one in made.pods if as_a_whole(one)]
    assert Counter(found) == Counter((OUTCOME.get(verdict), verdict.value) for verdict in expected)
    whole = junit_of(made)
    totals = [0, 0, 0, 0]
    for suite in whole:
        counted = Counter(outcome(case) for case in suite)
        told = [suite.tests, suite.failures, suite.errors, suite.skipped]
        assert told == [sum(counted.values()), counted[Failure], counted[Error], counted[Skipped]]
        totals = [one + other for one, other in zip(totals, told, strict=True)]
    assert [whole.tests, whole.failures, whole.errors, whole.skipped] == totals


@pytest.mark.parametrize("name", NAMES)
def test_junit_has_the_gate_first_and_a_suite_a_namespace(name: str) -> None:
    suites = list(junit_of(PLANS[name]))
    gate = [(case.name, outcome(case) is None) for case in suites[0]]
    assert gate == [(condition.name.value, condition.met) for condition in PLANS[name].gate.conditions]
    assert [suite.name for suite in suites[1:]] == [safe_text(one) for one in sorted({one.namespace for one in PLANS[name].pods})]


def sarif_of(made: Plan) -> Any:
    return Sarif.model_validate_json(rendered("sarif", made)).runs[0]


SARIF_SCHEMA = jsonschema.Draft4Validator(json.loads((Path(__file__).parents[2] / "examples/schemas/sarif-2.1.0.json").read_text()))


@pytest.mark.parametrize("name", NAMES)
def test_sarif_fits_the_schema_of_its_standard(name: str) -> None:
    SARIF_SCHEMA.validate(json.loads(rendered("sarif", PLANS[name])))


@tried(8)
@given(made=plans())
def test_sarif_of_any_plan_fits_the_schema(made: Plan) -> None:
    SARIF_SCHEMA.validate(json.loads(rendered("sarif", made)))


def by_verdict(found: list[tuple[str, int]]) -> dict[str, int]:
    counted = Counter[str]()
    for verdict, number in found:
        counted[verdict] += number
    return {verdict: number for verdict, number in counted.items() if number}


def told_numbers(made: Plan) -> dict[str, int]:
    return {verdict: number for verdict, number in numbers(made).items() if verdict in {one.value for one in TOLD}}


@pytest.mark.parametrize("name", NAMES)
def test_sarif_counts_what_the_plan_counts(name: str) -> None:
    made = PLANS[name]
    run, raw = sarif_of(made), json.loads(rendered("sarif", made))["runs"][0]
    hit = [(one["properties"], "suppressions" in one) for one in raw["results"] if one["ruleId"].startswith("container-")]
    assert by_verdict([(one["verdict"], one["containers"]) for one, accepted in hit if not accepted]) == told_numbers(made)
    assert sum(one["containers"] for one, accepted in hit if accepted) == numbers(made).get("suppressed", 0)
    assert Counter(one["ruleId"] for one in raw["results"] if one["ruleId"].startswith("UC")) == Counter(one.rule for one in made.findings)
    assert raw["properties"]["containers"] == numbers(made)
    ids = [one.id for one in run.tool.driver.rules]
    assert [ids[one.rule_index] for one in run.results] == [one.rule_id for one in run.results]
    assert all(one["help"]["text"] for one in raw["tool"]["driver"]["rules"])
    prints = [one["partialFingerprints"]["upgradecheck/v1"] for one in raw["results"]]
    assert len(set(prints)) == len(prints)
    assert raw["invocations"][0]["exitCode"] == made.exit_code
    assert raw["invocations"][0]["executionSuccessful"] is made.complete
    assert len(raw["invocations"][0]["toolExecutionNotifications"]) == len(made.coverage.missing)


@pytest.mark.parametrize("name", NAMES)
def test_gitlab_and_github_have_what_sarif_has(name: str) -> None:
    made = PLANS[name]
    issues = json.loads(rendered("gitlab", made))
    results = [one for one in json.loads(rendered("sarif", made))["runs"][0]["results"] if "suppressions" not in one]
    accepting = [one.entry for one in made.ignores.entries if one.state is IgnoreState.MATCHED] if made.ignores is not None else []
    told, entries = issues[: len(results)], issues[len(results) :]
    assert [(one["check_name"], one["fingerprint"]) for one in told] == [
        (one["ruleId"], one["partialFingerprints"]["upgradecheck/v1"]) for one in results
    ]
    assert [(one["check_name"], one["severity"]) for one in entries] == [("ignore-entry", "info")] * len(accepting)
    assert len({one["fingerprint"] for one in issues}) == len(issues)
    assert {one["severity"] for one in issues} <= {"info", "minor", "major", "critical", "blocker"}
    assert all(set(one) == {"description", "check_name", "fingerprint", "severity", "location"} for one in issues)
    lines = rendered("github", made).splitlines()
    assert len(lines) == len(results) + 1
    assert lines[0].startswith("::error" if made.exit_code else "::notice")


@pytest.mark.parametrize("name", NAMES)
def test_prometheus_counts_what_the_plan_counts(name: str) -> None:
    made = PLANS[name]
    found = {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(rendered("prometheus", made))
        for sample in family.samples
    }
    for what, counted in (("containers", made.summary.containers), ("pods", made.summary.pods)):
        assert {key[1]: value for key, value in found.items() if key[0] == f"upgradecheck_{what}"} == {
            (verdict.value,): counted.get(verdict, 0) for verdict in Verdict
        }
    assert found["upgradecheck_exit_code", ()] == made.exit_code
    assert found["upgradecheck_complete", ()] == made.complete
    conditions = {key[1][0]: value for key, value in found.items() if key[0] == "upgradecheck_condition_met"}
    assert conditions == {condition.name.value: condition.met for condition in made.gate.conditions}
    assert sum(value for key, value in found.items() if key[0] == "upgradecheck_findings") == len(made.findings)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"hostile"}))
def test_csv_and_yaml_count_likewise(name: str) -> None:
    made = PLANS[name]
    rows = list(csv.DictReader(StringIO(rendered("csv", made))))
    counted = Counter(row["verdict"] for row in rows if row["container"])
    assert counted == Counter(each.verdict.value for one in made.pods for each in one.containers)
    assert yaml.load(rendered("yaml", made), yaml.CSafeLoader)["summary"]["containers"] == numbers(made)


def test_a_template_counts_by_its_replicas() -> None:
    made = plan(pod("web", restarting(), unknown("mesh"), replicas=3))
    raw = json.loads(rendered("sarif", made))["runs"][0]["results"]
    assert [(one["ruleId"], one["properties"]["containers"]) for one in raw] == [("container-restart", 3), ("container-unknown", 3)]
    assert [properties(case)["replicas"] for case in cases(made)] == ["3", "3"]


def test_junit_is_written_test_by_test() -> None:
    pieces = list(choose("junit", "plan").render(PLANS["many-workloads"], Canvas()))
    assert max(map(len, pieces)) < len("".join(pieces)) / 50


def test_a_node_that_is_not_known_is_not_counted() -> None:
    made = plan(pod("web", restarting(), node=None))
    assert hits(made)[0].sentence.startswith("Deployment/web, container app in namespace shop: 1 container: the new kubelet")


def test_a_fingerprint_outlives_a_rollout_and_a_move() -> None:
    before, after = (plan(pod(name, restarting(), node=node)) for name, node in (("web-abc", "node-a"), ("web-xyz", "node-b")))
    assert [one.fingerprint for one in hits(before)] == [one.fingerprint for one in hits(after)]
    other = plan(pod("web-abc", restarting(), namespace="other"))
    assert hits(other)[0].fingerprint != hits(before)[0].fingerprint


def test_findings_of_one_rule_about_one_thing_differ() -> None:
    found = Finding("UC002", Severity.WARNING, ObjectRef("Pod", "web", "shop"), "one", "")
    first, second = (told for _, told in finding_prints((found, replace(found, message="two"))))
    assert first != second


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        pytest.param(("deploy/web.yaml",), "deploy/web.yaml", id="one manifest"),
        pytest.param(("a b#.yml",), "a%20b%23.yml", id="its name is a reference"),
        pytest.param(("a.yaml", "b.yaml"), None, id="which of two is not known"),
        pytest.param(("dump/",), None, id="a directory"),
        pytest.param(("-",), None, id="standard input"),
    ],
)
def test_a_manifest_that_was_the_input_is_the_place(inputs: tuple[str, ...], expected: str | None) -> None:
    made = plan(pod("web", restarting()), scope=Scope(inputs=inputs))
    place = json.loads(rendered("sarif", made))["runs"][0]["results"][0]["locations"][0]
    assert place.get("physicalLocation", {}).get("artifactLocation", {}).get("uri") == expected
    assert place["logicalLocations"] == [{"name": "app", "fullyQualifiedName": "shop/Deployment/web/app"}]
    assert json.loads(rendered("gitlab", made))[0]["location"]["path"] == (expected or "shop/Deployment/web/app")


def test_each_row_is_placed_at_the_manifest_that_it_stands_in() -> None:
    web, db = pod("web", restarting(), file="deploy/a b.yaml", line=7), pod("db-0", restarting(), workload="StatefulSet/db", file="-")
    found = Finding("UC002", Severity.WARNING, ObjectRef("Deployment", "web", "shop", "app"), "so", "")
    made = plan(web, db, findings=(found,), scope=Scope(inputs=("deploy/",)))
    places = [one["locations"][0].get("physicalLocation") for one in json.loads(rendered("sarif", made))["runs"][0]["results"]]
    at = {"artifactLocation": {"uri": "deploy/a%20b.yaml"}, "region": {"startLine": 7}}
    assert places == [at, None, at]
    assert [one["location"] for one in json.loads(rendered("gitlab", made))] == [
        {"path": "deploy/a%20b.yaml", "lines": {"begin": 7}},
        {"path": "shop/StatefulSet/db/app", "lines": {"begin": 1}},
        {"path": "deploy/a%20b.yaml", "lines": {"begin": 7}},
    ]
    told = [line.partition("title=")[0] for line in rendered("github", made).splitlines()]
    assert told == ["::error ", "::error file=deploy/a b.yaml,line=7,", "::error ", "::warning file=deploy/a b.yaml,line=7,"]


COMMAND = re.compile(r"::(error|warning|notice) (file=[^:,]*,line=[0-9]+,)?title=[^:,]*::[^\n]*\n")


def assert_harmless(made: Plan) -> None:
    """Each reader finds what was written, and nothing that a name has brought along."""
    whole = ElementTree.fromstring(rendered("junit", made))
    assert {each.tag for each in whole.iter()} <= {
        "testsuites", "testsuite", "testcase", "properties", "property", "failure", "error", "skipped",
    }  # fmt: skip
    assert len(cases(made)) == sum(len(one.containers) + (not one.containers or as_a_whole(one)) for one in made.pods)
    expected = len(hits(made)) + len(made.findings)
    assert len(sarif_of(made).results) == len(json.loads(rendered("gitlab", made))) == expected
    text = rendered("github", made)
    assert "".join(match[0] for match in COMMAND.finditer(text)) == text
    assert text.count("\n") == expected + 1
    assert "##[" not in text
    families = list(text_string_to_metric_families(rendered("prometheus", made)))
    assert len(families) == 12
    for row in csv.reader(StringIO(rendered("csv", made))):
        for cell in row:
            assert not re.match(r"\s*[=+\-@]", cell)
            assert not re.search(r"[;\t]\s*[=+\-@]", cell)


@tried(10)
@given(made=plans())
def test_no_name_acts(made: Plan) -> None:
    assert_harmless(made)


@pytest.mark.long
@settings(max_examples=20_000)
@given(made=plans())
def test_no_name_acts_in_many(made: Plan) -> None:
    assert_harmless(made)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_hostile_name_acts_wherever_it_stands(name: str) -> None:
    found = Finding("UC002", Severity.WARNING, ObjectRef(name, name, name, name), name, name)
    bare = pod(name, verdict=Verdict.REJECT, reason=Reason.MANIFEST_INVALID, containers=(), namespace=name)
    held = pod(name, restarting(name), container(name), namespace=name, node=name, workload=f"{name}/{name}")
    assert_harmless(plan(held, bare, findings=(found,), scope=Scope(inputs=(f"{name}.yaml",)), plan_hash=name))
