"""Manifests of static pods that somebody edited while no kubelet ran, as the next one took them; what a plan says of it.

Recorded with `python -m tests.lab --from A --to B --manifests tests/lab/with-edits`. Under a UID of its own a pod that is called otherwise, or
stands in another namespace, is the same one: what runs of it is compared, and runs on.
"""

from pathlib import Path

import pytest

from tests.lab import comparing

RECORDED = Path(__file__).parent / "recorded-edits"

every_folder = pytest.mark.parametrize("recorded", sorted(RECORDED.iterdir()), ids=lambda path: path.name)


@every_folder
def test_edits_are_foreseen(recorded: Path) -> None:
    pairs = comparing.replayed(recorded)
    assert [pair for pair in pairs if pair.wrong] == []
    assert comparing.report(recorded, pairs) == (recorded / "report.txt").read_text()


@every_folder
def test_a_pod_with_a_uid_of_its_own_is_the_same_whatever_it_is_called(recorded: Path) -> None:
    observed = comparing.observations(recorded)
    moved = {one["uid_before"] for one in observed["pods"] if one["pod"] in ("renamed-node-1", "moved-node-1") and one["uid_before"]}
    assert len(moved) == 2
    came = {one["outcome"] for one in observed["containers"] if one["uid"] in moved}
    assert came == ({"restarted"} if observed["to"] == "1.31.0" else {"kept"})  # from 1.30 on all restart, in their old pods
