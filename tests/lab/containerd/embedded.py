"""The scene with a kubelet that is called otherwise, as one inside edgecore or microshift is: `override apply` sees it, and writes nothing.

The old kubelet as `edgecore` · plan, doctor and checkpoint find it by its sockets · apply is refused, with and without the runtime's restart
· stopped, apply writes.
"""

import shutil
from pathlib import Path

from tests.lab import running
from tests.lab.containerd import holding
from tests.lab.containerd.seen import Finding, Json, kept
from tests.lab.containerd.stage import Stage

NAME = "edgecore"
ANSWERS, REFUSED, APPLIED, FOUND = "answers.json", "refused.json", "applied.json", "found.json"
SOCKETS = ("/var/lib/kubelet/device-plugins/kubelet.sock", "pod-resources/kubelet.sock")
RUNS, RESTARTS = "apply while it runs", "apply with the restart while it runs"


def play(stage: Stage) -> None:
    """A kubelet under another name, before and after its end."""
    version, program = stage.old
    other = stage.state / NAME
    shutil.copy2(program, other)
    answers: dict[str, Json] = {}
    with stage.kubelet((version, other)) as kubelet:
        plan = holding.under_the_old_kubelet(stage)
        stage.keep(FOUND, _found(stage, kubelet))
        answers[RUNS] = holding.told(holding.apply(stage, plan))
        answers[RESTARTS] = holding.told(holding.apply(stage, plan, "--restart-runtime"))
        stage.keep(REFUSED, {"running": stage.running(), "state": holding.STATE.exists()})
    answers["apply"] = holding.told(holding.apply(stage, plan, "--restart-runtime"))
    stage.keep(APPLIED, stage.running())
    stage.keep(ANSWERS, answers)


def _found(stage: Stage, kubelet: running.Kubelet) -> Json:
    """What the commands that look for a kubelet say of it."""
    cri = ("--cri", f"unix://{stage.daemon.socket}")
    planned = stage.upgradecheck("plan", "--to", stage.new[0], *cri, "-f", str(stage.into / "kubelet-pods.json"), "-o", "json").json()
    doctor = stage.upgradecheck("doctor", *cri, "-o", "json").json()
    checkpoint = stage.into / "checkpoint"
    recorded = stage.upgradecheck("checkpoint", "record", "--checkpoint", str(checkpoint))
    shown = stage.upgradecheck("checkpoint", "show", str(checkpoint), "-o", "yaml")
    return {
        "pid": kubelet.process.pid,
        "version": f"v{kubelet.version}",
        "planned from": [node["from"] for node in planned["nodes"]],
        "doctor": [one["found"] for one in doctor["checks"] if one["check"] == "kubelet on this machine"],
        "recorded": [recorded.exit_code, [line.split(",")[0].strip() for line in shown.out.splitlines() if "kubeletVersion" in line]],
    }


def findings(into: Path) -> list[Finding]:
    """What a kept folder shows: each with what it should be."""
    answers, found, refused, before = (kept(into, name) for name in (ANSWERS, FOUND, REFUSED, holding.BEFORE))
    pid, version = found["pid"], found["version"]
    said = {what: f"process {pid} ({NAME}) serves {SOCKETS[0]}" in answers[what]["err"] for what in (RUNS, RESTARTS)}
    overrides = kept(into, holding.UNEDITED)["overrides"]
    applied = {one["container_id"]: one["hash"] for one in kept(into, APPLIED)}
    return [
        ("containers in the plan's map", len(overrides) >= 4, True),
        ("exit codes", {what: answer["exit_code"] for what, answer in answers.items()}, {RUNS: 1, RESTARTS: 1, "apply": 0}),
        ("named by its process and socket", said, {RUNS: True, RESTARTS: True}),
        ("changed while it ran", [refused["running"] != before, refused["state"]], [False, False]),
        ("written once it had ended", {key: applied[key] for key in overrides}, {key: one["to"] for key, one in overrides.items()}),
        ("found by plan", found["planned from"], [version.removeprefix("v")]),
        ("found by doctor", found["doctor"], [f"{version}: process {pid} ({NAME})"]),
        ("recorded", found["recorded"], [0, [f"- {{kubeletVersion: {version}"]]),
    ]
