"""One scene on a node that consists of namespaces: `unshare --net --mount --pid … python -m tests.lab.containerd.node`.

Started by `tests.lab.containerd.playing`; as in `tests.lab.node`, all that it started ends with it.
"""

import argparse
import os
import subprocess
from importlib import import_module
from pathlib import Path

from tests.lab import running
from tests.lab.cgroups import of_services
from tests.lab.containerd import daemon, units
from tests.lab.containerd.stage import Stage
from tests.lab.node import furnish


def main() -> None:
    """Plays the scene; what it keeps is in the folder `into`."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--scene", required=True)
    for name in ("--from", "--to"):
        asked.add_argument(name, nargs=2, metavar=("VERSION", "PROGRAM"), required=True)
    for name in ("--crictl", "--image", "--state", "--into"):
        asked.add_argument(name, type=Path, required=True)
    asked.add_argument("--cgroup-root", required=True)
    given = vars(asked.parse_args())
    old, new = ((version, Path(program)) for version, program in (given["from"], given["to"]))
    state: Path = given["state"]
    furnish()
    subprocess.run(["mount", "-t", "tmpfs", "lab", "/run"], check=True)
    (state / "plugins").mkdir()
    cgroup = of_services(given["cgroup_root"]) / units.UNIT
    with daemon.started(state / "containerd", given["crictl"], given["image"], cgroup) as containerd:
        setting = running.Setting(containerd.socket, state / "manifests", state, cgroup_root=given["cgroup_root"])
        with units.systemctl(state, containerd.restart, lambda: containerd.pid) as programs:
            os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
            import_module(f"tests.lab.containerd.{given['scene']}").play(Stage(containerd, setting, state, given["into"], old, new))


if __name__ == "__main__":
    main()
