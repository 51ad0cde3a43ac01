"""What helm's engine and kustomize make of a chart and a kustomization of ours (tests/examples/packaged), read without loss."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from upgradecheck.cli import main
from upgradecheck.sources.files import open_inputs

FOLDER = Path(__file__).parents[2] / "examples" / "packaged"
FILES = ("helm.yaml", "kustomize.yaml")
PLACES = {"Pod": (), "PodTemplate": ("template",), "CronJob": ("spec", "jobTemplate", "spec", "template")}
IDLE = {"Service", "PodDisruptionBudget", "ConfigMap", "ServiceAccount", "Ingress", "HorizontalPodAutoscaler"}
Json = dict[str, Any]


def documents(file: str) -> list[Json]:
    """What another reader of YAML finds."""
    return [one for one in yaml.safe_load_all((FOLDER / file).read_text()) if one]


def templates(file: str) -> Iterator[tuple[Json, Json]]:
    """Each object that makes pods, with the spec that these have."""
    for document in documents(file):
        if document["kind"] not in IDLE:
            template = document
            for step in PLACES.get(document["kind"], ("spec", "template")):
                template = template[step]
            yield document, template["spec"]


@pytest.mark.parametrize("file", FILES)
def test_each_template_is_a_pod_with_its_very_spec(file: str) -> None:
    with open_inputs((str(FOLDER / file),), recursive=False) as inputs:
        facts = inputs.facts()
        pods = list(inputs.pods())
    assert facts.missing == ()
    found = [(pod.view.namespace, pod.identity.name, json.loads(pod.raw)["spec"]) for pod in pods]
    assert found == [(one["metadata"].get("namespace", ""), one["metadata"]["name"], spec) for one, spec in templates(file)]


def test_there_are_many_and_of_every_kind() -> None:
    found = Counter(document["kind"] for file in FILES for document in documents(file))
    assert sum(found.values()) >= 30
    makers = {"Pod", "PodTemplate", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob"}
    assert set(found) == makers | IDLE


@pytest.mark.parametrize("file", FILES)
def test_a_plan_of_it_counts_replicas_and_names_the_server(file: str, tmp_path: Path) -> None:
    out = tmp_path / "plan.json"
    asked = ["--from", "1.30", "--to", "1.31", "--api-to", "1.31.0", "-f", str(FOLDER / file)]
    assert main(["plan", "-q", *asked, "-o", f"json={out}"]) == 2
    plan = json.loads(out.read_bytes())
    counted = {(pod["workload"]["kind"], pod["name"]): pod.get("replicas", 1) for pod in plan["pods"]}
    expected = {(one["kind"], one["metadata"]["name"]): replicas(one) for one, _ in templates(file)}
    assert counted == expected
    assert plan["complete"]
    (told,) = (notice for notice in plan["notices"] if "judged as API server 1.31.0 makes pods of them" in notice)
    assert told.startswith(f"{len(expected)} manifests or templates are ")


def replicas(workload: Json) -> int:
    """How many pods run of it."""
    told = workload.get("spec", {})
    return int(told.get("replicas", told.get("parallelism", 1)))
