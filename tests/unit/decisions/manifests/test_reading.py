"""Which manifests a kubelet takes: against real kubelet code of many versions, and what a refusal says."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import Document, read
from tests.drawing import sampled
from tests.unit.decisions.manifests.corpus import GOLDENS, build_of, manifest_json
from tests.unit.decisions.manifests.test_uids import manifest
from upgradecheck.decisions.manifests.outcomes import RefusedManifest, Stage
from upgradecheck.decisions.manifests.reading import AcceptedManifest, read_static_pod
from upgradecheck.hashing.containers import hash_container
from upgradecheck.model.kubelet import KubeletBuild


def container(**fields: object) -> Document:
    """A static pod whose only container has these fields."""
    return manifest(containers=[{"name": "app", "image": "app:1", **fields}])


@pytest.mark.parametrize("name", sampled(GOLDENS, 2))
def test_a_manifest_is_refused_or_hashed_as_real_kubelets_do_it(name: str) -> None:
    hashed = {version: text for text, versions in GOLDENS[name]["hashes"].items() for version in versions.split()}
    refused = {version: "refused" for versions in GOLDENS[name]["refused"].values() for version in versions.split()}
    json = manifest_json(name)
    assert {version: _outcome(json, build_of(version)) for version in (*hashed, *refused)} == hashed | refused


def _outcome(json: bytes, build: KubeletBuild) -> str:
    """``refused``, or names and hashes."""
    found = read_static_pod(read(json), build)
    if isinstance(found, RefusedManifest):
        return "refused"
    return " ".join(f"{one.name}={hash_container(one, build.hash_class).hex}" for one in found.containers)


GRPC = {"livenessProbe": {"grpc": {"port": 9000}}}
SLEEP = {"lifecycle": {"preStop": {"sleep": {"seconds": 1}}}}
WINDOWS = {"securityContext": {"windowsOptions": {"hostProcess": False}}}
SIDECAR = {"name": "side", "image": "side:1", "restartPolicy": "Always"}


@pytest.mark.parametrize(
    ("document", "version", "stage", "path", "reason"),
    [
        pytest.param(
            container(**GRPC),
            "1.22.17",
            Stage.VALIDATION,
            "spec.containers[0].livenessProbe",
            "has no handler that this version knows",
            id="a grpc probe is dropped, and the probe stays without handler",
        ),
        pytest.param(
            container(**SLEEP),
            "1.28.15",
            Stage.VALIDATION,
            "spec.containers[0].lifecycle.preStop",
            "has no handler that this version knows",
            id="a sleep hook is dropped",
        ),
        pytest.param(
            container(**WINDOWS),
            "1.22.17",
            Stage.VALIDATION,
            "spec.containers[0].securityContext.windowsOptions.hostProcess",
            "this version takes it in no manifest",
            id="hostProcess, even false, where the kubelet's validation has no option for it",
        ),
        pytest.param(
            manifest(os={"name": "linux"}),
            "1.24.17",
            Stage.VALIDATION,
            "spec.os",
            "this version knows it, and takes it in no manifest",
            id="spec.os in 1.23 and 1.24",
        ),
        pytest.param(
            container(env=[{"name": "A", "value": True}]),
            "1.30.14",
            Stage.DECODER,
            "spec.containers[0].env[0].value",
            "a string is expected, a boolean was found",
            id="a boolean where text is wanted",
        ),
        pytest.param(
            manifest(serviceAccountName="builder"),
            "1.34.10",
            Stage.REFERENCES,
            "spec.serviceAccountName",
            "refers to a service account, which a static pod may not",
            id="a service account from 1.34 on",
        ),
        pytest.param(
            container(volumeDevices=[{"name": "v", "devicePath": "/dev/x"}]),
            "1.12.10",
            Stage.VALIDATION,
            "spec.containers[].volumeDevices",
            "this version takes it under gate BlockVolume only",
            id="a field whose gate is off, up to 1.13",
        ),
        pytest.param(
            {"apiVersion": "v1", "kind": "PodList", "items": []},
            "1.30.14",
            Stage.DECODER,
            "",
            "is no Pod of apiVersion v1",
            id="a list",
        ),
    ],
)
def test_a_refusal_says_where_and_why(document: Document, version: str, stage: Stage, path: str, reason: str) -> None:
    assert read_static_pod(read(document), build_of(version)) == RefusedManifest(stage, path, reason)


@pytest.mark.parametrize(
    ("document", "version", "gate", "on", "off"),
    [
        pytest.param(manifest(serviceAccountName="b"), "1.34.10", "PreventStaticPodAPIReferences", False, True, id="references in 1.34"),
        pytest.param(manifest(serviceAccountName="b"), "1.37.1", "PreventStaticPodAPIReferences", False, False, id="no gate in 1.37"),
        pytest.param(
            container(**WINDOWS), "1.22.17", "WindowsHostProcessContainers", False, False, id="hostProcess in 1.22, whatever the gate"
        ),
        pytest.param(container(restartPolicy="Never"), "1.35.8", "ContainerRestartRules", True, False, id="restart policies in 1.35"),
        pytest.param(container(restartPolicy="Never"), "1.34.10", "ContainerRestartRules", False, False, id="no option for them in 1.34"),
    ],
)
def test_a_gate_decides_only_where_the_kubelet_asks_it(document: Document, version: str, gate: str, on: bool, off: bool) -> None:
    def takes(build: KubeletBuild) -> bool:
        return isinstance(read_static_pod(read(document), build), AcceptedManifest)

    build = build_of(version)
    assert (takes(replace(build, feature_gates={gate: True})), takes(replace(build, feature_gates={gate: False}))) == (on, off)


def test_an_accepted_manifest_gives_identity_and_containers() -> None:
    document = manifest(initContainers=[SIDECAR]) | {"metadata": {"name": "web", "uid": "u", "namespace": "kube-system"}}
    found = read_static_pod(read(document), build_of("1.30.14"))
    assert isinstance(found, AcceptedManifest)
    assert (found.namespace, found.name, found.uid) == ("kube-system", "web", "u")
    assert [(one.name, one.kind.value) for one in found.containers] == [("side", "sidecar"), ("app", "app")]
    assert "secret" not in repr(found)


def test_an_item_of_a_list_needs_no_kind() -> None:
    item = {key: value for key, value in manifest().items() if key not in ("kind", "apiVersion")}
    assert isinstance(read_static_pod(read(item), build_of("1.30.14"), listed=True), AcceptedManifest)
