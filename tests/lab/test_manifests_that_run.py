"""Manifests of recorded nodes against what real kubelets ran of them: none was edited, and each is found to be what runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import CATALOG, as_version
from tests.lab import comparing
from tests.lab.run import LIVED, RECORDED
from upgradecheck.decisions.manifests.edits import UNEDITED, Edits, edits
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import Origin, PodSource, View
from upgradecheck.reading.pod import ReadPod, Taken
from upgradecheck.sources.manifests import read_manifests

FOLDERS = [path for place in (RECORDED, LIVED) for path in sorted(place.iterdir()) if path.is_dir()]

DROPPED_BY_ITS_API_SERVER = {("1.34.1-to-1.36.4-api", "pod-level-resources", View.MIRROR): Edits(in_doubt=("spec.resources",))}
"""A gate of that API server was off: that is no sign of an edit, and no proof that there was none."""


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_what_runs_is_what_its_manifest_says(folder: Path) -> None:
    version = comparing.observations(folder)["from"] if (folder / "observed.json").exists() else folder.name
    build = CATALOG.builds(as_version(version))[-1]
    found, compared = {}, 0
    for manifest, seen in _pairs(folder):
        try:
            wanted = manifest.under(build, Taken.DEFAULTED)
        except SpecRefused:
            continue
        compared += 1
        told = edits(wanted, seen.under(build, Taken.DEFAULTED), mirror=seen.view.view is View.MIRROR)
        if told != UNEDITED:
            found[folder.name, manifest.view.name, seen.view.view] = told
    assert compared > 3
    assert found == {key: told for key, told in DROPPED_BY_ITS_API_SERVER.items() if key[0] == folder.name}


def _pairs(folder: Path) -> Iterator[tuple[ReadPod, ReadPod]]:
    """Each manifest with each view of what runs under its name."""
    views: dict[tuple[str, str], list[ReadPod]] = {}
    for name in ("kubelet-pods.json", "api-pods.json"):
        for item in json.loads((folder / name).read_bytes())["items"] if (folder / name).exists() else ():
            pod = ReadPod(json.dumps(item).encode(), Origin(name))
            if pod.view.source is not PodSource.API:
                views.setdefault((pod.view.namespace, pod.view.name), []).append(pod)
    for file in read_manifests(str(folder / "manifests")).files:
        if file.json is None:
            continue
        manifest = ReadPod(file.json, Origin(file.path))
        try:
            namespace, name = manifest.view.namespace, manifest.view.name
        except SpecRefused:
            continue
        for seen in views.get((namespace, f"{name}-node-1"), ()):
            yield manifest, seen
