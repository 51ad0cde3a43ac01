"""Two kubelets with their own dockershim (up to 1.23), swapped over one real docker engine, in namespaces of their own.

    python -m tests.lab.dockershim --from 1.20.15 --to 1.22.17 --keep tests/lab/recorded-dockershim/1.20.15-to-1.22.17

Wants root, dockerd and docker on the PATH (Debian: docker.io, which need not be installed, unpacked will do), runc, and the kubelets built.
The pods are of the host's network, so that no bridge is wanted. A sandbox's oom_score_adj is left out by a runtime of the lab's around
runc, for it may not be lowered in every place where the lab runs. What is kept is what an operator could have collected before the step
(`manifests/`, `kubelet-pods.json`, `engine.json`, `nodes.json`), and `engine-after.json`, the engine's list when the new kubelet is done.
"""

import argparse
import contextlib
import http.client
import io
import json
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.lab import run, running
from tests.lab.containerd.image import PROGRAM, archive
from tests.lab.kubelets import kubelet as program
from tests.lab.node import furnish, write

MANIFESTS = Path(__file__).parent / "with-docker"
IMAGE = "lab/sleeper:1"
SOCKET = "/run/docker.sock"
LISTED = "/containers/json?all=1"
_RUNTIME = """#!{python}
import json, os, sys
given = sys.argv[1:]
if "create" in given and "--bundle" in given:
    path = os.path.join(given[given.index("--bundle") + 1], "config.json")
    with open(path) as file:
        asked = json.load(file)
    asked["process"].pop("oomScoreAdj", None)
    with open(path, "w") as file:
        json.dump(asked, file)
os.execvp("runc", ["runc", *given])
"""
Json = dict[str, Any]


def main() -> int:
    """Outside: starts the node; inside (`--inside`): plays the upgrade."""
    asked = argparse.ArgumentParser(prog="python -m tests.lab.dockershim")
    asked.add_argument("--from", dest="old", required=True)
    asked.add_argument("--to", dest="new", required=True)
    asked.add_argument("--keep", type=Path, required=True)
    asked.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    given = asked.parse_args()
    into = given.keep.absolute()
    if given.inside is not None:
        _played(given.old, given.new, given.inside, into)
        return 0
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="upgradecheck-lab-") as state:
        again = [sys.executable, "-m", "tests.lab.dockershim", "--from", given.old, "--to", given.new, "--keep", str(into)]
        return subprocess.run([*run.NAMESPACES, *again, "--inside", state], cwd=run.ROOT, check=False).returncode


def _played(old: str, new: str, state: Path, into: Path) -> None:
    furnish()
    subprocess.run(["mount", "-t", "tmpfs", "lab", "/run"], check=True)
    shutil.copytree(MANIFESTS, state / "manifests")
    (state / "plugins").mkdir()
    with _engine(state) as version:
        with _started(old, state) as kubelet:
            _wait_until_quiet(at_least=30)
            write(into / "kubelet-pods.json", kubelet.pods())
        (into / "engine.json").write_text(_lines(_listed(), state))
        info = {"kubeletVersion": f"v{old}", "containerRuntimeVersion": f"docker://{version}"}
        node = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": running.NODE}, "status": {"nodeInfo": info}}
        write(into / "nodes.json", {"kind": "List", "apiVersion": "v1", "items": [node]})
        with _started(new, state):
            _wait_until_quiet(at_least=45)
            (into / "engine-after.json").write_text(_lines(_listed(), state))
    shutil.rmtree(into / "manifests", ignore_errors=True)
    shutil.copytree(MANIFESTS, into / "manifests")


@contextlib.contextmanager
def _engine(state: Path) -> Iterator[str]:
    """A docker engine that has the lab's image; its version."""
    runtime, layer = state / "runc-lab", state / "layer.tar"
    runtime.write_text(_RUNTIME.format(python=sys.executable))
    runtime.chmod(0o755)
    layer.write_bytes(_layer(archive()))
    command = ["dockerd", f"--host=unix://{SOCKET}", f"--data-root={state / 'docker'}", "--storage-driver=vfs", "--bridge=none"]
    command += ["--iptables=false", "--ip-forward=false", "--exec-opt=native.cgroupdriver=cgroupfs"]
    command += [f"--add-runtime=lab={runtime}", "--default-runtime=lab"]
    with (state / "dockerd.log").open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            until = time.monotonic() + 60
            while process.poll() is None and time.monotonic() < until and not Path(SOCKET).exists():
                time.sleep(0.5)
            entry = 'ENTRYPOINT ["/sleeper"]'
            subprocess.run(["docker", f"--host=unix://{SOCKET}", "import", "--change", entry, str(layer), IMAGE], check=True)
            yield str(_asked("/version")["Version"])
        finally:
            process.terminate()


def _layer(archive: Path) -> bytes:
    """The only layer of the lab's image."""
    with tarfile.open(archive) as tar:
        for member in filter(tarfile.TarInfo.isfile, tar.getmembers()):
            content = tar.extractfile(member)
            assert content is not None
            blob = content.read()
            with contextlib.suppress(tarfile.ReadError), tarfile.open(fileobj=io.BytesIO(blob)) as inner:
                if PROGRAM in inner.getnames():
                    return blob
    raise RuntimeError(f"{archive}: no layer holds {PROGRAM}")


@contextlib.contextmanager
def _started(version: str, state: Path) -> Iterator[running.Kubelet]:
    """A kubelet with its dockershim."""
    setting = running.Setting(endpoint=Path("/none"), manifests=state / "manifests", at=state)
    command = [one for one in running.command(version, program(version), setting) if "container-runtime" not in one]
    command += [f"--docker-endpoint=unix://{SOCKET}", f"--pod-infra-container-image={IMAGE}", "--network-plugin="]
    (state / "kubelet.json").write_text(json.dumps(running.configuration(version, setting)))
    log = state / f"kubelet-{version}.log"
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            yield running.Kubelet(version, process, log)
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_quiet(*, at_least: float, quiet: float = 12.0, at_most: float = 240.0) -> None:
    """Returns when the engine's list has not changed for so long."""
    begun = changed = time.monotonic()
    last: list[tuple[str, str]] = []
    while time.monotonic() - begun < at_most:
        now = sorted((one["Id"], one["State"]) for one in _listed())
        if now != last:
            last, changed = now, time.monotonic()
        if min(time.monotonic() - changed - quiet, time.monotonic() - begun - at_least) > 0:
            return
        time.sleep(1)


def _listed() -> list[Json]:
    found: list[Json] = _asked(LISTED)
    return found


def _asked(path: str) -> Any:
    connection = http.client.HTTPConnection("localhost")
    with contextlib.closing(connection):
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(SOCKET)
        connection.request("GET", path)
        return json.load(connection.getresponse())


def _lines(items: list[Json], state: Path) -> str:
    """A line a container; what the lab's kubelets keep is named as where kubelets keep it."""
    told = (json.dumps(item).replace(f"{state}/root", "/var/lib/kubelet") for item in items)
    return "[\n" + ",\n".join(told) + "\n]\n"


if __name__ == "__main__":
    raise SystemExit(main())
