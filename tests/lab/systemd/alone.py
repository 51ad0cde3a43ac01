"""``override apply --alone`` and ``undo --alone`` on a node as k3s has it: one unit that has containerd and the kubelet, and kills its own process alone.

k3s itself is imitated by a few lines that do what it does to both (pkg/agent/containerd, pkg/daemons): they are its children, die with it by
Pdeathsig, lie in the cgroup of its unit, and its title is one word. systemd, containerd and the kubelets are real.
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
from tests.lab.systemd.node import PROGRAM, SETTLED, Json, Node, Said, ended, refusal, started

OLD, NEW = "1.30.14", "1.31.0"
SOCKET = "/run/k3s/containerd/containerd.sock"
_AT = "/var/lib/rancher/k3s"
_BIN, _CONFIG = f"{_AT}/data/current/bin", f"{_AT}/agent/etc/containerd/config.toml"
_PLAN, _PODS, _K3S = "/run/lab/plan.json", "/run/lab/pods.json", "/usr/local/bin/k3s"
_UNIT = f"""\
[Unit]
Description=Lightweight Kubernetes
[Service]
Type=simple
KillMode=process
Delegate=yes
LimitNOFILE=1048576
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStart={_K3S} server
"""
_PROGRAM = f"""\
#!{sys.executable}
import ctypes, os, shlex, subprocess, sys, time
if sys.argv[-1] != "titled":
    there = dict(os.environ, PYTHONHOME=sys.base_prefix)  # it is found by the title otherwise
    os.execve(sys.executable, ["{_K3S} server", os.path.abspath(__file__), "titled"], there)
del os.environ["PYTHONHOME"]
def tied():
    ctypes.CDLL(None).prctl(1, 9)
places = ["-a", "{SOCKET}", "--state", "/run/k3s/containerd", "--root", "{_AT}/agent/containerd"]
here = dict(os.environ, PATH="{_BIN}:" + os.environ["PATH"])
containerd = subprocess.Popen(["{_BIN}/containerd", "-c", "{_CONFIG}", *places], preexec_fn=tied, env=here)
while not os.path.exists("{SOCKET}"):
    time.sleep(0.1)
told = open("{inside.ENVIRONMENT}").read().partition("=")[2].replace("{units.CONTAINERD}", "{SOCKET}")
own = ["--config={inside.CONFIG}", "--root-dir=/var/lib/kubelet", "--cert-dir=/var/lib/kubelet/pki"]
kubelet = subprocess.Popen(["{inside.BINARY}", *own, *shlex.split(told)], preexec_fn=tied)
sys.exit(kubelet.wait() or containerd.wait())
"""


class K3sNode(Node):
    """A node whose containerd is k3s'."""

    def listed(self, *words: str) -> Json:
        """What crictl lists there."""
        found: Json = json.loads(self.ask(str(self.crictl), "--runtime-endpoint", f"unix://{SOCKET}", *words, "-o", "json"))
        return found

    def ask(self, *words: str) -> str:
        """What a command says, which must not fail; ctr asks k3s' containerd."""
        return super().ask(*((words[0], "--address", SOCKET, *words[1:]) if words[0] == "ctr" else words))

    def install(self) -> None:
        """k3s in the place of the units of before, whose pods are removed."""
        self.ask("systemctl", "stop", "kubelet")
        self.run(str(self.crictl), "--runtime-endpoint", f"unix://{units.CONTAINERD}", "rmp", "-fa")
        self.ask("systemctl", "stop", "containerd")
        self.ask("rm", f"{units.AT}/kubelet.service", f"{units.AT}/containerd.service")
        self.ask(
            "sh",
            "-c",
            f"mkdir -p {_BIN} /etc/rancher/k3s && cp $(which containerd) {_BIN}/containerd && chmod 755 {_BIN}/containerd",
        )
        self.write(_CONFIG, self.read("/etc/containerd/config.toml"))
        self.write(_K3S, _PROGRAM)
        self.ask("chmod", "755", _K3S)
        self.write(f"{units.AT}/k3s.service", _UNIT)
        self.ask("systemctl", "daemon-reload")

    def upgradecheck(self, *words: str) -> Said:
        """A command of ours, which may start containerd and wait for it."""
        return self.run(str(PROGRAM), *words, at_most=300)

    def starts(self) -> None:
        """k3s starts, and its kubelet does what it will do."""
        self.ask("systemctl", "start", "k3s")
        assert self.up(120) is not None, self.run("journalctl", "-u", "k3s", "--no-pager", "-n", "40").out
        time.sleep(SETTLED)

    def stops(self) -> Json:
        """k3s is stopped; whether its containerd went with it, and how many shims go on."""
        self.ask("systemctl", "stop", "k3s")
        return {
            "containerd": self.run("pgrep", "-x", "containerd").out.split(),
            "shims": len(self.run("pgrep", "-f", "containerd-shim-runc-v2").out.split()),
        }


def main() -> int:
    """Exit codes: 0 as foretold, 2 not, 1 it cannot be played here."""
    asked = argparse.ArgumentParser(prog="python -m tests.lab.systemd.alone")
    asked.add_argument("--keep", type=Path, metavar="DIR")
    given = asked.parse_args()
    run.exit_on_sigterm()
    problem = refusal(OLD, NEW)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="upgradecheck-scene-") as unkept:
        into = (given.keep or Path(unkept)).absolute()
        play(into)
        wrong = 0
        for what, found, wanted in findings(into):
            wrong += found != wanted
            print(f"{what}: {found}" if found == wanted else f"WRONG {what}: {found}, expected {wanted}")
        return 2 if wrong else 0


def play(into: Path) -> None:
    """Up under an override, back, and up without one."""
    into.mkdir(parents=True, exist_ok=True)
    steps: dict[str, Any] = {}
    with started(OLD, MANIFESTS, (OLD, NEW), crictl=crictl()) as plain:
        node = K3sNode(plain.first, plain.at, plain.crictl)
        node.install()
        node.ask("systemctl", "start", "k3s")
        assert node.up(120) is not None, node.run("journalctl", "-u", "k3s", "--no-pager", "-n", "40").out
        node.ask("ctr", "-n", "k8s.io", "images", "import", str(archive()))
        time.sleep(SETTLED + 20)
        node.write(_PODS, node.ask("curl", "-s", "http://127.0.0.1:10255/pods"))
        words = ("plan", "--from", OLD, "--to", NEW, "--node", NODE, "-f", _PODS, "--static-pods", str(inside.MANIFESTS))
        made = node.upgradecheck(*words, "--cri", f"unix://{SOCKET}", "--override", "-o", f"json={_PLAN}")
        steps["plan"] = _told(made)
        plan = json.loads(node.read(_PLAN))
        (into / "plan.json").write_text(json.dumps(plan))
        before = node.running()
        steps["while it runs"] = _told(node.upgradecheck("override", "apply", _PLAN, "--confirm", plan["plan_hash"], "--alone"))
        steps["stopped"] = node.stops()
        steps["dry run"] = _told(node.upgradecheck("override", "apply", _PLAN, "--alone"))
        steps["apply"] = _told(node.upgradecheck("override", "apply", _PLAN, "--confirm", plan["plan_hash"], "--alone", "-o", "json"))
        steps["left"] = node.run("systemctl", "is-active", "upgradecheck-containerd").out.strip()
        node.put(NEW)
        node.starts()
        steps["up"] = {"ran": len(before), "ended": ended(before, node.running())}
        before = node.running()
        node.stops()
        (journal,) = (one for one in node.ask("sh", "-c", "ls /var/lib/upgradecheck/override/*.journal").split())
        steps["undo"] = _told(node.upgradecheck("override", "undo", journal, "--confirm", plan["plan_hash"], "--alone"))
        node.put(OLD)
        node.starts()
        steps["back"] = {"ran": len(before), "ended": ended(before, node.running())}
        before = node.running()
        node.stops()
        node.put(NEW)
        node.starts()
        steps["without"] = {"ran": len(before), "ended": ended(before, node.running())}
    (into / "steps.json").write_text(json.dumps(steps, indent=1))


def _told(said: Said) -> Json:
    return {"code": said.code, "out": said.out.splitlines(), "err": said.err.splitlines()}


def findings(into: Path) -> list[tuple[str, Any, Any]]:
    """What a kept folder shows: each with what it should be."""
    steps, plan = (json.loads((into / name).read_text()) for name in ("steps.json", "plan.json"))
    report = json.loads("\n".join(steps["apply"]["out"]))
    held = sorted(foretold(plan, "overridden"))
    codes = {name: steps[name]["code"] for name in ("while it runs", "dry run", "apply", "undo")}
    return [
        ("running containers", steps["up"]["ran"] >= 20, True),
        ("held, and what restarts all the same", (len(held) >= 20, sorted(foretold(plan, *DISTURBED))), (True, [])),
        ("exit codes", codes, {"while it runs": 1, "dry run": 0, "apply": 0, "undo": 0}),
        (
            "why not while it runs",
            any("k3s" in line and "Stop it first: systemctl stop k3s" in line for line in steps["while it runs"]["err"]),
            True,
        ),
        ("containerd once it is stopped", steps["stopped"]["containerd"], []),
        ("shims that go on", steps["stopped"]["shims"] > 0, True),
        ("written and proved", sorted({one["state"] for one in report["containers"]}), ["applied"]),
        ("the containerd that ran alone, afterwards", steps["left"], "inactive"),
        ("ended by the upgrade", steps["up"]["ended"], []),
        ("ended on the way back", steps["back"]["ended"], []),
        ("ended without an override", len(steps["without"]["ended"]), len(held)),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
