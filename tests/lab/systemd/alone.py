"""``override apply`` and ``undo`` on nodes as distributions have them: ``--alone`` where containerd ends with the kubelet's unit, else as ever.

How each distribution is imitated is in ``distributions``.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.lab import run
from tests.lab.containerd.crictl import crictl
from tests.lab.containerd.image import archive
from tests.lab.containerd.playing import MANIFESTS
from tests.lab.containerd.seen import DISTURBED, foretold
from tests.lab.running import NODE
from tests.lab.systemd import inside, units
from tests.lab.systemd.distributions import IMITATED, Imitated
from tests.lab.systemd.node import PROGRAM, SETTLED, Json, Node, Said, ended, refusal, started

OLD, NEW = "1.30.14", "1.31.0"
PLAN, _PODS = "/run/lab/plan.json", "/run/lab/pods.json"
_DIES_WITHIN = 5.0
"""Seconds: a process that was killed takes some time to go."""
_PROGRAMS = ("containerd", "containerd-shim-runc-v2")


class TheirNode(Node):
    """A node as a distribution has it."""

    def __init__(self, plain: Node, like: Imitated) -> None:
        super().__init__(plain.first, plain.at, plain.crictl)
        self.like = like

    def listed(self, *words: str) -> Json:
        """What crictl lists there."""
        found: Json = json.loads(self.ask(str(self.crictl), "--runtime-endpoint", f"unix://{self.like.socket}", *words, "-o", "json"))
        return found

    def ask(self, *words: str) -> str:
        """What a command says, which must not fail; ctr asks the distribution's containerd."""
        return super().ask(*((words[0], "--address", self.like.socket, *words[1:]) if words[0] == "ctr" else words))

    def install(self) -> None:
        """The distribution in the place of the units of before, whose pods are removed."""
        self.ask("systemctl", "stop", "kubelet")
        self.run(str(self.crictl), "--runtime-endpoint", f"unix://{units.CONTAINERD}", "rmp", "-fa")
        self.ask("systemctl", "stop", "containerd")
        self.ask("rm", f"{units.AT}/kubelet.service", f"{units.AT}/containerd.service")
        copies = " && ".join(f"cp $(which {name}) {self.like.bin}/{name} && chmod 755 {self.like.bin}/{name}" for name in _PROGRAMS)
        self.ask("sh", "-c", f"mkdir -p {self.like.bin} && {copies}")
        for name, target in self.like.links.items():
            self.ask("sh", "-c", f"mkdir -p $(dirname {name}) && ln -s {target} {name}")
        self.write(self.like.config, self.read("/etc/containerd/config.toml"))
        for path, text in self.like.files.items():
            self.write(path, text)
            self.ask("chmod", "755", path)
        for name, text in self.like.services.items():
            self.write(f"{units.AT}/{name}.service", text)
        self.ask("systemctl", "daemon-reload")

    def upgradecheck(self, *words: str) -> Said:
        """A command of ours, which may start containerd and wait for it."""
        return self.run(str(PROGRAM), *words, at_most=300)

    def begins(self) -> None:
        """Its units start, and its kubelet answers."""
        for name in self.like.services:
            self.ask("systemctl", "start", name)
        assert self.up(120) is not None, self.run("journalctl", "-u", self.like.unit, "--no-pager", "-n", "40").out

    def starts(self) -> None:
        """It begins, and its kubelet does what it will do."""
        self.begins()
        time.sleep(SETTLED)

    def stops(self) -> Json:
        """The unit with its kubelet is stopped; whether containerd went with it, and how many shims go on."""
        self.ask("systemctl", "stop", self.like.unit)
        until = time.monotonic() + (_DIES_WITHIN if self.like.alone else 0.0)
        while self.run("pgrep", "-x", "containerd").out and time.monotonic() < until:
            time.sleep(0.2)
        return {
            "containerd": self.run("pgrep", "-x", "containerd").out.split(),
            "shims": len(self.run("pgrep", "-f", "containerd-shim-runc-v2").out.split()),
        }

    @property
    def way(self) -> tuple[str, ...]:
        """How records are reached there."""
        return ("--alone",) if self.like.alone else ("--containerd", self.like.socket, "--restart-runtime")


def main() -> int:
    """Exit codes: 0 as foretold, 2 not, 1 it cannot be played here."""
    asked = argparse.ArgumentParser(prog="python -m tests.lab.systemd.alone")
    asked.add_argument("--like", choices=sorted(IMITATED), default="k3s")
    asked.add_argument("--keep", type=Path, metavar="DIR")
    given = asked.parse_args()
    run.exit_on_sigterm()
    problem = refusal(OLD, NEW)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="upgradecheck-scene-") as unkept:
        into = (given.keep or Path(unkept)).absolute()
        play(into, given.like)
        wrong = 0
        for what, found, wanted in findings(into, given.like):
            wrong += found != wanted
            print(f"{what}: {found}" if found == wanted else f"WRONG {what}: {found}, expected {wanted}")
        return 2 if wrong else 0


def play(into: Path, name: str = "k3s") -> None:
    """Up under an override, back, and up without one; what was seen is kept however it ends."""
    into.mkdir(parents=True, exist_ok=True)
    steps: dict[str, Any] = {}
    try:
        with started(OLD, MANIFESTS, (OLD, NEW), crictl=crictl()) as plain:
            node = TheirNode(plain, IMITATED[name])
            _there_and_back(node, into, steps)
    finally:
        (into / "steps.json").write_text(json.dumps(steps, indent=1))


def _there_and_back(node: TheirNode, into: Path, steps: dict[str, Any]) -> None:
    confirm = planned(node, into, steps)
    before = node.running()
    steps["while it runs"] = told(node.upgradecheck("override", "apply", PLAN, *confirm, *node.way))
    steps["stopped"] = node.stops()
    steps["dry run"] = told(node.upgradecheck("override", "apply", PLAN, *node.way))
    steps["apply"] = told(node.upgradecheck("override", "apply", PLAN, *confirm, *node.way, "-o", "json"))
    steps["left"] = node.run("systemctl", "is-active", "upgradecheck-containerd").out.strip()
    node.put(NEW)
    node.starts()
    steps["up"] = {"ran": len(before), "ended": ended(before, node.running())}
    before = node.running()
    node.stops()
    (journal,) = (one for one in node.ask("sh", "-c", "ls /var/lib/upgradecheck/override/*.journal").split())
    steps["undo"] = told(node.upgradecheck("override", "undo", journal, *confirm, *node.way, "-o", "json"))
    node.put(OLD)
    node.starts()
    steps["back"] = {"ran": len(before), "ended": ended(before, node.running())}
    before = node.running()
    node.stops()
    node.put(NEW)
    node.starts()
    steps["without"] = {"ran": len(before), "ended": ended(before, node.running())}


def planned(node: TheirNode, into: Path, steps: dict[str, Any]) -> tuple[str, str]:
    """The distribution installed, its pods running, and a plan with overrides made there; what confirms it."""
    node.install()
    node.begins()
    node.ask("ctr", "-n", "k8s.io", "images", "import", str(archive()))
    time.sleep(SETTLED + 20)
    steps["doctor"] = told(node.upgradecheck("doctor"))
    node.write(_PODS, node.ask("curl", "-s", "http://127.0.0.1:10255/pods"))
    words = ("plan", "--from", OLD, "--to", NEW, "--node", NODE, "-f", _PODS, "--static-pods", str(inside.MANIFESTS))
    made = node.upgradecheck(*words, "--cri", f"unix://{node.like.socket}", "--override", "-o", f"json={PLAN}")
    steps["plan"] = told(made)
    plan = json.loads(node.read(PLAN))
    (into / "plan.json").write_text(json.dumps(plan))
    return "--confirm", plan["plan_hash"]


def told(said: Said) -> Json:
    return {"code": said.code, "out": said.out.splitlines(), "err": said.err.splitlines()}


def findings(into: Path, name: str = "k3s") -> list[tuple[str, Any, Any]]:
    """What a kept folder shows: each with what it should be."""
    like = IMITATED[name]
    steps, plan = (json.loads((into / one).read_text()) for one in ("steps.json", "plan.json"))
    applied, undone = (json.loads("\n".join(steps[one]["out"])) for one in ("apply", "undo"))
    held = sorted(foretold(plan, "overridden"))
    codes = {one: steps[one]["code"] for one in ("while it runs", "dry run", "apply", "undo")}
    told = [line for line in steps["while it runs"]["err"] if f"systemctl stop {like.unit}" in line]
    return [
        ("running containers", steps["up"]["ran"] >= 20, True),
        ("held, and what restarts all the same", (len(held) >= 20, sorted(foretold(plan, *DISTURBED))), (True, [])),
        ("exit codes", codes, {"while it runs": 1, "dry run": 0, "apply": 0, "undo": 0}),
        ("why not while it runs, and what stops it", len(told), 1),
        ("containerd runs once that is stopped", bool(steps["stopped"]["containerd"]), not like.alone),
        ("shims that go on", steps["stopped"]["shims"] > 0, True),
        ("written and proved", sorted({one["state"] for one in applied["containers"]}), ["applied"]),
        ("the containerd that ran alone, afterwards", steps["left"], "inactive"),
        ("ended by the upgrade", steps["up"]["ended"], []),
        ("ended on the way back", steps["back"]["ended"], []),
        ("ended without an override", len(steps["without"]["ended"]), len(held)),
        ("whose node it is, by doctor", any((like.called or name) in line for line in steps["doctor"]["out"]), True),
        ("put back and proved", sorted({one["state"] for one in undone["containers"]}), ["restored"]),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
