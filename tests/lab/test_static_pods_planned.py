"""Plans of static pods whose kubelets made their UIDs, with the directory that the recorded kubelet was given: which are kept, and as what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lab import comparing
from tests.lab.running import NODE
from tests.lab.test_static_uids import WITH_DIRECTORY
from tests.plans import plan_of
from upgradecheck.commands.plan import PlanRequest
from upgradecheck.model.plan import Plan, StaticUIDs, Verdict
from upgradecheck.model.reasons import Reason

Json = dict[str, Any]
FOLDERS = sorted(path for path in WITH_DIRECTORY.iterdir() if path.is_dir())
EDIT = ("name: web-nouid\n", "name: web-nouid\n  labels: {edited: while-no-kubelet-ran}\n")


def sandbox(pod: Json) -> Json:
    """As `crictl pods` shows it: that is all that is needed of what runs."""
    namespace = "kube-system" if pod["pod"].startswith("control-plane") else "default"
    metadata = {"name": pod["pod"], "namespace": namespace, "uid": pod["uid_before"], "attempt": 0}
    annotations = {"kubernetes.io/config.source": "file", "kubernetes.io/config.hash": pod["uid_before"]}
    return {"id": pod["uid_before"], "metadata": metadata, "state": "SANDBOX_READY", "createdAt": "1", "annotations": annotations}


def planned(folder: Path, place: Path, target: str, directory: str | None, reported: str | None = None) -> Plan:
    """The plan of what ran. directory: as the kubelet's configuration has it, None where that is not given. reported: the version, if not as
    it was.
    """
    observed = comparing.observations(folder)
    info = {"kubeletVersion": f"v{reported or observed['from']}", "containerRuntimeVersion": "containerd://1.7.27"}
    node = {"kind": "Node", "metadata": {"name": NODE}, "status": {"nodeInfo": info}}
    (place / "node.json").write_text(json.dumps(node))
    (place / "pods.json").write_text(json.dumps({"items": [sandbox(pod) for pod in observed["pods"]]}))
    config = {"kind": "KubeletConfiguration", "apiVersion": "kubelet.config.k8s.io/v1beta1", "staticPodPath": directory or ""}
    (place / "config.json").write_text(json.dumps(config))
    files = tuple(str(place / name) for name in ("node.json", "pods.json", "config.json"))
    return plan_of(PlanRequest(files, to_version=target, static_pods=str(place / "manifests")))


def copied(folder: Path, place: Path) -> Path:
    (place / "manifests").mkdir()
    for path in (folder / comparing.MANIFESTS).iterdir():
        (place / "manifests" / path.name).write_bytes(path.read_bytes())
    return place


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_edited_and_a_renamed_manifest_are_told_where_the_others_are_as_they_ran(folder: Path, tmp_path: Path) -> None:
    """Planned to the same version: nothing but the edit makes another pod, and nobody's container hash is needed to see it."""
    observed, place = comparing.observations(folder), copied(folder, tmp_path)
    manifests = place / "manifests"
    edited = next(path for path in manifests.iterdir() if EDIT[0] in path.read_text())
    edited.write_text(edited.read_text().replace(*EDIT, 1))
    renamed = next(path for path in manifests.iterdir() if "name: hooks-nouid\n" in path.read_text())
    renamed.rename(manifests / "renamed.yaml")
    plan = planned(folder, place, observed["from"], observed["directory"])
    ran = {pod["pod"] for pod in observed["pods"]}
    changed = {pod.name: pod.details for pod in plan.pods if pod.name in ran and pod.reason is Reason.STATIC_UID_CHANGED}
    told = ("the manifest is not what runs: it was edited, or its file renamed or moved",)
    assert changed == {f"web-nouid-{NODE}": told, f"hooks-nouid-{NODE}": told}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_none_is_said_to_be_edited_where_none_was(folder: Path, tmp_path: Path) -> None:
    observed, place = comparing.observations(folder), copied(folder, tmp_path)
    plan = planned(folder, place, observed["to"], observed["directory"])
    ran = {pod["pod"]: pod["uid_before"] == pod["uid_after"] for pod in observed["pods"]}
    found = {pod.name: (pod.verdict is not Verdict.RECREATE, any("not what runs" in one for one in pod.details)) for pod in plan.pods}
    assert {name: found[name] for name in ran} == {name: (kept, False) for name, kept in ran.items()}
    assert plan.calibration.static_uids == StaticUIDs(len(ran), len(ran))


SAME_UIDS = ({"1.16", "1.17"}, {"1.19", "1.20"}, {"1.21", "1.22"}, {"1.28", "1.29"})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_uids_tell_which_kubelet_ran_whatever_is_reported(folder: Path, tmp_path: Path) -> None:
    """Reported is another minor; verdicts are those of the kubelet that ran, and the plan is not complete."""
    observed, place = comparing.observations(folder), copied(folder, tmp_path)
    ran = observed["from"].rpartition(".")[0]
    reported = "1.24.17" if ran != "1.24" else "1.26.15"
    plan = planned(folder, place, observed["to"], observed["directory"], reported)
    (found,) = (finding for finding in plan.findings if finding.rule == "UC018")
    minors = sorted(next((pair for pair in SAME_UIDS if ran in pair), {ran}), key=lambda minor: int(minor[2:]))
    assert f"under UIDs that kubelet {' or '.join(minors)} makes of their manifests" in found.message
    assert f"which kubelet node {NODE} runs" in [missing.what for missing in plan.coverage.missing]
    kept = {pod["pod"]: pod["uid_before"] == pod["uid_after"] for pod in observed["pods"]}
    assert {pod.name: pod.verdict is not Verdict.RECREATE for pod in plan.pods if pod.name in kept} == kept


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_neighbour_that_makes_the_same_uids_contradicts_nothing(folder: Path, tmp_path: Path) -> None:
    observed, place = comparing.observations(folder), copied(folder, tmp_path)
    ran = observed["from"].rpartition(".")[0]
    for neighbour in sorted(next((pair for pair in SAME_UIDS[:3] if ran in pair), {ran})):
        plan = planned(folder, place, observed["to"], observed["directory"], f"{neighbour}.9")
        assert not [finding for finding in plan.findings if finding.rule == "UC018"]
        assert plan.calibration.static_uids == StaticUIDs(len(observed["pods"]), len(observed["pods"]))
