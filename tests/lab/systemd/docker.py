"""``override apply --docker`` and ``undo`` under a real systemd: an upgrade of a dockershim node and back, and whatever may befall it.

python -m tests.lab.systemd.docker upgraded --keep tests/lab/recorded-docker-systemd/upgraded        # up, back, up without: 6 minutes
python -m tests.lab.systemd.docker killed --keep tests/lab/recorded-docker-systemd/killed        # kill -9 of all at each mark
python -m tests.lab.systemd.docker troubled --keep tests/lab/recorded-docker-systemd/troubled        # full disks, a dockerd that does not come back
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.lab import dockershim, run
from tests.lab.containerd.crictl import crictl
from tests.lab.running import NODE
from tests.lab.systemd import inside
from tests.lab.systemd.docker_findings import findings
from tests.lab.systemd.docker_marks import CASES, FILLS, MARKS, ON, Case
from tests.lab.systemd.docker_node import NEW, OLD, PACKAGED, PLAN, ROOT, SETTINGS, DockerNode, told
from tests.lab.systemd.node import Json, ended, refusal, started
from tests.lab.systemd.playing import JOURNALS, keep

_FULL = (("docker's files", ROOT, 0), ("the journal", JOURNALS, 8192), ("all for journals", JOURNALS, 0))
_BROKEN = "/run/lab/broken"
_ATTEMPTS = 4
_SECONDS = 480.0
"""After which no further case of ``killed`` is begun."""
_OWN = sum(one.victim == "itself" for one in CASES)
_CHANGED = ("--skip-check", "live-restore")
"""Where daemon.json was changed by the lab, which the dockerd that runs has not started with."""


class Play:
    """A scene on a node, and what was seen step by step."""

    def __init__(self, node: DockerNode, into: Path, steps: Json) -> None:
        self.node, self.into, self.steps = node, into, steps
        self.confirm = ""
        self.overrides: list[str] = []

    def planned(self) -> None:
        """The old kubelet has its pods, and a plan with overrides is made beside it; then it is stopped."""
        self.node.begins()
        self.steps["doctor"] = told(self.node.upgradecheck("doctor", "--docker", "auto"))
        self.steps["hold"] = told(self.node.upgradecheck("override", "hold", "--dry-run", "--to", NEW))
        said, plan = self.node.planned(self.into)
        self.steps["without --docker"] = told(self.node.upgradecheck("override", "apply", PLAN))
        self.steps["plan"] = told(said)
        self.confirm, self.overrides = plan["plan_hash"], sorted(plan["overrides"])

    def words(self, what: str) -> tuple[str, ...]:
        """A command that changes something, as it is typed."""
        newest = "" if what == "apply" else self.node.ask("sh", "-c", f"ls {JOURNALS}/*.journal | tail -n 1")
        of = (PLAN, "--node", NODE) if what == "apply" else (newest,)
        return ("override", what, *of, "--docker", "auto", "--confirm", self.confirm, "--restart-runtime")

    def done(self, name: str, what: str) -> None:
        """It is carried out, and must be by itself."""
        begun = time.monotonic()
        said = self.node.upgradecheck(*self.words(what), "-o", "json")
        self.steps[name] = {**told(said), "seconds": round(time.monotonic() - begun, 1), "docker": self.node.of_docker()}

    def upgraded(self, name: str, version: str) -> None:
        """The kubelet of a version starts; who ended."""
        before = self.node.running()
        self.node.starts(version)
        after = self.node.running()
        self.steps[name] = {"ran": len(before), "ended": ended(before, after)}
        self.node.ask("systemctl", "stop", "kubelet")

    def killed(self, case: Case, before: dict[str, Json]) -> Json:
        """Somebody is killed at a mark, then the same command is typed until it is through."""
        self.node.ask("sh", "-c", "until systemctl is-active -q containerd; do sleep 0.2; done")
        script = ("sh", "-c", f'cd {run.ROOT} && exec "$0" "$@"', sys.executable, "-m", "tests.lab.systemd.docker_killing")
        ours = str(Path(sys.executable).parent / "upgradecheck")
        more = _CHANGED if case.mark == ON and case.victim != "itself" else ()
        command = (*script, case.victim, case.mark, str(len(self.overrides)), ours, *self.words(case.what), *more)
        found: Json = json.loads(self.node.run(*command, at_most=400).out)
        found |= {"gone": self.node.gone(before), "carried": self.carried(), "again": [], "then": self.node.of_docker()}
        if case.victim in MARKS:
            self.through(case.what, found, before)
        return found

    def through(self, what: str, found: Json, before: dict[str, Json]) -> None:
        """The same command, until it is through; and what there is then."""
        for _ in range(_ATTEMPTS):
            said = self.node.upgradecheck(*self.words(what))
            found["again"].append({"code": said.code, "said": (said.out + said.err).splitlines()[-6:]})
            if said.code == 0:
                break
            time.sleep(5)
        if what == "apply":
            found["status"] = self.node.upgradecheck("override", "status", PLAN, "--node", NODE, "--docker", "auto").code
        now = self.node.running()
        found |= {"gone": found["gone"] + self.node.gone(before), "docker": self.node.of_docker()}
        found["served"] = _counted(one["hash"] for key, one in now.items() if key in self.overrides)
        found["same"] = sum(key in now and one["started"] == now[key]["started"] for key, one in before.items())

    def carried(self) -> dict[str, int]:
        """By hash how many of the plan's containers carry it in docker's files, each of which is whole."""
        text = "; ".join(f"cat {ROOT}/containers/{one}/config.v2.json; echo" for one in self.overrides)
        lines = [line for line in self.node.ask("sh", "-c", text).splitlines() if line]
        return _counted(json.loads(line)["Config"]["Labels"]["annotation.io.kubernetes.container.hash"] for line in lines)


def _counted(hashes: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in hashes:
        found[one] = found.get(one, 0) + 1
    return found


def upgraded(play: Play) -> None:
    """Up under an override with one container really changed, back, and up without one."""
    node = play.node
    play.planned()
    before = node.running()
    play.steps["dry run"] = told(node.upgradecheck("override", "apply", PLAN, "--docker", "auto", "--node", NODE))
    play.steps["while the kubelet runs"] = told(node.upgradecheck(*play.words("apply")))
    node.ask("systemctl", "stop", "kubelet")
    play.done("apply", "apply")
    play.steps["apply"]["gone"] = node.gone(before)
    play.steps["status"] = told(node.upgradecheck("override", "status", PLAN, "--docker", "auto", "--node", NODE))
    node.ask("sed", "-i", 's/value: "<b>&"/value: "<i>\\&"/', str(inside.MANIFESTS / "environment.yaml"))
    play.upgraded("up", NEW)
    before = node.running()
    play.done("undo", "undo")
    play.steps["undo"]["gone"] = node.gone(before)
    play.upgraded("back", OLD)
    play.upgraded("without", NEW)


def killed(play: Play) -> None:
    """kill -9 of apply and undo, of dockerd and of containerd, whose shims the containers' are, at each mark, and a disk that fills up: as much
    of that as there is time for.
    """
    node, until = play.node, time.monotonic() + _SECONDS
    play.planned()
    node.ask("systemctl", "stop", "kubelet")
    before = node.running()
    for case in (*CASES[:_OWN], *FILLS, *CASES[_OWN:]):
        if time.monotonic() > until:
            break
        if case.mark == ON and case.victim != "itself":
            node.ask("sed", "-i", 's/"live-restore": true/"live-restore": false/', SETTINGS)
            node.ask("systemctl", "reload", "docker")
            time.sleep(1)
        play.steps[str(case)] = play.killed(case, before)
        if case.victim == "disk":
            node.ask("rm", f"{ROOT}/.filler")
            play.through("apply", play.steps[str(case)], before)
        if case.mark == ON or case.victim == "disk":
            play.through("undo", {"again": [], "gone": []}, before)
    play.done("at last", "apply")
    play.upgraded("up", NEW)


def troubled(play: Play) -> None:
    """No room where dockerd keeps its files, none for the journal, and a dockerd that does not come back."""
    node = play.node
    play.planned()
    node.ask("systemctl", "stop", "kubelet")
    before = node.running()
    for name, place, leave in _FULL:
        step = play.steps[f"full: {name}"] = _full(play, place, leave, before)
        _there_and_back(play, step, before)
    play.steps["broken"] = play.killed(Case("guard", "apply", "dockerd is stopped"), before)
    play.steps["broken: status"] = told(node.upgradecheck("override", "status", PLAN, "--docker", "auto", "--node", NODE))
    play.steps["broken: again"] = told(node.upgradecheck(*play.words("apply")))
    play.steps["broken: gone"] = {"gone": node.gone(before)}
    node.ask("rm", _BROKEN)
    play.done("mended", "apply")
    play.upgraded("up", NEW)


def _there_and_back(play: Play, step: Json, before: dict[str, Json]) -> None:
    """The same command once there is room, then an undo."""
    play.through("apply", step, before)
    back: Json = {"again": [], "gone": []}
    step["back"] = back
    play.through("undo", back, before)


def _full(play: Play, place: str, leave: int, before: dict[str, Json]) -> Json:
    """apply, with so many bytes of room at a place; then there is more."""
    node = play.node
    node.run("sh", "-c", f"dd if=/dev/zero of={place}/.filler bs=512 2>/dev/null; truncate -s -{leave} {place}/.filler")
    free = node.ask("sh", "-c", f"df --output=avail -B1 {place} | tail -n 1")
    said = node.upgradecheck(*play.words("apply"))
    found = {"free": int(free), **told(said), "gone": node.gone(before), "carried": play.carried(), "docker": node.of_docker(), "again": []}
    node.ask("rm", f"{place}/.filler")
    return found


SCENES: dict[str, Callable[[Play], None]] = {
    "upgraded": upgraded,
    "killed": killed,
    "troubled": troubled,
}


def main() -> int:
    """Exit codes: 0 as foretold, 2 not, 1 it cannot be played here."""
    asked = argparse.ArgumentParser(prog="python -m tests.lab.systemd.docker")
    asked.add_argument("scene", choices=sorted(SCENES))
    asked.add_argument("--keep", type=Path, metavar="DIR")
    given = asked.parse_args()
    run.exit_on_sigterm()
    refused = problem()
    if refused:
        print(refused, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="upgradecheck-scene-") as unkept:
        into = (given.keep or Path(unkept)).absolute()
        play_scene(into, given.scene)
        wrong = 0
        for what, found, wanted in findings(into, given.scene):
            wrong += found != wanted
            print(f"{what}: {found}" if found == wanted else f"WRONG {what}: {found}, expected {wanted}")
        return 2 if wrong else 0


def problem() -> str | None:
    """Why no scene can be played here; None if they can."""
    if not all(shutil.which(one) for one in ("dockerd", "docker")) or not PACKAGED.joinpath("docker.service").exists():
        return "the node needs docker with its units; install docker.io, which Debian and others have"
    return refusal(OLD, NEW)


def play_scene(into: Path, name: str) -> None:
    """What was seen is kept however it ends."""
    steps: Json = {}
    try:
        with started(OLD, dockershim.MANIFESTS, (OLD, NEW), crictl=crictl()) as plain:
            node = DockerNode(plain)
            node.install(small=name != "upgraded")
            SCENES[name](Play(node, into, steps))
            keep(into, "node.json", {"from": OLD, "to": NEW, **node.versions()})
    finally:
        keep(into, "steps.json", steps)


if __name__ == "__main__":
    raise SystemExit(main())
