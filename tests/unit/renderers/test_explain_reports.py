"""Reports of one pod, explained: whole texts for people, the JSON contract, and every explanation in every format."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.builders import as_version
from tests.builders_plan import container, pod, restarting, unknown
from tests.drawing import tried
from tests.unit.renderers.golden_files import assert_is_golden
from tests.unit.renderers.strategies import containers, pods, texts, versions
from tests.unit.renderers.test_plan_json import closed, schema
from tests.unit.renderers.test_same_answer import bare
from upgradecheck.model.explanation import (
    Announcement,
    Avoidance,
    BuildHash,
    Difference,
    ExplainedContainer,
    ExplainedStep,
    Explanation,
    StepOutcome,
    ValueChange,
)
from upgradecheck.model.hash import Hash
from upgradecheck.model.places import Place
from upgradecheck.model.plan import Cause, CauseKind, PlannedPod, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.remedies import Way
from upgradecheck.model.steps import StepName
from upgradecheck.renderers import Canvas, choose, formats_of
from upgradecheck.renderers.media.plain import said
from upgradecheck.reporting.explained import explained_pod
from upgradecheck.reporting.words import WORD

MANAGER = "pkg/kubelet/kuberuntime/kuberuntime_manager.go"
UTIL = Place("pkg/kubelet/kuberuntime/util/util.go", "PodSandboxChanged")
SCHEMA = jsonschema.Draft202012Validator(closed(schema("explain")))


def step(name: StepName, outcome: StepOutcome, detail: str, place: Place = UTIL) -> ExplainedStep:
    return ExplainedStep(name, outcome, detail, place, "v1.30.14")


POD_STEPS = (
    step(StepName.SPEC, StepOutcome.PASSED, "decoded as the API server gives it", Place("pkg/kubelet/config/apiserver.go", "newSourceApiserverFromLW")),
    step(StepName.SANDBOX_COUNT, StepOutcome.PASSED, "1 ready of 1"),
    step(StepName.SANDBOX_READY, StepOutcome.PASSED, "the newest is ready"),
    step(StepName.SANDBOX_NETWORK, StepOutcome.NOT_SEEN, "only crictl inspectp shows it"),
)  # fmt: skip


def own_steps(outcome: StepOutcome) -> tuple[ExplainedStep, ...]:
    after = StepOutcome.NOT_REACHED if outcome is StepOutcome.DECIDES else StepOutcome.PASSED
    made = "badcafe: another one" if outcome is StepOutcome.DECIDES else "8e45cbd0: equal"
    return (
        step(StepName.RUNNING, StepOutcome.PASSED, "it runs", Place(MANAGER, "computePodActions")),
        step(StepName.HASH, outcome, f"it carries 8e45cbd0 (recorded); kubelet 1.30.14 computes {made}", Place(MANAGER, "containerChanged")),
        step(StepName.RESOURCES, after, "no resizePolicy of it can be a reason to restart it", Place(MANAGER, "computePodResizeAction")),
    )  # fmt: skip


PROBE = Cause(CauseKind.FIELD_ADDED, "livenessProbe.terminationGracePeriodSeconds", "1.21")
RESTARTS = ExplainedContainer(
    planned=restarting("app", PROBE),
    under_from=(BuildHash("1.22.17", Hash(0x8E45CBD0)),),
    under_to=(BuildHash("1.30.14", Hash(0xBADCAFE)),),
    differences=(Difference(ValueChange.ADDED, "livenessProbe.terminationGracePeriodSeconds"),),
    steps=(*POD_STEPS, *own_steps(StepOutcome.DECIDES)),
    announcements=(Announcement(("1.30.14",), "Container app definition changed, will be restarted", '"Message for Container of pod" containerName="app"'),),
    avoid=(
        Avoidance(Way.OVERRIDE, True, "an override can hold it: its hash is what kubelet 1.22 makes of today's spec, so only the hash function moved"),
        Avoidance(Way.DRAIN, False, "draining does not help: a DaemonSet's pods stay on a drained node"),
    ),
)  # fmt: skip
STAYS = ExplainedContainer(
    container("web"),
    (BuildHash("1.22.17", Hash(0x8E45CBD0)),),
    (BuildHash("1.30.14", Hash(0x8E45CBD0)),),
    (),
    (*POD_STEPS, *own_steps(StepOutcome.PASSED)),
    (),
    (),
)
DOUBTFUL = ExplainedContainer(
    unknown("app", Reason.VERSION_AMBIGUOUS), (), (BuildHash("1.30.14", Hash(1)), BuildHash("1.31.0", Hash(2))),
    (Difference(ValueChange.CHANGED, "args[0]", '"a\u202eb"', '"b"'),), (*POD_STEPS, *own_steps(StepOutcome.DECIDES)),
    (Announcement(("1.30.14",), "one", None), Announcement(("1.31.0",), "another", "a line")), (),
)  # fmt: skip


def explanation(of: PlannedPod, *told: ExplainedContainer, **changes: Any) -> Explanation:
    values: dict[str, Any] = {
        "from_version": as_version("1.22.17"),
        "to_version": as_version("1.30.14"),
        "to_releases": ("1.30.14",),
        "runtime": "containerd://1.7.27",
        "notices": (),
    }
    return Explanation(pod=of, steps=changes.pop("steps", POD_STEPS), containers=told, **{**values, **changes})


REJECTED = pod("static-1", workload="StaticPod/static", verdict=Verdict.REJECT, reason=Reason.MANIFEST_INVALID, details=("spec.os: x",))
EXPLANATIONS = {
    "restart": explanation(pod("web-1", RESTARTS.planned, STAYS.planned), RESTARTS, STAYS),
    "unknown": explanation(pod("web-1", DOUBTFUL.planned), DOUBTFUL, from_version=None, runtime=None, to_version=as_version("1.31.0-alpha.1"), to_releases=("1.30.14", "1.31.0")),
    "pod": explanation(REJECTED, steps=(step(StepName.MANIFEST, StepOutcome.DECIDES, "refused (validation): spec.os: x", Place("pkg/kubelet/config/common.go", "tryDecodeSinglePod")),)),
}  # fmt: skip

steps_of_any_sort = st.builds(
    ExplainedStep, st.sampled_from(StepName), st.sampled_from(StepOutcome), texts, st.builds(Place, texts, texts), texts
)
hashes = st.lists(st.builds(BuildHash, texts, st.builds(Hash, st.integers(0, 2**32 - 1))), max_size=2).map(tuple)
values = st.none() | texts.map(json.dumps)
explained = st.builds(
    ExplainedContainer,
    planned=containers,
    under_from=hashes,
    under_to=hashes,
    differences=st.lists(st.builds(Difference, st.sampled_from(ValueChange), texts, values, values), max_size=3).map(tuple),
    steps=st.lists(steps_of_any_sort, max_size=5).map(tuple),
    announcements=st.lists(st.builds(Announcement, st.lists(texts, max_size=2).map(tuple), texts, st.none() | texts), max_size=2).map(
        tuple
    ),
    avoid=st.lists(st.builds(Avoidance, st.sampled_from(Way), st.booleans(), texts), max_size=3).map(tuple),
)
explanations = st.builds(
    Explanation,
    from_version=st.none() | versions,
    to_version=versions,
    to_releases=st.lists(texts, min_size=1, max_size=3).map(tuple),
    runtime=st.none() | texts,
    pod=pods,
    steps=st.lists(steps_of_any_sort, max_size=4).map(tuple),
    containers=st.lists(explained, max_size=2).map(tuple),
    notices=st.lists(texts, max_size=2).map(tuple),
)


def rendered(name: str, told: Explanation, width: int = 80) -> str:
    render = choose(name, "explain").render
    return "".join(render(told, Canvas(width=width)))


@pytest.mark.parametrize(
    ("name", "format", "golden"),
    [
        pytest.param("restart", "table", "table/explain-restart-80.txt", id="a pod of which one container restarts"),
        pytest.param("unknown", "table", "table/explain-unknown-80.txt", id="what nobody knows, under either of two kubelets"),
        pytest.param("pod", "table", "table/explain-pod-80.txt", id="a pod without containers"),
        pytest.param("restart", "markdown", "markdown/explain-restart.md", id="markdown"),
        pytest.param("unknown", "markdown", "markdown/explain-unknown.md", id="markdown of what nobody knows"),
        pytest.param("pod", "markdown", "markdown/explain-pod.md", id="markdown of a pod without containers"),
        pytest.param("restart", "json", "json/explain-restart.json", id="json"),
    ],
)
def test_report_is_its_golden(name: str, format: str, golden: str) -> None:  # noqa: A002
    assert_is_golden(rendered(format, EXPLANATIONS[name]), golden)


@pytest.mark.parametrize("name", EXPLANATIONS)
def test_json_is_what_its_schema_says(name: str) -> None:
    SCHEMA.validate(json.loads(rendered("json", EXPLANATIONS[name])))


@pytest.mark.parametrize("name", EXPLANATIONS)
def test_yaml_says_the_same(name: str) -> None:
    assert yaml.safe_load(rendered("yaml", EXPLANATIONS[name])) == json.loads(rendered("json", EXPLANATIONS[name]))


@tried(12)
@given(told=explanations)
def test_each_takes_every_explanation_and_shows_no_control_character(told: Explanation) -> None:
    for name in formats_of("explain"):
        text = rendered(name, told)
        assert text.endswith("\n")
        assert text.encode().decode() == text
        assert all(char == "\n" or char.isprintable() for char in text)
        if name == "json":
            SCHEMA.validate(json.loads(text))


@tried(12)
@given(told=explanations)
def test_table_keeps_to_its_width_but_for_what_is_to_be_searched_for(told: Explanation) -> None:
    copied = {line for one in told.containers for said in one.announcements for line in (said.event, said.log)}
    if not any(copied):
        assert max(map(cell_len, rendered("table", told).splitlines())) <= 80


def assert_says_the_same(name: str, told: Explanation) -> None:
    text, pod = bare(rendered(name, told)), explained_pod(told)
    assert bare(pod.sentence) in text
    for one in pod.containers:
        assert bare(WORD[one.verdict]) in text
        assert bare(one.sentence) in text
        assert not one.announcements or bare(one.announced) in text
        for found in one.hashes:
            assert found.hash is None or bare(f"{found.hash.hex} {found.hash.decimal}") in text
            assert bare(said(found.line)) in text
        for why in one.why:
            assert bare(f"{why.label} {said(why.line)}") in text


@pytest.mark.parametrize("name", ["markdown", "table"])
@pytest.mark.parametrize("what", EXPLANATIONS)
def test_people_are_told_the_same_in_each_format(name: str, what: str) -> None:
    assert_says_the_same(name, EXPLANATIONS[what])


@pytest.mark.parametrize("name", ["markdown", "table"])
@tried(12)
@given(told=explanations)
def test_people_are_told_the_same_of_any_pod(name: str, told: Explanation) -> None:
    assert_says_the_same(name, told)
