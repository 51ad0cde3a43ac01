"""The scene with `override apply`: an upgrade that restarts only what really changed, and the way back by `override undo`.

Old kubelet · apply while it runs is refused · stopped, a spec changed, planned · apply with the runtime's restart · new kubelet · a sibling
dies · stopped, undo with the runtime's restart · old kubelet.
"""

from pathlib import Path

from tests.lab.containerd import holding
from tests.lab.containerd.seen import Finding, Json, ended, kept
from tests.lab.containerd.stage import Answer, Stage

APPLIED, ANSWERS = "applied.json", "answers.json"
STATE = Path("/var/lib/upgradecheck/override")


def play(stage: Stage) -> None:
    """Upgrade and way back."""
    answers: dict[str, Json] = {}
    with stage.kubelet(stage.old):
        unedited = holding.under_the_old_kubelet(stage)
        answers["apply under a running kubelet"] = holding.told(_apply(stage, unedited))
        stage.keep("refused.json", stage.running())
    plan = holding.edited_and_planned(stage)
    for what, words in (("dry run", ()), ("apply", ("--restart-runtime",)), ("apply again", ("--restart-runtime",))):
        answers[what] = holding.told(_apply(stage, plan, *words) if words else _override(stage, "apply", str(plan)))
        stage.keep(f"{what.replace(' ', '-')}.json", stage.running())
    stage.keep(APPLIED, stage.running())
    with stage.kubelet(stage.new):
        stage.keep(holding.UPGRADED, stage.running())
        holding.sibling_dies(stage)
    (journal,) = STATE.glob("*.journal")
    answers["status"] = holding.told(_override(stage, "status"))
    answers["undo"] = holding.told(_override(stage, "undo", str(journal), "--confirm", _hash(plan), "--restart-runtime"))
    stage.keep(holding.UNDONE, stage.running())
    holding.planned_back(stage)
    with stage.kubelet(stage.old):
        stage.keep(holding.DOWNGRADED, stage.running())
    stage.keep(ANSWERS, answers)


def findings(into: Path) -> list[Finding]:
    """What a kept folder shows: each with what it should be."""
    answers, plan = kept(into, ANSWERS), kept(into, holding.PLAN)
    before, applied, undone = (kept(into, name) for name in (holding.BEFORE, APPLIED, holding.UNDONE))
    wanted = dict.fromkeys(answers, 0) | {"apply under a running kubelet": 1}
    return [
        *holding.plan_findings(into),
        ("exit codes", {what: answer["exit_code"] for what, answer in answers.items()}, wanted),
        ("changed by a refused apply, or by a dry run", [before] * 2, [kept(into, name) for name in ("refused.json", "dry-run.json")]),
        ("ended by apply and the restart of containerd", sorted(ended(before, applied)), []),
        ("hashes that apply left", _hashes(applied), _hashes(before) | {key: one["to"] for key, one in plan["overrides"].items()}),
        ("hashes that undo left", _hashes(undone, plan["overrides"]), {key: one["from"] for key, one in plan["overrides"].items()}),
        *holding.kubelet_findings(into, APPLIED),
    ]


def _apply(stage: Stage, plan: Path, *words: str) -> Answer:
    return _override(stage, "apply", str(plan), "--confirm", _hash(plan), *words)


def _override(stage: Stage, *words: str) -> Answer:
    return stage.upgradecheck("override", *words, "--containerd", str(stage.daemon.socket))


def _hash(plan: Path) -> str:
    found: str = kept(plan.parent, plan.name)["plan_hash"]
    return found


def _hashes(running: list[Json], wanted: Json | None = None) -> dict[str, str]:
    return {one["container_id"]: one["hash"] for one in running if wanted is None or one["container_id"] in wanted}
