"""What records and statuses of one pod are found by: names and IDs, some of them shortened; some given twice."""

from __future__ import annotations

import pytest

from tests.unit.planning.seeing.test_placing import sandbox
from upgradecheck.model.pod import ContainerStatus, Origin, PodSource, PodView, RunState, View, status_of, statuses_of
from upgradecheck.planning.seeing.records import Records
from upgradecheck.reading.identity import Identity

POD = Identity(None, "u", "shop", "web")


@pytest.mark.parametrize(
    ("listed", "asked", "expected"),
    [
        pytest.param(("aa11", "bb22"), "bb22", False, id="listed"),
        pytest.param(("aa11", "bb22"), "bb", False, id="a record's ID is shortened"),
        pytest.param(("aa", "b"), "bb22", False, id="the list's IDs are shortened"),
        pytest.param(("aa11", "bb22"), "bb23", True, id="another one begins alike"),
        pytest.param(("aa11", "bb22"), "zz", True, id="behind all of them"),
        pytest.param(("",), "aa11", True, id="an ID that is empty shortens none"),
        pytest.param((), "aa11", True, id="no list"),
    ],
)
def test_sandboxes_that_no_list_shows(listed: tuple[str, ...], asked: str, *, expected: bool) -> None:
    records = Records((), [sandbox(one) for one in listed])
    assert records.unlisted(POD, [asked]) == (frozenset([asked]) if expected else frozenset())


def test_sandboxes_of_one_id_are_one_and_come_newest_first() -> None:
    records = Records((), [sandbox("a"), sandbox("b"), sandbox("a")])
    assert [one.sandbox_id for one in records.sandboxes(POD)] == ["a", "b"]


def view(*statuses: ContainerStatus) -> PodView:
    return PodView("u", "shop", "web", View.SPEC, PodSource.API, Origin("pods.json"), statuses=statuses)


def test_statuses_are_found_by_name_whichever_pod_was_asked_before() -> None:
    first, again = ContainerStatus("app", "a", RunState.RUNNING), ContainerStatus("app", "b", RunState.EXITED)
    other = ContainerStatus("mesh", "c", RunState.RUNNING)
    one, two, none = view(first, other, again), view(again), view()
    assert [status_of(pod, "app") for pod in (one, two, none, one)] == [first, again, None, first]
    assert [*statuses_of(one, "app")] == [first, again]
    assert status_of(two, "mesh") is None
