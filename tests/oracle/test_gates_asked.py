"""What hashdata says of gates that were read by hand, against the files of the releases that ask for them."""

from __future__ import annotations

import json

import pytest

from tests.oracle.gates_asked import CHECKS, FILE, RUNS, files_that_ask, moves, release

pytestmark = pytest.mark.oracle


def test_gates_are_asked_for_where_it_is_said() -> None:
    file, wrong = json.loads(FILE.read_bytes()), dict[str, str]()
    by_hand = {**file["gates"], **file["no_pods"]["node"]}
    for name, minor in moves():
        version, kinds = release(minor), file["no_pods"]
        found = files_that_ask(name, version)
        if name in by_hand:
            source = by_hand[name]["source"]
            if source["version"] == version and source["path"] not in found:
                wrong[name] = f"{source['path']} does not ask"
        elif name in kinds["elsewhere"]:
            if found:
                wrong[name] = f"{found[0]} asks"
        elif not found or not all(path.startswith(CHECKS) for path in found):
            wrong[name] = f"{', '.join(path for path in found if path.startswith(RUNS)) or 'nothing'} asks"
    assert wrong == {}
