"""What a plan answers: the kind, the sentence, and the gate in words."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders_plan import PLANS, container, plan, pod, restarting, unknown
from upgradecheck.model.gate import Gate
from upgradecheck.model.plan import Calibration, Coverage, Plan, PlannedPod, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.asking.exit_codes import GateLimits
from upgradecheck.reporting.answer import WORD, AnswerKind, answer_of

BARE = pod("bare", verdict=Verdict.RECREATE, reason=Reason.MANIFEST_GONE, containers=())
EARLY = replace(restarting(), reason=Reason.API_SERVER_SETS)
BARE_UNKNOWN = pod("open", verdict=Verdict.UNKNOWN, reason=Reason.NO_SPEC, containers=())


def accepted(name: str, would_be: Verdict = Verdict.RESTART) -> PlannedPod:
    told: dict[str, Any] = {"verdict": Verdict.SUPPRESSED, "would_be": would_be, "ignored_by": 1}
    return pod(name, replace(restarting(), **told), **told)


DOUBTED = replace(plan(pod()), summary=replace(plan(pod()).summary, may_be_refused=2))
"""Of which two pods may be refused, though nothing is foreseen."""


@pytest.mark.parametrize(
    ("found", "kind", "sentence"),
    [
        pytest.param(plan(pod()), AnswerKind.NO_RESTARTS, "The new kubelet keeps 1 running container.", id="all is kept"),
        pytest.param(
            plan(pod("web-1", container("app", Verdict.NOT_COMPARED), verdict=Verdict.NOT_COMPARED)),
            AnswerKind.NO_RESTARTS,
            "The new kubelet stops nothing: no running container was seen that it compares.",
            id="nothing that runs is compared",
        ),
        pytest.param(
            plan(pod("web-1", container("held", Verdict.OVERRIDDEN, override="in-force"))),
            AnswerKind.NO_RESTARTS,
            "The new kubelet keeps 1 running container by an override.",
            id="all by an override",
        ),
        pytest.param(
            DOUBTED,
            AnswerKind.NONE_FORESEEN,
            "The new kubelet keeps 1 running container, as far as can be foreseen; 2 pods may be refused.",
            id="all is kept, and a race at admission may be lost",
        ),
        pytest.param(
            PLANS["all-held"],
            AnswerKind.NO_RESTARTS,
            "The new kubelet keeps 1 running container, and 1 more by an override, once it is applied.",
            id="some by an override that is planned",
        ),
        pytest.param(
            plan(pod("web-1", container(), container("held", Verdict.OVERRIDDEN, override="in-force"))),
            AnswerKind.NO_RESTARTS,
            "The new kubelet keeps 1 running container, and 1 more by an override.",
            id="some by one in force",
        ),
        pytest.param(
            plan(pod("web-1", restarting(), restarting("b"), container("c"))),
            AnswerKind.RESTARTS,
            "2 containers in 1 pod will be killed by the new kubelet.",
            id="restarts",
        ),
        pytest.param(
            plan(pod("web-1", restarting()), pod("web-2", unknown()), complete=False),
            AnswerKind.RESTARTS,
            "1 container in 1 pod will be killed by the new kubelet; 1 more container cannot be told. Not everything could be seen or"
            " trusted.",
            id="restarts, with what else may be",
        ),
        pytest.param(
            plan(pod("web-1", EARLY)),
            AnswerKind.RESTARTS,
            "1 container in 1 pod will be killed by the running kubelet, as soon as the API server is the other one.",
            id="the API server does it",
        ),
        pytest.param(
            plan(pod("web-1", EARLY), pod("web-2", restarting())),
            AnswerKind.RESTARTS,
            "2 containers in 2 pods will be killed by the new kubelet, 1 of them before by the running one, as soon as the API server is the "
            "other one.",
            id="some by the API server",
        ),
        pytest.param(plan(BARE), AnswerKind.RESTARTS, "1 pod as a whole will be killed by the new kubelet.", id="a pod without containers"),
        pytest.param(
            plan(pod("web-1", restarting()), BARE, BARE_UNKNOWN),
            AnswerKind.RESTARTS,
            "1 container in 1 pod and 1 pod as a whole will be killed by the new kubelet; 1 more pod as a whole cannot be told.",
            id="both",
        ),
        pytest.param(
            PLANS["empty"], AnswerKind.NOTHING_EXAMINED, "No pod was seen, so nothing can be concluded.", id="no pod is no all-clear"
        ),
        pytest.param(
            plan(pod("web-1", unknown(), unknown("b"))),
            AnswerKind.UNDETERMINED,
            "2 containers in 1 pod cannot be told. This is no all-clear.",
            id="unknowns",
        ),
        pytest.param(
            PLANS["incomplete-but-safe"],
            AnswerKind.INCOMPLETE,
            "No restart in what was seen, but not everything could be seen or trusted. This is no all-clear.",
            id="a list that was cut off leaves no number of unknowns",
        ),
        pytest.param(
            PLANS["below-coverage"],
            AnswerKind.CONDITION_NOT_MET,
            "The new kubelet keeps 2 running containers, but a condition that you set is not met.",
            id="only a threshold says 3",
        ),
        pytest.param(
            plan(pod(), coverage=Coverage(1, 1, 0), limits=GateLimits(min_coverage=1, exit_zero=True)),
            AnswerKind.CONDITION_NOT_MET,
            "The new kubelet keeps 1 running container, but a condition that you set is not met.",
            id="and 0 that was asked for does not make it an all-clear",
        ),
        pytest.param(
            PLANS["suppressed"],
            AnswerKind.SUPPRESSED,
            "The new kubelet keeps 1 running container. An ignore file accepts 2 containers in 2 pods that will be killed.",
            id="what stops is accepted, which is no all-clear",
        ),
        pytest.param(
            plan(accepted("web-1")),
            AnswerKind.SUPPRESSED,
            "Nothing else was seen to run that the new kubelet compares. An ignore file accepts 1 container in 1 pod that will be killed.",
            id="and all that runs",
        ),
        pytest.param(
            plan(accepted("web-1", Verdict.UNKNOWN), pod("web-2", restarting())),
            AnswerKind.RESTARTS,
            "1 container in 1 pod will be killed by the new kubelet. An ignore file accepts 1 container in 1 pod that may be killed besides.",
            id="some of it is accepted",
        ),
        pytest.param(
            plan(accepted("web-1"), pod("web-2"), complete=False),
            AnswerKind.INCOMPLETE,
            "No restart but what an ignore file accepts in what was seen, but not everything could be seen or trusted. This is no all-clear. "
            "An ignore file accepts 1 container in 1 pod that will be killed besides.",
            id="what is accepted hides nothing that is missing",
        ),
    ],
)
def test_what_is_answered(found: Plan, kind: AnswerKind, sentence: str) -> None:
    answer = answer_of(found)
    assert (answer.kind, answer.sentence) == (kind, sentence)


@pytest.mark.parametrize(
    ("found", "gate", "meaning"),
    [
        pytest.param(plan(pod()), "Exit code 0: every condition is met.", "complete, and nothing that --fail-on names", id="0"),
        pytest.param(
            PLANS["mixed"],
            "Exit code 2. Not met: restart 8, allowed 0; unknown 2, allowed 0.",
            "restarts, recreations or rejections predicted",
            id="2",
        ),
        pytest.param(
            plan(pod("web-1", restarting()), limits=GateLimits(max_restarts="100%")),
            "Exit code 0: every condition is met.",
            "nothing that your conditions forbid",
            id="0 with restarts that are allowed",
        ),
        pytest.param(
            plan(pod("web-1", restarting(), restarting("b")), limits=GateLimits(max_restarts="5%")),
            "Exit code 2. Not met: restart 2, allowed 5%.",
            "restarts, recreations or rejections predicted",
            id="a share as it was given",
        ),
        pytest.param(
            plan(pod(), calibration=Calibration(18999, 20000), limits=GateLimits(min_calibration=95, min_coverage=99.5)),
            "Exit code 3. Not met: calibration 94.99% (18,999 of 20,000), wanted 95%.",
            "undetermined: something is unknown, not seen, or below a threshold",
            id="a share is never rounded up to its minimum",
        ),
        pytest.param(
            plan(pod(), calibration=Calibration(), limits=GateLimits(min_calibration=90.5)),
            "Exit code 3. Not met: calibration of nothing, wanted 90.5%.",
            "undetermined: something is unknown, not seen, or below a threshold",
            id="a share of nothing",
        ),
        pytest.param(PLANS["only-hazards"], "Exit code 4. Not met: hazard 1, allowed 0.", "hazards that --fail-on names", id="4"),
        pytest.param(
            PLANS["zero-all-the-same"],
            "Exit code 0, as --exit-zero asks; without it 3. Not met: unknown 1, allowed 0; complete no, wanted yes.",
            "asked for with --exit-zero; without it, 3",
            id="0 that was asked for",
        ),
        pytest.param(
            plan(pod(), gate=Gate(0)),
            "Exit code 0, for conditions that the plan does not tell.",
            "for conditions that the plan does not tell",
            id="0 of a gate that does not say its conditions",
        ),
        pytest.param(
            plan(pod(), gate=Gate(3)),
            "Exit code 3: undetermined: something is unknown, not seen, or below a threshold.",
            "undetermined: something is unknown, not seen, or below a threshold",
            id="a gate that does not say its conditions",
        ),
    ],
)
def test_the_gate_in_words(found: Plan, gate: str, meaning: str) -> None:
    answer = answer_of(found)
    assert (answer.gate, answer.exit_meaning) == (gate, meaning)


def test_each_kind_has_a_word() -> None:
    assert set(WORD) == set(AnswerKind)
