"""What the scenes with an override share: a plan that holds what it can, a container whose spec really changes, and one that dies."""

import dataclasses
from pathlib import Path

from tests.lab.containerd.seen import DISTURBED, Finding, Json, Name, ended, foretold, kept, name, names
from tests.lab.containerd.stage import KUBELET, Answer, Stage

BEFORE, UPGRADED, SIBLING, UNDONE, DOWNGRADED = (f"{when}.json" for when in ("before", "upgraded", "sibling-died", "undone", "downgraded"))
AGAIN, BACK = "plan-again.json", "plan-back.json"
UNEDITED, PLAN = "plan-unedited.json", "plan.json"
STATE = Path("/var/lib/upgradecheck/override")
"""Where `override apply` keeps its journals if nothing else is said."""

EDITED: Name = ("edited", "edited")
"""The container whose spec is changed while no kubelet runs."""

DYING: Name = ("web", "logger")
"""A container beside one that is held."""


def planned(stage: Stage, name: str, *words: str, steps: tuple[str, str] | None = None) -> Path:
    """Makes a plan by the live socket and keeps it under this name."""
    made = stage.plan("--cri", f"unix://{stage.daemon.socket}", *words, steps=steps).json()
    stage.keep(name, made)
    return stage.into / name


def under_the_old_kubelet(stage: Stage) -> Path:
    """Pods run, and a plan is made of them."""
    stage.keep(KUBELET, stage.kubelet_pods())
    stage.keep(BEFORE, stage.running())
    return planned(stage, UNEDITED, "--override")


def edited_and_planned(stage: Stage) -> Path:
    """With no kubelet running, a container's spec is changed; the plan of what is there now."""
    manifest = stage.setting.manifests / "edited.yaml"
    manifest.write_text(manifest.read_text().replace("value: before", "value: after"))
    return planned(stage, PLAN, "--override")


def sibling_dies(stage: Stage) -> None:
    """A container dies under the kubelet that runs, which looks at its whole pod then."""
    stage.daemon.killed(stage.find(*DYING))
    stage.watch()
    stage.keep(SIBLING, stage.running())


def planned_again(stage: Stage, in_force: Path) -> None:
    """What a restart of the new kubelet would do; in_force tells which hashes it sees that nobody wrote when a container was made."""
    stage.keep(KUBELET, stage.kubelet_pods())
    planned(stage, AGAIN, "--override-in-force", str(in_force), steps=(stage.new[0], stage.new[0]))


def planned_back(stage: Stage) -> None:
    """What the way back would do as the node stands now."""
    planned(stage, BACK, steps=(stage.new[0], stage.old[0]))


def apply(stage: Stage, plan: Path, *words: str) -> Answer:
    """`override apply`, confirmed."""
    return override(stage, "apply", str(plan), "--confirm", plan_hash(plan), *words)


def override(stage: Stage, *words: str) -> Answer:
    """`upgradecheck override` with these words, on the scene's containerd."""
    return stage.upgradecheck("override", *words, "--containerd", str(stage.daemon.socket))


def plan_hash(plan: Path) -> str:
    """The hash that confirms a plan."""
    found: str = kept(plan.parent, plan.name)["plan_hash"]
    return found


def told(answer: Answer) -> Json:
    """An answer, for keeping."""
    return dataclasses.asdict(answer)


def plan_findings(into: Path) -> list[Finding]:
    """What the plans are to say."""
    unedited, plan = kept(into, UNEDITED), kept(into, PLAN)
    held, running = foretold(plan, "overridden"), names(kept(into, BEFORE))
    changed = {one for one, why in _refusals(plan).items() if why == "spec_changed"}
    unsafe = [one["object"]["container"] for one in plan["findings"] if one["rule"] == "UC051"]
    mapped = {name(one["pod"], one["container"]) for one in plan["overrides"].values()}
    return [
        ("running containers", len(running) >= 20, True),
        ("restarting, with an override and before the spec is changed", sorted(foretold(unedited, *DISTURBED)), []),
        (
            "held, the one that will be changed among them",
            EDITED in foretold(unedited, "overridden") and len(foretold(unedited, "overridden")) >= 4,
            True,
        ),
        ("restarting once that spec is changed", sorted(foretold(plan, *DISTURBED)), [EDITED]),
        ("held once it is changed", sorted(held), sorted(foretold(unedited, "overridden") - {EDITED})),
        ("refused for its spec", sorted(changed & running), [EDITED]),
        ("named by UC051", unsafe, [EDITED[1]]),
        ("in the map", sorted(mapped), sorted(held)),
    ]


def kubelet_findings(into: Path, start: str) -> list[Finding]:
    """What the kubelets are to do, from what ran in the file `start` on.

    On the way back those restart that the new kubelet has made and the old one hashes otherwise: they are held by nothing.
    """
    plan, again, back = (kept(into, which) for which in (PLAN, AGAIN, BACK))
    before, upgraded, sibling, undone, downgraded = (kept(into, when) for when in (start, UPGRADED, SIBLING, UNDONE, DOWNGRADED))
    made_anew = {DYING} & foretold(plan, "overridden") | {EDITED}
    disturbed = ended(undone, downgraded)
    return [
        ("restarted by the new kubelet", sorted(ended(before, upgraded)), [EDITED]),
        ("ended when a sibling died", sorted(ended(upgraded, sibling)), [DYING]),
        ("held by the override in force", sorted(foretold(again, "overridden")), sorted(foretold(plan, "overridden") - {DYING})),
        ("hashes that the new kubelet does not make", again["calibration"]["recorded"] - again["calibration"]["reproduced"], 0),
        ("restarting if it started again", sorted(foretold(again, *DISTURBED)), []),
        ("ended between the kubelets", sorted(ended(sibling, undone)), []),
        ("restarted by the way back", sorted(disturbed), sorted(made_anew)),
        ("of which nothing was said", sorted(disturbed - foretold(back, *DISTURBED)), []),
        ("running only at the beginning or only in the end", sorted(names(downgraded) ^ names(before)), []),
    ]


def _refusals(plan: Json) -> dict[Name, str]:
    refused = ((pod, one) for pod in plan["pods"] for one in pod["containers"] if one.get("override_refused"))
    return {name(pod["name"], one["name"]): one["override_refused"] for pod, one in refused}
