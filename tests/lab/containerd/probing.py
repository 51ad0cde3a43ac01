"""The scene of probes: what an API server shows of pods that nothing is done to, while kubelets are restarted and upgraded under them.

Old kubelet · old kubelet again · new kubelet · new kubelet again. A watch of the API server takes down every change of a pod's readiness, which
is what Services and PodDisruptionBudgets see, in seconds since the kubelet was started. Probes are TCP connections to ports of the lab, so
that it decides who is ready, and knows when each was first asked. The pod `falls` is shut while no kubelet runs, and open again later.
"""

import contextlib
import json
import shutil
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.lab import apiserver, running
from tests.lab.containerd.image import IMAGE
from tests.lab.containerd.seen import Finding, kept
from tests.lab.containerd.stage import Json, Stage
from tests.lab.kubelets import API_SERVER, found, parts

SEEN = "probing.json"
PODS = "/api/v1/namespaces/default/pods"
BEGUN, LOOKED, REOPENED = 60.0, 45.0, 25.0
"""Seconds that the first kubelet has, that each other one is looked at, and after which `falls` is open again."""

FIRST_WITH_SIDECARS = 29
SHUT = "never"
FALLS = "falls"


@dataclass(frozen=True, slots=True)
class Probed:
    """A pod of the scene: its probes by kind, with what is not the default. static: from a file. of_sidecar: they are of a sidecar."""

    name: str
    readiness: Json | None = None
    startup: Json | None = None
    static: bool = False
    of_sidecar: bool = False


SCENE = (
    Probed("none"),
    Probed("ready", readiness={"periodSeconds": 10}),
    Probed("thrice", readiness={"periodSeconds": 5, "successThreshold": 3}),
    Probed("delayed", readiness={"periodSeconds": 5, "initialDelaySeconds": 30}),
    Probed("startup", startup={"periodSeconds": 10}),
    Probed("both", startup={"periodSeconds": 10}, readiness={"periodSeconds": 5}),
    Probed(SHUT, readiness={"periodSeconds": 10}),
    Probed(FALLS, readiness={"periodSeconds": 3}),
    Probed("static-none", static=True),
    Probed("static-ready", readiness={"periodSeconds": 10}, static=True),
    Probed("static-startup", startup={"periodSeconds": 10}, static=True),
    Probed("sidecar-ready", readiness={"periodSeconds": 10}, of_sidecar=True),
    Probed("sidecar-startup", startup={"periodSeconds": 10}, of_sidecar=True),
)


def probed(minor: int) -> tuple[Probed, ...]:
    """The pods that a kubelet of this minor can have."""
    return tuple(one for one in SCENE if minor >= FIRST_WITH_SIDECARS or not one.of_sidecar)


def manifest(one: Probed, place: int) -> Json:
    """Its document; a static one has a UID of its own, so that every kubelet has the same pod."""
    probes = {
        kind: {**given, "tcpSocket": {"port": port(place, kind)}}
        for kind, given in (("readinessProbe", one.readiness), ("startupProbe", one.startup))
        if given is not None
    }
    app: Json = {"name": "app", "image": IMAGE, "imagePullPolicy": "Never"}
    spec: Json = {"containers": [app if one.of_sidecar else {**app, **probes}]}
    if one.of_sidecar:
        spec["initContainers"] = [{**app, "name": "sidecar", "restartPolicy": "Always", **probes}]
    spec |= {
        "hostNetwork": True,
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "tolerations": [{"operator": "Exists"}],
    }
    uid = {"uid": f"5eed0000-0000-4000-8000-0000000d{place:04x}"} if one.static else {}
    spec |= {} if one.static else {"nodeName": running.NODE}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": one.name, "namespace": "default", **uid}, "spec": spec}


def port(place: int, kind: str) -> int:
    """Where this probe of the pod at this place in the scene knocks."""
    return 18000 + 2 * place + (kind == "startupProbe")


class Doors:
    """The ports that probes knock at: open or shut, and when each was first knocked at since it was last asked."""

    def __init__(self) -> None:
        self._open: dict[int, socket.socket] = {}
        self.first: dict[int, float] = {}

    def open(self, number: int) -> None:
        """Lets that probe succeed."""
        door = socket.create_server(("0.0.0.0", number), backlog=64, reuse_port=True)
        self._open[number] = door
        threading.Thread(target=self._kept, args=(number, door), daemon=True).start()

    def shut(self, number: int) -> None:
        """Lets it fail."""
        door = self._open.pop(number)
        with contextlib.suppress(OSError):
            door.shutdown(socket.SHUT_RDWR)
        door.close()

    def _kept(self, number: int, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = door.accept()
                self.first.setdefault(number, time.monotonic())
                caller.close()


@dataclass(slots=True)
class Watch:
    """What the API server told of pods since `since`: per pod, each time when something of its readiness was another."""

    since: float = field(default_factory=time.monotonic)
    told: dict[str, list[Json]] = field(default_factory=dict)
    now: dict[str, Json] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def restarted(self) -> None:
        """A kubelet starts now: what was told begins with how things stand."""
        with self.lock:
            self.since = time.monotonic()
            self.told = {name: [{"at": 0.0, **state}] for name, state in self.now.items()}

    def take(self, pod: Json) -> None:
        """A pod as the server has it now."""
        name, state = pod["metadata"]["name"].removesuffix(f"-{running.NODE}"), _state(pod)
        with self.lock:
            if self.now.get(name) != state:
                self.now[name] = state
                self.told.setdefault(name, []).append({"at": round(time.monotonic() - self.since, 2), **state})


def _state(pod: Json) -> Json:
    status = pod.get("status", {})
    ready = next((one["status"] for one in status.get("conditions", ()) if one["type"] == "Ready"), None)
    containers = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
    return {
        "ready": ready == "True",
        "containers": {one["name"]: [one["ready"], one.get("started"), one["restartCount"]] for one in containers},
    }


def _watched(server: apiserver.ApiServer, watch: Watch) -> None:
    asked = urllib.request.Request(f"{server.url}{PODS}?watch=1", headers={"Authorization": f"Bearer {apiserver.TOKEN}"})
    with contextlib.suppress(OSError), urllib.request.urlopen(asked, context=ssl._create_unverified_context()) as answer:
        for line in answer:
            event: dict[str, Any] = json.loads(line)
            if event["type"] in {"ADDED", "MODIFIED"}:
                watch.take(event["object"])


def play(stage: Stage) -> None:
    """Four kubelets, one after another, over the same pods."""
    etcd, program = shutil.which("etcd"), found(apiserver.VERSION, API_SERVER)
    if etcd is None or program is None:
        raise RuntimeError("the scene needs etcd and a built kube-apiserver")
    pods = probed(min(parts(version)[0] for version, _ in (stage.old, stage.new)))
    _only(stage.setting.manifests, pods)
    doors, watch = Doors(), Watch()
    for number in _ports(pods):
        doors.open(number)
    with apiserver.started(Path(etcd), program, stage.state, resize=False) as server:
        setting = replace(stage.setting, kubeconfig=server.kubeconfig)
        threading.Thread(target=_watched, args=(server, watch), daemon=True).start()
        for place, one in enumerate(SCENE):
            if one in pods and not one.static:
                server.create(PODS, manifest(one, place))
        phases = [_phase(setting, stage.old, "start", pods, doors, watch, BEGUN)]
        for which, how in ((stage.old, "restart"), (stage.new, "upgrade"), (stage.new, "restart")):
            doors.shut(_readiness(FALLS))
            phases.append(_phase(setting, which, how, pods, doors, watch, LOOKED))
    stage.keep(SEEN, {"phases": phases[1:]})


def _only(manifests: Path, pods: tuple[Probed, ...]) -> None:
    for path in manifests.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for place, one in enumerate(SCENE):
        if one in pods and one.static:
            (manifests / f"{one.name}.json").write_text(json.dumps(manifest(one, place)))


def _ports(pods: tuple[Probed, ...]) -> Iterator[int]:
    for place, one in enumerate(SCENE):
        if one in pods and one.readiness is not None and one.name != SHUT:
            yield port(place, "readinessProbe")
        if one in pods and one.startup is not None:
            yield port(place, "startupProbe")


def _readiness(name: str) -> int:
    return port([one.name for one in SCENE].index(name), "readinessProbe")


def _phase(
    setting: running.Setting, which: tuple[str, Path], how: str, pods: tuple[Probed, ...], doors: Doors, watch: Watch, seconds: float
) -> Json:
    version, program = which
    watch.restarted()
    doors.first.clear()
    with running.started(version, program, setting):
        up = time.monotonic() - watch.since
        time.sleep(max(0.0, REOPENED - up))
        if _readiness(FALLS) not in doors._open:
            doors.open(_readiness(FALLS))
        time.sleep(max(0.0, watch.since + seconds - time.monotonic()))
    with watch.lock:
        told = {name: list(states) for name, states in sorted(watch.told.items())}
    knocked: dict[str, dict[str, float]] = {}
    for place, one in enumerate(SCENE):
        for kind in ("readinessProbe", "startupProbe"):
            if one in pods and (when := doors.first.get(port(place, kind))) is not None:
                knocked.setdefault(one.name, {})[kind] = round(when - watch.since, 2)
    return {"kubelet": version, "how": how, "up": round(up, 2), "probed": knocked, "pods": told}


def findings(into: Path) -> list[Finding]:
    """What a kept folder shows."""
    phases = kept(into, SEEN)["phases"]
    return [("phases", [one["how"] for one in phases], ["restart", "upgrade", "restart"])]
