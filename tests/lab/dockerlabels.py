"""An upgrade of a dockershim node under ``override apply --docker``, and back, on a real docker engine in namespaces of its own.

    python -m tests.lab.dockerlabels --from 1.20.15 --to 1.22.17 --keep tests/lab/recorded-docker-labels/1.20.15-to-1.22.17

Wants what tests.lab.dockershim wants. systemd is imitated: a program called systemctl knows docker.service, docker.socket and kubelet.service
as files tell it, ends dockerd with SIGTERM and starts it again in a cgroup of its unit's name. All else is real: dockerd with its containers,
both kubelets with their dockershims, the program's own commands as they are typed. live-restore is off at first, and daemon.json not there.
Both apply and undo are ended with SIGKILL again and again, all that they have started with them, each time at a later mark, and typed again.
Printed, and kept in `checks.json`, is a line for each thing that must be so; the exit code is 1 if one is not.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.lab import dockershim, run, running
from tests.lab.containerd.image import archive
from tests.lab.node import furnish, write

_SYSTEMCTL = """#!{python}
import os, signal, subprocess, sys, time
from pathlib import Path
state = Path({state!r})
words = sys.argv[1:]
unit = words[-1]
pid_file, log = state / "dockerd.pid", open(state / "dockerd.log", "ab")
def pid():
    try:
        found = int(pid_file.read_text())
        os.kill(found, 0)
        zombie = Path(f"/proc/{{found}}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        return 0 if zombie else found
    except (OSError, ValueError):
        return 0
with open(state / "systemctl.log", "a") as said:
    said.write(" ".join(words) + "\\n")
if words[0] == "show":
    told = {{"LoadState": "not-found", "ActiveState": "inactive"}}
    if unit == "docker.service":
        told = {{"LoadState": "loaded", "ActiveState": "active" if pid() else "inactive", "KillMode": "process", "MainPID": str(pid())}}
    if unit == "docker.socket":
        told = {{"LoadState": "loaded", "ActiveState": "active" if (state / "socket").exists() else "inactive"}}
    if unit == "kubelet.service":
        told = {{"LoadState": "loaded", "ActiveState": "inactive"}}
    print("\\n".join(f"{{key}}={{value}}" for key, value in told.items()))
elif unit == "docker.socket" and words[0] in ("start", "stop"):
    (state / "socket").touch() if words[0] == "start" else (state / "socket").unlink(missing_ok=True)
elif unit == "docker.service" and words[0] == "stop" and pid():
    number = pid()
    os.kill(number, signal.SIGTERM)
    while pid():
        time.sleep(0.1)
elif unit == "docker.service" and words[0] == "start" and not pid():
    (state / "socket").touch()  # docker.service has Requires=docker.socket
    cgroup = Path("/sys/fs/cgroup/systemd/docker.service")
    cgroup.mkdir(exist_ok=True)
    def inside():
        (cgroup / "cgroup.procs").write_text(str(os.getpid()))
    made = subprocess.Popen({command!r}, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=inside)
    pid_file.write_text(str(made.pid))
"""
Json = dict[str, Any]
COPIES = 6
"""Of the pod one of whose containers the newer kubelet hashes otherwise."""
JOURNALS = Path("/var/lib/upgradecheck/override")


class Scene:
    """The node, and what was seen to be wrong on it."""

    def __init__(self, state: Path, manifests: Path) -> None:
        self.state, self.manifests = state, manifests
        self.wrong = 0
        self.checks: list[Json] = []

    def check(self, what: str, *, holds: bool) -> None:
        """A line; WRONG where it does not hold."""
        self.wrong += not holds
        self.checks.append({"what": what, "holds": holds})
        print(f"{'ok   ' if holds else 'WRONG'} {what}", flush=True)

    def upgradecheck(self, *words: str) -> tuple[int, str]:
        """One of the program's commands: its exit code and what it says."""
        done = subprocess.run([sys.executable, "-m", "upgradecheck", *words], cwd=run.ROOT, capture_output=True, text=True, check=False)
        said = f"$ upgradecheck {' '.join(words)}\n{done.stdout}{done.stderr}-> {done.returncode}\n"
        with (self.state / "said.log").open("a") as log:
            log.write(said)
        return done.returncode, said

    def running(self) -> Mapping[str, tuple[int, str, str]]:
        """By container ID of all that runs: process, start time, and its name."""
        found = {}
        for one in dockershim._listed():
            if one["State"] == "running":
                told = dockershim._asked(f"/containers/{one['Id']}/json")
                found[one["Id"]] = (told["State"]["Pid"], told["State"]["StartedAt"], told["Name"])
        return found


def main() -> int:
    """Outside: starts the node; inside (`--inside`): plays the upgrade."""
    asked = argparse.ArgumentParser(prog="python -m tests.lab.dockerlabels")
    asked.add_argument("--from", dest="old", required=True)
    asked.add_argument("--to", dest="new", required=True)
    asked.add_argument("--keep", type=Path, help="where what was said is kept")
    asked.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.inside is not None:
        scene = Scene(given.inside, given.inside / "manifests")
        _played(scene, given.old, given.new)
        write(scene.state / "checks.json", {"checks": scene.checks})
        return 1 if scene.wrong else 0
    with tempfile.TemporaryDirectory(prefix="upgradecheck-lab-") as state:
        again = [sys.executable, "-m", "tests.lab.dockerlabels", "--from", given.old, "--to", given.new]
        code = subprocess.run([*run.NAMESPACES, *again, "--inside", state], cwd=run.ROOT, check=False).returncode
        if given.keep is not None:
            given.keep.mkdir(parents=True, exist_ok=True)
            for name in ("checks.json", "node.json"):
                if Path(state, name).exists():
                    shutil.copy(Path(state, name), given.keep)
        with contextlib.suppress(OSError):
            Path("/sys/fs/cgroup/systemd/docker.service").rmdir()
        return code


def _played(scene: Scene, old: str, new: str) -> None:
    state = scene.state
    furnish()
    for place in ("/run", "/etc/docker"):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "lab", place], check=True)
    Path("/run/systemd/system").mkdir(parents=True)
    shutil.copytree(dockershim.MANIFESTS, scene.manifests)
    for number in range(2, COPIES + 1):
        text = (dockershim.MANIFESTS / "grace.yaml").read_text().replace("name: grace", f"name: grace-{number}")
        (scene.manifests / f"grace-{number}.yaml").write_text(text.replace("000000000702", f"0000000007{number + 10}"))
    (state / "plugins").mkdir()
    (state / "socket").touch()
    _install_systemctl(state)
    subprocess.run(["systemctl", "start", "docker.service"], check=True)
    _wait_for_engine()
    layer = state / "layer.tar"
    layer.write_bytes(dockershim._layer(archive()))
    docker = ["docker", f"--host=unix://{dockershim.SOCKET}"]
    subprocess.run([*docker, "import", "--change", 'ENTRYPOINT ["/sleeper"]', str(layer), dockershim.IMAGE], check=True)
    try:
        _upgrade_and_back(scene, old, new)
    finally:
        for log in ("said.log", "systemctl.log"):
            print((state / log).read_text() if (state / log).exists() and (scene.wrong or log == "said.log") else "")
        subprocess.run(["systemctl", "stop", "docker.service"], check=False)


def _upgrade_and_back(scene: Scene, old: str, new: str) -> None:
    plan = str(scene.state / "plan.json")
    with dockershim._started(old, scene.state) as kubelet:
        dockershim._wait_until_quiet(at_least=30)
        write(scene.state / "pods.json", kubelet.pods())
        node = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": running.NODE}}
        node |= {"status": {"nodeInfo": {"kubeletVersion": f"v{old}", "containerRuntimeVersion": f"docker://{_version()}"}}}
        write(scene.state / "nodes.json", {"kind": "List", "apiVersion": "v1", "items": [node]})
        asked = ("plan", "--to", new, "--node", running.NODE, "--docker", "auto", "--static-pods", str(scene.manifests), "--override")
        _, said = scene.upgradecheck(
            *asked, "-f", str(scene.state / "pods.json"), "-f", str(scene.state / "nodes.json"), "-o", f"json={plan}"
        )
        overrides = json.loads(Path(plan).read_text())["overrides"]
        write(scene.state / "node.json", {"from": old, "to": new, "docker": _version()})
        scene.check(f"the plan holds containers by overrides: {len(overrides)}", holds=len(overrides) == COPIES)
        code, said = scene.upgradecheck("override", "apply", plan, "--docker", "auto", "--node", running.NODE, "--restart-runtime")
        scene.check(
            "a dry run beside the running kubelet says that it runs, and that live-restore is turned on",
            holds="kubelet: it runs" in said and "live-restore is off: it is turned on" in said and code == 0,
        )
        digest = json.loads(Path(plan).read_text())["plan_hash"]
        code, said = scene.upgradecheck("override", "apply", plan, "--docker", "auto", "--confirm", digest, "--restart-runtime")
        scene.check("with the kubelet running it is refused", holds=code == 1 and "nothing was changed" in said)
    before = scene.running()
    _applied(scene, plan, digest, list(overrides), before)
    _kept(scene, new, before, list(overrides), "the new kubelet keeps")
    _undone(scene, digest, list(overrides))
    _kept(scene, old, before, list(overrides), "the old kubelet, after undo, keeps")
    _control(scene, new, list(overrides))


def _applied(scene: Scene, plan: str, digest: str, overrides: Sequence[str], before: Mapping[str, object]) -> None:
    begun = time.monotonic()
    root = ("--docker-root", str(scene.state / "docker"))
    given = ("override", "apply", plan, "--docker", "auto", *root, "--node", running.NODE, "--confirm", digest, "--restart-runtime")
    _killed_again_and_again(scene, "apply", given, before)
    code, said = scene.upgradecheck(*given)
    print(f"apply: {time.monotonic() - begun:.1f} s with the kills", flush=True)
    scene.check(
        "apply: the same command goes on, and verifies",
        holds=code == 0 and f"applied: the record and the runtime carry the override's hash: {COPIES}" in said,
    )
    scene.check("every container has the process and start time that it had", holds=dict(scene.running()) == dict(before))
    code, said = scene.upgradecheck("override", "status", plan, "--docker", "auto", "--node", running.NODE)
    scene.check("status: the new kubelet may start", holds=code == 0 and "may start" in said)
    scene.check("live-restore stays on", holds=json.loads(Path("/etc/docker/daemon.json").read_text()) == {"live-restore": True})
    scene.check("docker.socket is back", holds=(scene.state / "socket").exists())


def _killed_again_and_again(scene: Scene, what: str, words: Sequence[str], before: Mapping[str, Any]) -> None:
    """The command, ended by SIGKILL with all that it has started, at one mark after the other."""
    lines = _journal().count(b"\n")
    done = b'"applied"' if what == "apply" else b'"undone"'
    marks: Mapping[str, Callable[[], bool]] = {
        "dockerd is stopped": lambda: not _engine_runs(scene),
        "one label is written": lambda: _journal().count(b"\n") > lines + (2 if what == "apply" else 1),
        "half of them are written": lambda: _journal().count(b"\n") > lines + COPIES,
        "all are written": lambda: done in _journal(),
    }
    for mark, reached in marks.items():
        ended = _killed_at(words, reached)
        scene.check(
            f"{what}: killed once {mark}, dockerd is stopped, and every process runs",
            holds=ended and not _engine_runs(scene) and _processes(before),
        )


def _killed_at(words: Sequence[str], reached: Callable[[], bool]) -> bool:
    """Whether it was ended there, and not by itself."""
    command = [sys.executable, "-m", "upgradecheck", *words]
    process = subprocess.Popen(command, cwd=run.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    while process.poll() is None and not reached():
        time.sleep(0.0005)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def _journal() -> bytes:
    found = sorted(JOURNALS.glob("*.journal"))
    return found[-1].read_bytes() if found else b""


def _engine_runs(scene: Scene) -> bool:
    try:
        pid = int((scene.state / "dockerd.pid").read_text())
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, ValueError):
        return False


def _processes(before: Mapping[str, Any]) -> bool:
    return all(Path(f"/proc/{pid}").exists() for pid, _, _ in before.values())


def _kept(scene: Scene, version: str, before: Mapping[str, Any], overrides: Sequence[str], words: str) -> None:
    with dockershim._started(version, scene.state):
        dockershim._wait_until_quiet(at_least=45)
    after = scene.running()
    ended = [before[one][2] for one in before if after.get(one) != before[one] and "nouid" not in before[one][2]]
    scene.check(f"{words} all {len(overrides)} that are overridden", holds=all(after.get(one) == before[one] for one in overrides))
    scene.check(f"and ends nothing else but static pods without a UID: {ended}", holds=not ended)


def _undone(scene: Scene, digest: str, overrides: Sequence[str]) -> None:
    before = scene.running()
    journal = f"0001-{digest[:12]}.journal"
    root = ("--docker-root", str(scene.state / "docker"))
    given = ("override", "undo", journal, "--docker", "auto", *root, "--confirm", digest, "--restart-runtime")
    _killed_again_and_again(scene, "undo", given, before)
    code, said = scene.upgradecheck(*given)
    scene.check(
        "undo puts the labels back, and verifies",
        holds=code == 0 and f"restored: the record and the runtime carry the hash before: {len(overrides)}" in said,
    )
    scene.check("undo ended nothing", holds=dict(scene.running()) == dict(before))


def _control(scene: Scene, new: str, overrides: Sequence[str]) -> None:
    before = scene.running()
    with dockershim._started(new, scene.state):
        dockershim._wait_until_quiet(at_least=45)
    after = scene.running()
    scene.check(
        "control: without the override the new kubelet ends every one of them",
        holds=all(after.get(one) != before[one] for one in overrides),
    )


def _install_systemctl(state: Path) -> None:
    runtime, programs = state / "runc-lab", state / "bin"
    runtime.write_text(dockershim._RUNTIME.format(python=sys.executable))
    runtime.chmod(0o755)
    programs.mkdir()
    command = ["dockerd", f"--host=unix://{dockershim.SOCKET}", f"--data-root={state / 'docker'}", "--storage-driver=vfs", "--bridge=none"]
    command += ["--iptables=false", "--ip-forward=false", "--exec-opt=native.cgroupdriver=cgroupfs"]
    command += [f"--add-runtime=lab={runtime}", "--default-runtime=lab"]
    (programs / "systemctl").write_text(_SYSTEMCTL.format(python=sys.executable, state=str(state), command=command))
    (programs / "systemctl").chmod(0o755)
    os.environ["PATH"] = f"{programs}:{os.environ['PATH']}"
    Path("/run/systemd/system").mkdir(parents=True, exist_ok=True)
    # the unit, by which a stopped dockerd's data root and flags are told
    Path("/run/systemd/system/docker.service").write_text(f"[Service]\nExecStart={' '.join(command)}\nKillMode=process\n")


def _wait_for_engine() -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and not Path(dockershim.SOCKET).exists():
        time.sleep(0.3)


def _version() -> str:
    return str(dockershim._asked("/version")["Version"])


if __name__ == "__main__":
    raise SystemExit(main())
