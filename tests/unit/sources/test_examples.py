"""Every example input gives exactly the facts that its expected.json states, and every source keeps the snapshot invariants."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import upgradecheck.example
from tests.builders import as_version
from upgradecheck.decode.kube.shapes import Shape, recognise
from upgradecheck.decode.kube.templates import template_pods
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import Absent, ContainerRecord, NodeFacts, Recorded, RunState, SandboxRecord, View
from upgradecheck.reading.pod import ReadPod
from upgradecheck.sources.files import InputDocument, Inputs, open_inputs

EXAMPLES = Path(__file__).parents[2] / "examples" / "sources"
SMALL = sorted(path.parent.name for path in EXAMPLES.glob("*/expected.json"))
SHIPPED = Path(upgradecheck.example.__file__).parent
NODE_1_22 = EXAMPLES / "api-node-1.22-to-1.30"
NODE_1_20 = EXAMPLES / "node-1.20-to-1.22"


def hash_text(found: Recorded | Absent) -> str:
    if isinstance(found, Recorded):
        return found.hash.hex
    return "absent" if found.found is None else f"absent: {found.found}"


def pod_row(pod: ReadPod) -> list[Any]:
    view = pod.view
    workload = f"{view.workload.kind}/{view.workload.name}" if view.workload else None
    statuses = [f"{status.name} {status.state.value} {(status.container_id or '')[:4]}" for status in view.statuses]
    return [view.origin.place, view.view.value, view.source.value, view.uid, f"{view.namespace}/{view.name}", workload, statuses]


def node_row(node: NodeFacts) -> list[Any]:
    return [node.origin.place, node.name, node.kubelet_version and node.kubelet_version.text, node.runtime]


def container_row(record: ContainerRecord) -> list[Any]:
    pod = f"{record.pod_namespace}/{record.pod_name}"
    hashes = [hash_text(record.hash), hash_text(record.hash_without_resources)]
    return [record.origin.place, record.pod_uid, pod, record.name, record.state.value, record.attempt, *hashes]


def sandbox_row(record: SandboxRecord) -> list[Any]:
    pod = f"{record.pod_namespace}/{record.pod_name}"
    ready, source = "ready" if record.ready else "not ready", record.source.value if record.source else None
    return [record.origin.place, record.pod_uid, pod, record.attempt, ready, source, record.config_hash]


@contextmanager
def opened(*paths: Path) -> Iterator[Inputs]:
    with open_inputs([str(path) for path in paths], recursive=False) as inputs:
        yield inputs


@pytest.mark.parametrize("name", SMALL)
def test_an_example_gives_what_it_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLES / name / "input")
    with opened(Path()) as inputs:
        facts = {
            "pods": [pod_row(pod) for pod in inputs.pods()],
            "nodes": [node_row(node) for node in inputs.facts().nodes],
            "containers": [container_row(record) for record in inputs.facts().containers],
            "sandboxes": [sandbox_row(record) for record in inputs.facts().sandboxes],
            "configs": [[str(origin), config.cgroups_per_qos, dict(config.feature_gates)] for config, origin in inputs.facts().configs],
            "notices": list(inputs.facts().notices),
            "missing": [[missing.what, missing.reason] for missing in inputs.facts().missing],
        }
    assert facts == json.loads((EXAMPLES / name / "expected.json").read_text())


IN_DOCS = {
    Shape.POD: "Pods",
    Shape.NODE: "Nodes",
    Shape.CRI_CONTAINER: "crictl's\n`ps`",
    Shape.CRI_SANDBOX: "`pods` and `inspect`",
    Shape.CRI_INSPECTED_CONTAINER: "`pods` and `inspect`",
    Shape.CRI_INSPECTED_SANDBOX: "`crictl inspectp`",
    Shape.DOCKER_SUMMARY: "docker's `containers/json`",
    Shape.DOCKER_INSPECTION: "`inspect` and `ps`",
    Shape.DOCKER_LINE: "`inspect` and `ps`",
    Shape.KUBELET_CONFIG: "`KubeletConfiguration`",
    Shape.CREDENTIAL_PROVIDERS: "`CredentialProviderConfig`",
    Shape.SERVER_VERSION: "kubectl version -o json",
    Shape.STATE_FILE: "files in which a kubelet keeps its state",
    Shape.BUNDLE: "bundles of nodes",
    Shape.OBJECT: "PodDisruptionBudgets",
    Shape.TEMPLATE: "pod templates of any kind",
    Shape.EMPTY_LIST: "empty list",
    Shape.EMPTY_RECORDS: "empty list of a runtime",
    Shape.MALFORMED: "set aside",
    Shape.OTHER: "passed over",
}
"""How docs/inputs.md speaks of what each shape is. One more shape has a line here, there, and an example."""


def shapes_in(name: str) -> set[Shape]:
    place = EXAMPLES / name / "input"
    with opened(place) as inputs:
        tables = (*inputs._tables, *inputs._passed_over)
        others = {Shape.OTHER} if any(table.others for table in tables) else set()
        found = others | {shape for table in tables for shape in table.recognised()}
    return found | {shape for file in place.glob("*.json") if (shape := guarded_shape(file.read_bytes())) in EMPTY}


EMPTY = (Shape.EMPTY_LIST, Shape.EMPTY_RECORDS)
"""Nothing is kept of such a document but that it was there."""


def guarded_shape(raw: bytes) -> Shape | None:
    try:
        return recognise(raw).shape
    except SpecRefused:
        return None


def test_every_shape_that_is_recognised_has_an_example_and_a_word_in_the_docs() -> None:
    assert {shape for name in SMALL for shape in shapes_in(name)} == set(Shape) == IN_DOCS.keys()
    page = (EXAMPLES.parents[2] / "docs" / "inputs.md").read_text()
    assert [shape for shape, words in IN_DOCS.items() if words not in page] == []


def test_the_examples_were_found() -> None:
    assert len(SMALL) >= 12


def as_pod(document: InputDocument) -> bytes:
    """The document, or the pod that its template describes."""
    return template_pods(document.raw)[0].raw if document.recognition.shape is Shape.TEMPLATE else document.raw


def check_invariants(inputs: Inputs) -> None:
    """What holds of every source's snapshot."""
    pods = list(inputs.pods())
    assert list(inputs.pods()) == pods, "pods can be asked for twice"
    in_order = [ReadPod(as_pod(document), document.origin) for document in inputs.documents()]
    places = {pod.origin: index for index, pod in enumerate(in_order)}
    assert len(places) == len(in_order), "every document has a place of its own"
    assert [item for item in in_order if item in pods] == pods, "pods are documents, in the same order"
    for pod in pods:
        assert isinstance(json.loads(pod.raw), dict), "a pod is one JSON object"
        view = pod.view
        assert view.origin == pod.origin
        assert (view.mirror_uid is not None) == (view.view is View.MIRROR)
        ids = [status.container_id for status in view.statuses if status.container_id]
        assert len(set(ids)) == len(ids)
        assert all((status.exit_code is not None) == (status.state is RunState.EXITED) for status in view.statuses)
    facts = inputs.facts()
    assert inputs.all_facts() == facts
    assert len({node.name for node in facts.nodes}) == len(facts.nodes)
    assert len({record.container_id for record in facts.containers}) == len(facts.containers)
    sandboxes = {record.sandbox_id: record for record in facts.sandboxes}
    assert len(sandboxes) == len(facts.sandboxes)
    for record in facts.containers:
        sandbox = sandboxes.get(record.sandbox_id)
        assert sandbox is None or (sandbox.pod_uid, sandbox.pod_name) == (record.pod_uid, record.pod_name)
    assert {node.origin for node in facts.nodes} <= set(places)
    assert {record.origin for record in facts.containers} | {record.origin for record in facts.sandboxes} <= set(places)


@pytest.mark.parametrize(
    "path", [*(EXAMPLES / name / "input" for name in SMALL), NODE_1_20, NODE_1_22, SHIPPED], ids=lambda path: path.name
)
def test_invariants(path: Path) -> None:
    with opened(path) as inputs:
        check_invariants(inputs)


@pytest.mark.parametrize("paths", [(NODE_1_20,), (SHIPPED, NODE_1_22)], ids=["1.20", "1.22"])
def test_records_are_those_that_the_new_kubelet_met(paths: tuple[Path, ...]) -> None:
    """observed.json was written by the recording from the other side: the kubelet's log and the endpoint's own list."""
    observed = json.loads((paths[-1] / "observed.json").read_text())["containers"]
    with opened(*paths) as inputs:
        seen = {(record.pod_uid, record.name, record.state.value, hash_text(record.hash)) for record in inputs.facts().containers}
    expected = {(item["uid"], item["container"], item["state_before"], item["recorded_hash"]) for item in observed}
    assert seen == expected


def test_the_shipped_node_joins_by_container_id_and_uid() -> None:
    with opened(SHIPPED) as inputs:
        views = [pod.view for pod in inputs.pods()]
        records = {record.container_id: record for record in inputs.facts().containers}
        running = [(view, status) for view in views for status in view.statuses if status.state is RunState.RUNNING]
        assert len(views) == 100
        assert sum(view.view is View.MIRROR for view in views) == 4
        assert all(records[status.container_id or ""].pod_uid == view.uid for view, status in running)
        assert [(node.name, node.kubelet_version) for node in inputs.facts().nodes] == [("node-1", as_version("v1.22.17"))]
