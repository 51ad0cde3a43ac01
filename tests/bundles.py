"""Bundles of nodes, made of the example's dumps, and damaged in every way that tests speak of."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

import upgradecheck.example
from upgradecheck.formats.bundle import bundle_text, packed
from upgradecheck.model.bundle import Bundle, BundledKubelet
from upgradecheck.model.checkpoint import NodeIdentity
from upgradecheck.model.pod import ContainerRecord, PodSource, SandboxRecord
from upgradecheck.model.version import KubeletVersion
from upgradecheck.sources.files import open_inputs

EXAMPLE = Path(upgradecheck.example.__file__).parent
PODS, NODES = EXAMPLE / "api-pods.json", EXAMPLE / "nodes.json"
_STATIC, _OTHERS = 2, 9
_MIRROR = "kubernetes.io/config.mirror"
DUMPS = tuple(str(EXAMPLE / name) for name in ("crictl-ps.json", "crictl-pods.json", "nodes.json"))


def some_pods() -> list[dict[str, Any]]:
    """Some of the example's pods, mirror pods among them: a plan of them takes a tenth of the time."""
    every: list[dict[str, Any]] = json.loads(PODS.read_text())["items"]
    mirrors = [one for one in every if _MIRROR in one["metadata"].get("annotations", {})]
    return [*mirrors[:_STATIC], *[one for one in every if one not in mirrors][:_OTHERS]]


def some_bundle(**changes: Any) -> Bundle:
    """The bundle of the example's node, as if no more than these pods ran there."""
    bundle = example_bundle()
    uids = {one["metadata"].get("annotations", {}).get(_MIRROR, one["metadata"]["uid"]) for one in some_pods()}
    containers = tuple(one for one in bundle.containers if one.pod_uid in uids)
    sandboxes = tuple(one for one in bundle.sandboxes if one.pod_uid in uids)
    return replace(bundle, **{"containers": containers, "sandboxes": sandboxes, **changes})


def example_bundle(**changes: Any) -> Bundle:
    """The bundle of the example's node, as it would have been collected when the example was recorded."""
    return replace(_example(), **changes)


@cache
def _example() -> Bundle:
    with open_inputs(DUMPS, recursive=False) as inputs:
        facts = inputs.facts()
    (node,) = facts.nodes
    assert isinstance(node.kubelet_version, KubeletVersion)
    return Bundle(
        source="",
        node=NodeIdentity(node.name),
        collected_at=node.seen_at,
        runtime=node.runtime or "",
        boot_id=node.boot_id,
        writer="upgradecheck",
        kubelet=BundledKubelet(node.kubelet_version, runs=True),
        containers=facts.containers,
        sandboxes=facts.sandboxes,
    )


def of_others(bundle: Bundle, name: str) -> Bundle:
    """The bundle of another node, with records of its own: of pods of the API, not of static ones."""
    own = {one.pod_uid for one in bundle.sandboxes if one.source is PodSource.API}
    containers = tuple(_renamed(one, "container_id", "sandbox_id") for one in bundle.containers if one.pod_uid in own)
    sandboxes = tuple(_renamed(one, "sandbox_id") for one in bundle.sandboxes if one.pod_uid in own)
    return replace(bundle, node=NodeIdentity(name), boot_id=None, containers=containers, sandboxes=sandboxes)


def _renamed(one: Any, *ids: str) -> Any:
    assert isinstance(one, ContainerRecord | SandboxRecord)
    return replace(
        one, pod_uid=f"other-{one.pod_uid}", pod_name=f"{one.pod_name}-2", **{name: f"other-{getattr(one, name)}" for name in ids}
    )


def written(bundle: Bundle, path: Path) -> str:
    """Its file."""
    path.write_bytes(packed(bundle_text(bundle)))
    return str(path)
