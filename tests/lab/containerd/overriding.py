"""The scene with `override apply`: an upgrade that restarts only what really changed, and the way back by `override undo`.

Old kubelet · apply while it runs is refused · stopped, a spec changed, planned · apply with the runtime's restart · new kubelet · a sibling
dies · stopped, undo with the runtime's restart · old kubelet.
"""

from pathlib import Path

from tests.lab.containerd import holding
from tests.lab.containerd.builds import version_of
from tests.lab.containerd.seen import Finding, Json, ended, kept
from tests.lab.containerd.stage import Stage
from upgradecheck.decode.runtime.containerd_record import HASH
from upgradecheck.transport.containerd import containerd

REFUSED, DRY, APPLIED, ANSWERS, RECORDS = "refused.json", "dry-run.json", "applied.json", "answers.json", "records.json"
RUNS = "apply under a running kubelet"


def play(stage: Stage) -> None:
    """Upgrade and way back."""
    answers: dict[str, Json] = {}
    with stage.kubelet(stage.old):
        unedited = holding.under_the_old_kubelet(stage)
        answers[RUNS] = holding.told(holding.apply(stage, unedited))
        stage.keep(REFUSED, stage.running())
    plan = holding.edited_and_planned(stage)
    records = {"containerd": version_of(), "before": _records(stage)}
    answers["dry run"] = holding.told(holding.override(stage, "apply", str(plan)))
    stage.keep(DRY, stage.running())
    for what in ("apply", "apply again"):
        answers[what] = holding.told(holding.apply(stage, plan, "--restart-runtime"))
    stage.keep(APPLIED, stage.running())
    records["after"] = _records(stage)
    with stage.kubelet(stage.new):
        stage.keep(holding.UPGRADED, stage.running())
        holding.sibling_dies(stage)
        (journal,) = holding.STATE.glob("*.journal")
        holding.planned_again(stage, journal)
    answers["status"] = holding.told(holding.override(stage, "status"))
    answers["undo"] = holding.told(holding.override(stage, "undo", str(journal), "--confirm", holding.plan_hash(plan), "--restart-runtime"))
    stage.keep(holding.UNDONE, stage.running())
    stage.keep(RECORDS, {**records, "undone": _records(stage)})
    holding.planned_back(stage)
    with stage.kubelet(stage.old):
        stage.keep(holding.DOWNGRADED, stage.running())
    stage.keep(ANSWERS, answers)


def _records(stage: Stage) -> Json:
    """What containerd's database has of each container, as text: encoding/json writes UTF-8."""
    with containerd(str(stage.daemon.socket), "") as database:
        return {key: [one.type_url, one.value.decode()] for key, one in database.records().items()}


def findings(into: Path) -> list[Finding]:
    """What a kept folder shows: each with what it should be."""
    answers, plan = kept(into, ANSWERS), kept(into, holding.PLAN)
    refused, dry, applied, undone = (kept(into, name) for name in (REFUSED, DRY, APPLIED, holding.UNDONE))
    before, overrides = kept(into, holding.BEFORE), plan["overrides"]
    new, old = ({key: one[side] for key, one in overrides.items()} for side in ("to", "from"))
    wanted = dict.fromkeys(answers, 0) | {RUNS: 1}
    return [
        *holding.plan_findings(into),
        ("exit codes", {what: answer["exit_code"] for what, answer in answers.items()}, wanted),
        ("changed by a refused apply, or by a dry run", [refused != before, dry != before], [False, False]),
        ("ended by apply and the restarts of containerd", sorted(ended(before, applied)), []),
        ("hashes as before, but for those of the map", _hashes(applied) == _hashes(before) | new, True),
        ("hashes put back where they still run", {key: one for key, one in _hashes(undone).items() if old.get(key, one) != one}, {}),
        *_record_findings(kept(into, RECORDS), overrides),
        *holding.kubelet_findings(into, APPLIED),
    ]


def _record_findings(records: Json, overrides: Json) -> list[Finding]:
    """By the bytes of the database: one value changes of each container in the map, nothing of the others, and it comes back."""
    before, after, undone = (records[when] for when in ("before", "after", "undone"))
    changed = {key for key, value in after.items() if value != before[key]}
    values = {key: before[key][1].replace(f'"{HASH}":"{one["from"]}"', f'"{HASH}":"{one["to"]}"') for key, one in overrides.items()}
    return [
        ("records that apply changed", sorted(changed), sorted(overrides)),
        ("but for one value as they were", {key: after[key][1] for key in values} == values, True),
        ("not as before after undo", [key for key in undone.keys() & overrides if undone[key] != before[key]], []),
    ]


def _hashes(running: list[Json]) -> dict[str, str]:
    return {one["container_id"]: one["hash"] for one in running}
