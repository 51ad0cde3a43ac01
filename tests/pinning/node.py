"""A node with static pods in miniature: a directory of manifests, the kubelet that read them, and its view of the pods."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from tests.override.node import OPERATOR
from tests.unit.decisions.manifests.corpus import build_of
from tests.unit.hashing.staticuid.making import uid_of
from upgradecheck.decode.kubelet.config import Settings
from upgradecheck.decode.kubelet.dropins import FileSettings
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.decode.yaml import documents as goyaml
from upgradecheck.machine.which_kubelet import FoundKubelet
from upgradecheck.model.checkpoint import KubeletStart
from upgradecheck.model.pins import StaticPodRow, StaticPods
from upgradecheck.model.static_uid import ManifestFile
from upgradecheck.override.state import locked
from upgradecheck.pinning.manifests import NodeKubelet, opened_directory
from upgradecheck.pinning.pinning import SurveyedPin, pin
from upgradecheck.pinning.unpinning import ExaminedPin, unpin
from upgradecheck.safekeeping.system import System

OLD, NEW, NODE = "1.29.15", "1.30.14", "node-a"
SECRET = "hunter2-canary"
YAML = """\
# the shop's own
apiVersion: v1
kind: Pod
metadata:
  name: {name} # as it was
  namespace: shop
spec:
  containers:
  - name: app
    image: example.test/{name}:1
    env: [{{name: PASSWORD, value: hunter2-canary}}]
"""
JSON = '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "gate", "namespace": "shop"}, "spec": {"containers": [{"name": "app", "image": "example.test/gate:1"}]}}'


@cache
def _uid(document: bytes, version: str, path: str) -> str:
    return str(uid_of(document, version, NODE, ManifestFile(path)))


class StaticNode:
    """The directory holds three manifests, two in YAML and one in JSON, or the last ones of them; one that is there is left as it is."""

    def __init__(self, place: Path, version: str = OLD, count: int = 3) -> None:
        self.directory = place / "manifests"
        self.state = str(place / "lib" / "override")
        self.version = version
        fresh = not self.directory.exists()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.files = {"till.yaml": YAML.format(name="till"), "web.yaml": YAML.format(name="web"), "gate.json": JSON}
        self.files = dict(list(self.files.items())[-count:])
        for name, text in self.files.items() if fresh else ():
            (self.directory / name).write_text(text)
            (self.directory / name).chmod(0o600)

    @property
    def kubelet(self) -> NodeKubelet:
        return NodeKubelet(self.version, (build_of(self.version),), NODE, str(self.directory), str(self.directory))

    def uid(self, name: str, version: str | None = None) -> str:
        """What the kubelet makes of a manifest as it stands."""
        document = goyaml.to_json((self.directory / name).read_bytes())
        return _uid(document, version or self.version, f"{self.directory}/{name}")

    def content(self) -> dict[str, str]:
        """All files of the directory."""
        return {path.name: path.read_text() for path in self.directory.iterdir()}

    def plan(self) -> StaticPods:
        """What a plan of now says of the pods."""
        rows = (StaticPodRow("shop", f"{Path(name).stem}-{NODE}", self.uid(name), NODE, recreated=True) for name in self.files)
        return StaticPods("a1" * 32, OLD, NEW, tuple(rows), frozenset((NODE,)))

    def found(self) -> FoundKubelet:
        """The process that runs."""
        start = KubeletStart(parse_kubelet_version(self.version), 0)
        settings = FileSettings(flags=Settings(static_pod_path=f"{self.directory}/"))
        return FoundKubelet(os.getpid(), ("kubelet", f"--hostname-override={NODE}"), start, settings)

    def view(self) -> dict[str, Any]:
        """The kubelet's own list of its pods."""
        return {"kind": "PodList", "apiVersion": "v1", "items": [self._running(name) for name in self.files]}

    def _running(self, name: str) -> dict[str, Any]:
        pod: dict[str, Any] = json.loads(goyaml.to_json((self.directory / name).read_bytes()))
        uid = self.uid(name)
        own = pod["metadata"]["name"]
        marks = {"hash": uid, "source": "file", "seen": "2024-03-01T10:00:00Z"}
        pod["metadata"] |= {
            "uid": uid,
            "name": f"{own}-{NODE}",
            "annotations": {f"kubernetes.io/config.{key}": value for key, value in marks.items()},
        }
        pod["spec"] |= {"nodeName": NODE, "tolerations": [{"operator": "Exists", "effect": "NoExecute"}]}
        running = {"name": "app", "ready": True, "restartCount": 0, "image": "i", "imageID": "i", "containerID": f"containerd://{uid * 2}"}
        pod["status"] = {
            "phase": "Running",
            "hostIP": "192.0.2.1",
            "podIP": "192.0.2.7",
            "startTime": "2024-03-01T10:00:00Z",
            "containerStatuses": [{**running, "state": {"running": {"startedAt": "2024-03-01T10:00:01Z"}}}],
        }
        return pod


def run_pin(node: StaticNode, system: System, wanted: StaticPods | None = None, selected: tuple[str, ...] = ()) -> tuple[SurveyedPin, ...]:
    """One pin, from directory and lock to end."""
    with opened_directory(str(node.directory), system) as directory, locked(node.state, system) as held:
        return pin(wanted or node.plan(), selected, directory, node.kubelet, held, OPERATOR)


def run_unpin(node: StaticNode, system: System) -> tuple[ExaminedPin, ...]:
    """One unpin of all, from lock to end."""
    with locked(node.state, system) as held:
        return unpin(held.pins.standing, held, OPERATOR, "c3" * 32)


def pinned(text: str, uid: str) -> str:
    """What a manifest of this node is to be."""
    if text.startswith("{"):
        return text.replace('"metadata": {', f'"metadata": {{"uid": "{uid}",')
    return text.replace("metadata:\n", f'metadata:\n  uid: "{uid}"\n')
