"""The examples by the definitions of the controllers that they are for, on a real API server; and the script for kubeadm, as somebody runs it.

tests/lab/fleet runs their gates by a real kubelet. system-upgrade-controller's definition is not to be had from the proxy of Go modules.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deploy.kustomized import FOLDER, Json
from tests.deploy.server import PLACES, Lab, apply, module, token
from tests.patience import PATIENCE

EXAMPLES = FOLDER.parent / "examples"
CLUSTER_API, ARGO = ("sigs.k8s.io/cluster-api", "v1.8.5"), ("github.com/argoproj/argo-workflows/v3", "v3.6.2")


def documents(name: str) -> list[Json]:
    return list(yaml.safe_load_all((EXAMPLES / name).read_text()))


def defined(lab: Lab, path: Path) -> None:
    """Has the server know a definition."""
    thing = yaml.load(path.read_text(), yaml.CSafeLoader)
    apply(lab.server, {name: value for name, value in thing.items() if name != "status"})
    at = f"{PLACES['CustomResourceDefinition']}/{thing['metadata']['name']}"
    names = {"Established", "NamesAccepted"}
    for _ in range(600):
        told = lab.server.get(at).get("status", {}).get("conditions") or ()
        if {one["type"] for one in told if one["status"] == "True"} >= names:
            return
    raise AssertionError(told)


@pytest.mark.cluster
def test_argo_takes_the_workflow(lab: Lab) -> None:
    """By the definition that Argo installs, which takes any field; its types are asked below."""
    defined(lab, module(*ARGO) / "manifests/base/crds/minimal/argoproj.io_workflows.yaml")
    workflow, *rights = documents("argo.yaml")
    for thing in rights:
        apply(lab.server, thing)
    place = f"/apis/argoproj.io/v1alpha1/namespaces/{workflow['metadata']['namespace']}/workflows?fieldValidation=Strict"
    made = lab.server.create(place, workflow)
    assert made["spec"] == workflow["spec"]


@pytest.mark.long
def test_argos_own_types_have_every_field_of_the_workflow(tmp_path: Path) -> None:
    module(*ARGO)
    shutil.copy(Path(__file__).parent / "schemas/workflow.go.txt", tmp_path / "main.go")
    (tmp_path / "go.mod").write_text(f"module workflow\n\ngo 1.23\n\nrequire {ARGO[0]} {ARGO[1]}\n")
    environment = {**os.environ, "GOFLAGS": "-mod=mod"}
    subprocess.run(["go", "build", "-o", "workflow", "."], cwd=tmp_path, env=environment, capture_output=True, check=True)
    text = (EXAMPLES / "argo.yaml").read_text().partition("---")[0]
    for told, code in ((text, 0), (text.replace("continueOn", "continueon"), 1)):
        assert subprocess.run([str(tmp_path / "workflow")], input=told.encode(), capture_output=True, check=False).returncode == code


@pytest.mark.cluster
def test_cluster_api_takes_the_step_behind_the_gate_and_its_role_is_enough(lab: Lab, tmp_path: Path) -> None:
    defined(lab, module(*CLUSTER_API) / "config/crd/bases/cluster.x-k8s.io_machinedeployments.yaml")
    apply(lab.server, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "clusters"}})
    for thing in documents("cluster-api.yaml"):
        apply(lab.server, thing)
    for name in ("prod-workers", "others"):
        apply(lab.server, _machines(name))
    (job,) = (one for one in documents("cluster-api.yaml") if one["kind"] == "Job")
    (roll,) = job["spec"]["template"]["spec"]["containers"]
    config = lab.as_("roll", token(lab, job["spec"]["template"]["spec"]["serviceAccountName"], None, "clusters"))
    words = [*roll["command"], *roll["args"]]
    for _ in range(100):  # a new role counts a moment after it is there
        done = subprocess.run([*words, f"--kubeconfig={config}"], capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode == 0:
            break
    assert done.returncode == 0, done.stderr
    at = PLACES["MachineDeployment"].format("clusters")
    told = {name: lab.server.get(f"{at}/{name}")["spec"]["template"]["spec"]["version"] for name in ("prod-workers", "others")}
    assert told == {"prod-workers": "v1.31.4", "others": "v1.30.14"}
    words[words.index("prod-workers")] = "others"
    done = subprocess.run([*words, f"--kubeconfig={config}"], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert "Forbidden" in done.stderr


def _machines(name: str) -> Json:
    refers = {"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "DockerMachineTemplate", "name": name}
    spec = {"clusterName": "prod", "bootstrap": {"dataSecretName": "x"}, "infrastructureRef": refers, "version": "v1.30.14"}
    selector = {"matchLabels": {"pool": name}}
    template = {"metadata": {"labels": {"pool": name}}, "spec": spec}
    return {
        "apiVersion": "cluster.x-k8s.io/v1beta1",
        "kind": "MachineDeployment",
        "metadata": {"name": name, "namespace": "clusters"},
        "spec": {"clusterName": "prod", "replicas": 1, "selector": selector, "template": template},
    }


_TOLD = '#!/bin/sh\necho "$(basename "$0") $*" >> told\n'


@pytest.mark.parametrize(
    ("code", "answer", "ends", "done"),
    [
        pytest.param(0, "", 0, True, id="nothing stops"),
        pytest.param(2, "y\n", 0, True, id="somebody goes on"),
        pytest.param(2, "\n", 2, False, id="nobody goes on"),
        pytest.param(2, "", 1, False, id="nobody is there"),
        pytest.param(3, "y\n", 3, False, id="not known"),
        pytest.param(1, "y\n", 1, False, id="no report"),
    ],
)
def test_the_script_for_kubeadm_goes_as_the_gate_says(code: int, answer: str, ends: int, done: bool, tmp_path: Path) -> None:
    """With a program that ends so, a kubectl and an installer that say what they are asked."""
    for name, text in {"kubectl": _TOLD, "install_kubelet": _TOLD, "upgradecheck": f'{_TOLD}[ "$1" = verify ] || exit {code}\n'}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}
    words = [str(shutil.which("bash")), str(EXAMPLES / "kubeadm.sh"), "worker-1", "1.31.4"]
    ended = subprocess.run(
        words, cwd=tmp_path, env=environment, input=answer, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    steps = [line.split()[:2] for line in (tmp_path / "told").read_text().splitlines()]
    assert ended.returncode == ends, ended.stderr
    after = [
        ["kubectl", "drain"],
        ["install_kubelet", "worker-1"],
        ["kubectl", "wait"],
        ["kubectl", "uncordon"],
        ["upgradecheck", "verify"],
    ]
    assert steps == [["upgradecheck", "plan"], *(after if done else [])]
