"""What an ignore file makes of decided pods: what it accepts, what it never does, and that a plan is as before once it is lifted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders_plan import container, plan, pod, restarting, unknown
from tests.builders_plan import plan as plan_of
from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.formats.ignores import read_ignores
from upgradecheck.model.ignores import IgnoreEntry, Ignores
from upgradecheck.model.plan import Finding, IgnoreState, ObjectRef, Plan, PlannedPod, Severity, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.exit_codes import GateLimits, judged_by
from upgradecheck.planning.building import summary_of
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.ignoring import Ignoring, Suppressed, suppress
from upgradecheck.planning.lifting import without_ignores
from upgradecheck.reporting.answer import AnswerKind, answer_of

TODAY = date(2026, 11, 29)
OLD, NEW = Minor(1, 30), Minor(1, 31)
EVERY = ("restart", "recreate", "reject", "unknown")
RESTARTS, SAFE = pod("web-1", restarting()), pod("web-2")
REFUSED = pod("web-3", container(verdict=Verdict.REJECT, reason=Reason.TAINT))
OPEN = pod("web-4", unknown(reason=Reason.RESIZE_PENDING))
MAY_BE_REFUSED = pod("web-5", verdict=Verdict.UNKNOWN, reason=Reason.MAY_BE_REFUSED, containers=())
HAZARD = Finding("UC041", Severity.WARNING, ObjectRef("PodDisruptionBudget", "web", "shop"), "too many", "drain")


def entry(**members: Any) -> IgnoreEntry:
    import json

    given = {"reason": "so", **({} if "rule" in members or "workload" in members else {"name": "*/*"}), **members}
    (found,) = read_ignores(json.dumps({"ignore": [given]}).encode(), ("UC001", "UC041"))
    return found


def laid(
    *pods: PlannedPod,
    entries: tuple[IgnoreEntry, ...],
    labels: Mapping[str, str] | None = None,
    findings: tuple[Finding, ...] = (),
    allowed: bool = True,
    start: Minor | None = OLD,
) -> Suppressed:
    numbered = tuple(replace(one, number=number) for number, one in enumerate(entries, 1))
    ignores = Ignores("ignore.yaml", numbered, TODAY, allowed)
    ignoring = Ignoring(ignores, NEW)
    decided = [ignoring.of(DecidedPod(one), labels or {}, start) for one in pods]
    return suppress(ignores, decided, findings, (start,), NEW)


def verdicts(found: Suppressed) -> list[str]:
    return [one.verdict.value for one in found.pods]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, True),
        ({"name": "shop/web-*"}, True),
        ({"name": "shop/db-*"}, False),
        ({"name": "rx:.*/web-[0-9]"}, True),
        ({"workload": "Deployment/*"}, True),
        ({"workload": "StatefulSet/*"}, False),
        ({"node": "node-a"}, True),
        ({"node": "node-b"}, False),
        ({"labels": "app=web"}, True),
        ({"labels": "app!=web"}, False),
        ({"hops": "1.29..1.31"}, True),
        ({"hops": "1.31..1.29"}, False),
        ({"name": "shop/web-*", "node": "node-b"}, False),
        ({"expires": "2026-11-29"}, True),
        ({"expires": "2026-11-28"}, False),
        ({"verdicts": ["recreate"]}, False),
    ],
)
def test_all_conditions_of_an_entry_hold(members: dict[str, Any], expected: bool) -> None:
    found = laid(RESTARTS, entries=(entry(**members),), labels={"app": "web"})
    assert (found.pods[0].verdict is Verdict.SUPPRESSED) is expected


def test_a_pod_on_no_known_node_and_a_step_from_no_known_version_meet_no_such_condition() -> None:
    nowhere = replace(RESTARTS, node=None)
    assert verdicts(laid(nowhere, entries=(entry(node="*"),))) == ["restart"]
    assert verdicts(laid(RESTARTS, entries=(entry(hops="1.29..1.31"),), start=None)) == ["restart"]


def test_restarts_are_accepted_refusals_and_unknowns_only_where_an_entry_says_so() -> None:
    pods = (RESTARTS, SAFE, REFUSED, OPEN, MAY_BE_REFUSED)
    assert verdicts(laid(*pods, entries=(entry(),))) == ["suppressed", "safe", "reject", "unknown", "unknown"]
    assert verdicts(laid(*pods, entries=(entry(verdicts=EVERY),))) == ["suppressed", "safe", "suppressed", "suppressed", "unknown"]


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.unseen is not False], ids=lambda reason: reason.value)
def test_what_is_unknown_for_want_of_evidence_stays_so(reason: Reason) -> None:
    found = laid(pod("web-1", unknown(reason=reason)), entries=(entry(verdicts=EVERY),))
    assert (verdicts(found), found.audit and found.audit.entries[0].left) == (["unknown"], {Verdict.UNKNOWN: 1})


NAMED: dict[str, Any] = {"verdicts": ["unknown"], "expires": "2026-11-29"}


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.unseen], ids=lambda reason: reason.value)
def test_but_where_an_entry_names_the_reason_the_pods_and_its_last_day(reason: Reason) -> None:
    """It is accepted to the gate, and never said to be safe; what the plan lacks, it lacks."""
    open_, other = (
        pod("web-1", unknown(reason=reason)),
        pod("web-2", unknown(reason=next(one for one in Reason if one.unseen and one is not reason))),
    )
    named = entry(reasons=[reason.value], **NAMED)
    found = laid(open_, other, entries=(named,))
    assert (verdicts(found), found.audit and found.audit.entries[0].left) == (["suppressed", "unknown"], {Verdict.UNKNOWN: 1})
    assert verdicts(laid(open_, RESTARTS, entries=(named,))) == ["suppressed", "restart"]
    assert verdicts(laid(open_, entries=(replace(named, expires=date(2026, 11, 28)),))) == ["unknown"]
    partial = plan(*laid(open_, entries=(named,)).pods, complete=False)
    assert (partial.exit_code, answer_of(partial).kind) == (3, AnswerKind.INCOMPLETE)
    whole = plan(*laid(open_, entries=(named,)).pods)
    assert (whole.exit_code, answer_of(whole).kind) == (0, AnswerKind.SUPPRESSED)


def test_of_a_pod_of_which_a_part_is_accepted_the_rest_decides() -> None:
    both = pod("web-1", restarting("app"), unknown("side", Reason.NO_SPEC))
    (found,) = laid(both, entries=(entry(),)).pods
    assert [one.verdict for one in found.containers] == [Verdict.SUPPRESSED, Verdict.UNKNOWN]
    assert (found.verdict, found.reason, found.would_be) == (Verdict.UNKNOWN, Reason.NO_SPEC, Verdict.RESTART)


def test_each_entry_is_audited_and_the_first_that_holds_is_named() -> None:
    late = entry(expires="2026-01-01")
    found = laid(RESTARTS, REFUSED, entries=(late, entry(), entry(name="shop/web-1"), entry(name="x/y")), findings=(HAZARD,))
    assert found.audit is not None
    told = [(one.state, one.containers, dict(one.left)) for one in found.audit.entries]
    assert told == [
        (IgnoreState.EXPIRED, 1, {Verdict.REJECT: 1}),
        (IgnoreState.MATCHED, 1, {Verdict.REJECT: 1}),
        (IgnoreState.MATCHED, 1, {}),
        (IgnoreState.UNUSED, 0, {}),
    ]
    assert found.pods[0].ignored_by == 2


def test_a_rule_accepts_findings_and_no_container() -> None:
    found = laid(RESTARTS, entries=(entry(rule="UC041"), entry(rule="UC041", name="pay/*"), entry(rule="UC001")), findings=(HAZARD,))
    assert [one.ignored_by for one in found.findings] == [1]
    assert verdicts(found) == ["restart"]
    assert found.audit is not None
    assert [one.state for one in found.audit.entries] == [IgnoreState.MATCHED, IgnoreState.UNUSED, IgnoreState.UNUSED]


def test_disallowed_nothing_is_ignored_and_all_is_audited() -> None:
    found = laid(RESTARTS, entries=(entry(),), findings=(HAZARD,), allowed=False)
    assert (found.pods, found.findings) == ((RESTARTS,), (HAZARD,))
    assert found.audit is not None
    assert (found.audit.allowed, found.audit.entries[0].state, found.audit.entries[0].containers) == (False, IgnoreState.DISALLOWED, 1)


def whole_plan(found: Suppressed, limits: GateLimits) -> Plan:
    made = plan_of(*found.pods, findings=found.findings, ignores=found.audit, plan_hash=plan_digest("1.30.14", found.pods, {}))
    return judged_by(replace(made, summary=summary_of(found.pods)), limits)


@pytest.mark.parametrize(
    "limits",
    [
        GateLimits(),
        GateLimits(fail_on=frozenset({"restart", "hazard", "estimated"}), max_restarts="5%", min_coverage=50, min_calibration=99.5),
        GateLimits(exit_zero=True),
    ],
)
def test_lifted_a_plan_is_what_it_is_without_an_ignore_file(limits: GateLimits) -> None:
    pods = (RESTARTS, SAFE, REFUSED, OPEN, MAY_BE_REFUSED, pod("web-6", restarting("app"), unknown("side", Reason.NO_SPEC)))
    bare = whole_plan(Suppressed(pods, (HAZARD,)), limits)
    accepted = whole_plan(laid(*pods, entries=(entry(verdicts=EVERY), entry(rule="UC041")), findings=(HAZARD,)), limits)
    assert accepted.plan_hash != bare.plan_hash
    assert replace(without_ignores(accepted), ignores=None) == bare


def test_what_is_suppressed_makes_no_share_of_restarts_smaller() -> None:
    found = laid(*(replace(RESTARTS, name=f"web-{n}") for n in range(9)), pod("db-0", restarting()), entries=(entry(name="shop/web-*"),))
    made = whole_plan(found, GateLimits(max_restarts="10%"))
    assert (made.gate.conditions[0].value, made.exit_code) == (1, 2)
