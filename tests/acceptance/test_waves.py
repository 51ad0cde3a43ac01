"""Waves from dumps to a saved plan, and from there again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import listed, node, on_node, pod
from upgradecheck.cli import main
from upgradecheck.model.errors import EXIT_NO_REPORT, EXIT_USAGE

ZONE, POOL, ROLE = "topology.kubernetes.io/zone", "karpenter.sh/nodepool", "node-role.kubernetes.io/control-plane"
HOSTILE = "$(reboot)`'\";|<b>\x1b[2J"


def uid(number: int) -> str:
    return f"11111111-0000-4000-8000-{number:012d}"


@pytest.fixture(name="dump")
def _dump(tmp_path: Path) -> str:
    """A control plane, and eight workers in two zones and pools; four replicas, of which one may go at a time."""
    workers = [node(f"w-{n}", "v1.30.14", **{ZONE: "ab"[n % 2], POOL: ("big", HOSTILE)[n // 6], "rack": f"r{n % 4}"}) for n in range(8)]
    web = [{**on_node(pod(f"web-{n}", uid(n)), f"w-{n * 2}")} for n in range(4)]
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "web", "namespace": "shop", "generation": 1},
        "spec": {"minAvailable": 3, "selector": {}},
        "status": {"observedGeneration": 1, "currentHealthy": 4, "desiredHealthy": 3, "disruptionsAllowed": 1, "expectedPods": 4},
    }
    (tmp_path / "all.json").write_text(json.dumps(listed(*workers, node("cp-1", "v1.30.14", **{ROLE: ""}), *web, budget)))
    return str(tmp_path / "all.json")


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    main([*words, "-o", "json"])
    out = capsys.readouterr().out
    return dict(json.loads(out))


def nodes_of(plan: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(wave["kind"], wave["nodes"]) for wave in plan["waves"]]


def test_a_plan_of_a_cluster(dump: str, capsys: pytest.CaptureFixture[str]) -> None:
    plan = told(capsys, "plan", "--to", "1.31", "-f", dump)
    assert nodes_of(plan) == [
        ("control_plane", ["cp-1"]),
        ("canary", ["w-1"]),
        ("canary", ["w-7"]),
        ("workers", ["w-0"]),
        ("workers", ["w-2"]),
        ("workers", ["w-4"]),
        ("workers", ["w-6"]),
        ("workers", ["w-3", "w-5"]),
    ]
    assert {one["name"]: (one.get("pool"), one.get("zone"), one.get("control_plane", False)) for one in plan["nodes"]}["w-7"] == (
        HOSTILE,
        "b",
        False,
    )


def test_a_saved_plan_is_parted_anew_as_plan_would_have(dump: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = str(tmp_path / "plan.json")
    first = told(capsys, "plan", "--to", "1.31", "-f", dump, "-o", f"json={saved}")
    again = told(capsys, "show", saved, "--max-per-wave", "1", "--wave-by", "rack")
    assert again == told(capsys, "plan", "--to", "1.31", "-f", dump, "--max-per-wave", "1", "--wave-by", "rack")
    assert again["plan_hash"] == first["plan_hash"]
    assert again["wave_rules"] == {"by": "rack", "max_per_wave": "1"}
    assert [one["pool"] for one in again["nodes"][1:]] == ["r0", "r1", "r2", "r3"] * 2
    assert nodes_of(again) != nodes_of(first)


def test_a_saved_plan_keeps_its_waves(dump: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "plan.json"
    main(["plan", "--to", "1.31", "-f", dump, "--max-per-wave", "50%", "-o", f"json={saved}"])
    main(["show", str(saved), "-o", "json"])
    assert capsys.readouterr().out == saved.read_text()


def test_a_saved_plan_whose_waves_have_a_node_twice_is_refused(dump: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "plan.json"
    plan = told(capsys, "plan", "--to", "1.31", "-f", dump)
    plan["waves"][0]["nodes"].append("w-0")
    saved.write_text(json.dumps(plan))
    assert main(["show", str(saved)]) == EXIT_NO_REPORT
    assert "waves: is not in waves of all nodes, each once" in capsys.readouterr().err


def test_a_saved_plan_whose_waves_stop_less_than_its_pods_is_refused(dump: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "plan.json"
    plan = told(capsys, "plan", "--to", "1.31", "-f", dump)
    plan["waves"][3]["stops"]["pods"] = 0
    saved.write_text(json.dumps(plan))
    assert main(["show", str(saved)]) == EXIT_NO_REPORT
    assert "waves[3].stops: is not what stops on its nodes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["--max-per-wave", "0"], "--max-per-wave '0': a number of nodes or a percentage of the workers is wanted", id="none"),
        pytest.param(["--max-per-wave", "2x"], "--max-per-wave '2x': a number of nodes", id="no number"),
        pytest.param(["--max-per-wave", "101%"], "--max-per-wave '101%': is more than all workers", id="more than all"),
        pytest.param(["--wave-by", "rakc"], "--wave-by rakc: no node has this label", id="a label that no node has"),
    ],
)
def test_what_cannot_be_asked(words: list[str], message: str, dump: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--to", "1.31", "-f", dump, *words]) == EXIT_USAGE
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("form", ["table", "wide", "markdown", "html"])
def test_names_of_pools_do_nothing_in_any_format(form: str, dump: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["plan", "--to", "1.31", "-f", dump, "--all", "-o", form])
    out = capsys.readouterr().out
    assert "\x1b[2J" not in out
    assert form != "html" or "|<b>" not in out
