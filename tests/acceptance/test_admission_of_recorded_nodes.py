"""Admission on recorded nodes: whom the real kubelet refused at its start, and nobody else."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from tests.builders import CATALOG, raw, read
from upgradecheck.decisions.admission import Admitted, Outcome, Refused, admission_request, admit
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import Origin
from upgradecheck.reading.pod import Taken

EXAMPLE = Path(str(files("upgradecheck.example")))
OLDER_NODE = Path(__file__).parents[1] / "examples" / "sources" / "node-1.20-to-1.22"


def build(version: str) -> KubeletBuild:
    (found,) = CATALOG.builds(parse_kubelet_version(version))
    return found


def admitted(folder: Path, pods: str, old: str, new: str) -> dict[str, Outcome]:
    """The outcome of each pod by its name."""
    target, requests, names = build(new), [], {}
    for document in json.loads((folder / pods).read_text())["items"]:
        annotations = document["metadata"].get("annotations") or {}
        if "kubernetes.io/config.mirror" not in annotations:
            uid = document["metadata"]["uid"]
            value = read(document).under(target, Taken.AS_WRITTEN).value
            from_api = annotations.get("kubernetes.io/config.source", "api") == "api"
            requests.append(admission_request(value, target, uid=uid, from_api=from_api))
            names[uid] = document["metadata"]["name"]
    (node,) = json.loads((folder / "nodes.json").read_text())["items"]
    facts = node_facts(raw(node), Origin("nodes.json"))
    return {names[uid]: outcome for uid, outcome in admit(requests, facts, target, running=build(old)).items()}


def test_of_the_node_1_22_to_1_30_only_the_windows_pod_is_refused() -> None:
    """Real kubelet 1.30.14: PodOSNotSupported. A pod that AppArmor keeps Pending under both, and of which nothing runs, is left as it is."""
    found = admitted(EXAMPLE, "api-pods.json", "1.22.17", "1.30.14")
    refused = {name: outcome.ground.reason for name, outcome in found.items() if isinstance(outcome, Refused)}
    assert refused == {"os-windows": "PodOSNotSupported"}
    assert [name for name, outcome in found.items() if not isinstance(outcome, Admitted | Refused)] == []
    assert len(found) == 88
    assert isinstance(found["legacy-ann"], Admitted)
    assert isinstance(found["sc-apparmor-unconfined"], Admitted)


def test_of_the_node_1_20_to_1_22_nobody_is_refused() -> None:
    """Its Node object shows no allocatable, so nothing is said of room."""
    found = admitted(OLDER_NODE, "kubelet-pods.json", "1.20.15", "1.22.17")
    assert {name for name, outcome in found.items() if not isinstance(outcome, Admitted)} == set()
    assert len(found) == 14
