"""The whole scene anew, and what was recorded of it held against what it gives now: some ten minutes, five of which wait for a Node to be written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lab.fleet import playing

pytestmark = pytest.mark.node
_TESTS = (
    "test_every_verdict_is_recorded_and_every_hash_reproduced",
    "test_what_the_new_kubelets_ended_is_what_was_foretold",
    "test_static_pods_of_which_there_is_no_mirror_are_told_by_their_nodes_bundles",
    "test_hashes_in_bundles_are_those_that_the_kubelets_recorded",
    "test_a_plan_knows_since_when_each_kubelet_runs",
    "test_the_gate_runs_as_its_manifest_says",
    "test_the_job_runs_as_its_manifest_says",
    "test_what_follows_the_gates_of_the_examples_runs_where_they_open",
    "test_the_watch_tells_what_restarted_against_what_was_foretold",
    "test_what_a_pod_put_on_a_node_records_its_kubelets_starts_and_holds",
    "test_the_printed_roles_alone_are_used",
    "test_nothing_of_a_spec_is_in_what_was_published",
    "test_each_node_tells_its_own_kubelet",
    "test_the_history_of_each_node_has_both_kubelets",
)
_AMISS = "test_what_is_amiss_is_named_and_makes_the_plan_partial"


def test_three_real_nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = playing.refusal()
    if problem is not None:
        pytest.skip(problem)
    playing.play(tmp_path / "fleet")
    from tests.lab import test_recorded_fleet as recorded

    monkeypatch.setattr(recorded, "RECORDED", tmp_path / "fleet")
    monkeypatch.setattr(recorded, "PLANS", json.loads((tmp_path / "fleet/plans.json").read_text()))
    for name in _TESTS:
        getattr(recorded, name)()
    amiss = getattr(recorded, _AMISS)
    (mark,) = amiss.pytestmark
    for case in mark.args[1]:
        amiss(*case)
