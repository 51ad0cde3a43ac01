"""A pod in which every text of every field is a secret: nothing of it is in its node's bundle, nor in what is said while that is made."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CATALOG
from tests.cluster.test_secrets import Canaries
from tests.unit.machine.test_which_kubelet import process
from tests.unit.sources.test_node import container_wire, mapped, message, runtime, sandbox_wire, serving, status
from upgradecheck.cli import main
from upgradecheck.commands.collecting import machine_of
from upgradecheck.formats.bundle import read_bundle
from upgradecheck.model.schema import Schema

Json = dict[str, Any]
NAME, SPACE, UID = "web-0", "shop", "11111111-0000-4000-8000-000000000001"
_KINDS = ("containers", "initContainers", "ephemeralContainers")
_PLAIN = {"bool": True, "resource.Quantity": "1", "meta/v1.Time": "2026-01-01T00:00:00Z"}
_EXPRESSION = re.compile(r"(?P<list>\[])?\*?(?P<map>map\[string])?\[?]?(?P<name>.+)")


class Full:
    """A pod of one minor with every field that there is; where: the paths at which secrets stand."""

    def __init__(self, schema: Schema, canaries: Canaries) -> None:
        self._types, self._new = schema.types, canaries.new
        self.pod: Json = self._of(schema.roots["Pod"], "")
        self.pod["metadata"] |= {"name": NAME, "namespace": SPACE, "uid": UID}
        for kind in _KINDS:
            self.pod["spec"][kind][0]["name"] = kind.lower()

    def _of(self, expression: str, path: str) -> Any:
        told = _EXPRESSION.fullmatch(expression)
        assert told is not None, expression
        if told["list"]:
            return [self._of(told["name"], f"{path}[]")]
        if told["map"]:
            return {self._new(f"{path} key"): self._of(told["name"], path)}
        return self._one(told["name"], path)

    def _one(self, name: str, path: str) -> Any:
        found = self._types.get(name)
        if found is None or found.codec or not (found.fields or found.elem):
            kind = name if found is None or found.codec else found.kind
            return _PLAIN[kind] if kind in _PLAIN else self._scalar(kind, path)
        if not found.fields:
            return {"cpu": "1"} if found.kind == "map" else [self._new(path)]
        fields = [one for one in found.fields if one.json or one.inline]
        made: Json = {}
        for one in fields:
            value = self._of(one.type, path if one.inline else f"{path}.{one.json}")
            made |= value if one.inline else {str(one.json): value}
        return made

    def _scalar(self, kind: str, path: str) -> Any:
        if kind == "meta/v1.FieldsV1":
            return {"f:" + self._new(path): {}}
        return 7 if kind.lstrip("u").startswith("int") and kind != "intstr.IntOrString" else self._new(path)


def as_runtimes_keep_it(pod: Json) -> Mapping[str, Any]:
    """What the kubelet gives a runtime of the pod, and the runtime lists and tells: labels, annotations, images, all of it in what is verbose."""
    own = {"io.kubernetes.pod.name": NAME, "io.kubernetes.pod.namespace": SPACE, "io.kubernetes.pod.uid": UID}
    metadata, whole = pod["metadata"], json.dumps(pod)
    told = {"name": NAME, "uid": UID, "namespace": SPACE, "attempt": 0}
    source = {"kubernetes.io/config.source": "api", "kubernetes.io/config.seen": "2026-01-01T00:00:00Z"}
    sandbox = sandbox_wire({"id": "5a" * 32, "metadata": told, "state": 0, "createdAt": "1", "annotations": {**metadata["annotations"], **source}})  # fmt: skip
    sandbox += message(*mapped(6, {**metadata["labels"], **own}))
    containers = []
    for number, one in enumerate((*pod["spec"]["containers"], *pod["spec"]["initContainers"], *pod["spec"]["ephemeralContainers"])):
        annotations = {
            "io.kubernetes.container.hash": f"{number + 1:x}",
            "io.kubernetes.container.preStopHandler": json.dumps(one["lifecycle"]["preStop"]),
            "io.kubernetes.container.ports": json.dumps(one["ports"]),
            "io.kubernetes.container.terminationMessagePath": one["terminationMessagePath"],
        }
        made = {"id": f"{number:064x}", "podSandboxId": "5a" * 32, "metadata": {"name": one["name"], "attempt": 0}, "state": 1}
        labels = {**metadata["labels"], **own, "io.kubernetes.container.name": one["name"]}
        containers.append(
            container_wire({**made, "createdAt": "1", "labels": labels, "annotations": annotations}) + message((5, one["image"]))
        )
    verbose = status("10.0.0.7", None) + message((2, message((1, "info"), (2, whole))))
    return {
        **runtime(),
        "ListContainers": lambda _: message(*((1, one) for one in containers)),
        "ListPodSandbox": lambda _: message((1, sandbox)),
        "PodSandboxStatus": lambda _: verbose,
    }


@cache
def filled() -> tuple[Json, Canaries]:
    canaries = Canaries()
    return Full(CATALOG.schema(max(CATALOG.finished_minors())), canaries).pod, canaries


@pytest.fixture(name="host")
def _host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a node whose kubelet has that pod as a static one, too."""
    monkeypatch.delenv("MAINPID", raising=False)
    pod, _ = filled()
    root = tmp_path / "host"
    for folder in ("proc/sys/kernel/random", "etc/kubernetes/manifests", f"var/lib/kubelet/pods/{UID}"):
        (root / folder).mkdir(parents=True)
    (root / "proc/sys/kernel/random/boot_id").write_text("boot-1\n")
    (root / "etc/kubernetes/manifests/web.json").write_text(json.dumps(pod))
    (root / "etc/k.yaml").write_text("staticPodPath: /etc/kubernetes/manifests\n")
    for name in ("allocated_pods_state", "actuated_pods_state", "cpu_manager_state"):
        (root / "var/lib/kubelet" / name).write_text(json.dumps({"data": json.dumps(pod), "checksum": 1}))
    kubelet = process(machine_of(str(root)), 8, "/usr/bin/kubelet", "--config=/etc/k.yaml", "--hostname-override=node-1")
    (kubelet / "root").unlink()
    (kubelet / "root").symlink_to(root)
    return root


def test_the_pod_has_all_that_there_is() -> None:
    pod, canaries = filled()
    places = set(canaries.made.values())
    assert len(places) > 400
    for place in (
        ".spec.containers[].env[].value", ".spec.containers[].args[]", ".spec.initContainers[].command[]", ".metadata.annotations",
        ".spec.containers[].livenessProbe.httpGet.httpHeaders[].value", ".spec.imagePullSecrets[].name", ".metadata.managedFields[].manager",
        ".spec.volumes[].secret.secretName", ".status.message", ".status.containerStatuses[].state.terminated.message",
        ".metadata.managedFields[].fieldsV1", ".spec.ephemeralContainers[].envFrom[].secretRef.name", ".spec.volumes[].rbd.keyring",
    ):  # fmt: skip
        assert place in places, place
    told = {f".metadata.{one}" for one in ("name", "namespace", "uid")} | {f".spec.{kind}[].name" for kind in _KINDS}
    assert canaries.found_in(json.dumps(pod)) == places - told


def test_nothing_of_a_pod_is_in_a_bundle(host: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pod, canaries = filled()
    answers = as_runtimes_keep_it(pod)
    listed = answers["ListPodSandbox"](b"") + answers["ListContainers"](b"")
    assert {".metadata.annotations", ".metadata.labels key", ".spec.containers[].image"} <= canaries.found_in(
        listed.decode(errors="replace")
    )
    with serving(tmp_path / "s", answers):
        assert (
            main(["collect", "--host-root", str(host), "--cri", str(tmp_path / "s"), "-o", str(tmp_path / "b.json.gz"), "--debug", "-vv"])
            == 0
        )
    text = gzip.decompress((tmp_path / "b.json.gz").read_bytes())
    found = read_bundle(text, "x")
    assert {(one.pod_uid, one.name) for one in found.containers} == {(UID, kind.lower()) for kind in _KINDS}
    assert {one.name.value for one in found.state_files if one.size} >= {"allocated_pods_state", "cpu_manager_state"}
    assert canaries.found_in("\n".join((text.decode(), *capfd.readouterr()))) == set()
