"""`explain` examines the pods of one node only: each of its rows, and how it came about, is that of the plan of all.

Each recorded node gets a twin with pods, records and a Node object of its own, all under other names and IDs, so that a plan is of two.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from operator import attrgetter
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from tests.explanations import answers, of_all
from tests.lab.comparing import INPUTS, observations
from tests.lab.run import LIVED, RECORDED
from tests.plans import Keeping, read_once
from upgradecheck.commands.explain import explained, witness_of
from upgradecheck.commands.plan import Planned, PlanRequest, make_plan, planned
from upgradecheck.model.explanation import Explanation
from upgradecheck.model.plan import PlannedPod
from upgradecheck.model.pod import PodView

NAMES = [*INPUTS, "api-pods.json"]
TWIN = "node-9"
ID = re.compile(rb"\b[0-9a-f]{64}\b|\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
QUICK = {("1.22.17-to-1.20.15", "without"), ("history of 1.30.14", "with records")}
"""Of the example each fifth pod is asked for by itself, below."""


def twin(text: bytes, node: bytes) -> bytes:
    """The same of another node: each of its IDs is another one, and so is the node in the names of static pods."""
    renamed = ID.sub(lambda found: found[0].translate(bytes.maketrans(b"0123456789abcdef", b"123456789abcdef0")), text)
    return renamed.replace(node, TWIN.encode())


def doubled(folder: Path, node: str, into: Path) -> tuple[str, ...]:
    """The inputs of a folder, and those of the twin."""
    found = []
    for name in dict.fromkeys(NAMES):
        if (folder / name).exists():
            text = (folder / name).read_bytes()
            for which, content in ((node, text), (TWIN, twin(text, node.encode()))):
                (into / f"{which}-{name}").write_bytes(content)
                found.append(str(into / f"{which}-{name}"))
    return tuple(found)


def _example(into: Path) -> PlanRequest:
    shutil.copytree(str(files("upgradecheck.example")), into / "example")
    node = re.findall(rb'"nodeName": *"([^"]+)"', (into / "example" / "api-pods.json").read_bytes())[0].decode()
    return PlanRequest(doubled(into / "example", node, into), to_version="1.31.0")


def _recorded(folder: Path) -> Callable[[Path], PlanRequest]:
    observed = observations(folder)
    return lambda into: PlanRequest(doubled(folder, "node-1", into), from_version=observed["from"], to_version=observed["to"])


def _lived(folder: Path) -> Callable[[Path], PlanRequest]:
    return lambda into: PlanRequest(doubled(folder, "node-1", into), to_version="1.34.1", checkpoint=str(folder / "checkpoint"))


WORLDS: dict[str, Callable[[Path], PlanRequest]] = {
    "the example": _example,
    **{folder.name: _recorded(folder) for folder in sorted(RECORDED.iterdir()) if folder.is_dir()},
    **{f"history of {folder.name}": _lived(folder) for folder in sorted(LIVED.iterdir()) if folder.is_dir()},
}


@pytest.mark.parametrize(
    ("name", "evidence"),
    [
        pytest.param(name, evidence, marks=() if (name, evidence) in QUICK else pytest.mark.sweep)
        for name in WORLDS
        for evidence in ("with records", "without")
    ],
)
def test_a_node_alone_is_as_in_the_plan_of_all(name: str, evidence: str, tmp_path: Path) -> None:
    """Where no record is given, pods that are known to be on another node are not even read."""
    request = WORLDS[name](tmp_path)
    if evidence == "without":
        request = replace(request, files=tuple(path for path in request.files if "crictl" not in path))
    with read_once():
        whole = planned(request, Keeping())
        assert whole.plan.pods == make_plan(request).pods
        nodes = sorted({pod.node for pod in whole.plan.pods if pod.node})
        assert len(nodes) == 2
        for node in nodes:
            alone = planned(request, Keeping(partial(_is_on, node)))
            assert {pod.node for pod in alone.plan.pods} <= {node, None}
            assert _of(node, alone) == _of(node, whole)
            sample = [pod for pod in whole.plan.pods if pod.node == node][::7]
            assert [_told(alone, pod) for pod in sample] == [_told(whole, pod) for pod in sample]
            assert [witness_of(alone, pod).hindrance for pod in alone.plan.pods] == [
                witness_of(whole, pod).hindrance for pod in alone.plan.pods
            ]


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name == "the example" else pytest.mark.sweep) for name in WORLDS])
def test_what_is_told_of_a_pod_is_what_the_plan_of_all_tells(name: str, tmp_path: Path) -> None:
    """By what it may be asked for; a name may be several pods', or the beginning of theirs."""
    by_uid, by_name = attrgetter("uid"), attrgetter("name")
    by_workload = attrgetter("workload.name")
    request = WORLDS[name](tmp_path)
    with read_once():
        every = of_all(request)
        for pod, target in zip(every.plan.pods[1::5], (by_name, by_uid, by_workload), strict=False):
            alone, whole = answers(request, target(pod), every)
            assert alone == whole


def _is_on(node: str, view: PodView) -> bool:
    return view.node == node


def _of(node: str, made: Planned) -> list[PlannedPod]:
    return [pod for pod in made.plan.pods if pod.node == node]


def _told(made: Planned, pod: PlannedPod) -> Explanation:
    """What is told of a pod but for the notices, which count the pods that a plan is of."""
    return replace(explained(made, pod, None, CATALOG), notices=())
