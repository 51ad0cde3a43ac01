"""A real kube-apiserver 1.31.0 that has what is deployed, and accounts of pods to ask it with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import run
from typing import NamedTuple

import pytest

from tests.deploy.kustomized import OVERLAYS, Json, built, command
from tests.lab.accounts import Audit
from tests.lab.apiserver import VERSION, ApiServer, Setup, kubeconfig, started
from tests.lab.kubelets import API_SERVER, found
from tests.lab.test_live_cluster import free_ports

SPACE = "upgradecheck"
MAPS = f"/api/v1/namespaces/{SPACE}/configmaps"
PLACES = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "DaemonSet": "/apis/apps/v1/namespaces/{}/daemonsets",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "CronJob": "/apis/batch/v1/namespaces/{}/cronjobs",
    "PriorityClass": "/apis/scheduling.k8s.io/v1/priorityclasses",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "ValidatingAdmissionPolicy": "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "MachineDeployment": "/apis/cluster.x-k8s.io/v1beta1/namespaces/{}/machinedeployments",
}


class Lab(NamedTuple):
    """The server, what is asked of it, and where a token is put."""

    server: ApiServer
    audit: Audit
    folder: Path

    def as_(self, name: str, token: str) -> str:
        """A kubeconfig with that token."""
        return str(kubeconfig(self.folder / name, self.server.url, token, self.folder / "apiserver-pki" / "apiserver.crt"))


def apply(server: ApiServer, thing: Json) -> Json:
    """As ``kubectl apply --server-side --validate=strict``."""
    at = PLACES[thing["kind"]].format(thing["metadata"].get("namespace"))
    path = f"{at}/{thing['metadata']['name']}?fieldManager=lab&fieldValidation=Strict&force=true"
    return server._ask("PATCH", path, thing, "application/apply-patch+yaml")


@contextmanager
def serving(at: Path) -> Iterator[Lab]:
    """The server meanwhile, with every overlay; skips where it cannot be started."""
    etcd, api_server = shutil.which("etcd"), found(VERSION, API_SERVER)
    if not (etcd and shutil.which("openssl")) or api_server is None or command() is None:
        pytest.skip("etcd, openssl, a built API server (python -m tests.lab.kubelets --api-server) and kustomize or kubectl are wanted")
    audit = Audit(at / "audit.log")
    port, etcd_port, peers_port = free_ports()
    setup = Setup(port, etcd_port, peers_port, authorization="RBAC", flags=audit.flags(at / "policy.json"), mounts_tokens=True)
    with started(Path(etcd), api_server, at, resize=False, setup=setup) as server:
        for overlay in OVERLAYS:
            for thing in built(overlay):
                apply(server, thing)
        yield Lab(server, audit, at)


def token(lab: Lab, account: str, node: str | None, space: str = SPACE) -> str:
    """Of a pod of that account on that node, as the kubelet would ask for it; without a node of no pod."""
    spec: Json = {"expirationSeconds": 3600}
    if node is not None:
        pods, made = f"/api/v1/namespaces/{space}/pods", {"generateName": f"{account}-"}
        run = {"nodeName": node, "serviceAccountName": account, "containers": [{"name": "a", "image": "a"}]}
        told = lab.server.create(pods, {"metadata": made, "spec": run})["metadata"]
        spec["boundObjectRef"] = {"apiVersion": "v1", "kind": "Pod", "name": told["name"], "uid": told["uid"]}
    path = f"/api/v1/namespaces/{space}/serviceaccounts/{account}/token"
    asked = lab.server.create(path, {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec})
    return str(asked["status"]["token"])


def module(path: str, version: str) -> Path:
    """A Go module's sources; skips where neither Go nor a proxy has them."""
    if shutil.which("go") is None:
        pytest.skip("Go is wanted, which fetches modules")
    done = run(["go", "mod", "download", "-json", f"{path}@{version}"], capture_output=True, text=True, check=False, cwd="/")
    told = json.loads(done.stdout or "{}")
    if "Dir" not in told:
        pytest.skip(f"{path}@{version} cannot be had: {told.get('Error') or done.stderr}")
    return Path(told["Dir"])
