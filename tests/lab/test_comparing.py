"""How predictions are held against what came."""

import pytest

from tests.lab.comparing import Pair, compared


@pytest.mark.parametrize(
    ("predicted", "came", "wrong"),
    [
        pytest.param("safe", "kept", None, id="hoped for, and stayed"),
        pytest.param("safe", "restarted", "missed", id="hoped for, and restarted"),
        pytest.param("not-compared", "not-running", None, id="had exited"),
        pytest.param("not-compared", "kept", None, id="runs, of a kind that is not compared"),
        pytest.param("not-compared", "recreated-with-pod", "missed", id="not compared, and gone with its pod"),
        pytest.param("restart", "restarted", None, id="foretold"),
        pytest.param("restart", "kept", "false alarm", id="foretold, and stayed"),
        pytest.param("restart", "recreated-with-pod", "other fate", id="stopped, but otherwise"),
        pytest.param("reject", "removed", None, id="its manifest is refused"),
        pytest.param("unknown", "restarted", None, id="unknown is neither right nor wrong"),
        pytest.param("absent", "kept", "missed", id="a container that the plan has not"),
    ],
)
def test_what_is_wrong(predicted: str, came: str, wrong: str | None) -> None:
    assert Pair("default/p/c", "u1", "app", predicted, "", came).wrong == wrong


def test_containers_are_matched_by_uid_and_name() -> None:
    one = {"name": "c", "verdict": "safe", "reason": "hash_equal"}
    observed = {"namespace": "n", "pod": "p", "uid": "u1", "container": "c", "kind": "app", "outcome": "kept"}
    plan = {"pods": [{"uid": "u1", "containers": [one]}]}
    assert compared(plan, {"containers": [observed, {**observed, "uid": "u2"}]}) == (
        Pair("n/p/c", "u1", "app", "safe", "hash_equal", "kept"),
        Pair("n/p/c", "u2", "app", "absent", "", "kept"),
    )
