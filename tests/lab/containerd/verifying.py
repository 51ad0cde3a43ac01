"""The scene of the whole chain: plan, show, upgrade, verify; without an override, back again, and with one.

Old kubelet, planned · verified before anything happened · new kubelet, verified on the node and by dumps · old kubelet again, by the plan of
the way back · planned with an override, applied · new kubelet, verified. `verify --cri` finds the kubelet that runs by itself, as it does on a node.
"""

from pathlib import Path

from tests.lab import running
from tests.lab.containerd import holding
from tests.lab.containerd.seen import DISTURBED, Finding, Json, ended, foretold, kept, name
from tests.lab.containerd.stage import KUBELET, Stage

BEFORE, UPGRADED, RETURNED, HELD = (f"{when}.json" for when in ("before", "upgraded", "returned", "held"))
PLAN, BACK, HOLDING = "plan.json", "plan-back.json", "plan-holding.json"
PENDING, LIVE, DUMPED, RETURN, OVERRIDDEN = (f"verified-{when}.json" for when in ("before", "live", "dumped", "back", "override"))
SHOWN, ACCURACY = "shown.txt", "accuracy.jsonl"


def play(stage: Stage) -> None:
    """There, back, and there again with an override."""
    codes: dict[str, int] = {}
    with stage.kubelet(stage.old):
        stage.keep(KUBELET, stage.kubelet_pods())
        stage.keep(BEFORE, stage.running())
        plan = holding.planned(stage, PLAN)
        (stage.into / SHOWN).write_text(stage.upgradecheck("show", str(plan)).out)
        codes["before"] = _verified(stage, plan, PENDING, "--cri", _socket(stage))
    with stage.kubelet(stage.new):
        stage.keep(UPGRADED, stage.running())
        stage.keep(KUBELET, stage.kubelet_pods())
        codes["live"] = _verified(stage, plan, LIVE, "--cri", _socket(stage), "--append", str(stage.into / ACCURACY))
        codes["dumped"] = _verified(stage, plan, DUMPED, "-f", str(_dumped(stage, stage.new[0])))
        back = holding.planned(stage, BACK, steps=(stage.new[0], stage.old[0]))
    with stage.kubelet(stage.old):
        stage.keep(RETURNED, stage.running())
        stage.keep(KUBELET, stage.kubelet_pods())
        codes["back"] = _verified(stage, back, RETURN, "--cri", _socket(stage), "--append", str(stage.into / ACCURACY))
    held = holding.planned(stage, HOLDING, "--override")
    codes["apply"] = holding.apply(stage, held, "--restart-runtime").exit_code
    with stage.kubelet(stage.new):
        stage.keep(HELD, stage.running())
        codes["override"] = _verified(stage, held, OVERRIDDEN, "--cri", _socket(stage), "--append", str(stage.into / ACCURACY))
    stage.keep("accuracy.json", stage.upgradecheck("show", str(stage.into / ACCURACY), "-o", "json").json())
    stage.keep("codes.json", codes)


def findings(into: Path) -> list[Finding]:
    """What a kept folder shows: each with what it should be."""
    before, upgraded, returned, held = (kept(into, when) for when in (BEFORE, UPGRADED, RETURNED, HELD))
    plan, back, holding_plan = kept(into, PLAN), kept(into, BACK), kept(into, HOLDING)
    live, dumped, pending = (kept(into, when) for when in (LIVE, DUMPED, PENDING))
    return [
        ("exit codes", kept(into, "codes.json"), {"before": 3, "live": 0, "dumped": 0, "back": 0, "apply": 0, "override": 0}),
        ("before the upgrade all is pending", set(_results(pending).values()), {"pending"}),
        ("restarted, as planned", sorted(ended(before, upgraded)), sorted(foretold(plan, *DISTURBED))),
        ("stopped, as verify says", sorted(_stopped(live)), sorted(ended(before, upgraded))),
        ("hits alone", set(_results(live).values()), {"hit"}),
        ("by dumps as on the node", _results(dumped) == _results(live), True),
        ("stopped by the way back, as verify says", sorted(_stopped(kept(into, RETURN))), sorted(ended(upgraded, returned))),
        ("and as planned", sorted(ended(upgraded, returned)), sorted(foretold(back, *DISTURBED))),
        ("held by the override", len(foretold(holding_plan, "overridden")) >= 4, True),
        ("stopped in spite of it", sorted(ended(returned, held)), sorted(foretold(holding_plan, *DISTURBED))),
        ("which verify says too", sorted(_stopped(kept(into, OVERRIDDEN))), sorted(ended(returned, held))),
        ("upgrades in the log of accuracy, and what was wrong", _accuracy(kept(into, "accuracy.json")), (3, 0, 0)),
    ]


def _verified(stage: Stage, plan: Path, result: str, *words: str) -> int:
    answer = stage.upgradecheck("verify", str(plan), *words, "-o", "json")
    stage.keep(result, answer.json())
    return answer.exit_code


def _dumped(stage: Stage, version: str) -> Path:
    """What an operator could have collected: the Node, the kubelet's pods, crictl's list."""
    folder = stage.state / "after"
    folder.mkdir()
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": running.NODE},
        "status": {"nodeInfo": {"kubeletVersion": f"v{version}"}},
    }
    stage.keep("node-after.json", node)
    (folder / "node.json").write_text((stage.into / "node-after.json").read_text())
    (folder / "kubelet-pods.json").write_text((stage.into / KUBELET).read_text())
    (folder / "crictl-ps.json").write_text(stage.daemon.crictl("ps", "-a", "-o", "json"))
    return folder


def _socket(stage: Stage) -> str:
    return f"unix://{stage.daemon.socket}"


def _results(verified: Json) -> dict[tuple[str, str], str]:
    """Of those that ran."""
    rows = ((name(one["pod"], one["container"]), one["result"]) for one in verified["containers"])
    return {who: result for who, result in rows if result != "not_compared"}


def _stopped(verified: Json) -> set[tuple[str, str]]:
    return {name(one["pod"], one["container"]) for one in verified["containers"] if one.get("came") not in (None, "kept")}


def _accuracy(told: Json) -> tuple[int, int, int]:
    return told["upgrades"], told["summary"]["miss"], told["summary"]["false_alarm"]
