"""What lists are worth that lack what runs: whose an empty one would have been, and what of a partial one is explained by its age."""

from __future__ import annotations

import pytest

from upgradecheck.model.plan import Missing
from upgradecheck.model.snapshot import EmptyList
from upgradecheck.planning.evidence.lists import NOTHING_CONTRADICTED, Contradicted, Shown, contradicted, partial
from upgradecheck.reading.identity import Identity

HOUR = 3_600 * 1_000_000_000
NODES = ("worker-1", "worker-11")
WEB, DB, NEW = (Identity("worker-1", name, "shop", name) for name in ("web", "db", "new"))


def told(name: str, lists: str, *nodes: str | None) -> Contradicted:
    return Contradicted((Missing(name, f"it is set aside: it lists {lists}; take it again"),), frozenset(nodes))


def run(containers: str) -> str:
    return f"none of the {containers} that run by the statuses of pods"


@pytest.mark.parametrize(
    ("name", "running", "only", "expected"),
    [
        pytest.param("worker-1/ps.json", {"worker-1": 2}, None, told("worker-1/ps.json", run("2 containers"), "worker-1"), id="its node's"),
        pytest.param("worker-11.json", {"worker-1": 2}, None, NOTHING_CONTRADICTED, id="another node's run"),
        pytest.param("ps.json", {"worker-1": 1}, "worker-1", told("ps.json", run("1 container"), "worker-1"), id="there is no other node"),
        pytest.param(
            "ps.json",
            {"worker-1": 1, "worker-11": 2},
            None,
            told("ps.json", "none of the 3 containers that run on 2 nodes", "worker-1", "worker-11"),
            id="it may be any's",
        ),
        pytest.param("ps.json", {None: 1}, None, told("ps.json", run("1 container"), None), id="no pod names its node"),
        pytest.param("ps.json", {"worker-1": 0}, "worker-1", NOTHING_CONTRADICTED, id="nothing runs by the statuses either"),
    ],
)
def test_whose_an_empty_list_is(name: str, running: dict[str | None, int], only: str | None, expected: Contradicted) -> None:
    shown = {node: Shown(running=number) for node, number in running.items()}
    assert contradicted([EmptyList(name)], shown, NODES, only) == expected


@pytest.mark.parametrize(
    ("sandboxes", "shown", "expected"),
    [
        pytest.param(False, Shown(running=1, lists={"used"}), "", id="another list shows what runs"),
        pytest.param(True, Shown(running=1, lists={"used"}, sandbox_lists={"used"}), "", id="another list shows its sandboxes, too"),
        pytest.param(
            True, Shown(recorded=2, lists={"used"}), "no sandbox, beside 2 containers that another list shows running", id="sandboxes only"
        ),
        pytest.param(
            False, Shown(ready=1, sandbox_lists={"used"}), "no container, beside 1 sandbox that another list shows ready", id="containers"
        ),
        pytest.param(True, Shown(ready=1, sandbox_lists={"used"}), "", id="two lists of sandboxes"),
        pytest.param(True, Shown(lists={"used"}), "", id="what a list shows has ended"),
    ],
)
def test_what_contradicts_an_empty_list(sandboxes: bool, shown: Shown, expected: str) -> None:
    assert shown.against(EmptyList("", sandboxes)) == expected


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        pytest.param(Shown(running=2, lists={"ps"}, newest=5), (), id="nothing is lacking"),
        pytest.param(
            Shown(running=3, lists={"ps"}, lacking=[4], newest=5),
            (Missing("ps", "it lacks 1 of the 3 containers that run by the statuses of pods; take it again"),),
            id="one that began before another was listed",
        ),
        pytest.param(Shown(running=3, lists={"ps"}, lacking=[6], newest=5), (), id="one that began after: the list is older"),
        pytest.param(
            Shown(running=3, lists={"ps"}, lacking=[5 + HOUR, 6 + HOUR], newest=5),
            (Missing("ps", "it lacks 1 of the 3 containers that run by the statuses of pods; take it again"),),
            id="one that began an hour after, and one later: a list was filtered, or is too old",
        ),
        pytest.param(Shown(running=3, lists={"ps"}, lacking=[9 * HOUR], newest=5, seen_at=10 * HOUR), (), id="it had just begun"),
        pytest.param(
            Shown(running=3, lists={"ps"}, lacking=[9 * HOUR], newest=5, seen_at=11 * HOUR),
            (Missing("ps", "it lacks 1 of the 3 containers that run by the statuses of pods; take it again"),),
            id="it began long before the Node object was written",
        ),
        pytest.param(
            Shown(running=3, lists={"ps"}, lacking=[4 * HOUR, 9 * HOUR], newest=5, replaced=9 * HOUR),
            (Missing("ps", "it lacks 1 of the 3 containers that run by the statuses of pods; take it again"),),
            id="of two the later one, for the list shows what was replaced by then",
        ),
        pytest.param(Shown(running=3, lacking=[1, 2, 3]), (), id="no list was given"),
        pytest.param(
            Shown(sandbox_lists={"a", "b", "c"}, lacking_sandboxes={WEB: 1, DB: 2, NEW: 6}, newest_sandbox=5),
            (Missing("a, b and 1 more", "it lacks the sandboxes of 2 pods that run; take it again"),),
            id="sandboxes, but of a pod of later",
        ),
        pytest.param(
            Shown(lists={"ps"}, bare=[4, 6], newest=5),
            (Missing("ps", "it lacks the containers of 1 pod whose sandbox is ready; take it again"),),
            id="nothing in a sandbox that is ready; another one was made later",
        ),
        pytest.param(Shown(sandbox_lists={"pods"}, lacking_sandboxes={NEW: 9}, newest_sandbox=5), (), id="a sandbox of later"),
    ],
)
def test_what_a_list_lacks(shown: Shown, expected: tuple[Missing, ...]) -> None:
    found = partial({"worker-1": shown})
    assert (found.missing, found.nodes) == (expected, frozenset(["worker-1"] if expected else []))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        pytest.param(Shown(sandbox_lists={"a"}, lacking_sandboxes={WEB: 1, NEW: 6}, newest_sandbox=5), {WEB}, id="whose the list lacks"),
        pytest.param(Shown(lists={"ps"}, lacking=[1], lacking_sandboxes={WEB: 1}, newest=5), set(), id="no list of sandboxes was given"),
    ],
)
def test_whose_sandbox_is_not_known_to_be_as_it_was(shown: Shown, expected: set[Identity]) -> None:
    assert partial({"worker-1": shown}).sandboxless == expected


def test_of_a_list_of_sandboxes_that_is_set_aside_all_pods_that_run_lack_theirs() -> None:
    shown: dict[str | None, Shown] = {
        "worker-1": Shown(running=2, recorded=2, lists={"ps"}, lacking_sandboxes={WEB: 1, NEW: 9}),
        "other": Shown(lacking_sandboxes={DB: 1}),
    }
    empty = (EmptyList("worker-1/pods.json", sandboxes=True), EmptyList("other/ps.json"))
    assert contradicted(empty, shown, ("worker-1", "other"), None).sandboxless == {WEB, NEW}
