"""``-o json`` of ``override apply``, ``status`` and ``undo``: the same that is told people, by its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.override.node import NEW, NEXT, OLD, identity, record
from tests.override.test_commands import Node
from tests.override.test_commands import node as node  # noqa: PLC0414 - the fixture
from upgradecheck.contract import v1
from upgradecheck.model.override_report import ContainerState

SCHEMA = v1.schema("override")


def told(node: Node, *words: str) -> tuple[int, Any]:
    code, out, err = node.run(*words, "-o", "json")
    assert err == ""
    found = json.loads(out)
    jsonschema.validate(found, SCHEMA)
    assert found["ok"] is (code == 0)
    return code, found


def states(report: Any) -> list[str]:
    return [one["state"] for one in report["containers"]]


def test_a_dry_run(node: Node) -> None:
    plan, digest = node.plan(4)
    node.host.pids = (12,)
    code, found = told(node, "apply", plan)
    assert (code, node.runtime.writes) == (0, 0)
    assert (found["command"], found["plan_hash"], found["confirm"]) == ("apply", digest, digest)
    assert (found["changed"], found["restarted"], found["journals"]) == (False, False, [])
    assert states(found) == ["to-write"] * 3 + ["elsewhere"]
    assert found["runtime"] == {"name": "containerd", "version": "1.6.20", "place": f"{node.place}/c.sock"}
    assert [one["check"] for one in found["unmet"]] == ["kubelet"]
    first = found["containers"][0]
    assert (first["container_id"], first["pod"], first["to"], first["node"]) == (identity(0), "web-0", NEW, "node-a")


def test_records_that_are_written_and_proved(node: Node) -> None:
    plan, digest = node.plan()
    code, found = told(node, "apply", plan, "--confirm", digest, "--restart-runtime")
    assert code == 0
    assert (found["changed"], found["restarted"], found["confirm"], found["unmet"]) == (True, True, None, [])
    assert states(found) == ["applied"] * 3
    assert {one["served"] for one in found["containers"]} == {NEW}
    assert {one["same_process"] for one in found["containers"]} == {True}
    (journal,) = found["journals"]
    assert Path(journal).is_file()
    assert {one["journal"] for one in found["containers"]} == {journal}


def test_records_that_wait_for_a_restart(node: Node) -> None:
    plan, digest = node.plan()
    assert states(told(node, "apply", plan, "--confirm", digest)[1]) == ["written"] * 3
    for words in (("status", plan), ("status",)):
        code, found = told(node, *words)
        assert code == 1
        assert states(found) == ["pending"] * 3
    node.runtime.restart()
    code, found = told(node, "status", plan)
    assert (code, states(found), found["plan_hash"]) == (0, ["held"] * 3, digest)
    assert found["answer"].startswith("the new kubelet may start")
    code, found = told(node, "status")
    assert (code, states(found), found["plan_hash"], len(found["journals"])) == (0, ["applied"] * 3, None, 1)


def applied(node: Node) -> tuple[str, str]:
    """Three records, written and served: the journal, and the hash of its plan."""
    plan, digest = node.plan()
    code, found = told(node, "apply", plan, "--confirm", digest, "--restart-runtime")
    assert code == 0
    return found["journals"][0], digest


def test_an_undo_that_was_not_confirmed(node: Node) -> None:
    journal, digest = applied(node)
    writes = node.runtime.writes
    code, found = told(node, "undo", Path(journal).name)
    assert (code, node.runtime.writes) == (0, writes)
    assert (found["command"], found["plan_hash"], found["confirm"], found["changed"]) == ("undo", digest, digest, False)
    assert (found["from"], found["to"], found["journals"]) == ("1.30.14", "1.31.0", [journal])
    assert states(found) == ["to-put-back"] * 3
    assert found["runtime"]["version"] == "1.6.20"
    assert found["answer"] == "nothing was changed yet."


def test_records_that_are_put_back_and_wait_for_a_restart(node: Node) -> None:
    journal, digest = applied(node)
    code, found = told(node, "undo", journal, "--confirm", digest)
    assert (code, states(found), found["changed"], found["restarted"]) == (0, ["put-back"] * 3, True, False)
    assert found["answer"] == "put back; in effect once the runtime has restarted."
    code, found = told(node, "undo", journal, "--confirm", digest)
    assert (code, states(found), found["changed"], found["answer"]) == (0, ["as-before"] * 3, False, "nothing was to be put back.")


def test_records_that_are_put_back_and_proved(node: Node) -> None:
    journal, digest = applied(node)
    code, found = told(node, "undo", journal, "--confirm", digest, "--restart-runtime")
    assert (code, states(found), found["changed"], found["restarted"]) == (0, ["restored"] * 3, True, True)
    assert {one["served"] for one in found["containers"]} == {OLD}


def test_what_was_changed_since_is_told(node: Node) -> None:
    journal, digest = applied(node)
    node.runtime.write(identity(1), record(1, NEXT))
    code, found = told(node, "undo", journal, "--confirm", digest)
    assert code == 1
    assert sorted(states(found)) == ["drifted", "put-back", "put-back"]
    assert found["answer"].startswith("not all is as it was")


def test_an_undo_refused_leaves_no_document(node: Node) -> None:
    journal, digest = applied(node)
    node.host.pids = (12,)
    code, out, err = node.run("undo", journal, "--confirm", digest, "-o", "json")
    assert (code, out) == (1, "")
    assert "nothing was changed" in err


def test_nothing_was_done(node: Node) -> None:
    code, found = told(node, "status")
    assert (code, found["containers"], found["runtime"]) == (1, [], None)


def test_a_file_has_the_document_and_people_the_words(node: Node) -> None:
    plan, _ = node.plan()
    _, expected, _ = node.run("apply", plan)
    code, out, _ = node.run("apply", plan, "-o", "table", "-o", f"json={node.place}/told.json")
    assert (code, out) == (0, expected)
    jsonschema.validate(json.loads((node.place / "told.json").read_text()), SCHEMA)
    node.run("apply", plan, "-o", f"table={node.place}/told.txt", "-o", "json")
    assert (node.place / "told.txt").read_text() == expected


def test_what_breaks_off_leaves_no_document(node: Node) -> None:
    plan, digest = node.plan()
    node.host.pids = (12,)
    code, out, err = node.run("apply", plan, "--confirm", digest, "-o", "json", "-o", f"yaml={node.place}/told.yaml")
    assert (code, out) == (1, "")
    assert "nothing was changed" in err
    assert not (node.place / "told.yaml").exists()


def test_a_form_that_is_none_is_a_usage_error(node: Node) -> None:
    plan, _ = node.plan()
    code, _, err = node.run("apply", plan, "-o", "csv")
    assert code == 64
    assert "wanted one of: json, table, yaml" in err


@pytest.mark.parametrize("state", ContainerState)
def test_every_state_is_in_the_schema_and_explained_there(state: ContainerState) -> None:
    assert f'"{state.value}"' in json.dumps(SCHEMA)
    assert state.value in json.dumps(SCHEMA).partition("as it stands: ")[2]
