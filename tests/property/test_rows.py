"""What is laid over rows, and counted of them, is what is laid over and counted of the pods themselves."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG, as_version
from tests.drawing import TIMES
from tests.property.test_alike_pods import written
from tests.property.test_known_replicas import HOLE, Records_, few, known, pasts_of, plain, records_of
from tests.property.test_replicas import STEPS, at_once, crowd, distinct, found, setting
from upgradecheck.decode.kube.selectors import parse_selector
from upgradecheck.model.alike import Form, Pods, weighed
from upgradecheck.model.budget import Budget
from upgradecheck.model.plan import HistoryCheck, Plan
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.model.snapshot import Facts
from upgradecheck.planning import building, calibrating, grading, readmission, rows
from upgradecheck.planning.asking.exit_codes import GateLimits
from upgradecheck.planning.evidence.past import past_of
from upgradecheck.planning.grading import graded
from upgradecheck.planning.phases import decide, settle
from upgradecheck.planning.rows import DecidedPods, Row, rows_of
from upgradecheck.planning.seeing import views
from upgradecheck.planning.setting import Setting
from upgradecheck.reading.pod import ReadPod

__all__ = ["at_once"]

NOTHING: Records_ = ([], [])


def planned(documents: Sequence[bytes], asked: Setting, *, alike: bool) -> Plan:
    with pytest.MonkeyPatch.context() as patch:
        if not alike:
            patch.setattr(views, "_may_have_replicas", lambda setting: False)
        seen = views.see(asked, [ReadPod(one, Origin("pods.json", f"item {place}")) for place, one in enumerate(documents)])
        decided = decide(asked, seen, asked.facts)
        return building.build(asked, asked.facts, decided, settle(asked, seen, decided), GateLimits())


def same(documents: Sequence[bytes], asked: Setting) -> bool:
    """Whether the plan of rows is the plan of pods, and written as that."""
    return is_plan(documents, asked, planned(documents, asked, alike=False))


def is_plan(documents: Sequence[bytes], asked: Setting, expected: Plan) -> bool:
    made = planned(documents, asked, alike=True)
    assert isinstance(made.pods, Pods)
    return made == expected and written(made) == written(expected)


def with_nodes(asked: Setting, pods: int, *budgets: Budget) -> Setting:
    """On nodes that have room for so many pods."""
    room = {"cpu": "640", "memory": "2560Gi", "pods": str(pods)}
    nodes = tuple(
        NodeFacts(f"node-{number}", as_version("1.30.14"), None, {}, Origin("nodes.json"), room, room, has_spec=True)
        for number in range(40)
    )
    facts = replace(asked.facts, nodes=nodes, budgets=budgets)
    return replace(asked, nodes=nodes, facts=facts)


@pytest.mark.parametrize("with_pasts", [False, pytest.param(True, marks=pytest.mark.long)])
def test_a_plan_of_rows_is_the_plan_of_pods(*, with_pasts: bool) -> None:
    dice = random.Random(f"rows {with_pasts}")
    documents = distinct(crowd(dice, TIMES))
    listed = records_of(found(documents, setting(*STEPS[0]), fast=False)[0], dice)
    asked = known(*STEPS[0], listed, pasts_of(dice, STEPS[0][0]) if with_pasts else None)
    selecting = [Budget(f"ns{number}", "one", parse_selector("selector", "app=web"), 3, 2) for number in range(50)]
    assert same(documents, with_nodes(replace(asked, owner_label="app"), 5, *selecting))


def of_two_ages() -> list[bytes]:
    """Pods that are alike, of which those that come last were made first, so that they are admitted."""
    return [
        one.replace(b'"creationTimestamp": "2024-01-01', b'"creationTimestamp": "2024-01-0%d' % (9 - number))
        for number, one in enumerate(few(8))
    ]


def roomy() -> Setting:
    return with_nodes(known(*STEPS[0], NOTHING, None), 100)


def narrow() -> Setting:
    return with_nodes(known(*STEPS[0], NOTHING, None), 3)


def listed() -> Setting:
    return known(*STEPS[0], plain(few(8)), None)


def _one(patch: pytest.MonkeyPatch) -> None:
    kept = rows.by_node
    patch.setattr(calibrating, "by_node", lambda pods, counts: ((node, one, 1) for node, one, _ in kept(pods, counts)))


def _never_made(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Row, "request", property(lambda row: replace(row.alike.first.request, uid=row.own[1], node_name=row.own[2])))


def _of_the_first(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(readmission, "uid_of", lambda row: rows.first_of(row).pod.uid)


def _unsorted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rows, "order_of", lambda row: [-ord(one) for one in rows.uid_of(row)])


def _all_first(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Form, "filled", lambda self, own: self.pod)


def _on_one_node(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(building, "nodes_of", lambda pods: ["node-1" for _ in pods])


@pytest.mark.parametrize(
    ("plant", "asked"),
    [
        pytest.param(_one, listed, id="how many are reproduced"),
        pytest.param(_never_made, narrow, id="in which order they are admitted"),
        pytest.param(_of_the_first, narrow, id="which are refused"),
        pytest.param(_unsorted, roomy, id="the order of a plan"),
        pytest.param(_all_first, narrow, id="what is a pod's own"),
        pytest.param(_on_one_node, roomy, id="where they are"),
    ],
)
def test_each_part_of_a_row_counts(plant: Callable[[pytest.MonkeyPatch], None], asked: Callable[[], Setting]) -> None:
    documents = of_two_ages()
    expected = planned(documents, asked(), alike=False)
    assert is_plan(documents, asked(), expected)
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        assert not is_plan(documents, asked(), expected)


def test_rows_are_kept_as_rows() -> None:
    """No pod is made whole where nothing is laid over it."""
    asked = setting(*STEPS[0])
    seen = views.see(asked, [ReadPod(one, Origin("pods.json", f"item {place}")) for place, one in enumerate(few(40))])
    decided = decide(asked, seen, Facts())
    settled = settle(asked, seen, decided)
    assert sum(isinstance(row, Row) for row in rows_of(settled.pods)) > 35
    assert DecidedPods(rows_of(settled.pods)) == tuple(settled.pods) == settled.pods[:]
    assert settled.pods != settled.pods[1:]
    assert settled.pods[3] == tuple(settled.pods)[3]


def test_what_a_contradicted_history_told_of_rows_is_unknown() -> None:
    past = past_of(HOLE, as_version("1.30.14"), CATALOG, reported=True)
    asked = known(*STEPS[0], NOTHING, {"node-0": past})
    seen = views.see(asked, [ReadPod(one, Origin("pods.json", f"item {place}")) for place, one in enumerate(few(8))])
    kept = list(rows_of(decide(asked, seen, Facts()).pods))
    odd = replace(rows.decided(kept[0]), check=HistoryCheck(contradicts=2, silent=1))
    assert sum(isinstance(row, Row) for row in kept[1:]) > 5
    made, exact = (graded(its) for its in (DecidedPods((odd, *kept[1:])), (odd, *map(rows.decided, kept[1:]))))
    assert (tuple(made.pods), made.check, made.contradicted) == (tuple(exact.pods), exact.check, exact.contradicted)
    assert made.contradicted == {"node-0": 2}
    assert {one.pod.reason for one in made.pods} == {Reason.HISTORY_CONTRADICTS}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grading, "node_of", lambda row: None if isinstance(row, Row) else row.pod.node)
        assert tuple(graded(DecidedPods((odd, *kept[1:]))).pods) != tuple(exact.pods)


def labelled() -> list[bytes]:
    """Pods that are alike but for their labels, in turns."""
    return [
        one.replace(b'"metadata": {', b'"metadata": {"labels": {"app": "%b"}, ' % (b"web", b"db")[number % 2], 1)
        for number, one in enumerate(few(12))
    ]


def test_what_hangs_on_labels_is_laid_over_rows() -> None:
    web = Budget("ns11", "of-web", parse_selector("selector", "app=web"), 3, 2)
    asked = with_nodes(replace(known(*STEPS[0], NOTHING, None), owner_label="app"), 100, web)
    expected = planned(labelled(), asked, alike=False)
    assert {pod.budgets for pod in expected.pods} == {(), ("of-web",)}
    assert {pod.owner for pod in expected.pods} == {"web", "db"}
    assert is_plan(labelled(), asked, expected)
    assert max(count for _, count in weighed(planned(labelled(), asked, alike=True).pods)) > 3
    with pytest.MonkeyPatch.context() as patch:
        kept, first = rows.Laying.of, dict[str, str]({"app": "web"})
        patch.setattr(rows.Laying, "of", lambda self, row, labels: kept(self, row, first))
        assert not is_plan(labelled(), asked, expected)
