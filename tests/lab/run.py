"""One upgrade from outside: kubelets and endpoint are made ready, the node is started in namespaces of its own, its files are kept."""

import contextlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab import apiserver, tunables
from tests.lab import endpoint as cri
from tests.lab.caches import cache
from tests.lab.cgroups import cgroup_root
from tests.lab.kubelets import API_SERVER, built, kubelet
from tests.lab.selecting import selected, shared_out

ROOT = Path(__file__).parents[2]
MANIFESTS = Path(__file__).parent / "manifests"
RECORDED = Path(__file__).parent / "recorded"
LIFE = Path(__file__).parent / "life"
LIVED = Path(__file__).parent / "recorded-histories"
NAMESPACES = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--net", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child", "--mount-proc"),
)
TOOLS, TOOLS_OF_API = ("go", "setpriv", "unshare", "ip", "mount"), ("etcd", "openssl")
WHENCE = "install Go from go.dev; the others are util-linux, iproute2, etcd-server (or etcd) and openssl in Debian and elsewhere"


AT_MOST = 1800
"""Seconds for one upgrade; every wait within has a bound of its own, and all of them together are less."""


def exit_on_sigterm() -> None:
    """A first SIGTERM ends the program so that what was changed of the machine is put back; a second one does not keep it from that."""

    def leave(number: int, _: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)


class LabFailed(RuntimeError):
    """The node did not get through its upgrade; the message ends with what it said."""


def refusal(*, api: bool = False) -> str | None:
    """Why the lab cannot run here, with an API server or without; None if it can."""
    if platform.system() != "Linux":
        return f"the lab runs kubelets, which need Linux; this is {platform.system()}. Replay what was recorded: pytest tests/lab/test_replay.py"
    if os.geteuid() != 0:
        return "the lab makes network and mount namespaces and starts kubelets, which need root. Run it again as root, or in a privileged container"
    lacking = [tool for tool in (*TOOLS, *(TOOLS_OF_API if api else ())) if shutil.which(tool) is None]
    if lacking:
        return f"the lab needs {', '.join(lacking)} on the PATH; {WHENCE}"
    return None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which upgrade: from `old` to `new`.

    With `created_by`, a kubelet of that version makes the pods, and the old one is swapped in before anything is dumped. With `api`, most pods are
    created through an API server; with `cgroups`, each pod has a cgroup, as on a real node (`cgroupsPerQOS`).
    """

    old: str
    new: str
    created_by: str | None = None
    api: bool = False
    cgroups: bool = True

    @property
    def versions(self) -> tuple[str, ...]:
        """All kubelets that run."""
        return (self.old, self.new, *filter(None, (self.created_by,)))


def record(wanted: Wanted, manifests: Path, into: Path) -> None:
    """Records the upgrade into the folder `into`: dumps of before, manifests, and observed.json. Minutes; builds what is not built.

    Raises NotBuildable, NoCgroups and LabFailed; if it fails, the node's logs are left in a folder that the message names.
    """
    programs = {version: kubelet(version) for version in wanted.versions}
    into.mkdir(parents=True, exist_ok=True)
    with state_folder() as state:
        copied, created = state / "manifests", state / "created"
        command = [*NAMESPACES, sys.executable, "-m", "tests.lab.node", f"--cri={cri.built()}"]
        command += [f"--manifests={copied}", f"--state={state}", f"--into={into}"]
        for option, version in (("--from", wanted.old), ("--to", wanted.new), ("--created-by", wanted.created_by)):
            command += [option, version, str(programs[version])] if version else []
        if wanted.api:
            server = built(apiserver.VERSION, API_SERVER)
            shared_out(manifests, wanted.versions, apiserver.VERSION, copied, created)
            command += [f"--etcd={shutil.which('etcd')}", f"--server={server}", f"--created={created}"]
        else:
            selected(manifests, wanted.versions, copied)
        lived_through(command, f"{wanted.old} -> {wanted.new}", state, cgroups=wanted.cgroups)
        shutil.rmtree(into / "manifests", ignore_errors=True)
        shutil.copytree(copied, into / "manifests")


def live(versions: Sequence[str], given: Path, into: Path) -> None:
    """Records a node's life under these kubelets into the folder `into`, one folder a kubelet. Minutes; builds what is not built.

    Raises NotBuildable, NoCgroups and LabFailed, as record.
    """
    programs = [(version, str(kubelet(version))) for version in versions]
    into.mkdir(parents=True, exist_ok=True)
    with state_folder() as state:
        command = [*NAMESPACES, sys.executable, "-m", "tests.lab.living", f"--cri={cri.built()}"]
        command += [f"--given={given}", f"--state={state}", f"--into={into}"]
        for program in programs:
            command += ["--kubelet", *program]
        lived_through(command, f"{versions[0]} -> {versions[-1]}", state)


@contextlib.contextmanager
def state_folder() -> Iterator[Path]:
    """A folder for the node's state, gone afterwards unless the node failed: then its logs are wanted."""
    made, wanted = Path(tempfile.mkdtemp(prefix="upgradecheck-lab-")), False
    try:
        yield made
    except LabFailed:
        wanted = True
        raise
    finally:
        if not wanted:
            shutil.rmtree(made, ignore_errors=True)


def lived_through(command: list[str], what: str, state: Path, *, cgroups: bool = True) -> None:
    """Runs a node; what it and its kubelets changed of the machine is undone. `what` is it that is run, for the message. Raises LabFailed."""
    with contextlib.ExitStack() as until_the_end:
        if cgroups:
            command = [*command, f"--cgroup-root={until_the_end.enter_context(cgroup_root(state.name))}"]
        until_the_end.enter_context(tunables.kept(cache("tunables") / "before.json"))
        try:
            done = _finished(command)
        except subprocess.TimeoutExpired as late:
            raise LabFailed(f"{what}: not done after {AT_MOST} s; what it wrote is in {state}") from late
    if done.returncode:
        raise LabFailed(f"{what}: the node ended with {done.returncode}; its logs are in {state}.\n{done.stderr[-2000:]}")


def _finished(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """The command's end; if that does not come, or we are interrupted, it is killed, and by --kill-child all that it started; by --pdeathsig too if we are."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            _, said = process.communicate(timeout=AT_MOST)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, "", said)
