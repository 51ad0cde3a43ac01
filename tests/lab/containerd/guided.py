"""The scene with the runbook: the commands that it prints for the node, typed by a script as they are printed, carry the upgrade out.

Old kubelet · planned with an override, commands of the runbook (a pin, a plan of the node as it is then, the override by that one), new kubelet,
verify · the runbook's way back, old kubelet, the pin out · planned without an override, commands of that runbook, new kubelet, verify. What the
node does not have stands on the PATH in its place: `systemctl` of the kubelet's unit, `install_kubelet`, `fetch_plan`, and `kubectl`, which has no
cluster to ask and agrees to everything. The kubelet's own view stands in for the cluster. root lives in another folder, and nobody sleeps. What
a dry run prints to be confirmed is set as its reader would.
"""

import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.lab import running
from tests.lab.containerd import holding, pinning
from tests.lab.containerd.seen import DISTURBED, Finding, Json, ended, foretold, kept, names
from tests.lab.containerd.stage import KUBELET, Stage

BEFORE, HELD, BACK, AGAIN = "before.json", "upgraded-held.json", "back.json", "upgraded-without.json"
PLANS = {"held": "plan-held.json", "without": "plan-without.json"}
VERIFIED, SAID, PINNED, MANIFEST = "verified.json", "said.json", "plan-pinned.json", "manifest.json"
KEPT = ("ledger", "ledger")
"""Its manifest has no UID: pinned, it is kept, and an override holds its hash."""
_ASKED = re.compile(r"\$\{([A-Z_]+):\?")
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHIMS = {
    "kubectl": "exit 0",
    "sleep": "exit 0",
    "fetch_plan": 'cp "$LAB/pinned.json" "$2"',
    "install_kubelet": 'printf %s "$1" > "$LAB/installed"',
    "upgradecheck": f'exec {shlex.quote(sys.executable)} -m upgradecheck "$@"',
    "systemctl": """\
case "$1 $2" in
"stop kubelet" | "start kubelet") printf '%s\\n' "$1" > "$LAB/asked"; read -r answer < "$LAB/answered"; exit "$answer" ;;
*) exec "$LAB_SYSTEMCTL" "$@" ;;
esac""",
}


class Unit:
    """The kubelet's unit: what systemctl asks for by way of two pipes is done between two lines of the script."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._until_stopped = stage, contextlib.ExitStack()
        self._versions = dict((stage.old, stage.new))

    def start(self, version: str) -> None:
        """A kubelet of this version, which has done what it will do when this returns."""
        self._until_stopped.enter_context(self._stage.kubelet((version, self._versions[version])))

    def stop(self) -> None:
        """No kubelet runs afterwards."""
        self._until_stopped.close()


def play(stage: Stage) -> None:
    """Up by one runbook, back by the same, and up again by another."""
    Path("/var/lib/kubelet").mkdir()
    (stage.setting.manifests / "ledger.yaml").write_text(pinning.MANIFESTS["ledger.yaml"])
    unit, said, verified = Unit(stage), dict[str, list[Json]](), dict[str, Json]()
    unit.start(stage.old[0])
    stage.keep(KUBELET, stage.kubelet_pods())
    stage.keep(BEFORE, stage.running())
    with _shims(stage) as lab:
        held = _runbook(stage, PLANS["held"], "--override")
        said["held"] = _carried_out(stage, unit, lab, held, "7. Node by node")
        stage.keep(SAID, said)
        stage.keep(HELD, stage.running())
        stage.keep(PINNED, json.loads((lab / "pinned.json").read_text()))
        verified["held"] = _verified(stage, PINNED)
        said["back"] = _carried_out(stage, unit, lab, held, "9. The way back")
        stage.keep(SAID, said)
        stage.keep(BACK, stage.running())
        stage.keep(MANIFEST, (stage.setting.manifests / "ledger.yaml").read_text())
        stage.keep(KUBELET, stage.kubelet_pods())
        without = _runbook(stage, PLANS["without"])
        said["without"] = _carried_out(stage, unit, lab, without, "7. Node by node")
        stage.keep(SAID, said)
        stage.keep(AGAIN, stage.running())
        verified["without"] = _verified(stage, PLANS["without"])
    unit.stop()
    stage.keep(VERIFIED, verified)


def findings(into: Path) -> list[Finding]:
    """What a kept folder shows: each with what it should be."""
    held, without, pinned = (kept(into, name) for name in (*PLANS.values(), PINNED))
    before, upgraded, back, again = (kept(into, name) for name in (BEFORE, HELD, BACK, AGAIN))
    said, verified = kept(into, SAID), kept(into, VERIFIED)
    moves = bool(foretold(without, "restart"))  # hashes do, at this step; else a pin is all that it takes
    failed = [one for lines in said.values() for one in lines if one["exit_code"]]
    return [
        ("running containers", len(names(before)) >= 20, True),
        ("commands that failed", failed, []),
        ("made anew without a pin", sorted(foretold(held, "restart", "recreate")), [KEPT]),
        ("made anew with it", sorted(foretold(pinned, "restart", "recreate", "unknown")), []),
        ("ended under the override", sorted(ended(before, upgraded)), []),
        ("held, the pinned one, too", KEPT in foretold(pinned, "overridden") and len(foretold(pinned, "overridden")) >= 4, moves),
        ("ended by the way back", sorted(ended(upgraded, back)), []),
        ("manifest as before after the way back", kept(into, MANIFEST) == pinning.MANIFESTS["ledger.yaml"], True),
        ("ended without an override", sorted(ended(back, again)), sorted(foretold(without, "restart", "recreate"))),
        ("not told", sorted(foretold(without, "unknown")), []),
        ("verified", {name: _wrong(one) for name, one in verified.items()}, {name: {"miss": 0, "false_alarm": 0} for name in verified}),
        ("disturbed without an override", len(foretold(without, *DISTURBED)) >= (4 if moves else 1), True),
    ]


def _wrong(verified: Json) -> Json:
    return {name: verified["summary"].get(name, 0) for name in ("miss", "false_alarm")}


def _runbook(stage: Stage, name: str, *words: str) -> str:
    """A plan of the node as it is, kept under a name; its runbook."""
    holding.planned(stage, name, *words)
    told = stage.upgradecheck("show", str(stage.into / name), "-o", "runbook").out
    (stage.into / f"{name}.md").write_text(told)
    return told


def _carried_out(stage: Stage, unit: Unit, lab: Path, book: str, chapter: str) -> list[Json]:
    """What each line of a chapter's commands for the node answers, in their order; the first that fails ends it."""
    part = book.partition(f"## {chapter}\n")[2].partition(f"### `{running.NODE}`")[2].partition("\n## ")[0]
    said: list[Json] = []
    confirmed: dict[str, str] = {}
    for line in "".join(_BLOCK.findall(part)).splitlines():
        confirmed |= {name: _asked_for(name, said) for name in _ASKED.findall(line) if name not in confirmed}
        said.append(_typed(stage, unit, lab, line, confirmed))
        if said[-1]["exit_code"]:
            break
    return said


def _asked_for(name: str, said: list[Json]) -> str:
    """What the reader is asked to set: the journal that was listed, or the hash that the last dry run prints to be confirmed."""
    if name == "JOURNAL":
        listed: str = said[-1]["out"].splitlines()[0]
        return listed
    found = (re.search(r"--confirm (\S+)$", one["out"].strip()) for one in reversed(said))
    return next((one[1] for one in found if one), "")


def _typed(stage: Stage, unit: Unit, lab: Path, line: str, confirmed: Mapping[str, str]) -> Json:
    """One line, in a shell; what it asks of the kubelet's unit is done meanwhile."""
    plan = next(name for name in reversed(PLANS.values()) if (stage.into / name).exists())
    (lab / "plan.json").write_bytes((stage.into / plan).read_bytes())
    view = {"UPGRADECHECK_FILENAME": str(stage.into / KUBELET)} if " plan " in line else {}
    with subprocess.Popen(
        ["sh", "-c", line],
        cwd=lab,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**_env(stage, lab), **confirmed, **view},
    ) as shell:
        if line.startswith(("systemctl stop kubelet", "systemctl start kubelet")):
            asked = (lab / "asked").read_text().strip()
            unit.stop() if asked == "stop" else unit.start((lab / "installed").read_text())
            (lab / "answered").write_text("0\n")
        out, _ = shell.communicate(timeout=300)
    return {"line": line, "exit_code": shell.returncode, "out": out}


def _env(stage: Stage, lab: Path) -> dict[str, str]:
    """Where the lab's things are, as an operator says it who has them elsewhere."""
    socket = str(stage.daemon.socket)
    return {
        **os.environ,
        "PATH": f"{lab / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "LAB": str(lab),
        "HOME": str(lab),
        "LAB_SYSTEMCTL": _lab_systemctl(),
        "UPGRADECHECK_CONTAINERD": socket,
        "UPGRADECHECK_CRI": f"unix://{socket}",
    }


def _lab_systemctl() -> str:
    found = subprocess.run(["sh", "-c", "command -v systemctl"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


@contextlib.contextmanager
def _shims(stage: Stage) -> Iterator[Path]:
    """The folder with them, and with the pipes of the unit."""
    lab = stage.state / "guided"
    (lab / "bin").mkdir(parents=True)
    for pipe in ("asked", "answered"):
        os.mkfifo(lab / pipe)
    for name, body in _SHIMS.items():
        program = lab / "bin" / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
    yield lab


def _verified(stage: Stage, plan: str) -> Json:
    """The result of verify by the node's own runtime and kubelet."""
    stage.keep(KUBELET, stage.kubelet_pods())
    words = ("--cri", f"unix://{stage.daemon.socket}", "-f", str(stage.into / KUBELET), "--node", running.NODE)
    return stage.upgradecheck("verify", str(stage.into / plan), *words, "-o", "json").json()
