"""The scene from outside: programs and image are made ready, and the cluster is started in namespaces of its own, which end with it."""

import sys
from pathlib import Path

from tests.lab import run
from tests.lab.containerd.crictl import crictl
from tests.lab.fleet import image
from tests.lab.systemd import node

OLD, NEW = "1.30.14", "1.31.0"


def refusal() -> str | None:
    """Why it cannot be played here at once; None if it can."""
    from tests.deploy.kustomized import command

    problem = node.refusal(OLD, NEW, api=True)
    if problem is None and command() is None:
        return "kustomize or kubectl is wanted"
    if problem is None and not Path("/usr/lib/cni/bridge").exists():
        return "the plugins of the network are wanted below /usr/lib/cni (Debian: containernetworking-plugins)"
    return problem


def play(into: Path, *, archive: Path | None = None, nodes: int = 3) -> None:
    """Plays it into the folder `into`: three or four minutes. archive: the agent's image, made here if none is given. Raises LabFailed."""
    into.mkdir(parents=True, exist_ok=True)
    with run.state_folder() as state:
        words = [*run.NAMESPACES, sys.executable, "-m", "tests.lab.fleet.scene", f"--into={into.absolute()}", f"--state={state}"]
        words += [f"--image={archive or image.archive(state)}", f"--crictl={crictl()}", f"--nodes={nodes}"]
        run.lived_through(words, f"a fleet of {nodes} nodes", state, cgroups=False)
