"""The UIDs that real kubelets gave to static pods, computed from their manifests: all of them, but where a manifest was edited or renamed.

From 1.21 on the directory goes into a UID. Recordings made before the lab noted it (most of `recorded/`) tell nothing of such kubelets;
`recorded-uids/` holds, of runs that noted it, the manifests without a UID and what the two kubelets made of them.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.lab import comparing
from tests.lab.run import RECORDED
from tests.lab.running import NODE
from tests.unit.decisions.manifests.corpus import build_of
from tests.unit.hashing.staticuid.making import uid_of
from upgradecheck.decode.yaml import documents as goyaml
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.schema import UIDInput
from upgradecheck.model.static_uid import ManifestFile

WITH_DIRECTORY = Path(__file__).parent / "recorded-uids"
FOLDERS = sorted(path for base in (RECORDED, WITH_DIRECTORY) for path in base.iterdir() if path.is_dir())

EDITED: Mapping[str, frozenset[str]] = {}
"""Pods whose manifest was edited or renamed while no kubelet ran, by folder: the old kubelet's UID is of another manifest. None as yet."""

Uids = dict[str, str]


def steps() -> Iterator[Any]:
    """Each folder's kubelets that can be checked, with the name of what observed.json has of them."""
    for folder in FOLDERS:
        observed = comparing.observations(folder)
        for version, when in ((observed["from"], "uid_before"), (observed["to"], "uid_after")):
            if "directory" in observed or UIDInput.SOURCE not in build_of(version).static_pod_uid.input:
                yield pytest.param(folder, version, when, id=f"{folder.parent.name}-{folder.name}-{version}")


def computed(folder: Path, version: str) -> Uids:
    """By pod, of the files whose whole is a pod that this kubelet decodes."""
    found: Uids = {}
    directory = comparing.observations(folder).get("directory", "")
    for path in sorted((folder / comparing.MANIFESTS).iterdir()):
        document = b"" if path.is_dir() or path.name.startswith(".") else goyaml.to_json(path.read_bytes())
        if (name := _pod_of(document)) is None:
            continue
        with contextlib.suppress(SpecRefused):
            found[f"{name}-{NODE}"] = str(uid_of(document, version, NODE, ManifestFile(f"{directory}/{path.name}")))
    return found


def _pod_of(document: bytes) -> str | None:
    """The name of the pod that a document is."""
    tree = json.loads(document or b"null")
    return tree["metadata"]["name"] if isinstance(tree, dict) and "metadata" in tree else None


def given(folder: Path, when: str) -> Uids:
    """By pod, what the kubelet gave: 32 digits without a dash. Those that never ran under it have none."""
    uids = {pod["pod"]: pod[when] for pod in comparing.observations(folder)["pods"] if pod.get("source", "file") == "file"}
    return {name: uid for name, uid in uids.items() if uid and re.fullmatch("[0-9a-f]{32}", uid)}


@pytest.mark.parametrize(("folder", "version", "when"), list(steps()))
def test_every_uid_that_a_real_kubelet_gave_is_reproduced(folder: Path, version: str, when: str) -> None:
    wanted, ours = given(folder, when), computed(folder, version)
    differing = {name for name, uid in wanted.items() if ours.get(name) != uid}
    assert differing == EDITED.get(folder.name, set())
    assert len(wanted) >= 5


@pytest.mark.parametrize("folder", [path for path in FOLDERS if path.parent == RECORDED], ids=lambda path: path.name)
def test_what_was_dumped_before_the_step_has_the_same_uids(folder: Path) -> None:
    """The kubelet's /pods and the runtime's sandboxes tell what observed.json tells."""
    wanted = given(folder, "uid_before")
    pods = {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in comparing.read(folder / "kubelet-pods.json")["items"]}
    sandboxes = {(one["metadata"]["name"], one["metadata"]["uid"]) for one in comparing.read(folder / "crictl-pods.json")["items"]}
    assert {name: pods[name] for name in wanted} == wanted
    alone = {name for name in wanted if (name, wanted[name]) not in sandboxes}
    assert alone <= {name for name in wanted if name not in {one for one, _ in sandboxes}}
    assert len(wanted) - len(alone) >= 5


def test_kubelets_of_every_way_to_make_uids_are_checked() -> None:
    assert {step.values[1] for step in steps()} == {"1.15.12", "1.16.15", "1.19.16", "1.20.15", "1.22.17", "1.30.14", "1.31.0", "1.35.2"}
