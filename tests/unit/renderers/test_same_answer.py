"""The law of reports: whatever the plan, each format for people gives the same answer, the same counts and the same exit code.

A format is under this law unless it says itself that it is for machines (FOR_MACHINES). Texts are compared without what media do to them: case,
line breaks, columns, signs of Markdown, elements of HTML, styles.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders_plan import PLANS, container, pod, restarting, unknown
from tests.builders_plan import plan as plan_of
from tests.drawing import tried
from tests.unit.renderers.pages import text_of
from tests.unit.renderers.strategies import limits, plans
from upgradecheck.model.plan import GONE, Calibration, Plan, Verdict
from upgradecheck.planning.asking.exit_codes import GateLimits
from upgradecheck.renderers import Canvas, choose, formats_of
from upgradecheck.reporting.answer import WORD, AnswerKind
from upgradecheck.reporting.report import report_of
from upgradecheck.reporting.words import WORD as VERDICT_WORD

FOR_PEOPLE = tuple(name for name in formats_of("plan") if not choose(name, "plan").for_machines)


def bare(text: str) -> str:
    return re.sub(r"[^a-z0-9%]", "", text.lower())


def said(name: str, plan: Plan) -> str:
    text = "".join(choose(name, "plan").render(plan, Canvas(width=80)))
    return bare(text_of(text) if name == "html" else text)


def assert_same_answer(name: str, plan: Plan) -> None:
    text, report = said(name, plan), report_of(plan)
    answer = report.answer
    assert bare(f"{answer.word} {answer.sentence}") in text
    assert bare(answer.gate) in text
    assert bare(report.impact.sentence) in text
    assert report.drain is None or bare(report.drain.sentence) in text
    assert report.waves is None or bare(report.waves.sentence) in text
    assert answer.exit_code == plan.exit_code
    assert all(condition.met or condition.text in answer.gate for condition in answer.conditions)
    for condition in answer.conditions:
        row = bare(f"{condition.text}: {'passed' if condition.met else 'FAILED'}")
        assert row in text or bare(f"{answer.gate} {answer.passed}") in text
    for counted in report.counts:
        assert bare(f"{VERDICT_WORD[counted.verdict]} {counted.containers} {counted.pods}") in text


@pytest.mark.parametrize("name", FOR_PEOPLE)
@pytest.mark.parametrize("what", list(PLANS))
def test_the_plans_that_goldens_show(name: str, what: str) -> None:
    assert_same_answer(name, PLANS[what])


@tried(6)
@given(plan=plans())
def test_any_plan(plan: Plan) -> None:
    for name in FOR_PEOPLE:
        assert_same_answer(name, plan)


@st.composite
def plans_that_nearly_keep_all(draw: st.DrawFn) -> Plan:
    """Few things in each, so that many have none that speaks against an all-clear, and many have one."""
    verdicts = draw(st.lists(st.sampled_from((*[Verdict.SAFE] * 4, *Verdict)), max_size=3))
    members = (pod(f"web-{number}", container(verdict=verdict), verdict=verdict) for number, verdict in enumerate(verdicts))
    return plan_of(*members, complete=draw(st.booleans() | st.just(True)), limits=draw(limits))


@tried(30)
@given(plan=plans_that_nearly_keep_all() | plans())
def test_no_restarts_is_answered_only_of_a_complete_plan_without_unknown_that_meets_every_condition(plan: Plan) -> None:
    seen = {verdict for numbers in (plan.summary.containers, plan.summary.pods) for verdict, number in numbers.items() if number}
    all_clear = bool(plan.pods) and plan.complete and not seen & {*GONE, Verdict.UNKNOWN, Verdict.SUPPRESSED} and not plan.gate.unmet
    all_clear = all_clear and not plan.summary.may_be_refused
    assert (report_of(plan).answer.kind is AnswerKind.NO_RESTARTS) == all_clear


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_no_format_words_an_all_clear_of_its_own(name: str) -> None:
    clear = bare(WORD[AnswerKind.NO_RESTARTS])
    expected = {what for what, plan in PLANS.items() if report_of(plan).answer.kind is AnswerKind.NO_RESTARTS}
    assert {what for what, plan in PLANS.items() if clear in said(name, plan)} == expected == {"nothing-restarts", "all-held", "live"}


NUMBER = re.compile(r"(?<![\w.:-])\d{4,}(?![\w:-])")
MANY = plan_of(
    *(
        pod(f"web-{index}", restarting(f"app-{index}"), unknown("beside"), replicas=number)
        for index, number in enumerate((4_321, 1_234_567))
    ),
    *(pod(f"db-{index}", restarting(), workload="StatefulSet/db", node=f"node-{index}") for index in range(1_005)),
    calibration=Calibration(2_345, 3_456),
    limits=GateLimits(max_restarts="5000", min_calibration=50),
)


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_thousands_are_separated_in_all_that_people_read(name: str) -> None:
    text = "".join(choose(name, "plan").render(MANY, Canvas(width=100)))
    text = text_of(text.replace("</t", " </t")) if name == "html" else text
    assert NUMBER.findall(text) == []
    assert "1,239,893 containers" in text
