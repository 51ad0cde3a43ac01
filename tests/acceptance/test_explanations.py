"""What `explain` tells of recorded real nodes: the plan's verdicts, from steps that stand in the kubelet's order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.builders import CATALOG
from tests.lab.comparing import step_of
from tests.lab.run import LIVED, RECORDED
from tests.plans import Keeping, plan_of
from upgradecheck.commands.explain import ExplainRequest, explained, make_explanation, witness_of
from upgradecheck.commands.plan import Planned, PlanRequest, planned
from upgradecheck.contract import v1
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.explanation import ExplainedContainer, ExplainedStep, Explanation, StepOutcome
from upgradecheck.model.plan import Plan, Verdict
from upgradecheck.model.pod import Recorded
from upgradecheck.model.reasons import Reason
from upgradecheck.model.steps import StepName
from upgradecheck.renderers import Canvas, choose

API_NODE = Path(__file__).parents[1] / "examples" / "sources" / "api-node-1.22-to-1.30"
ORDER = list(StepName)


FOLDERS = sorted(path for path in RECORDED.iterdir() if path.is_dir())
QUICK = {"1.15.12-to-1.16.15", "1.31.0-to-1.35.2"}
"""Both eras, a kubelet that does not compare; the others take half a minute more."""
REQUESTS = {
    "the example": PlanRequest(example=True),
    "the example to 1.37": PlanRequest(example=True, to_version="1.37"),
    "the example to what 1.31 can be": PlanRequest(example=True, to_version="1.31.0-alpha.1"),
    "the example from nowhere known": PlanRequest(
        tuple(str(files("upgradecheck.example") / name) for name in ("api-pods.json", "crictl-ps.json")), to_version="1.30"
    ),
    "only the runtime's list": PlanRequest(
        (str(files("upgradecheck.example") / "crictl-ps.json"),), from_version="1.22", to_version="1.30"
    ),
    "no records": PlanRequest((str(files("upgradecheck.example") / "api-pods.json"),), from_version="1.27", to_version="1.34"),
    "a node with its manifests": PlanRequest(
        (
            *(str(files("upgradecheck.example") / name) for name in ("api-pods.json", "crictl-ps.json", "crictl-pods.json", "nodes.json")),
            str(API_NODE / "kubelet-pods.json"),
        ),
        to_version="1.30.14",
        static_pods=str(API_NODE / "manifests"),
    ),
    **{folder.name: step_of(folder) for folder in FOLDERS},
}
LONG = {folder.name for folder in FOLDERS} - QUICK | {"the example to 1.37", "the example to what 1.31 can be"}
WORLDS = [pytest.param(name, marks=pytest.mark.sweep if name in LONG else ()) for name in REQUESTS]


@pytest.fixture(scope="module", name="world", params=WORLDS, ids=str)
def _world(request: pytest.FixtureRequest, _read_once: None) -> tuple[Plan, Planned, tuple[Explanation, ...]]:
    made = planned(REQUESTS[request.param], Keeping())
    return made.plan, made, tuple(explained(made, pod, None, CATALOG) for pod in made.plan.pods)


World = tuple[Plan, Planned, tuple[Explanation, ...]]


def told(world: World) -> Iterator[tuple[Explanation, ExplainedContainer]]:
    return ((explanation, one) for explanation in world[2] for one in explanation.containers)


def deciders(steps: tuple[ExplainedStep, ...]) -> list[StepName]:
    return [step.step for step in steps if step.outcome is StepOutcome.DECIDES]


def test_what_is_kept_changes_no_plan(world: World, request: pytest.FixtureRequest) -> None:
    plan = world[0]
    again = plan_of(REQUESTS[request.node.callspec.params["world"]])
    assert (plan.plan_hash, plan.pods, plan.findings) == (again.plan_hash, again.pods, again.findings)


def test_verdicts_are_those_of_the_plan(world: World) -> None:
    plan, _, explanations = world
    assert tuple(explanation.pod for explanation in explanations) == plan.pods
    assert all(tuple(one.planned for one in explanation.containers) == explanation.pod.containers for explanation in explanations)


def test_a_pod_is_known_by_what_decided_it(world: World) -> None:
    """Else its steps would be told of another one: whoever the plan has a spec of has its document here."""
    _, made, explanations = world
    for explanation in explanations:
        witness = witness_of(made, explanation.pod)
        assert (witness.joined is None) == (explanation.pod.reason is Reason.NO_SPEC or witness.document is None)


def test_what_admission_says_of_a_pod_is_of_no_other(world: World) -> None:
    _, made, explanations = world
    said = {(one.pod.node, one.pod.uid): one.outcome for one in made.settled.admission}
    assert len(said) == len(made.settled.admission)
    for explanation in explanations:
        pod = explanation.pod
        assert witness_of(made, pod).admission == said.get((pod.node, pod.uid))


def test_one_step_decides_unless_it_is_kept(world: World) -> None:
    for _, one in told(world):
        assert len(deciders(one.steps)) == (0 if one.planned.verdict is Verdict.SAFE else 1), one
    for explanation in world[2]:
        assert explanation.containers or len(deciders(explanation.steps)) <= 1


def test_steps_stand_in_the_kubelets_order_and_end_with_the_decision(world: World) -> None:
    for _, one in told(world):
        order = [ORDER.index(step.step) for step in one.steps]
        assert order == sorted(set(order))
        decided = deciders(one.steps)
        after = [step for step in one.steps if decided and ORDER.index(step.step) > ORDER.index(decided[0])]
        assert {step.outcome for step in after} <= {StepOutcome.NOT_REACHED}
        assert all((step.outcome is StepOutcome.NOT_REACHED) == (step in after) for step in one.steps)


def test_a_pod_that_goes_as_a_whole_says_so_before_its_containers(world: World) -> None:
    for explanation in world[2]:
        if explanation.pod.verdict in (Verdict.RECREATE, Verdict.REJECT):
            assert len(deciders(explanation.steps)) == 1
            assert all(
                deciders(one.steps) in (deciders(explanation.steps), [StepName.SPEC], [StepName.MANIFEST]) for one in explanation.containers
            )


def test_hashes_are_those_of_the_plan(world: World) -> None:
    _, made, explanations = world
    for explanation in explanations:
        joined = witness_of(made, explanation.pod).joined
        facts = {} if joined is None else {one.name: one for one in joined.spec.facts.containers}
        for one in explanation.containers:
            known = facts.get(one.planned.name)
            if known is not None and one.planned.reason is not Reason.NOT_IN_SPEC:
                assert sorted({computed.hash for computed in one.under_to}) == list(known.to_hashes)
                assert sorted({computed.hash for computed in one.under_from}) == list(known.from_hashes)


def test_the_hash_step_says_equal_only_where_it_is(world: World) -> None:
    for _, one in told(world):
        for step in one.steps:
            if step.step is StepName.HASH and step.detail.endswith(": equal"):
                assert {made.hash for made in one.under_to} == {one.planned.evidence.hash}


def test_the_cgroup_step_says_what_the_plan_decided_by(world: World) -> None:
    for _, one in told(world):
        for step in (step for step in one.steps if step.step is StepName.CGROUP and step.outcome is not StepOutcome.NOT_REACHED):
            elsewhere = "no cgroup of the pod is where the new kubelet looks" in step.detail and "nothing is killed" not in step.detail
            assert elsewhere == (step.outcome is StepOutcome.DECIDES), step


def test_an_override_is_offered_only_where_the_runtimes_record_proves_its_creator(world: World) -> None:
    _, kept, _ = world
    for explanation, one in told(world):
        if any(way.way.value == "override" and way.possible for way in one.avoid):
            record = next(found for found in kept.decided.records.of_pod(explanation.pod) if found.name == one.planned.name)
            assert one.planned.verdict is Verdict.RESTART
            assert isinstance(record.hash, Recorded)
            assert record.hash.hash == one.planned.evidence.hash
            assert one.planned.evidence.creator is not None


def test_places_are_those_of_the_new_version(world: World) -> None:
    for explanation, one in told(world):
        tags = {step.tag for step in one.steps}
        assert tags == {f"v{explanation.to_releases[-1]}"}
        parse_kubelet_version(next(iter(tags)))


def test_no_value_is_shown_unasked(world: World) -> None:
    for _, one in told(world):
        assert all((found.before, found.after) == (None, None) for found in one.differences)


Kind = tuple[Any, ...]
_SHOWN: set[tuple[str, Kind]] = set()
"""Which kinds of explanations were shown in which format."""


def kind(explanation: Explanation) -> Kind:
    """What explanations have in common that differ in names and values alone."""
    return explanation.pod.verdict, explanation.pod.reason, _outcomes(explanation.steps), *map(_kind, explanation.containers)


def _kind(one: ExplainedContainer) -> Kind:
    planned = one.planned
    causes = {(cause.kind, cause.path is None) for cause in planned.causes}
    ways = {(way.way, way.possible) for way in one.avoid}
    made = len(one.under_from), len(one.under_to), bool(one.differences)
    return (
        planned.kind,
        planned.verdict,
        planned.reason,
        planned.evidence.grade,
        _outcomes(one.steps),
        frozenset(causes),
        frozenset(ways),
        made,
    )


def _outcomes(steps: tuple[ExplainedStep, ...]) -> Kind:
    return tuple((step.step, step.outcome) for step in steps)


@pytest.mark.parametrize("every", [pytest.param(False, id="kind"), pytest.param(True, id="one", marks=pytest.mark.long)])
@pytest.mark.parametrize("name", ["json", "table", *(pytest.param(name, marks=pytest.mark.long) for name in ("yaml", "markdown"))])
def test_every_format_shows_every_explanation(world: World, name: str, *, every: bool) -> None:
    render = choose(name, "explain").render
    schema = v1.schema("explain")
    checked = jsonschema.validators.validator_for(schema)(schema)
    for explanation in world[2]:
        if (name, kind(explanation)) in _SHOWN and not every:
            continue
        _SHOWN.add((name, kind(explanation)))
        text = "".join(render(explanation, Canvas(width=80)))
        assert text.endswith("\n")
        assert all(char == "\n" or char.isprintable() for char in text)
        if name == "json":
            checked.validate(json.loads(text))


@pytest.mark.parametrize(
    ("target", "checkpoint", "step"),
    [
        pytest.param(
            "sidecars-node-1/first",
            "checkpoint",
            (
                "passed",
                "started 2026-11-25T22:30:24Z; by the checkpoint, v1.30.14 can have run then; created by v1.30.14, so it carries 8cac7f79",
            ),
            id="a sidecar of 1.30 that 1.31 left alone",
        ),
        pytest.param(
            "ages-node-1/renewed-1-30-14",
            "checkpoint",
            (
                "passed",
                "started 2026-11-25T22:31:35Z; by the checkpoint, v1.31.0 can have run then; created by v1.31.0, so it carries b9e21069",
            ),
            id="one that 1.31 created anew",
        ),
        pytest.param(
            "sidecars-node-1/first",
            "nodes.json",
            ("decides", "the node's checkpoint cannot be trusted, so nothing tells who created it"),
            id="a file that is no checkpoint",
        ),
    ],
)
def test_a_checkpoint_tells_who_created_it(target: str, checkpoint: str, step: tuple[str, str]) -> None:
    folder = LIVED / "1.31.0"
    inputs = tuple(str(folder / name) for name in ("kubelet-pods.json", "nodes.json"))
    plan = PlanRequest(inputs, to_version="1.34.1", static_pods=str(folder / "manifests"), checkpoint=str(folder / checkpoint))
    (container,) = make_explanation(ExplainRequest(plan, target)).containers
    assert [(one.outcome.value, one.detail) for one in container.steps if one.step is StepName.CREATOR] == [step]
