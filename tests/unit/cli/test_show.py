"""``show``: a saved plan again, in every format and under every gate; what is damaged, foreign or newer is told and not shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import upgradecheck.commands.plan as pipeline
from tests.builders_plan import PLANS
from tests.drawing import sampled
from tests.unit.contract.saved import reported, saved
from upgradecheck.cli import main
from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.model.alike import grades
from upgradecheck.model.plan import Calibration, Finding, Grade, ObjectRef, Plan, PlannedBudget, PlannedNode, Severity, worst
from upgradecheck.planning.asking.exit_codes import GateLimits, judged_by, limits_of
from upgradecheck.renderers import formats_of


def trusted(plan: Plan) -> Plan:
    """The plan with the hash, the nodes and the gate that its pods make."""
    names = dict.fromkeys([*(node.name for node in plan.nodes), *(pod.node for pod in plan.pods if pod.node)])
    known = {node.name: node for node in plan.nodes}
    nodes = tuple(_node(name, known.get(name), plan) for name in names)
    told = replace(
        plan,
        nodes=nodes,
        calibration=Calibration(sum(node.calibration.reproduced for node in nodes), sum(node.calibration.recorded for node in nodes)),
        coverage=replace(plan.coverage, pods=len(plan.pods), nodes=len(nodes), nodes_with_evidence=min(1, len(nodes))),
        plan_hash=plan_digest(plan.to_version.release, plan.pods, plan.overrides or {}),
    )
    return judged_by(told, limits_of(plan.gate))


def _node(name: str, known: PlannedNode | None, plan: Plan) -> PlannedNode:
    pods = [pod for pod in plan.pods if pod.node == name]
    recorded = sum(one.evidence.grade is Grade.RECORDED for pod in pods for one in pod.containers)
    return PlannedNode(
        name,
        plan.from_version,
        plan.to_version,
        None if known is None else known.runtime,
        worst(tuple(pod.verdict for pod in pods)),
        Calibration(recorded // 2, recorded),
        grades(pods),
    )


GOOD = {name: trusted(plan) for name, plan in PLANS.items() if name != "hostile"}  # a lone surrogate is no JSON
MIXED = GOOD["mixed"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_bytes(saved(MIXED))
    return path


EACH = [("mixed", format_) for format_ in formats_of("plan")] + [
    (name, format_) for name in GOOD if name != "mixed" for format_ in ("json", "table")
]


@pytest.mark.parametrize(("name", "format_"), EACH)
def test_each_format_is_as_plan_makes_it(name: str, format_: str, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(reported(GOOD[name], "json"))
    assert main(["show", str(tmp_path / "plan.json"), "-o", f"{format_}={tmp_path / 'shown'}", "-q"]) == GOOD[name].exit_code
    assert (tmp_path / "shown").read_text() == reported(GOOD[name], format_)


def test_yaml_is_read_as_json_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, plan in GOOD.items():
        (tmp_path / name).write_text(reported(plan, "yaml"))
        main(["show", str(tmp_path / name), "-o", "json", "-q"])
        assert capsys.readouterr().out == reported(plan, "json")


GATES: list[tuple[list[str], GateLimits]] = [
    (["--fail-on", "none"], GateLimits(fail_on=frozenset())),
    (["--fail-on", "unknown"], GateLimits(fail_on=frozenset({"unknown"}))),
    (["--fail-on", "hazard"], GateLimits(fail_on=frozenset({"hazard"}))),
    (["--max-restarts", "100%"], GateLimits(max_restarts="100%")),
    (["--max-restarts", "8", "--fail-on", "restart"], GateLimits(frozenset({"restart"}), max_restarts="8")),
    (["--min-coverage", "50", "--min-calibration", "99"], GateLimits(min_coverage=50, min_calibration=99)),
    (["--exit-zero"], GateLimits(exit_zero=True)),
]


@pytest.mark.parametrize(("options", "limits"), GATES, ids=[" ".join(options) for options, _ in GATES])
@pytest.mark.parametrize("name", sampled(GOOD, 3))
def test_another_gate_is_as_plan_would_have_judged(
    name: str, options: list[str], limits: GateLimits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.json").write_bytes(saved(GOOD[name]))
    wanted = judged_by(GOOD[name], limits)
    assert main(["show", str(tmp_path / "plan.json"), "-o", "json", *options]) == wanted.exit_code
    assert capsys.readouterr().out == reported(wanted, "json")


def test_exit_zero_is_taken_back_and_the_conditions_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    limits = GateLimits(frozenset({"restart", "hazard"}), max_restarts="1", exit_zero=True)
    (tmp_path / "plan.json").write_bytes(saved(judged_by(MIXED, limits)))
    wanted = judged_by(MIXED, replace(limits, exit_zero=False))
    assert wanted.exit_code
    assert main(["show", str(tmp_path / "plan.json"), "-o", "json", "--no-exit-zero"]) == wanted.exit_code
    assert capsys.readouterr().out == reported(wanted, "json")


def test_a_condition_in_the_environment_counts(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPGRADECHECK_FAIL_ON", "none")
    assert main(["show", str(file), "-q", "-o", "name"]) == 0


def test_what_a_newer_minor_says_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole: dict[str, Any] = {**json.loads(saved(MIXED)), "format_version": "1.9", "news": {"a": 1}}
    whole["gate"]["conditions"][0]["news"] = 2
    (tmp_path / "plan.json").write_text(json.dumps(whole))
    main(["show", str(tmp_path / "plan.json"), "-q", "-o", "json"])
    assert json.loads(capsys.readouterr().out) == whole
    main(["show", str(tmp_path / "plan.json"), "-q", "-o", "json", "--fail-on", "none"])
    shown = json.loads(capsys.readouterr().out)
    assert (shown["news"], shown["format_version"]) == ({"a": 1}, "1.9")
    assert shown["gate"] == {"exit_code": 0, "conditions": [{"name": "complete", "value": True, "limit": True, "met": True}]}


def edited(**changes: Any) -> bytes:
    return json.dumps({**json.loads(saved(MIXED)), **changes}).encode()


def without_pods_that_restart() -> bytes:
    whole = json.loads(saved(MIXED))
    return json.dumps({**whole, "pods": [pod for pod in whole["pods"] if pod["verdict"] != "restart"]}).encode()


CHANGED = "the file was changed after the plan was made"
SUMMARY, COVERAGE, GATE = (dict(json.loads(saved(MIXED))[name]) for name in ("summary", "coverage", "gate"))
NODE, OTHER = (dict(one) for one in json.loads(saved(MIXED))["nodes"])


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param(b"", "is empty", id="an empty file"),
        pytest.param(b" \n", "is empty", id="a blank one"),
        pytest.param(saved(MIXED)[:2000], "no plan in JSON (upgradecheck plan -o json makes one): Input data was truncated", id="cut"),
        pytest.param(b"\x00\x01\xff", "no plan in JSON, and none in YAML either", id="no text"),
        pytest.param(b"# A readme\n\nwith *signs*.\n", "no plan in JSON", id="a text"),
        pytest.param(b'{"kind":"PodList","items":[]}', "kind: 'PodList' where Plan is wanted", id="a dump"),
        pytest.param(edited(kind="HashList"), "kind: 'HashList' where Plan is wanted", id="another document of ours"),
        pytest.param(edited(format_version="2.0"), "format_version: '2.0' is of a newer upgradecheck; this one reads 1.x", id="newer"),
        pytest.param(without_pods_that_restart(), f"plan_hash: is not that of what the file holds: {CHANGED}", id="pods taken out"),
        pytest.param(edited(to="1.31.0"), f"plan_hash: is not that of what the file holds: {CHANGED}", id="another version"),
        pytest.param(
            edited(summary={**SUMMARY, "containers": {"safe": 3}}),
            "summary.containers: is not the number of what the file holds",
            id="other counts",
        ),
        pytest.param(edited(summary={**SUMMARY, "pods": {}}), "summary.pods: is not the number of what the file holds", id="no counts"),
        pytest.param(edited(complete=False), "complete: is not what coverage.missing and pods say", id="completeness"),
        pytest.param(edited(nodes=[]), "nodes: is not those of the pods, each once", id="no nodes"),
        pytest.param(edited(nodes=[NODE, NODE]), "nodes: is not those of the pods, each once", id="a node twice"),
        pytest.param(
            edited(nodes=[{**NODE, "verdict": "safe"}, OTHER]), "nodes[0].verdict: is not the worst of its pods", id="a node's verdict"
        ),
        pytest.param(edited(nodes=[{**NODE, "from": "1.29.0"}, OTHER]), "nodes[0].from: is not the plan's", id="a node's version"),
        pytest.param(
            edited(nodes=[{**NODE, "evidence": {}}, OTHER]), "nodes[0].evidence: is not that of its containers", id="a node's evidence"
        ),
        pytest.param(
            edited(nodes=[{**NODE, "calibration": {"reproduced": 99, "recorded": 99}}, OTHER]),
            "nodes[0].calibration: is not of hashes that were recorded there",
            id="a node's calibration",
        ),
        pytest.param(
            edited(calibration={"reproduced": 5, "recorded": 5}), "calibration: is not the sum of the nodes'", id="the plan's calibration"
        ),
        pytest.param(edited(coverage={**COVERAGE, "nodes_with_evidence": 7}), "coverage.nodes_with_evidence: is not", id="coverage"),
        pytest.param(
            edited(
                gate={**GATE, "conditions": [{**one, "value": 0, "met": True} for one in GATE["conditions"]], "exit_code": 0}, exit_code=0
            ),
            "gate.conditions: is not what the rest of the file makes",
            id="conditions that are said to be met",
        ),
        pytest.param(
            edited(gate={"exit_code": 0, "conditions": []}, exit_code=0),
            "gate.conditions: is not what the rest of the file makes",
            id="no conditions",
        ),
        pytest.param(
            edited(gate={**GATE, "conditions": [{**GATE["conditions"][0], "limit": -5}, *GATE["conditions"][1:]]}),
            "gate.conditions: has a limit that no plan has",
            id="a limit that is none",
        ),
        pytest.param(edited(exit_code=0), "exit_code: is not that of the gate", id="another exit code"),
        pytest.param(
            edited(gate={**json.loads(saved(MIXED))["gate"], "exit_code": 3}, exit_code=3),
            "gate.exit_code: is not what its conditions make",
            id="gate",
        ),
    ],
)
def test_what_is_not_a_whole_plan_is_told_and_not_shown(
    raw: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.json").write_bytes(raw)
    assert main(["show", str(tmp_path / "plan.json"), "-o", "table"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"upgradecheck: {tmp_path}/plan.json: {message}")
    assert err.endswith("Nothing is shown of it; make it anew with plan -o json=PLAN.\n")


@pytest.mark.parametrize(
    ("name", "message"), [("none.json", "cannot be read (No such file or directory)"), (".", "cannot be read (Is a directory)")]
)
def test_what_is_no_file(name: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(tmp_path / name)]) == 1
    assert message in capsys.readouterr().err


def test_a_plan_without_a_gate_has_its_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = json.loads(saved(MIXED))
    del whole["gate"]
    (tmp_path / "plan.json").write_text(json.dumps(whole))
    assert main(["show", str(tmp_path / "plan.json"), "-o", "name"]) == 2
    assert main(["show", str(tmp_path / "plan.json"), "-o", "name", "--fail-on", "none"]) == 0


FINDING = dict(json.loads(saved(MIXED))["findings"][0])
SCOPE = dict(json.loads(saved(MIXED))["scope"])
ACCEPTED = dict(json.loads(saved(GOOD["suppressed"]))["ignores"])
ENTRY = ACCEPTED["entries"][0]
EXCEEDED = {"rule": "UC041", "severity": "warning", "object": {"kind": "PodDisruptionBudget", "namespace": "shop", "name": "web"}}


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        pytest.param("mixed", {"gate": {**GATE, "exit_code": 0}, "exit_code": 0}, "gate.exit_code: is not what its conditions make",
                     id="0 with a condition that is not met"),
        pytest.param("mixed", {"gate": {**GATE, "exit_zero": True}}, "gate.exit_code: is not what its conditions make", id="not 0 with --exit-zero"),
        pytest.param("mixed", {"scope": {**SCOPE, "namespaces": ["other"]}}, "scope: is not where the pods are", id="another namespace"),
        pytest.param("mixed", {"scope": {**SCOPE, "excluded_namespaces": ["shop"]}}, "scope: is not where the pods are", id="one left out"),
        pytest.param("mixed", {"scope": {**SCOPE, "nodes": ["node-z"]}}, "scope: is not where the pods are", id="another node"),
        pytest.param("mixed", {"findings": [{**FINDING, "object": {"kind": "Deployment", "namespace": "shop", "name": "x"}}]},
                     "findings: is not of pods of the plan", id="a finding of another plan"),
        pytest.param("mixed", {"findings": [{**EXCEEDED, "message": "m", "remedy": "r"}]}, "findings: is not what budgets and pods make",
                     id="a budget that is not exceeded"),
        pytest.param("suppressed", {"ignores": {**ACCEPTED, "entries": [{**ENTRY, "containers": 0}, *ACCEPTED["entries"][1:]]}},
                     "ignores.entries[0]: is not what pods and findings say", id="an entry that accepts less"),
        pytest.param("suppressed", {"ignores": {**ACCEPTED, "entries": [{**ENTRY, "containers": 99}, *ACCEPTED["entries"][1:]]}},
                     "ignores.entries[0]: is not what pods and findings say", id="an entry that accepts more"),
    ],
)  # fmt: skip
def test_what_follows_from_the_rest_is_compared(
    name: str, changes: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.json").write_text(json.dumps({**json.loads(saved(GOOD[name])), **changes}))
    assert main(["show", str(tmp_path / "plan.json"), "-o", "table"]) == 1
    out, err = capsys.readouterr()
    assert (out, err.startswith(f"upgradecheck: {tmp_path}/plan.json: {message}: {CHANGED}")) == ("", True)


def test_a_budget_that_is_exceeded_is_among_the_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pods = tuple(replace(one, budgets=("web",)) for one in MIXED.pods)
    exceeded = trusted(replace(MIXED, pods=pods, budgets=(PlannedBudget("shop", "web", 1, 1),)))
    (tmp_path / "plan.json").write_bytes(saved(exceeded))
    assert main(["show", str(tmp_path / "plan.json"), "-o", "name"]) == 1
    assert "findings: is not what budgets and pods make" in capsys.readouterr().err
    found = Finding("UC041", Severity.WARNING, ObjectRef("PodDisruptionBudget", "web", "shop"), "m", "r")
    (tmp_path / "plan.json").write_bytes(saved(replace(exceeded, findings=(*exceeded.findings, found))))
    assert main(["show", str(tmp_path / "plan.json"), "-o", "name"]) == 2


def without_gate(exit_code: int) -> bytes:
    whole = json.loads(edited(exit_code=exit_code))
    del whole["gate"]
    return json.dumps(whole).encode()


@pytest.mark.parametrize(("kept", "shown"), [(0, 2), (4, 2), (3, 2), (2, 2)])
def test_an_exit_code_without_a_gate_is_believed_where_it_is_no_better(
    kept: int, shown: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.json").write_bytes(without_gate(kept))
    assert main(["show", str(tmp_path / "plan.json"), "-q", "-o", "json"]) == shown
    out, err = capsys.readouterr()
    notice = f"he file has no gate, and exit code {kept}; the default conditions make 2 of what it holds, and that stands."
    told = json.loads(out)
    assert (notice in err, f"T{notice}" in told["notices"], told["exit_code"]) == (kept != 2, kept != 2, shown)
    assert ("gate" in told) == (kept != 2)
    assert main(["show", str(tmp_path / "plan.json"), "-q", "-o", "json", "--fail-on", "none"]) == 0
    assert "no gate" not in "".join(capsys.readouterr())


def test_a_worse_exit_code_without_a_gate_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = json.loads(saved(GOOD["nothing-restarts"]))
    del good["gate"]
    (tmp_path / "plan.json").write_text(json.dumps({**good, "exit_code": 3}))
    assert main(["show", str(tmp_path / "plan.json"), "-q", "-o", "name"]) == 3
    assert "no gate" not in capsys.readouterr().err


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The plan of the example, which has waves, and what none of them can help."""
    target = tmp_path_factory.mktemp("example") / "plan.json"
    main(["plan", "--example", "-q", "-o", f"json={target}"])
    made: dict[str, Any] = json.loads(target.read_text())
    assert all(made[name] for name in ("waves", "waves_unsolved"))
    assert any("labels" in node for node in made["nodes"])
    return made


_PLACES = ("labels", "zone", "pool", "control_plane", "etcd")


@pytest.mark.parametrize(
    ("changes", "left_out", "message"),
    [
        pytest.param({"waves": []}, (), "waves: is not in waves of all nodes, each once", id="no waves, and what none can help"),
        pytest.param({"waves": []}, ("waves_unsolved",), "waves: is not in waves of all nodes, each once", id="no waves, and nodes with labels"),
        pytest.param({"waves": []}, ("waves_unsolved", "document_hash", *_PLACES), None, id="as an older program wrote it"),
        pytest.param({"waves_unsolved": []}, (), "waves_unsolved: is not what its pods make", id="nothing that they cannot help"),
        pytest.param({}, ("waves_unsolved",), "waves_unsolved: is not what its pods make", id="the same, left out"),
        pytest.param({}, (), None, id="as it was made"),
    ],
)  # fmt: skip
def test_waves_are_compared(
    example: dict[str, Any],
    changes: dict[str, Any],
    left_out: tuple[str, ...],
    message: str | None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = {name: value for name, value in {**example, **changes}.items() if name not in left_out}
    whole["nodes"] = [{name: value for name, value in node.items() if name not in left_out} for node in whole["nodes"]]
    (tmp_path / "plan.json").write_text(json.dumps(whole))
    assert main(["show", str(tmp_path / "plan.json"), "-q", "-o", "name"]) == (2 if message is None else 1)
    err = capsys.readouterr().err
    assert message is None or err.startswith(f"upgradecheck: {tmp_path}/plan.json: {message}: {CHANGED}")


def test_a_plan_that_the_program_has_made_and_shows_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pipeline.make_plan is not None
    target = tmp_path / "plan.json"
    assert main(["plan", "--example", "-q", "-o", "table", "-o", f"json={target}"]) == 2
    told = capsys.readouterr().out
    assert main(["show", str(target), "-q"]) == 2
    assert capsys.readouterr().out == told


def test_accepted_containers_of_one_pod_count_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, accepted = tmp_path / "plan.json", tmp_path / "ignores.yaml"
    accepted.write_text("ignore: [{name: '*/*', verdicts: [restart, recreate, reject, unknown], reason: told}]")
    code = main(["plan", "--example", "--to", "1.31.0", "-q", "--ignore-file", str(accepted), "-o", "table", "-o", f"json={target}"])
    told = capsys.readouterr().out
    made = json.loads(target.read_text())
    assert any(sum("would_be" in one for one in pod["containers"]) > 1 for pod in made["pods"])
    assert main(["show", str(target), "-q"]) == code
    assert capsys.readouterr().out == told
