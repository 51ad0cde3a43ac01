"""A node that lives through several kubelets and records each start: `unshare --net --mount --pid … python -m tests.lab.living`.

Started by `run.live`. Under each kubelet some containers are ended, so that it creates them anew; then what an operator could collect is
dumped, with the node's checkpoint as it stood, into a folder named after the version.
"""

import argparse
import contextlib
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.lab import accidents, nodes, outcomes, running
from tests.lab import endpoint as cri
from tests.lab.node import SETTLED, WATCHED, furnish, write
from upgradecheck.model.times import rfc3339

RENEWED = "renewed-"
"""How the names of containers begin that are ended under the kubelet that the rest of the name tells (`1-22-17`)."""

CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True)
class Life:
    """The kubelets, oldest first, as version and program; `given` holds what is put into `manifests` when one of them starts."""

    kubelets: tuple[tuple[str, Path], ...]
    cri: Path
    given: Path
    state: Path
    into: Path
    cgroup_root: str | None = None


def main() -> None:
    """Records one life into the folder `into`."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--kubelet", nargs=2, metavar=("VERSION", "PROGRAM"), action="append", required=True)
    for name in ("--cri", "--given", "--state", "--into"):
        asked.add_argument(name, type=Path, required=True)
    asked.add_argument("--cgroup-root")
    given = vars(asked.parse_args())
    kubelets = tuple((version, Path(program)) for version, program in given.pop("kubelet"))
    furnish()
    machine_id = given["state"] / "machine-id"
    machine_id.write_text(f"{1:032x}\n")  # a recording says nothing of whose machine it was made on
    subprocess.run(["mount", "--bind", str(machine_id), "/etc/machine-id"], check=True)
    live(Life(kubelets, **given))


def live(life: Life) -> None:
    """One kubelet after the other."""
    (life.state / "plugins").mkdir()
    manifests = life.state / "manifests"
    manifests.mkdir()
    with contextlib.ExitStack() as until_the_end:
        endpoint = until_the_end.enter_context(cri.started(life.cri, life.state))
        setting = running.Setting(endpoint=endpoint.socket, manifests=manifests, at=life.state, cgroup_root=life.cgroup_root)
        for version, program in life.kubelets:
            since = life.given / f"since-{version}"
            for path in sorted(since.iterdir()) if since.is_dir() else ():
                shutil.copy(path, manifests / path.name)
            _period(life, version, program, setting, endpoint)
            time.sleep(2)  # so that whole seconds tell the periods apart


def _period(life: Life, version: str, program: Path, setting: running.Setting, endpoint: cri.Endpoint) -> None:
    begins = time.time_ns()
    with running.started(version, program, setting) as kubelet:
        _checkpoint(life, "--kubelet-version", f"v{version}", "--start", rfc3339(begins))
        endpoint.wait_until_quiet(**WATCHED)
        if _ended(version, endpoint):
            endpoint.wait_until_quiet(**SETTLED)
        into = life.into / version
        into.mkdir()
        write(into / "kubelet-pods.json", kubelet.pods())
        write(into / "crictl-ps.json", endpoint.ask("ps"))
        write(into / "nodes.json", nodes.alone(version, accidents.Node()))
        shutil.copytree(setting.manifests, into / "manifests")
        shutil.copy(life.state / CHECKPOINT / CHECKPOINT, into / CHECKPOINT)
    _checkpoint(life, "--stopped")


def _checkpoint(life: Life, *words: str) -> None:
    """`upgradecheck checkpoint record`, as on a node."""
    place = life.state / CHECKPOINT
    place.mkdir(mode=0o700, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "upgradecheck",
        "checkpoint",
        "record",
        "--node",
        running.NODE,
        "--checkpoint",
        str(place / CHECKPOINT),
    ]
    subprocess.run([*command, *words], check=True)


def _ended(version: str, endpoint: cri.Endpoint) -> bool:
    """Ends the containers that this kubelet is to create anew; whether there are any."""
    wanted = RENEWED + version.replace(".", "-")
    records = outcomes.latest(endpoint.ask("ps")["containers"])
    found = [one["id"] for one in records if one["labels"][outcomes.LABEL + "container.name"] == wanted]
    for identity in found:
        endpoint.ask("exit", id=identity, code=1)
    return bool(found)


if __name__ == "__main__":
    main()
