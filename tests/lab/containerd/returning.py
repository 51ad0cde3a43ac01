"""The scene with `override apply` both ways: what came up by an override goes back by another, planned while the first is in force.

Old kubelet · stopped, apply · new kubelet · a sibling dies · planned back by the journal · stopped, apply of that plan · old kubelet. What died
was made anew by the new kubelet; the plan says whether that too can be held.
"""

from pathlib import Path

from tests.lab.containerd import holding
from tests.lab.containerd.seen import DISTURBED, Finding, Json, ended, foretold, kept
from tests.lab.containerd.stage import KUBELET, Stage

APPLIED, BOTH, ANSWERS = "applied.json", "applied-back.json", "answers.json"


def play(stage: Stage) -> None:
    """Upgrade and way back."""
    answers: dict[str, Json] = {}
    with stage.kubelet(stage.old):
        plan = holding.under_the_old_kubelet(stage)
    answers["apply"] = holding.told(holding.apply(stage, plan, "--restart-runtime"))
    stage.keep(APPLIED, stage.running())
    with stage.kubelet(stage.new):
        stage.keep(holding.UPGRADED, stage.running())
        holding.sibling_dies(stage)
        stage.keep(KUBELET, stage.kubelet_pods())
        (journal,) = holding.STATE.glob("*.journal")
        words = ("--override", "--override-in-force", str(journal))
        back = holding.planned(stage, holding.BACK, *words, steps=(stage.new[0], stage.old[0]))
    answers["apply back"] = holding.told(holding.apply(stage, back, "--restart-runtime"))
    answers["status"] = holding.told(holding.override(stage, "status"))
    stage.keep(BOTH, stage.running())
    with stage.kubelet(stage.old):
        stage.keep(holding.DOWNGRADED, stage.running())
    stage.keep(ANSWERS, answers)


def findings(into: Path) -> list[Finding]:
    """What a kept folder shows: each with what it should be."""
    before, applied, upgraded, sibling, both, downgraded = (
        kept(into, when) for when in (holding.BEFORE, APPLIED, holding.UPGRADED, holding.SIBLING, BOTH, holding.DOWNGRADED)
    )
    plan, back = kept(into, holding.UNEDITED), kept(into, holding.BACK)
    held = foretold(plan, "overridden")
    return [
        (
            "exit codes",
            {what: answer["exit_code"] for what, answer in kept(into, ANSWERS).items()},
            {"apply": 0, "apply back": 0, "status": 0},
        ),
        ("held on the way there", len(held) >= 4 and not foretold(plan, *DISTURBED), True),
        ("ended by apply", sorted(ended(before, applied)), []),
        ("restarted by the new kubelet", sorted(ended(applied, upgraded)), []),
        ("ended when a sibling died", sorted(ended(upgraded, sibling)), [holding.DYING]),
        ("held on the way back", sorted(foretold(back, "overridden") - {holding.DYING}), sorted(held - {holding.DYING})),
        ("restarting on the way back", sorted(foretold(back, *DISTURBED)), sorted({holding.DYING} & held - foretold(back, "overridden"))),
        ("ended by apply of the way back", sorted(ended(sibling, both)), []),
        ("restarted by the old kubelet", sorted(ended(both, downgraded)), sorted(foretold(back, *DISTURBED))),
    ]
