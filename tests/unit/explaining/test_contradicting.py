"""Where a plan stops since the inputs contradict themselves, no pod is explained either, whatever node the contradiction is of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.builders import Document, node, on_node, pod
from upgradecheck.commands.explain import ExplainRequest, make_explanation
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.model.errors import ConflictingSpecs

NODES = ("worker-1", "worker-2")
MANY = 300
"""So many that pods are told by a glimpse, and those of other nodes are not read."""


def listing(image: str = "registry.example/web:1") -> Document:
    pods = []
    for number in range(MANY):
        one = on_node(pod(), NODES[number % 2])
        metadata = one["metadata"] | {"name": f"web-{number}", "uid": f"0e4a2d0b-6d3a-4a56-8e61-{number:012x}"}
        spec = json.loads(json.dumps(one["spec"]))
        spec["containers"][0]["image"] = image if number == 1 else "registry.example/web:1"
        pods.append(one | {"metadata": metadata, "spec": spec})
    return {"apiVersion": "v1", "kind": "List", "items": [*map(node, NODES), *pods]}


@pytest.mark.parametrize("in_one_file", [False, True])
def test_a_contradiction_on_another_node_stops_both(tmp_path: Path, *, in_one_file: bool) -> None:
    texts = [json.dumps(listing()), json.dumps(listing("registry.example/web:2"))]
    files = []
    for number, text in enumerate(["\n".join(texts)] if in_one_file else texts):
        (tmp_path / f"{number}.json").write_text(text)
        files.append(str(tmp_path / f"{number}.json"))
    asked = PlanRequest(tuple(files), from_version="1.30.14", to_version="1.31.0")
    with pytest.raises(ConflictingSpecs) as of_plan:
        make_plan(asked)
    with pytest.raises(ConflictingSpecs) as of_one:
        make_explanation(ExplainRequest(asked, "web-0"))
    assert str(of_one.value) == str(of_plan.value)
