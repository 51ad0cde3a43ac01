"""A scene from outside: programs and image are made ready, the node is started in namespaces of its own, and what it keeps is left in a folder."""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.lab import run
from tests.lab.containerd.builds import containerd
from tests.lab.containerd.crictl import crictl
from tests.lab.containerd.image import archive
from tests.lab.kubelets import found, kubelet
from tests.lab.selecting import selected

MANIFESTS = Path(__file__).parent / "manifests"
TOOLS = ("containerd", "containerd-shim-runc-v2", "ctr", "runc")


def refusal(*versions: str) -> str | None:
    """Why no scene with these kubelets can be played here at once; None if it can."""
    lacking = [tool for tool in TOOLS if shutil.which(tool) is None]
    if lacking:
        return f"the scene needs {', '.join(lacking)} on the PATH; install containerd and runc, which Debian and others have"
    problem = run.refusal()
    unbuilt = [version for version in versions if not found(version)]
    if problem is None and unbuilt:
        return f"kubelets are not built; python -m tests.lab.kubelets {' '.join(unbuilt)} does it in 5 to 10 minutes each"
    return problem


@contextlib.contextmanager
def on_the_path(version: str | None) -> Iterator[None]:
    """The containerd of this version comes first meanwhile, built if it is not there; none: that of the machine. Raises NotBuildable."""
    before = os.environ["PATH"]
    if version:
        os.environ["PATH"] = f"{containerd(version)}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before


def play(scene: str, old: str, new: str, into: Path) -> None:
    """Plays `scene`, a module of this package, from one kubelet to another. Minutes; builds what is not built.

    Its containerd is the one that comes first on the PATH.

    Raises NotBuildable, NoCgroups and LabFailed, as `run.record`.
    """
    into.mkdir(parents=True, exist_ok=True)
    with run.state_folder() as state:
        selected(MANIFESTS, (old, new), state / "manifests")
        command = [*run.NAMESPACES, sys.executable, "-m", "tests.lab.containerd.node", "--scene", scene]
        for option, version in (("--from", old), ("--to", new)):
            command += [option, version, str(kubelet(version))]
        command += [f"--crictl={crictl()}", f"--image={archive()}", f"--state={state}", f"--into={into.absolute()}"]
        run.lived_through(command, f"{scene}, {old} -> {new}", state)
