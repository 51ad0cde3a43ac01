"""The cluster from inside its own namespaces: a bridge, etcd and a kube-apiserver that authorizes by Node and RBAC, and nodes at the bridge.

The server listens where pods are told that it does, at the first address of its services, so that no proxy is needed. Nobody schedules or controls:
pods are created as controllers make them, bound to their nodes.
"""

import contextlib
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.kustomized import built
from tests.lab.accounts import Audit
from tests.lab.apiserver import VERSION, ApiServer, Setup, kubeconfig, started
from tests.lab.kubelets import API_SERVER, found
from tests.lab.systemd import node as systemd
from tests.lab.systemd.inside import CONFIG, MANIFESTS

Json = dict[str, Any]
SPACE = "upgradecheck"
SERVICE, HUB, BRIDGE = "10.96.0.1", "10.99.0.1", "lab0"
HERE = Path(__file__).parent
PODS, NODES, MAPS = "/api/v1/pods", "/api/v1/nodes", f"/api/v1/namespaces/{SPACE}/configmaps"
_PLACES = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "DaemonSet": "/apis/apps/v1/namespaces/{}/daemonsets",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "Pod": "/api/v1/namespaces/{}/pods",
    "CronJob": "/apis/batch/v1/namespaces/{}/cronjobs",
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "PriorityClass": "/apis/scheduling.k8s.io/v1/priorityclasses",
}
_GROUPS = {"rbac.authorization.k8s.io": "Role", "admissionregistration.k8s.io": "Validating"}
_CNI = """\
{{"cniVersion": "1.0.0", "name": "lab", "plugins": [{{"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true,
 "ipam": {{"type": "host-local", "ranges": [[{{"subnet": "10.98.{number}.0/24"}}]], "routes": [{{"dst": "0.0.0.0/0"}}],
 "dataDir": "/run/cni"}}}}]}}
"""


@dataclass(frozen=True, slots=True)
class Worker:
    """A node of the cluster. number: 1 and so on, which its addresses hang on."""

    node: systemd.Node
    number: int

    @property
    def name(self) -> str:
        return name_of(self.number)

    @property
    def address(self) -> str:
        return f"10.99.0.{10 + self.number}"


def name_of(number: int) -> str:
    """Of a node."""
    return f"worker-{number}"


def token_of(number: int) -> str:
    """What the kubelet of a node shows to the server."""
    return f"token-of-{name_of(number)}"


@dataclass(frozen=True, slots=True)
class Cluster:
    """The server, who asked it what, its nodes, and a folder for what is written here."""

    server: ApiServer
    audit: Audit
    workers: tuple[Worker, ...]
    at: Path

    def config(self, token: str, name: str) -> str:
        """A kubeconfig for that token."""
        return str(kubeconfig(self.at / name, f"https://{SERVICE}:443", token, self.at / "apiserver-pki" / "apiserver.crt"))

    def token(self, account: str) -> str:
        """Of an account of the program's namespace."""
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
        path = f"/api/v1/namespaces/{SPACE}/serviceaccounts/{account}/token"
        return str(self.server.create(path, asked)["status"]["token"])

    def bound(self, template: Json, owner: Json, worker: Worker, name: str) -> Json:
        """A pod as a controller makes it of a template, on a node."""
        whose = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"]}
        whose |= {"uid": owner["metadata"]["uid"], "controller": True}
        metadata = {"name": name, "labels": template["metadata"]["labels"], "ownerReferences": [whose]}
        spec = {**template["spec"], "nodeName": worker.name}
        return self.server.create(f"/api/v1/namespaces/{SPACE}/pods", {"metadata": metadata, "spec": spec})

    def delete(self, path: str) -> None:
        """Deletes an object, a pod at once."""
        self.server._ask("DELETE", path, {"gracePeriodSeconds": 0} if "/pods/" in path else None, "application/json")

    def until(self, what: str, seen: Any, at_most: float = 120) -> None:
        """Returns when seen says so. Raises TimeoutError with the pods' states."""
        until = time.monotonic() + at_most
        while not seen():
            if time.monotonic() > until:
                raise TimeoutError(f"{what}: not within {at_most:.0f} s; {self._states()}\n{self._said()}")
            time.sleep(0.5)

    def _states(self) -> str:
        told = ((one["metadata"]["name"], one["status"].get("phase")) for one in self.server.get(PODS)["items"])
        return ", ".join(f"{name} {phase}" for name, phase in told)

    def _said(self) -> str:
        """The ends of what the program has said in its pods."""
        return "\n".join(worker.node.run("sh", "-c", f"tail -n 3 /var/log/pods/{SPACE}_*/*/*.log").out for worker in self.workers)

    def apply(self, thing: Json) -> Json:
        """As ``kubectl apply --server-side --validate=strict``."""
        place = _place(thing).format(thing["metadata"].get("namespace"))
        path = f"{place}/{thing['metadata']['name']}?fieldManager=lab&fieldValidation=Strict&force=true"
        return self.server._ask("PATCH", path, thing, "application/apply-patch+yaml")


def _place(thing: Json) -> str:
    kind, group = thing["kind"], thing["apiVersion"].split("/")[0]
    if kind in _PLACES:
        return _PLACES[kind]
    assert group in _GROUPS, thing
    plural = f"{kind.lower()[:-1]}ies" if kind.endswith("y") else f"{kind.lower()}s"
    return f"/apis/{thing['apiVersion']}/{'namespaces/{}/' if 'namespace' in thing['metadata'] else ''}{plural}"


def _said(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


@contextlib.contextmanager
def up(at: Path, count: int, version: str, archive: Path, crictl: Path) -> Iterator[Cluster]:
    """A cluster with so many nodes, that has what deploy/kustomize/gate says, and the pods of `created`; ended with all that it started."""
    _said("ip", "link", "set", "lo", "up")
    _said("ip", "link", "add", BRIDGE, "type", "bridge")
    _said("ip", "address", "add", f"{HUB}/24", "dev", BRIDGE)
    _said("ip", "address", "add", f"{SERVICE}/32", "dev", "lo")
    _said("ip", "link", "set", BRIDGE, "up")
    audit, etcd, program = Audit(at / "audit.log"), shutil.which("etcd"), found(VERSION, API_SERVER)
    assert etcd is not None
    assert program is not None
    users = {token_of(number): f"system:node:{name_of(number)}" for number in range(1, count + 1)}
    flags = (*audit.flags(at / "policy.json"), "--enable-admission-plugins=NodeRestriction", f"--advertise-address={HUB}")
    flags = (*flags, "--bind-address=0.0.0.0")
    setup = Setup(443, accounts=users, groups=dict.fromkeys(users.values(), "system:nodes"), authorization="Node,RBAC", flags=flags, mounts_tokens=True)  # fmt: skip
    (at / "none").mkdir()
    with started(Path(etcd), program, at, resize=False, setup=setup) as server, contextlib.ExitStack() as nodes:
        workers = []
        for number in range(1, count + 1):
            node = nodes.enter_context(systemd.started(version, at / "none", (version,), crictl=crictl))
            workers.append(Worker(node, number))
        cluster = Cluster(server, audit, tuple(workers), at)
        _prepared(cluster)
        for worker in workers:
            _joined(cluster, worker, archive)
        yield cluster


def _prepared(cluster: Cluster) -> None:
    """What controllers would have made, and what is deployed."""
    for thing in (one for overlay in ("gate", "once", "hold") for one in built(overlay)):
        cluster.apply(thing)
    authority = (cluster.at / "apiserver-pki" / "apiserver.crt").read_text()
    for space in ("clusters", "system-upgrade"):
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}})
    for space in ("default", "kube-system", "clusters", "system-upgrade", SPACE):
        cluster.server.create(f"/api/v1/namespaces/{space}/configmaps", {"metadata": {"name": "kube-root-ca.crt"}, "data": {"ca.crt": authority}})  # fmt: skip
        cluster.server.create(f"/api/v1/namespaces/{space}/serviceaccounts", {"metadata": {"name": "default"}})


def _joined(cluster: Cluster, worker: Worker, archive: Path) -> None:
    """A node that has the image, the network and a kubelet which is registered."""
    node, name, number = worker.node, worker.name, worker.number
    node.ask("systemctl", "stop", "kubelet")
    node.ask("sh", "-c", "rm -rf /var/lib/kubelet/* && mkdir -p /var/lib/kubelet/plugins-exec /opt/cni && ln -s /usr/lib/cni /opt/cni/bin")
    _said("ip", "link", "add", f"lab-{number}", "type", "veth", "peer", "name", "eth0", "netns", str(node.first))
    _said("ip", "link", "set", f"lab-{number}", "master", BRIDGE, "up")
    _said("ip", "route", "add", f"10.98.{number}.0/24", "via", worker.address)
    node.ask("ip", "route", "del", "local", "10.244.0.0/16", "dev", "lo")
    node.ask("ip", "address", "add", f"{worker.address}/24", "dev", "eth0")
    node.ask("ip", "link", "set", "eth0", "up")
    node.ask("ip", "route", "add", "default", "via", HUB)
    node.ask("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
    node.write("/etc/cni/net.d/10-lab.conflist", _CNI.format(number=number))
    node.ask("sed", "-i", 's/snapshotter = "native"/snapshotter = "overlayfs"/', "/etc/containerd/config.toml")
    node.ask("sh", "-c", f"umount /etc/machine-id 2>/dev/null; rm -f /etc/machine-id; printf '%032x\\n' {number} > /etc/machine-id")
    node.ask("systemctl", "restart", "containerd")
    node.ask("ctr", "-n", "k8s.io", "images", "import", "--snapshotter", "overlayfs", str(archive))
    for manifest in sorted((HERE / "manifests").iterdir()):
        node.write(MANIFESTS / manifest.name, manifest.read_text())
    node.write("/etc/kubernetes/ca.crt", (cluster.at / "apiserver-pki" / "apiserver.crt").read_text())
    config = json.loads(Path(cluster.config(token_of(number), f"kubelet-{name}")).read_text())
    config["clusters"][0]["cluster"]["certificate-authority"] = "/etc/kubernetes/ca.crt"
    node.write("/etc/kubernetes/kubelet.conf", json.dumps(config))
    node.flags(f"s#--hostname-override=[^ ]*#--hostname-override={name} --kubeconfig=/etc/kubernetes/kubelet.conf#")
    node.ask("cp", str(CONFIG), "/var/lib/kubelet/config.yaml")  # where kubeadm has it
    node.flags("s#^KUBELET_EXTRA_ARGS=#&--config=/var/lib/kubelet/config.yaml #")
    node.flags(f"s#--node-ip=[^ ]*#--node-ip={worker.address}#")
    node.ask("systemctl", "start", "kubelet")


def templates() -> list[Json]:
    """The pods that are created on each node beside its own."""
    return [yaml.safe_load(path.read_text()) for path in sorted((HERE / "created").iterdir())]
