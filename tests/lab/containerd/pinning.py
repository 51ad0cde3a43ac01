"""The scene with `override pin`: static pods without a UID of their own, some pinned while the old kubelet runs, and what that hides.

Old kubelet · planned · one manifest edited, so that its plan is stale · pinned: that one is refused · a pinned manifest edited · planned
again · stopped, `override apply` for the hashes · new kubelet · one pin taken out.
"""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

from tests.lab import running
from tests.lab.containerd import holding
from tests.lab.containerd.seen import Finding, Json, Name, ended, foretold, kept
from tests.lab.containerd.stage import KUBELET, Stage

BEFORE, PINNED, EDITED, UPGRADED, UNPINNED = (f"{when}.json" for when in ("before", "pinned", "edited", "upgraded", "unpinned"))
UIDS_BEFORE, UIDS_AFTER, UIDS_UNPINNED = (f"uids-{when}.json" for when in ("before", "after", "unpinned"))
PLAN, AGAIN, ANSWERS, FILES = "plan.json", "plan-again.json", "answers.json", "files.json"

_YAML = """\
# The node's own; nobody gives it a UID.
apiVersion: v1
kind: Pod
metadata:   # who it is
  name: {name}
  namespace: kube-system
  labels: &labels {{tier: control-plane}}
spec:
  hostNetwork: true
  terminationGracePeriodSeconds: 5
  containers:
  - name: {name}
    image: registry.example/lab/sleeper:1
    env: [{{name: SETTING, value: "before"}}]
"""
_JSON = json.dumps(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "gate", "namespace": "kube-system"},
        "spec": {"hostNetwork": True, "containers": [{"name": "gate", "image": "registry.example/lab/sleeper:1"}]},
    }
)
MANIFESTS = {f"{name}.yaml": _YAML.format(name=name) for name in ("ledger", "hidden", "loose", "stale")} | {"gate.json": _JSON}
"""ledger, gate: pinned. hidden: pinned, and edited under its pin. loose: not pinned. stale: edited since the plan, so refused."""

HELD: set[Name] = {(name, name) for name in ("ledger", "gate", "hidden")}
LOST: set[Name] = {(name, name) for name in ("loose", "stale")}


def play(stage: Stage, look: Callable[[str], None] = lambda _: None) -> None:
    """From manifests without a UID to the new kubelet, and one pin out again. look: is told when there is something to see."""
    answers: dict[str, Json] = {}
    for name, text in MANIFESTS.items():
        (stage.setting.manifests / name).write_text(text)
    with stage.kubelet(stage.old):
        stage.keep(KUBELET, stage.kubelet_pods())
        plan = holding.planned(stage, PLAN)
        _edit(stage, "stale.yaml")
        stage.watch()
        stage.keep(BEFORE, stage.running())
        look("before")
        stage.keep(UIDS_BEFORE, _uids(stage))
        pods = [word for name in ("ledger", "gate", "hidden", "stale") for word in ("--pod", f"kube-system/{name}-{running.NODE}")]
        answers["dry run"] = holding.told(stage.upgradecheck("override", "pin", str(plan), *pods))
        confirmed = ("--confirm", holding.plan_hash(plan))
        answers["pin"] = holding.told(stage.upgradecheck("override", "pin", str(plan), *pods, *confirmed))
        stage.watch()
        stage.keep(PINNED, stage.running())
        look("pinned")
        stage.keep(FILES, {name: (stage.setting.manifests / name).read_text() for name in MANIFESTS})
        path = stage.setting.manifests / "hidden.yaml"
        path.write_text(path.read_text().replace("tier: control-plane", "tier: another"))
        stage.watch()
        stage.keep(EDITED, stage.running())
        answers["status"] = holding.told(stage.upgradecheck("override", "status"))
        stage.keep(KUBELET, stage.kubelet_pods())
    again = holding.planned(stage, AGAIN, "--override")
    answers["apply"] = holding.told(holding.apply(stage, again, "--restart-runtime"))
    with stage.kubelet(stage.new):
        stage.keep(UPGRADED, stage.running())
        look("upgraded")
        stage.keep(UIDS_AFTER, _uids(stage))
        answers["too late"] = holding.told(stage.upgradecheck("override", "pin", str(plan), "--pod", f"kube-system/loose-{running.NODE}"))
        dry = stage.upgradecheck("override", "unpin", "--pod", f"kube-system/ledger-{running.NODE}")
        answers["unpin dry run"] = holding.told(dry)
        answers["unpin"] = holding.told(stage.upgradecheck(*shlex.split(dry.out.splitlines()[-1])[1:]))
        stage.watch()
        stage.keep(UNPINNED, stage.running())
        look("unpinned")
        stage.keep(UIDS_UNPINNED, _uids(stage))
        answers["restored"] = {"exit_code": 0, "out": (stage.setting.manifests / "ledger.yaml").read_text(), "err": ""}
    stage.keep(ANSWERS, answers)


def findings(into: Path) -> list[Finding]:
    """What a kept folder shows: each with what it should be."""
    answers, files, again = kept(into, ANSWERS), kept(into, FILES), kept(into, AGAIN)
    before, pinned, edited, upgraded, unpinned = (kept(into, when) for when in (BEFORE, PINNED, EDITED, UPGRADED, UNPINNED))
    first, after, last = (kept(into, when) for when in (UIDS_BEFORE, UIDS_AFTER, UIDS_UNPINNED))
    names = {name for name, _ in HELD | LOST}
    codes = {what: answer["exit_code"] for what, answer in answers.items()}
    foreseen = re.search(r"makes the pod ANEW AT ONCE, with the UID ([0-9a-f]{32})", answers["unpin dry run"]["out"])
    return [
        ("exit codes", codes, {what: 1 if what in ("dry run", "pin", "too late") else 0 for what in answers}),
        ("refused, since its UID is not reproduced", answers["pin"]["out"].count("stale.yaml makes the UID"), 1),
        ("pinned", answers["pin"]["out"].split("pinned: ")[1].splitlines()[0], "3"),
        (
            "manifests that changed",
            sorted(name for name, text in files.items() if "uid" in text),
            ["gate.json", "hidden.yaml", "ledger.yaml"],
        ),
        ("lines but for the pin's", files["ledger.yaml"].replace(f'  uid: "{first["ledger"]}"\n', ""), MANIFESTS["ledger.yaml"]),
        ("ended by pinning", sorted(ended(before, pinned)), []),
        ("ended by an edit under a pin", sorted(ended(pinned, edited)), []),
        ("told of that edit", "pinned, and edited since" in answers["status"]["out"], True),
        ("planned to be made anew", sorted(foretold(again, "recreate", "unknown") & (HELD | LOST)), sorted(LOST)),
        ("ended by the new kubelet, of these", sorted(ended(edited, upgraded) & (HELD | LOST)), sorted(LOST)),
        (
            "ended though planned to be kept",
            sorted(ended(edited, upgraded) - foretold(again, "restart", "recreate", "unknown", "reject")),
            [],
        ),
        ("UIDs kept", sorted(name for name in names if first[name] == after[name]), sorted(name for name, _ in HELD)),
        ("ended by unpinning", sorted(ended(upgraded, unpinned)), [("ledger", "ledger")]),
        ("the UID after unpinning, as foretold", last["ledger"], foreseen and foreseen[1]),
        ("the manifest after unpinning", answers["restored"]["out"], MANIFESTS["ledger.yaml"]),
    ]


def _edit(stage: Stage, name: str) -> None:
    path = stage.setting.manifests / name
    path.write_text(path.read_text().replace("before", "after"))


def _uids(stage: Stage) -> dict[str, str]:
    """Of static pods, by the names in their manifests, what the kubelet that runs calls them."""
    return {one["metadata"]["name"].removesuffix(f"-{running.NODE}"): one["metadata"]["uid"] for one in stage.kubelet_pods()["items"]}
