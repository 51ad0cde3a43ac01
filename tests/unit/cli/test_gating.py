"""Exit codes and the conditions that make them, each with its line on stderr: what the design's table says, row by row."""

from __future__ import annotations

import pytest

import upgradecheck.commands.plan as pipeline
from tests.builders_plan import container, plan, pod, restarting, unknown
from upgradecheck.cli import main
from upgradecheck.model.errors import InputError
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Calibration, Coverage, Evidence, Finding, Grade, Missing, ObjectRef, Plan, Severity, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.asking.exit_codes import GateLimits

SAFE, RESTARTS, UNKNOWN = pod("safe"), pod("restarts", restarting()), pod("unknown", unknown())
ESTIMATED = pod("estimated", container(evidence=Evidence(Grade.ESTIMATED, Hash(1))))
REFUSED = pod("etcd", workload="StaticPod/etcd", verdict=Verdict.REJECT, reason=Reason.MANIFEST_INVALID, containers=())
REJECTED = pod("rejected", container(verdict=Verdict.REJECT))
TEMPLATE = pod("web", restarting(), restarting("mesh"), replicas=3)
HAZARD = Finding("UC040", Severity.WARNING, ObjectRef("Node", "node-a"), "something", "do something")
PARTIAL = Coverage(1, 1, 1, (Missing("node-b", "not given"),))


def limits(*fail_on: str, **others: object) -> GateLimits:
    return GateLimits(**{**({"fail_on": frozenset(fail_on)} if fail_on else {}), **others})  # type: ignore[arg-type]


def judged(*pods: object, **changes: object) -> Plan:
    return plan(*pods, **changes)  # type: ignore[arg-type]


MATRIX: list[object] = [
    pytest.param(judged(SAFE), 0, "", id="0: complete, and nothing that is named"),
    pytest.param(judged(RESTARTS), 2, "restart 1, allowed 0", id="2: a restart"),
    pytest.param(judged(pod("r", container(verdict=Verdict.RECREATE))), 2, "restart 1, allowed 0", id="2: a recreation"),
    pytest.param(judged(REJECTED), 2, "restart 1, allowed 0", id="2: a rejection"),
    pytest.param(judged(REFUSED), 2, "restart 1, allowed 0", id="2: a pod that is refused, whose containers are not known"),
    pytest.param(judged(TEMPLATE), 2, "restart 6, allowed 0", id="2: a template, by its replicas"),
    pytest.param(judged(TEMPLATE, REFUSED, limits=limits(max_restarts="6")), 2, "restart 7, allowed 6", id="2: more than allowed"),
    pytest.param(judged(TEMPLATE, REFUSED, limits=limits(max_restarts="7")), 0, "", id="0: as many as allowed"),
    pytest.param(judged(TEMPLATE, SAFE, limits=limits(max_restarts="85%")), 2, "restart 6, allowed 85%", id="2: a larger share, of replicas"),
    pytest.param(judged(TEMPLATE, SAFE, limits=limits(max_restarts="86%")), 0, "", id="0: the share that is allowed"),
    pytest.param(judged(REFUSED, limits=limits(max_restarts="100%")), 0, "", id="0: everything may go, a refused pod too"),
    pytest.param(judged(REFUSED, SAFE, limits=limits(max_restarts="49%")), 2, "restart 1, allowed 49%", id="2: a refused pod is one of two"),
    pytest.param(judged(UNKNOWN), 3, "unknown 1, allowed 0", id="3: unknown"),
    pytest.param(judged(SAFE, complete=False, coverage=PARTIAL), 3, "complete no, wanted yes", id="3: partial data"),
    pytest.param(judged(SAFE, complete=False, limits=limits("hazard")), 3, "complete no, wanted yes", id="3: partial whatever is named"),
    pytest.param(judged(complete=False), 3, "complete no, wanted yes", id="3: nothing examined"),
    pytest.param(
        judged(SAFE, calibration=Calibration(1, 2), limits=limits(min_calibration=60)),
        3, "calibration 50% (1 of 2), wanted 60%", id="3: calibration below its threshold",
    ),
    pytest.param(
        judged(SAFE, coverage=Coverage(1, 3, 1), limits=limits(min_coverage=50)),
        3, "coverage 33.33% (1 of 3), wanted 50%", id="3: coverage below its threshold",
    ),
    pytest.param(judged(ESTIMATED), 0, "", id="0: an estimate, which nobody named"),
    pytest.param(judged(ESTIMATED, limits=limits("estimated")), 3, "estimated 1, allowed 0", id="3: an estimate"),
    pytest.param(judged(SAFE, findings=(HAZARD,)), 0, "", id="0: hazards, which nobody named"),
    pytest.param(judged(SAFE, findings=(HAZARD,), limits=limits("hazard")), 4, "hazard 1, allowed 0", id="4: a hazard"),
    pytest.param(judged(RESTARTS, UNKNOWN), 2, "restart 1, allowed 0; unknown 1, allowed 0", id="2 before 3, and both are told"),
    pytest.param(
        judged(UNKNOWN, findings=(HAZARD,), limits=limits("unknown", "hazard")), 3, "unknown 1, allowed 0; hazard 1, allowed 0", id="3 before 4"
    ),
    pytest.param(judged(RESTARTS, limits=limits("unknown")), 0, "", id="0: restarts, which nobody named"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "code", "unmet"), MATRIX)
@pytest.mark.parametrize("options", [[], ["-q"], ["-o", "name"], ["-q", "-o", "json=/dev/null"]], ids=" ".join)
def test_exit_code_and_its_line(
    made: Plan, code: int, unmet: str, options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pipeline, "make_plan", lambda request: made)
    assert main(["plan", "--example", *options]) == code
    told = [line for line in capsys.readouterr().err.splitlines() if "wrote" not in line]
    assert told == ([f"upgradecheck: Exit code {code}. Not met: {unmet}."] if code else [])


def test_exit_zero_says_what_it_would_have_been(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(pipeline, "make_plan", lambda request: judged(RESTARTS, UNKNOWN, limits=limits(exit_zero=True)))
    line = "Exit code 0, as --exit-zero asks; without it 2. Not met: restart 1, allowed 0; unknown 1, allowed 0."
    assert main(["plan", "--example", "-o", "table"]) == 0
    out, err = capsys.readouterr()
    assert err == f"upgradecheck: {line}\n"
    assert " ".join(out.split()).count(line) == 1
    assert main(["plan", "--example", "-q", "-o", "name"]) == 0
    assert capsys.readouterr().err == ""


def test_exit_zero_is_not_for_what_made_no_report(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(request: object) -> Plan:
        raise InputError("pods.json: empty")

    monkeypatch.setattr(pipeline, "make_plan", fail)
    assert main(["plan", "--example", "--exit-zero"]) == 1
    assert main(["plan", "--example", "--exit-zero", "--max-restart", "1"]) == 64
    assert main(["plan", "--example", "--exit-zero", "--max-restarts", "x"]) == 64
