"""Nodes of another shape: one with hundreds of containers, and one whose API server is a static pod of its own kubelet."""

import json
import shlex
import tempfile
import time
from pathlib import Path

from tests.lab.containerd.image import IMAGE
from tests.lab.containerd.playing import MANIFESTS
from tests.lab.selecting import folders
from tests.lab.systemd import units
from tests.lab.systemd.inside import MANIFESTS as THERE
from tests.lab.systemd.node import Node
from tests.lab.systemd.playing import HOLD, Json, Step, played, pods_made

PODS, CONTAINERS = 23, 10
CROWD = 250
"""Containers at least: those of the crowd, and the lab's own."""
_SERVER = "kube-apiserver"
_LIBRARIES = ("/lib", "/lib64", "/usr", "/etc", "/var/lib/apiserver-pki", "/var/log")
"""What the server's program is linked with and reads, all of the node's."""


def crowded(into: Path, step: Step) -> None:
    """By records with 250 containers on the node, up and back, within the deadline of the unit."""
    with tempfile.TemporaryDirectory() as folder:
        manifests = Path(folder, "given")
        manifests.mkdir()
        for source in (one for place in folders(MANIFESTS, step) for one in place.iterdir() if one.is_file()):
            (manifests / source.name).write_text(source.read_text())
        for number in range(PODS):
            (manifests / f"crowd-{number:02}.json").write_text(json.dumps(_pod(number)))
        with played(step, proxy=False, api=False, manifests=manifests, least=CROWD) as play:
            play.told("dry run", "override", "hold", "--dry-run", "--to", play.new, "-o", "json")
            play.restarted("up", play.new)
            play.restarted("back", play.old)
            play.keep(into)


def _pod(number: int) -> Json:
    """Containers that differ in their arguments, with an environment of some length."""
    environment = [{"name": f"SETTING_{one}", "value": f"{number}-{one}-" + "x" * 60} for one in range(10)]
    containers = [{"name": f"one-{one}", "image": IMAGE, "args": [str(number), str(one)], "env": environment} for one in range(CONTAINERS)]
    metadata = {"name": f"crowd-{number:02}", "uid": f"5eed0000-0000-4000-8000-0000000d{number:04}"}
    spec = {"hostNetwork": True, "terminationGracePeriodSeconds": 5, "containers": containers}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def served(into: Path, step: Step) -> None:
    """By records, where the API server is a static pod of this very node: it answers while its kubelet does not run, and where it does
    not, the copy that was kept does.
    """
    with played(step, proxy=False, api=True) as play:
        node = play.node
        _server_in_a_pod(node)
        play.steps["pods"] = {"made": pods_made(node)}
        play.settled()
        play.restarted("again", watch=5)
        play.restarted("up", play.new)
        play.steps["asked"] = {"kept": node.run("stat", "-c", "%Y", f"{HOLD}/pods.json").out.split()}
        node.ask("systemctl", "stop", "kubelet")
        _server_gone(node)
        node.put(play.old)
        play.restarted("back, the API server gone before its kubelet starts")
        play.steps["server"] = {"answers": _answers(node)}
        play.keep(into)


def _server_in_a_pod(node: Node) -> None:
    """The server's unit gives way to a static pod with the same command, whose libraries are the node's."""
    unit = node.read(f"{units.AT}/{_SERVER}.service").replace("\\\n", " ")
    command = shlex.split(next(line for line in unit.splitlines() if line.startswith("ExecStart=")).removeprefix("ExecStart="))
    places = (*_LIBRARIES, str(Path(command[0]).parent))
    mounts = [{"name": f"place-{number}", "mountPath": place} for number, place in enumerate(places)]
    volumes = [{"name": f"place-{number}", "hostPath": {"path": place}} for number, place in enumerate(places)]
    container = {"name": _SERVER, "image": IMAGE, "command": command, "volumeMounts": mounts}
    metadata = {"name": _SERVER, "namespace": "kube-system", "uid": "5eed0000-0000-4000-8000-0000000e0001"}
    spec = {"hostNetwork": True, "terminationGracePeriodSeconds": 5, "containers": [container], "volumes": volumes}
    node.ask("systemctl", "stop", _SERVER)
    node.write(THERE / f"{_SERVER}.json", json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}))
    assert _answers(node), node.run("tail", "-n", "20", "/var/log/kube-apiserver.log").out


def _answers(node: Node, at_most: float = 90.0) -> bool:
    """Whether the API server comes to answer."""
    until = time.monotonic() + at_most
    while time.monotonic() < until:
        if node.run("curl", "-sk", "-m", "2", "-o", "/dev/null", "https://127.0.0.1:6443/readyz").code == 0:
            return True
        time.sleep(0.5)
    return False


def _server_gone(node: Node) -> None:
    """Its container is ended by somebody while no kubelet looks."""
    (container,) = (one for one in node.listed("ps")["containers"] if one["labels"]["io.kubernetes.container.name"] == _SERVER)
    node.ask(str(node.crictl), "--runtime-endpoint", f"unix://{units.CONTAINERD}", "stop", container["id"])
