"""A way back, asked about on what was recorded before the upgrade, against what a real kubelet did on that way with the same pods."""

from __future__ import annotations

import json
from pathlib import Path

from upgradecheck.cli import main

BEFORE, BACK = (Path(__file__).parents[1] / "lab" / "recorded" / name for name in ("1.30.14-to-1.31.0", "1.31.0-to-1.30.14"))
STOPS = {"restart", "recreate", "reject"}
STOPPED = {"restarted", "recreated-with-pod", "rejected"}


def test_what_stops_on_the_way_back_is_foretold_before_the_upgrade(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    main(["plan", "--from", "1.31.0", "--to", "1.30.14", "-f", str(BEFORE), "-q", "-o", f"json={plan}"])
    told = {(pod["name"], one["name"]): one["verdict"] for pod in json.loads(plan.read_text())["pods"] for one in pod["containers"]}
    seen = {(one["pod"], one["container"]): one["outcome"] for one in json.loads((BACK / "observed.json").read_text())["containers"]}
    both = [(told[key], seen[key]) for key in told.keys() & seen.keys()]
    assert sum(verdict in STOPS and outcome in STOPPED for verdict, outcome in both) > 75
    assert [(verdict, outcome) for verdict, outcome in both if verdict == "safe" and outcome in STOPPED] == []
    assert [(verdict, outcome) for verdict, outcome in both if verdict in STOPS and outcome == "kept"] == []
    assert main(["show", str(plan), "-q", "-o", "name=/dev/null"]) == 2
