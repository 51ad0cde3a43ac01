"""One upgrade from outside: kubelets and endpoint are made ready, the node is started in namespaces of its own, its files are kept."""

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.lab import endpoint as cri
from tests.lab.kubelets import kubelet
from tests.lab.selecting import selected

ROOT = Path(__file__).parents[2]
MANIFESTS = Path(__file__).parent / "manifests"
RECORDED = Path(__file__).parent / "recorded"
NAMESPACES = ("unshare", "--net", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child", "--mount-proc")


TUNABLES = (
    *(f"/proc/sys/vm/{name}" for name in ("overcommit_memory", "panic_on_oom")),
    *(f"/proc/sys/kernel/{name}" for name in ("panic", "panic_on_oops", "keys/root_maxkeys", "keys/root_maxbytes")),
)


class LabFailed(RuntimeError):
    """The node did not get through its upgrade; the message ends with what it said."""


def refusal() -> str | None:
    """Why the lab cannot run here; None if it can."""
    if platform.system() != "Linux":
        return f"the lab runs kubelets, which need Linux; this is {platform.system()}. Replay what was recorded: pytest tests/lab/test_replay.py"
    if os.geteuid() != 0:
        return "the lab makes network and mount namespaces and starts kubelets, which need root. Run it again as root, or in a privileged container"
    lacking = [tool for tool in ("go", "unshare", "ip", "mount") if shutil.which(tool) is None]
    if lacking:
        return f"the lab needs {', '.join(lacking)} on the PATH; install Go from go.dev, the others are util-linux and iproute2"
    return None


def record(old: str, new: str, manifests: Path, into: Path) -> None:
    """Records the upgrade into the folder `into`: dumps of before, manifests, and observed.json. Minutes; builds what is not built.

    Raises NotBuildable and LabFailed; if it fails, the node's logs are left in a folder that the message names.
    """
    programs = {version: kubelet(version) for version in (old, new)}
    endpoint = cri.built()
    into.mkdir(parents=True, exist_ok=True)
    state = Path(tempfile.mkdtemp(prefix="upgradecheck-lab-"))
    copied = state / "manifests"
    command = [*NAMESPACES, sys.executable, "-m", "tests.lab.node"]
    command += ["--from", old, str(programs[old]), "--to", new, str(programs[new])]
    command += [f"--cri={endpoint}", f"--manifests={copied}", f"--state={state}", f"--into={into}"]
    failed = False
    try:
        selected(manifests, (old, new), copied)
        with _tunables_kept():
            done = _finished(command)
        failed = done.returncode != 0
        if failed:
            raise LabFailed(f"{old} -> {new}: the node ended with {done.returncode}; its logs are in {state}.\n{done.stderr[-2000:]}")
        shutil.rmtree(into / "manifests", ignore_errors=True)
        shutil.copytree(copied, into / "manifests")
    finally:
        if not failed:
            shutil.rmtree(state, ignore_errors=True)


@contextlib.contextmanager
def _tunables_kept() -> Iterator[None]:
    """Kubelets write these for the whole machine (setupKernelTunables in pkg/kubelet/cm); afterwards they are what they were."""
    before = {path: path.read_text() for path in map(Path, TUNABLES) if path.exists()}
    try:
        yield
    finally:
        for path, value in before.items():
            path.write_text(value)


def _finished(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """The command's end; if we are interrupted, it is killed, and by --kill-child all that it started."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            _, said = process.communicate()
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, "", said)
