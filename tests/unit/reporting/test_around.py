"""The minors around a plan, and the pairs of which the plan itself tells something."""

from __future__ import annotations

import pytest

from tests.builders import as_version
from tests.builders_plan import container, plan, pod, restarting, unknown
from upgradecheck.commands.matrix import between
from upgradecheck.model.changes import Effect
from upgradecheck.model.plan import Plan, PlannedNode, Verdict
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import Reason
from upgradecheck.model.version import Minor
from upgradecheck.reporting.around import OwnStep, own_steps, span_of, steps_of

SMALL = plan(pod("web-1", restarting()), pod("web-2", container()), pod("web-3", unknown()))


def node(name: str, start: str | None) -> PlannedNode:
    return PlannedNode(name, None if start is None else as_version(start), as_version("1.30.14"), None, Verdict.SAFE)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        pytest.param(plan(pod()), ("1.21", "1.31"), id="one around both"),
        pytest.param(plan(pod(), from_version=as_version("1.31.2"), to_version=as_version("1.28.1")), ("1.27", "1.32"), id="a way back"),
        pytest.param(plan(from_version=None, nodes=(node("a", "1.28.3"), node("b", "1.29.1"))), ("1.27", "1.31"), id="the oldest of the nodes"),
        pytest.param(plan(from_version=None, nodes=(node("a", None),)), ("1.27", "1.31"), id="two below where nothing is known"),
    ],
)  # fmt: skip
def test_span(what: Plan, expected: tuple[str, str]) -> None:
    assert tuple(map(str, span_of(what))) == expected


def test_only_steps_that_nodes_take_have_numbers() -> None:
    assert own_steps(SMALL) == {(Minor(1, 22), Minor(1, 30)): OwnStep(stops=1, unknown=1, all=3)}
    assert own_steps(plan(pod(), nodes=(node("node-a", None),), from_version=None)) == {}
    assert own_steps(plan(pod(), nodes=(node("node-a", "1.30.2"),))) == {}


def test_the_own_step_comes_first_and_then_each_between() -> None:
    steps = steps_of(between(*span_of(SMALL)), own_steps(SMALL))
    assert [f"{step.old} {step.new}" for step in steps] == ["1.22 1.30", *(f"1.{n} 1.{n + 1}" for n in range(21, 31))]
    assert steps[0].own is not None
    assert steps[0].own.sentence == "in this plan 1 of 3 containers stops, 1 cannot be told"
    assert (steps[-1].effect, steps[-1].containers) == (Effect.ALL, ("every container: the hash algorithm is another one from 1.31 on",))
    assert [step.own for step in steps[1:]] == [None] * 10


def test_what_stops_for_a_uid_or_a_sandbox_is_told_apart() -> None:
    uid = container(verdict=Verdict.RECREATE, reason=Reason.STATIC_UID_CHANGED)
    sandbox = container("two", verdict=Verdict.RECREATE, reason=Reason.SANDBOX_NOT_READY)
    made = plan(pod("web-1", restarting("one"), sandbox), pod("etcd-a", uid, source=PodSource.FILE))
    (step,) = own_steps(made).values()
    assert step == OwnStep(stops=3, unknown=0, all=3, uids=1, sandboxes=1)
    assert step.sentence == "in this plan 3 of 3 containers stop (1 for another UID of a static pod, 1 for their sandbox)"
