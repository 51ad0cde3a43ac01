"""The phases hand values on: what is seen and decided of a few pods beside their verdicts, and that no phase changes what it was given."""

from __future__ import annotations

import pytest

from tests.builders import NODE, OTHER_UID, UID, Document, in_phase, known_as, node, on_node, pod, raw, recorded_by
from tests.unit.planning import world
from upgradecheck.model.budget import Budget
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.plan import Missing, Scope
from upgradecheck.model.pod import Origin
from upgradecheck.model.selectors import Selector, Term
from upgradecheck.model.snapshot import Facts
from upgradecheck.planning.asking.here import Here
from upgradecheck.planning.phases import Decided, decide, settle
from upgradecheck.planning.seeing.views import Seen, see
from upgradecheck.planning.setting import Setting
from upgradecheck.reading.identity import Identity
from upgradecheck.reading.pod import ReadPod

WEB, DB = pod(), on_node(pod("db-0", OTHER_UID), "worker-2")
DB_ITSELF = Identity("worker-2", OTHER_UID, "shop", "db-0")
BOTH = (node(), node("worker-2"))
MACHINE = LocalKubelet("worker-1")


def seen(asked: Setting, *documents: Document) -> Seen:
    return see(asked, (ReadPod(raw(document), Origin("pods.json")) for document in documents))


def decided(asked: Setting, *documents: Document, facts: Facts = world.NO_FACTS) -> Decided:
    return decide(asked, seen(asked, *documents), facts)


@pytest.mark.parametrize(
    ("nodes", "scope", "here", "named", "expected"),
    [
        pytest.param((), Scope(nodes=("a",)), None, {"a", "b"}, "a", id="the one that the user names"),
        pytest.param((node("a"),), Scope(), None, {"a", "b"}, "a", id="the only Node object"),
        pytest.param((), Scope(), None, {"a"}, "a", id="the only one of all pods"),
        pytest.param((), Scope(), None, {"a", "b"}, None, id="of two none"),
        pytest.param((), Scope(), None, set(), None, id="nothing names any"),
        pytest.param((), Scope(), Here(MACHINE, "worker-1"), set(), "worker-1", id="then this machine, if its runtime is asked"),
        pytest.param((), Scope(), Here(MACHINE, "worker-1"), {"a"}, "a", id="which does not count against pods"),
    ],
)
def test_where_evidence_belongs_that_names_no_node(
    nodes: tuple[Document, ...], scope: Scope, here: Here | None, named: set[str], expected: str | None
) -> None:
    asked = world.setting(*nodes, target="1.30.14", scope=scope, here=here)
    assert asked.only_node(frozenset(named)) == expected


def test_what_is_not_in_scope_is_left_out_and_asks_for_its_room_all_the_same() -> None:
    found = seen(world.setting(*BOTH, target="1.30.14", scope=Scope(nodes=(NODE,))), WEB, DB, in_phase(pod("old", "u3"), "Failed"))
    assert sorted(joined.spec.view.name for joined in found.pods.joined()) == ["old", "web-7d9f-x2x1z"]
    assert (found.left_out, list(found.beside), found.named) == (frozenset({DB_ITSELF}), ["worker-2"], frozenset({NODE, "worker-2"}))


def test_a_pod_that_has_ended_asks_for_no_room() -> None:
    found = seen(world.setting(*BOTH, target="1.30.14", scope=Scope(nodes=(NODE,))), in_phase(DB, "Succeeded"))
    assert (found.left_out, dict(found.beside)) == (frozenset({DB_ITSELF}), {})


def test_a_node_whose_labels_would_have_decided_is_missing() -> None:
    found = seen(world.setting(node(disk="ssd"), target="1.30.14", scope=Scope(node_selector="disk=ssd")), WEB, DB)
    reason = "--node-selector asks for them, and the node was not given; give it too"
    assert found.missing == (Missing("labels of node worker-2", reason),)


def test_documents_are_kept_only_of_views_that_are_wanted() -> None:
    asked, documents = world.setting(*BOTH, target="1.30.14"), [ReadPod(raw(one), Origin("pods.json")) for one in (WEB, DB)]
    found = see(asked, documents, lambda view: view.name == "db-0")
    made = decide(asked, found, world.NO_FACTS)
    (kept,) = made.kept.values()
    assert (kept.document, kept.step) == (documents[1], asked.steps.of("worker-2"))


RECORD, GONE = recorded_by("1.22.17", WEB), known_as(recorded_by("1.22.17", pod("gone", "u9")), "id-of-gone")


@pytest.mark.parametrize(
    ("node_here", "listed", "expected"),
    [
        pytest.param(NODE, {UID}, {UID}, id="what its runtime lists nothing of is gone"),
        pytest.param(NODE, {UID, "u9"}, {UID, "u9"}, id="what it lists something of is not"),
        pytest.param("worker-2", {UID}, {UID, "u9"}, id="of another node it tells nothing"),
    ],
)
def test_records_that_only_dumps_have_are_set_aside_for_this_machine(node_here: str, listed: set[str], expected: set[str]) -> None:
    records = world.recorded(RECORD, GONE)
    here = Here(MACHINE, node_here, listed=frozenset(listed))
    made = decided(world.setting(node(), target="1.30.14", records=records, here=here), WEB)
    assert {uid for uid in (UID, "u9") if uid in made.records} == expected
    assert all(uid in records for uid in (UID, "u9"))
    assert len([notice for notice in made.notices if "set aside" in notice]) == ("u9" not in expected)


SELECTED = Budget("shop", "web", Selector((Term("app", frozenset({"web"}), negated=False),)), 1, 1)
ELSEWHERE = Budget("blog", "web", Selector())
UNSELECTING = Budget("shop", "none", None)


@pytest.mark.parametrize(
    ("budgets", "expected"),
    [
        pytest.param((), (), id="there are none"),
        pytest.param((ELSEWHERE,), (), id="of another namespace"),
        pytest.param((ELSEWHERE, SELECTED), ("web",), id="one selects the pod"),
        pytest.param((SELECTED, UNSELECTING), ("web",), id="one that selects nothing"),
    ],
)
def test_a_pod_knows_the_budgets_that_select_it(budgets: tuple[Budget, ...], expected: tuple[str, ...]) -> None:
    (one,) = decided(world.setting(node(), target="1.30.14"), WEB, facts=Facts(budgets=budgets)).pods
    assert one.pod.budgets == expected


def test_settled_pods_stand_in_the_plans_order_and_those_before_are_as_they_were() -> None:
    asked = world.setting(*BOTH, target="1.30.14")
    found = seen(asked, WEB, DB)
    made = decide(asked, found, world.NO_FACTS)
    before = made.pods
    settled = settle(asked, found, made)
    assert [one.pod.name for one in settled.pods] == ["db-0", "web-7d9f-x2x1z"]
    assert made.pods is before
    assert (settled.check, settled.overrides, settled.before) == (None, None, ())
