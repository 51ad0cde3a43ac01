"""Whose evidence a file that was set aside would have been, and what hangs on it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders_plan import container, pod
from upgradecheck.model.plan import Evidence, Grade, Verdict
from upgradecheck.model.pod import Absent, ContainerRecord, Origin, RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.snapshot import Facts, SetAside
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.evidence.set_aside import Withheld, withheld
from upgradecheck.reading.identity import identity_of

RECORD = ContainerRecord("c", "s", "u1", "shop", "web", "app", 0, RunState.RUNNING, 0, Absent(), Absent(), Origin("x"))
NODES = ("worker-1", "worker-11", "a")


def of_node(name: str) -> Withheld:
    return Withheld(frozenset({name}), sandboxes=frozenset({name}))


@pytest.mark.parametrize(
    ("aside", "only", "expected"),
    [
        pytest.param(SetAside("dump/worker-1/crictl.json"), None, of_node("worker-1"), id="the folder has its name"),
        pytest.param(SetAside("crictl-worker-11.json"), None, of_node("worker-11"), id="the file has"),
        pytest.param(SetAside("crictl-a.json"), None, of_node("a"), id="a short name, for itself"),
        pytest.param(SetAside("crictl.json", frozenset({"u1"})), None, of_node("worker-1"), id="records of its pods were read"),
        pytest.param(SetAside("crictl.json"), "worker-1", of_node("worker-1"), id="there is no other"),
        pytest.param(SetAside("crictl.json"), None, Withheld(anywhere=True), id="any node's"),
        pytest.param(SetAside("worker-1/pods.json", records=False), None, Withheld(), id="it holds pods"),
        pytest.param(SetAside("worker-1/ps.json", sandboxes=False), None, Withheld(frozenset({"worker-1"})), id="it holds containers"),
    ],
)
def test_whose_it_is(aside: SetAside, only: str | None, expected: Withheld) -> None:
    assert withheld(Facts(set_aside=(aside,), containers=(RECORD,)), NODES, {"u1": ["worker-1"]}, only) == expected


def test_where_no_record_was_read_none_is_missed_of_all_nodes() -> None:
    assert withheld(Facts(set_aside=(SetAside("values.yaml"),)), NODES, {}, None) == Withheld()


def decided(grade: Grade, reason: Reason = Reason.HASH_EQUAL, verdict: Verdict = Verdict.SAFE) -> DecidedPod:
    app = container("app", verdict, reason=reason, evidence=Evidence(grade))
    return DecidedPod(pod("web", app, verdict=verdict, reason=reason, node="a"), by_containers=True)


LEFT_OPEN = (Verdict.UNKNOWN, Reason.EVIDENCE_SET_ASIDE, Grade.UNKNOWN)


@pytest.mark.parametrize(
    ("away", "one", "expected"),
    [
        pytest.param(Withheld(frozenset({"a"})), decided(Grade.ESTIMATED), LEFT_OPEN, id="what would be estimated"),
        pytest.param(Withheld(frozenset({"a"})), decided(Grade.INFERRED), LEFT_OPEN, id="and what would be inferred"),
        pytest.param(Withheld(anywhere=True), decided(Grade.ESTIMATED), LEFT_OPEN, id="where the file may be any node's"),
        pytest.param(
            Withheld(anywhere=True), decided(Grade.INFERRED), (Verdict.SAFE, Reason.HASH_EQUAL, Grade.INFERRED), id="but inferred"
        ),
        pytest.param(Withheld(unlisted=frozenset({"a"})), decided(Grade.ESTIMATED), LEFT_OPEN, id="where the node's list shows nothing"),
        pytest.param(
            Withheld(frozenset({"a"})),
            decided(Grade.RECORDED),
            (Verdict.SAFE, Reason.HASH_EQUAL, Grade.RECORDED),
            id="what was recorded stands",
        ),
        pytest.param(
            Withheld(frozenset({"b"})), decided(Grade.ESTIMATED), (Verdict.SAFE, Reason.HASH_EQUAL, Grade.ESTIMATED), id="another node"
        ),
        pytest.param(
            Withheld(frozenset({"a"})),
            decided(Grade.ESTIMATED, Reason.SANDBOX_NOT_READY, Verdict.RECREATE),
            (Verdict.RECREATE, Reason.SANDBOX_NOT_READY, Grade.ESTIMATED),
            id="what no hash decides",
        ),
    ],
)
def test_what_hangs_on_it(away: Withheld, one: DecidedPod, expected: tuple[Verdict, Reason, Grade]) -> None:
    found = away.of(one, "a", identity_of(one.pod), listed=True).pod
    (app,) = found.containers
    assert (app.verdict, app.reason, app.evidence.grade) == expected
    assert (found.verdict, found.reason) == expected[:2]


@pytest.mark.parametrize(
    ("away", "listed", "expected"),
    [
        pytest.param({"sandboxless": frozenset({identity_of(decided(Grade.RECORDED).pod)})}, True, Verdict.UNKNOWN, id="its list lacks it"),
        pytest.param({"sandboxes": frozenset({"a"})}, False, Verdict.UNKNOWN, id="its list may have been set aside"),
        pytest.param({"sandboxes": frozenset({"a"})}, True, Verdict.SAFE, id="another list shows it"),
        pytest.param({"sandboxes": frozenset({"b"})}, False, Verdict.SAFE, id="another node's was set aside"),
        pytest.param({"any_sandboxes": True}, False, Verdict.UNKNOWN, id="any node's may have been"),
    ],
)
def test_a_pod_whose_sandbox_was_to_be_seen_and_was_not(away: dict[str, Any], listed: bool, expected: Verdict) -> None:
    one = decided(Grade.RECORDED)
    found = Withheld(**away).of(one, "a", identity_of(one.pod), listed=listed).pod
    reason = Reason.SANDBOX_UNLISTED if expected is Verdict.UNKNOWN else Reason.HASH_EQUAL
    assert (found.verdict, found.reason) == (expected, reason)
    assert [(each.verdict, each.reason) for each in found.containers] == [(expected, reason)]


def test_what_restarts_does_so_whatever_its_sandbox_is() -> None:
    one = decided(Grade.RECORDED, Reason.HASH_CHANGED, Verdict.RESTART)
    assert Withheld(sandboxes=frozenset({"a"})).of(one, "a", identity_of(one.pod), listed=False).pod == one.pod
