"""What a manifest can have been, of which a kubelet's view or a mirror pod is seen: one of these makes the UID that the manifest made."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import Document
from tests.unit.decisions.manifests.corpus import build_of
from tests.unit.hashing.staticuid.making import SOURCE, defaulted, uid_of
from upgradecheck.decisions.manifests.views import manifests_of
from upgradecheck.hashing.staticuid.uids import static_uid

NODE = "Worker-1"
VERSION = "1.30.14"
OWN = {"operator": "Exists", "effect": "NoExecute"}
OTHER = {"key": "gpu", "operator": "Exists"}
MARKS = {"kubernetes.io/config.source": "file", "kubernetes.io/config.hash": "5eed", "kubernetes.io/config.seen": "2026-03-01T10:00:00Z"}


def manifest(metadata: Document | None = None, **spec: Any) -> Document:
    containers = [{"name": "app", "image": "app:1"}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", **(metadata or {})}, "spec": {"containers": containers, **spec}}


def as_seen(document: Document, *, mirror: bool, **added: Any) -> Document:
    """What applyDefaults makes of it and, of a mirror pod, its API server."""
    metadata, spec = document["metadata"], document["spec"]
    annotations = {**metadata.get("annotations", {}), **MARKS}
    made = {"uid": "5eed", "resourceVersion": "7", "creationTimestamp": "2026-03-01T10:00:00Z"} if mirror else {"uid": "5eed"}
    names = {"name": f"{metadata['name']}-{NODE.lower()}", "namespace": metadata.get("namespace", "default")}
    tolerations = spec.get("tolerations", [])
    tolerations = tolerations if OWN in tolerations else [*tolerations, OWN]
    return {
        **document,
        "metadata": {**metadata, **names, **made, "annotations": annotations},
        "spec": {**spec, "nodeName": NODE, "tolerations": tolerations, **added},
        "status": {"phase": "Running"},
    }


CLASS: dict[str, Any] = {"priorityClassName": "system-node-critical"}
RESOLVED: dict[str, Any] = {"priority": 2000001000, "preemptionPolicy": "PreemptLowerPriority"}


@pytest.mark.parametrize(
    ("document", "mirror", "added"),
    [
        pytest.param(manifest(), False, {}, id="a kubelet adds name, node, namespace, marks and a toleration"),
        pytest.param(manifest({"namespace": "default"}), False, {}, id="the namespace may have been written"),
        pytest.param(manifest({"namespace": "kube-system"}), False, {}, id="another one was"),
        pytest.param(manifest({"annotations": {"a": "b"}, "labels": {"c": "d"}}), False, {}, id="its own marks stay"),
        pytest.param(manifest(tolerations=[OTHER]), False, {}, id="another toleration stays"),
        pytest.param(manifest(tolerations=[OTHER, OWN]), False, {}, id="the kubelet's may have been written"),
        pytest.param(manifest(hostNetwork=True, hostPID=True), False, {}, id="what conversion moves is found again"),
        pytest.param(manifest(**CLASS, priority=2000001000), False, {}, id="a kubelet adds no priority: what it shows was written"),
        pytest.param(manifest(**CLASS), True, RESOLVED, id="an API server adds priority and preemption policy to a mirror pod"),
        pytest.param(manifest(**CLASS, priority=2000001000), True, RESOLVED, id="the priority may have been written"),
        pytest.param(
            manifest(**CLASS, preemptionPolicy="PreemptLowerPriority"), True, RESOLVED, id="or only the preemption policy, as the class has it"
        ),
        pytest.param(manifest(**CLASS, **RESOLVED), True, {}, id="or both"),
        pytest.param(manifest({"namespace": "default"}, **CLASS, **RESOLVED, tolerations=[OWN]), True, {}, id="all of it at once"),
    ],
)  # fmt: skip
def test_one_of_what_it_can_have_been_makes_the_uid_of_the_manifest(document: Document, added: Document, *, mirror: bool) -> None:
    build = build_of(VERSION)
    known = manifests_of(defaulted(as_seen(document, mirror=mirror, **added), build), mirror=mirror)
    assert uid_of(document, build, NODE) in {static_uid(one, build, NODE, SOURCE) for one in known}


@pytest.mark.parametrize(
    ("document", "mirror", "number"),
    [
        pytest.param(manifest({"namespace": "kube-system"}), False, 2, id="with the kubelet's toleration or without"),
        pytest.param(manifest(), False, 4, id="and the namespace default, too"),
        pytest.param(manifest({"namespace": "kube-system"}, **CLASS, **RESOLVED), True, 8, id="and of a mirror pod what admission adds"),
    ],
)
def test_there_are_few(document: Document, number: int, *, mirror: bool) -> None:
    """Each is printed and hashed, under every kubelet that is asked."""
    assert len(list(manifests_of(defaulted(as_seen(document, mirror=mirror), build_of(VERSION)), mirror=mirror))) == number


def test_the_likeliest_comes_first() -> None:
    build = build_of(VERSION)
    first = next(iter(manifests_of(defaulted(as_seen(manifest(), mirror=False), build), mirror=False)))
    assert static_uid(first, build, NODE, SOURCE) == uid_of(manifest(), build, NODE)
