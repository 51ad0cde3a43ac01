"""Wave by wave: an earlier result laid under a later one."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders_plan import pod
from tests.unit.verifying.world import KEPT, LATER, RESTARTED, ending, event, node, now, plan_of, planned, seen
from upgradecheck.model.aftermath import EventKind, KubeletEvent, Moments
from upgradecheck.model.verification import NodeState, Result, Tally, Verification, VerifiedWave, tally, together
from upgradecheck.model.waves import Wave, WaveKind
from upgradecheck.verifying.adding import with_earlier
from upgradecheck.verifying.verifying import verify

OPEN: tuple[Result, ...] = (Result.REPLACED, Result.UNSEEN, Result.PENDING)
DECIDED = tuple(one for one in Result if one not in OPEN)
PLAN = plan_of(pod("web-1", planned()), pod("web-2", planned(), node="node-b"))
BOTH = [now(KEPT), now(RESTARTED, name="web-2", node="node-b")]


def result(one: Result) -> Verification:
    made = verify(PLAN, seen(PLAN, BOTH))
    rows = tuple(replace(row, result=one, came=None) for row in made.containers)
    return replace(made, containers=rows, summary=tally(row.result for row in rows))


@pytest.mark.parametrize(("earlier", "later"), list(product(Result, Result)))
def test_what_was_decided_stands_and_what_was_open_is_looked_at_again(earlier: Result, later: Result) -> None:
    if earlier in DECIDED:
        expected = earlier
    elif later in DECIDED:
        expected = later
    else:
        expected = next(one for one in OPEN if one in (earlier, later))
    assert {row.result for row in with_earlier(result(later), result(earlier)).containers} == {expected}


def test_two_waves_make_what_one_look_at_the_end_does_not_see_any_more() -> None:
    first = verify(PLAN, seen(PLAN, BOTH, [node(), node("v1.30.14", "node-b")]))
    later = verify(
        PLAN, seen(PLAN, [*BOTH[1:], now(KEPT, uid="new", moments=Moments(LATER, LATER))], [node(), node(name="node-b")])
    )  # meanwhile web-1 was rolled out anew
    assert (first.summary, later.summary) == (Tally(hit=1, pending=1), Tally(miss=1, replaced=1))
    both = with_earlier(later, first)
    assert (both.summary, both.exit_code) == (Tally(hit=1, miss=1), 2)
    assert [(one.name, one.state, one.summary) for one in both.nodes] == [
        ("node-a", NodeState.UPGRADED, Tally(hit=1)),
        ("node-b", NodeState.UPGRADED, Tally(miss=1)),
    ]


@pytest.mark.parametrize(
    ("later", "events", "expected"),
    [
        pytest.param({}, [event(EventKind.DEFINITION)], Result.MISS, id="its kubelet says that it has stopped it"),
        pytest.param({"reason": "NodeAffinity", "phase": "Failed"}, [], Result.MISS, id="its pod was refused"),
        pytest.param({}, [], Result.UNSEEN, id="nothing tells who has stopped it"),
        pytest.param({}, [event(EventKind.PROBE)], Result.HIT, id="a probe has stopped it: it was kept all the same"),
        pytest.param({"uid": "another"}, [], Result.HIT, id="its pod was replaced"),
    ],
)
def test_what_a_look_has_seen_too_early_a_later_one_takes_back(later: dict[str, Any], events: list[KubeletEvent], expected: Result) -> None:
    made = plan_of(pod("web-1", planned()))
    early = verify(made, seen(made, [now(KEPT)]))
    late = verify(made, seen(made, [now(RESTARTED, **later)], events=events))
    assert [row.result for row in early.containers] == [Result.HIT]
    assert [row.result for row in with_earlier(late, early).containers] == [expected]
    if expected is Result.MISS:
        assert with_earlier(early, late).summary == Tally(miss=1)


def test_a_stop_that_nothing_explains_stays_open_when_its_pod_is_replaced() -> None:
    made = plan_of(pod("web-1", planned()))
    early = verify(made, seen(made, [now(ending(1))]))
    late = verify(made, seen(made, [now(KEPT, uid="another", moments=Moments(LATER, LATER))]))
    assert with_earlier(late, early).summary == Tally(unseen=1)


@pytest.mark.parametrize("turned", [False, True])
def test_several_earlier_results_add_up_in_any_order(*, turned: bool) -> None:
    """One has seen it kept, too early; a later one that it was stopped, and not why; now its pod is replaced."""
    made = plan_of(pod("web-1", planned()))
    looks = [verify(made, seen(made, [now(one)])) for one in (KEPT, ending(1))]
    found = verify(made, seen(made, [now(KEPT, uid="another", moments=Moments(LATER, LATER))]))
    for earlier in reversed(looks) if turned else looks:
        found = with_earlier(found, earlier)
    assert found.summary == Tally(unseen=1)


def test_nodes_that_are_not_looked_at_again_stay_upgraded() -> None:
    nodes = [node(), node(name="node-b")]
    first = verify(PLAN, seen(PLAN, BOTH, nodes, only=frozenset({"node-a"})))
    both = with_earlier(verify(PLAN, seen(PLAN, BOTH, nodes, only=frozenset({"node-b"}))), first)
    assert [one.state for one in both.nodes] == [NodeState.UPGRADED, NodeState.UPGRADED]
    assert both.containers == verify(PLAN, seen(PLAN, BOTH, nodes)).containers


def test_each_wave_has_its_own_numbers_and_they_add_up() -> None:
    waves = (Wave(1, WaveKind.CANARY, ("node-a",)), Wave(2, WaveKind.WORKERS, ("node-b",)))
    made = replace(PLAN, waves=waves)
    first = verify(made, seen(made, BOTH, [node(), node("v1.30.14", "node-b")]))
    assert first.waves == (
        VerifiedWave(1, WaveKind.CANARY, ("node-a",), 1, Tally(hit=1)),
        VerifiedWave(2, WaveKind.WORKERS, ("node-b",), 0, Tally(pending=1)),
    )
    both = with_earlier(verify(made, seen(made, BOTH[1:], [node(), node(name="node-b")])), first)
    assert [(one.upgraded, one.summary) for one in both.waves] == [(1, Tally(hit=1)), (1, Tally(miss=1))]
    assert together(one.summary for one in both.waves) == both.summary
