"""What a real API server made of manifests, and what it served once its gate was switched: as `as_created`, `as_read` and plans tell it.

With the marker cluster the server is asked again, and tells what was recorded.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from tests.lab.apiserver import VERSION
from tests.lab.kubelets import API_SERVER, found
from tests.lab.served import FOLDER, manifests, served
from upgradecheck.cli import main
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.containers import parse_pod, pod_value
from upgradecheck.hashing.defaulting.creating import TOKEN_VOLUME, as_created
from upgradecheck.hashing.defaulting.reading import as_read
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.model.kubelet import KubeletBuild

RECORDED = FOLDER / VERSION
VERSIONS = sorted(folder.name for folder in FOLDER.iterdir())
WRITTEN = [(version, manifest) for version in VERSIONS for manifest in manifests(FOLDER / version)]
NAMES = [manifest["metadata"]["name"] for manifest in manifests(RECORDED)]
GATE = "InPlacePodVerticalScaling"
RELEASES = ["1.15.12", "1.22.17", "1.27.16", "1.30.14", "1.31.14"]
SERVER = f"--api-from={VERSION}"
_TOKEN = re.compile(rb'"kube-api-access-[a-z0-9]*"')


def build(release: str, **gates: bool) -> KubeletBuild:
    return replace(CATALOG.builds(parse_kubelet_version(release))[-1], feature_gates=gates)


def server_of(version: str) -> KubeletBuild:
    """The server as it was when it made the pods."""
    return build(version, InPlacePodVerticalScaling=False)


@cache
def recorded(name: str, version: str = VERSION) -> dict[str, dict[str, Any]]:
    """The pods of a recorded file, by name."""
    return {pod["metadata"]["name"]: pod for pod in json.loads((FOLDER / version / name).read_bytes())["items"]}


def value(pod: dict[str, Any], kubelet: KubeletBuild) -> Any:
    return pod_value(parse_pod(msgspec.json.encode(pod)), kubelet.schema)


def containers(pod: Any, kubelet: KubeletBuild) -> Iterator[bytes]:
    """The JSON of each container, which a hash of the json era is made of; the made up part of a volume's name left out."""
    codec = codecs(kubelet.schema).root("Container")
    for field in ("InitContainers", "Containers"):
        for one in pod["Spec"].get(field) or ():
            yield _TOKEN.sub(b'"%b"' % TOKEN_VOLUME, codec.encode(one, short_control_escapes=True))


def named(told: object) -> str:
    return str(told["metadata"]["name"]) if isinstance(told, dict) else str(told)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(("version", "manifest"), WRITTEN, ids=named)
def test_what_it_made_of_a_manifest(version: str, manifest: dict[str, Any], release: str) -> None:
    kubelet, server, seen = build(release), server_of(version), recorded("created.json", version)[named(manifest)]
    predicted = as_created(value(manifest, server), server, kubelet.schema)
    assert list(containers(predicted, kubelet)) == list(containers(value(seen, kubelet), kubelet))


BY_ADMISSION = frozenset({"Volumes", "ServiceAccountName", "DeprecatedServiceAccount", "Priority", "PreemptionPolicy"})
"""Of the pod as a whole: the account, its token's volume, and the priority, by which no verdict on a manifest hangs."""


@pytest.mark.parametrize(("version", "manifest"), WRITTEN, ids=named)
def test_what_it_made_of_the_pod_as_a_whole(version: str, manifest: dict[str, Any]) -> None:
    server, seen = server_of(version), recorded("created.json", version)[named(manifest)]
    pods = as_created(value(manifest, server), server, server.schema), value(seen, server)
    left_out = {*BY_ADMISSION, "InitContainers", "Containers"}
    codec = codecs(server.schema).root("PodSpec")
    predicted, told = ({name: held for name, held in pod["Spec"].items() if name not in left_out} for pod in pods)
    assert codec.encode(predicted, short_control_escapes=True) == codec.encode(told, short_control_escapes=True)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMES)
def test_what_it_served_under_the_gate(name: str, version: str, release: str) -> None:
    kubelet, server = build(release), build(version, InPlacePodVerticalScaling=True)
    predicted = as_read(value(recorded("created.json", version)[name], kubelet), kubelet.schema, server)
    assert list(containers(predicted, kubelet)) == list(containers(value(recorded("gate-on.json", version)[name], kubelet), kubelet))


def test_what_was_written_under_the_gate_stays_and_what_was_only_read_goes() -> None:
    created, under, after = map(recorded, ("created.json", "gate-on.json", "gate-off-again.json"))
    kept = {name for name, pod in after.items() if pod["spec"] == under[name]["spec"]} - {
        name for name, pod in created.items() if pod["spec"] == under[name]["spec"]
    }
    assert kept == {"touched", "late"}
    assert all(after[name]["spec"] == pod["spec"] for name, pod in created.items() if name not in kept)


def planned(tmp_path: Path, *options: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Verdict and reason of each container that is not safe or not compared."""
    main(["plan", "-q", *options, "-o", f"json={tmp_path / 'plan.json'}"])
    pods = json.loads((tmp_path / "plan.json").read_bytes())["pods"]
    found = ((pod["name"], one) for pod in pods for one in pod["containers"])
    return {(name, one["name"]): (one["verdict"], one["reason"]) for name, one in found if one["verdict"] not in ("safe", "not-compared")}


SET = {("resources", "both"), ("resources", "cpu"), ("touched", "a"), ("fields", "a")}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(("--from", "1.30.14", "--to", "1.30.14"), {}, id="nothing changes"),
        pytest.param(
            ("--from", "1.30.14", "--to", "1.30.14", "--feature-gate", f"api-to:{GATE}=true"),
            dict.fromkeys(SET, ("restart", "api_server_sets")),
            id="the control plane alone",
        ),
        pytest.param(
            ("--from", "1.26.15", "--to", "1.27.16", "--feature-gate", f"api-to:{GATE}=true"),
            dict.fromkeys(SET, ("restart", "hash_changed")),
            id="a kubelet that comes to know the field",
        ),
        pytest.param(("--from", "1.31.14", "--to", "1.31.14", "--feature-gate", f"api-to:{GATE}=true"), {}, id="kubelets that do not look"),
    ],
)
def test_plans_of_what_it_served(options: tuple[str, ...], expected: dict[tuple[str, str], tuple[str, str]], tmp_path: Path) -> None:
    assert planned(tmp_path, "-f", str(RECORDED / "created.json"), SERVER, *options) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(("--from", "1.30.14", "--to", "1.30.14", SERVER), {}, id="nothing changes"),
        pytest.param(
            ("--from", "1.30.14", "--to", "1.30.14", SERVER, "--feature-gate", f"api-to:{GATE}=true"),
            dict.fromkeys(SET, ("restart", "api_server_sets")),
            id="the control plane alone",
        ),
        pytest.param(
            ("--from", "1.29.15", "--to", "1.30.14", "--api-to", VERSION),
            {
                **{("profiles", name): ("restart", "hash_changed") for name in ("default", "by-name", "no", "own")},
                ("profile-of-the-pod", "other"): ("restart", "hash_changed"),
                ("fields", "a"): ("restart", "hash_changed"),
            },
            id="fields that it makes of annotations, and that the old kubelet does not know",
        ),
        pytest.param(
            ("--from", "1.29.15", "--to", "1.30.14", "--api-from", "1.29.15", "--api-to", VERSION),
            {},
            id="made by one that makes none",
        ),
    ],
)
def test_plans_of_manifests(options: tuple[str, ...], expected: dict[tuple[str, str], tuple[str, str]], tmp_path: Path) -> None:
    assert planned(tmp_path, "-f", str(RECORDED / "manifests.yaml"), *options) == expected


def test_a_manifest_and_the_pod_that_was_made_of_it_get_one_hash_where_one_is_told(tmp_path: Path) -> None:
    told = {}
    for name in ("manifests.yaml", "created.json"):
        main(["plan", "-q", "-f", str(RECORDED / name), SERVER, "--from", "1.30.14", "--to", "1.30.14", "-o", f"json={tmp_path / name}"])
        pods = json.loads((tmp_path / name).read_bytes())["pods"]
        told[name] = {(pod["name"], one["name"]): one["computed"]["to"] for pod in pods for one in pod["containers"]}
    guessed = {key for key, made in told["manifests.yaml"].items() if made is None}
    assert guessed == {("plain", "a"), ("fields", "a"), ("own-token", "b")}
    assert {key: made for key, made in told["created.json"].items() if key not in guessed} == {
        key: made for key, made in told["manifests.yaml"].items() if key not in guessed
    }


def explained(tmp_path: Path, target: str, *options: str) -> dict[str, Any]:
    """The first container of a pod, as `explain` tells it in JSON."""
    main(["explain", target, "-q", *options, "--from", "1.30.14", "--to", "1.30.14", "-o", f"json={tmp_path / 'told.json'}"])
    told: dict[str, Any] = json.loads((tmp_path / "told.json").read_bytes())["containers"][0]
    return told


def test_an_explanation_shows_the_spec_as_the_server_to_come_serves_it(tmp_path: Path) -> None:
    asked = ("-f", str(RECORDED / "created.json"), SERVER, "--feature-gate", f"api-to:{GATE}=true")
    told = explained(tmp_path, "default/touched", *asked)
    assert told["computed"]["from"] != told["computed"]["to"]
    assert [one["path"] for one in told["differences"]] == ["resizePolicy"]


def test_an_explanation_tells_no_hash_of_a_made_up_name(tmp_path: Path) -> None:
    told = explained(tmp_path, "default/plain", "-f", str(RECORDED / "manifests.yaml"), SERVER)
    assert told["computed"] == {"from": [], "to": []}
    (step,) = (one for one in told["steps"] if one["step"] == "hash")
    assert step["detail"] == "kubelet 1.30.14 computes the hash of the running one, whatever the volume of its token is called"


@pytest.mark.cluster
@pytest.mark.parametrize("version", VERSIONS)
def test_it_still_does(version: str, tmp_path: Path) -> None:
    etcd, program = shutil.which("etcd"), found(version, API_SERVER)
    if not (etcd and program and shutil.which("openssl")):
        pytest.skip("etcd, openssl and a built API server are wanted: see tests/lab/README.md")
    for name, pods in served(Path(etcd), program, tmp_path, manifests(FOLDER / version)).items():
        told = {named(pod): _spec(pod) for pod in pods["items"]}
        assert told == {key: _spec(pod) for key, pod in recorded(name, version).items()}


def _spec(pod: dict[str, Any]) -> bytes:
    return re.sub(rb"kube-api-access-[a-z0-9]{5}", TOKEN_VOLUME, json.dumps(pod["spec"], sort_keys=True).encode())
