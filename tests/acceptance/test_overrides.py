"""The laws of ``plan --override``, over recorded nodes and from the outside: it holds what it can prove, and hides nothing.

What an override writes is put into the runtime's list as ``override apply`` would, and planned again.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.lab import comparing
from tests.lab.run import RECORDED
from tests.plans import report_of
from upgradecheck.cli import main
from upgradecheck.contract.v1.plan_reading import overrides_of
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import hex_of

Json = dict[str, Any]
Key = tuple[str, str]

EXAMPLES = Path(__file__).parents[1] / "examples" / "sources"
API_EXAMPLE, OLDER_EXAMPLE = Path(str(files("upgradecheck.example"))), EXAMPLES / "node-1.20-to-1.22"
HASH = "io.kubernetes.container.hash"
WITHOUT_RESOURCES = "io.kubernetes.container.hashWithoutResources"
QUICK = ("1.15.12-to-1.16.15", "1.31.0-to-1.34.1")
"""The typed era, and sidecars that nobody compared for three minors; a boundary is below."""
FOLDERS = [
    pytest.param(path, id=path.name, marks=() if path.name in QUICK else pytest.mark.sweep)
    for path in (*sorted(RECORDED.iterdir()), API_EXAMPLE, OLDER_EXAMPLE)
    if path.is_dir()
]
pytestmark = pytest.mark.filterwarnings("error")


@dataclass(frozen=True)
class Node:
    """A recorded node, its step, and a directory to write reports and changed inputs to."""

    folder: Path
    start: str
    target: str
    scratch: Path

    def plan(self, *options: str, step: tuple[str, str] | None = None, **replaced: Path) -> Json:
        """The plan in JSON; replaced: other files for some of the inputs, by name without ``.json`` and with ``_`` for ``-``.

        For another step the old kubelet's view is left out where there are manifests: it lacks what only another kubelet decodes.
        """
        start, target = step or (self.start, self.target)
        names = [
            name for name in comparing.INPUTS if step is None or name != "kubelet-pods.json" or not (self.folder / "manifests").exists()
        ]
        inputs = [replaced.get(name.removesuffix(".json").replace("-", "_"), self.folder / name) for name in names]
        given = [f"--filename={path}" for path in inputs if path.exists()]
        manifests = [f"--static-pods={self.folder / 'manifests'}"] if (self.folder / "manifests").exists() else []
        report = self.scratch / "plan.json"
        code = main(["plan", f"--from={start}", f"--to={target}", *given, *manifests, *options, f"--output=json={report}"])
        found: Json = json.loads(report.read_bytes())
        assert found["exit_code"] == code
        return found

    def as_it_is(self) -> Json:
        """The plan of the step without an override."""
        return report_of(comparing.step_of(self.folder)) if self.folder.parent == RECORDED else self.plan()

    def restamped(self, overrides: Mapping[str, Json]) -> Path:
        """The runtime's list once the overrides are applied."""
        listed = json.loads((self.folder / "crictl-ps.json").read_bytes())
        left = set(overrides)
        for one in listed["containers"]:
            override = overrides.get(one["id"])
            if override is None:
                continue
            left.discard(one["id"])
            assert one["annotations"][HASH] == override["from"]
            assert one["labels"]["io.kubernetes.pod.uid"] == override["uid"]
            assert one["labels"]["io.kubernetes.container.name"] == override["container"]
            assert one["state"] == "CONTAINER_RUNNING"
            one["annotations"][HASH] = override["to"]
            if "without_resources" in override:
                one["annotations"][WITHOUT_RESOURCES] = override["without_resources"]["to"]
        assert not left
        path = self.scratch / "crictl-ps.json"
        path.write_text(json.dumps(listed))
        return path


@pytest.fixture(scope="module", name="node", params=FOLDERS)
def _node(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Node:
    folder: Path = request.param
    steps = {API_EXAMPLE: ("1.22.17", "1.30.14"), OLDER_EXAMPLE: ("1.20.15", "1.22.17")}
    if folder not in steps:
        observed = comparing.observations(folder)
        steps[folder] = observed["from"], observed["to"]
    return Node(folder, *steps[folder], tmp_path_factory.mktemp("overrides"))


def containers(plan: Json) -> dict[Key, Json]:
    """The containers by UID of their pod and name, each as the plan has it."""
    return {(pod["uid"], one["name"]): one for pod in plan["pods"] for one in pod["containers"]}


def bare(container: Json) -> Json:
    """A container without what an override says of it."""
    return {key: value for key, value in container.items() if key not in ("override", "override_refused")}


@dataclass(frozen=True)
class Plans:
    """One node's plan without and with an override, and with what that one writes: for the same step, and for what the new kubelet finds."""

    without: Json
    override: Json
    applied: Json
    found: Json

    @property
    def held(self) -> set[Key]:
        return {key for key, one in containers(self.override).items() if one.get("override") == "planned"}


_MADE: dict[Path, Plans] = {}


@pytest.fixture(name="plans")
def _plans(node: Node) -> Plans:
    if node.folder not in _MADE:
        override = node.plan("--override")
        records = node.restamped(override["overrides"])
        _MADE[node.folder] = Plans(
            node.as_it_is(),
            override,
            node.plan(crictl_ps=records),
            node.plan(step=(node.target, node.target), crictl_ps=records),
        )
    return _MADE[node.folder]


def test_nothing_but_a_restart_changes_and_it_becomes_overridden(plans: Plans) -> None:
    before, after = containers(plans.without), containers(plans.override)
    assert before.keys() == after.keys()
    for key, one in before.items():
        if key in plans.held:
            assert (one["verdict"], one["reason"]) == ("restart", "hash_changed")
            assert bare(after[key]) == {**one, "verdict": "overridden"}
            assert "override_refused" not in after[key]
        else:
            assert bare(after[key]) == one
            assert after[key]["override_refused"]


def test_everything_held_is_safe_once_its_record_is_rewritten(plans: Plans) -> None:
    """As the new kubelet finds it: every held container carries what that kubelet computes."""
    found = containers(plans.found)
    assert {(found[key]["verdict"], found[key]["reason"]) for key in plans.held} <= {("safe", "hash_equal")}


def test_nothing_else_differs_once_the_records_are_rewritten(plans: Plans) -> None:
    before, after = containers(plans.without), containers(plans.applied)
    assert {key: one for key, one in before.items() if key not in plans.held} == {
        key: one for key, one in after.items() if key not in plans.held
    }
    for key in plans.held:
        assert after[key]["evidence"]["hash"] == after[key]["computed"]["to"] == before[key]["computed"]["to"]
        assert after[key]["verdict"] not in ("restart", "recreate", "reject")


def test_overrides_are_those_of_the_held_containers_and_are_read_back(plans: Plans) -> None:
    written = plans.override["overrides"]
    assert {(one["uid"], one["container"]) for one in written.values()} == plans.held
    for container_id, one in written.items():
        planned = containers(plans.override)[one["uid"], one["container"]]
        assert planned["container_id"].rpartition("://")[2] == container_id
        assert (one["from"], one["to"]) == (planned["evidence"]["hash"], planned["computed"]["to"])
        assert one["from"] != one["to"]
    read = overrides_of(json.dumps(plans.override).encode())
    assert (read.plan_hash, read.to_version) == (plans.override["plan_hash"], plans.override["to"])
    assert {key: (hex_of(one.hash.before), one.hash.after.hex, one.uid, one.container) for key, one in read.overrides.items()} == {
        key: (one["from"], one["to"], one["uid"], one["container"]) for key, one in written.items()
    }


def test_without_an_override_none_is_written_and_the_plan_has_another_hash(plans: Plans) -> None:
    assert plans.without["overrides"] == {}
    assert not any({"override", "override_refused"} & one.keys() for one in containers(plans.without).values())
    assert (plans.without["plan_hash"] == plans.override["plan_hash"]) is not bool(plans.held)


def test_pods_nodes_and_numbers_are_those_of_the_containers(plans: Plans) -> None:
    order = ("reject", "recreate", "restart", "unknown", "overridden", "suppressed", "safe", "not-compared")
    counted = Counter(one["verdict"] for one in containers(plans.override).values())
    assert plans.override["summary"]["containers"] == counted
    told = plans.override["summary"]["override"]
    assert told["without"] == {key: plans.without["summary"][key] for key in ("containers", "pods")}
    assert told["planned"] == len(plans.held) == len(plans.override["overrides"])
    assert told["refused"] == Counter(one["override_refused"] for one in containers(plans.override).values() if "override_refused" in one)
    for pod, before in zip(plans.override["pods"], plans.without["pods"], strict=True):
        held = [one for one in pod["containers"] if one["verdict"] == "overridden"]
        if held:
            assert pod["verdict"] == min((one["verdict"] for one in pod["containers"]), key=order.index)
        else:
            assert (pod["verdict"], pod["reason"]) == (before["verdict"], before["reason"])
    worst = {name: min((pod["verdict"] for pod in plans.override["pods"] if pod["node"] == name), key=order.index) for name in names(plans)}
    assert {node["name"]: node["verdict"] for node in plans.override["nodes"]} == worst


def names(plans: Plans) -> set[str]:
    return {pod["node"] for pod in plans.override["pods"] if pod["node"]}


def test_a_plan_that_was_edited_is_not_read(plans: Plans) -> None:
    if not plans.held:
        pytest.skip("nothing is held here")
    container_id = next(iter(plans.override["overrides"]))
    edits: tuple[Callable[[Json], Any], ...] = (
        lambda plan: plan["overrides"].pop(container_id),
        lambda plan: plan["overrides"][container_id].update(to="abc"),
        lambda plan: plan["overrides"][container_id].update(uid="another"),
        lambda plan: plan["overrides"].update({"another": plan["overrides"][container_id]}),
        lambda plan: plan.update(to="1.99.0"),
        lambda plan: plan["pods"].pop(),
    )
    for edit in edits:
        plan = json.loads(json.dumps(plans.override))
        edit(plan)
        with pytest.raises(SpecRefused, match="plan_hash: is not that of what the file holds"):
            overrides_of(json.dumps(plan).encode())


API = RECORDED / "1.22.17-to-1.30.14-api"
"""An API server's pods, of which a kubelet hashed everything that it knows."""


_HELD: set[Key] = set()
"""What an override holds there while nothing is changed."""


@pytest.fixture(name="shop")
def _shop(tmp_path: Path) -> Node:
    return Node(API, "1.22.17", "1.30.14", tmp_path)


CHANGES: Mapping[str, Callable[[Json], Any]] = {
    "another image": lambda one: one.update(image=f"{one['image']}-new"),
    "another command": lambda one: one.update(command=["sh", "-c", "exec other"]),
    "another argument": lambda one: one.setdefault("args", []).append("--other"),
    "another variable": lambda one: one.setdefault("env", []).append({"name": "OTHER", "value": "1"}),
    "another port": lambda one: one.setdefault("ports", []).append({"containerPort": 65000, "protocol": "TCP"}),
    "other resources": lambda one: one.setdefault("resources", {}).setdefault("limits", {}).update(cpu="777m"),
    "a tty": lambda one: one.update(tty=not one.get("tty", False)),
}


FEW = ("another image", "other resources")


@pytest.mark.parametrize(
    "change", [pytest.param(change, id=name, marks=() if name in FEW else pytest.mark.long) for name, change in CHANGES.items()]
)
def test_a_container_whose_spec_changed_is_never_held(change: Callable[[Json], Any], shop: Node) -> None:
    """Every container of every pod of the API server is changed, so none of them may be held, and those that were are named by UC051."""
    if not _HELD:
        _HELD.update((one["uid"], one["container"]) for one in shop.plan("--override")["overrides"].values())
    api = json.loads((API / "api-pods.json").read_bytes())
    changed = {
        pod["metadata"]["uid"] for pod in api["items"] if "kubernetes.io/config.mirror" not in pod["metadata"].get("annotations", {})
    }
    for pod in api["items"]:
        for one in (*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]):
            change(one)
    path = shop.scratch / "api-pods.json"
    path.write_text(json.dumps(api))
    # The kubelet's own view would be of another spec; the API server's counts.
    plan = shop.plan("--override", api_pods=path)
    was_held = {key for key in _HELD if key[0] in changed}
    assert len(was_held) >= 4
    assert not changed & {one["uid"] for one in plan["overrides"].values()}
    refused = {key: one["override_refused"] for key, one in containers(plan).items() if key in was_held}
    assert refused.keys() == was_held
    assert set(refused.values()) <= {"spec_changed", "pod_stopped"}
    told = {(one["object"]["name"], one["object"]["container"]) for one in plan["findings"] if one["rule"] == "UC051"}
    by_uid = {pod["uid"]: pod["name"] for pod in plan["pods"]}
    assert {(by_uid[uid], name) for (uid, name), why in refused.items() if why == "spec_changed"} <= told


BOUNDARY = RECORDED / "1.30.14-to-1.31.0-api"


@pytest.fixture(name="boundary")
def _boundary(tmp_path: Path) -> Node:
    return Node(BOUNDARY, "1.30.14", "1.31.0", tmp_path)


def test_what_is_held_counts_as_no_restart(boundary: Node) -> None:
    """For --max-restarts, and for --fail-on: what is left is what nothing holds."""
    plan = boundary.plan("--override")
    left = sum(plan["summary"]["containers"].get(verdict, 0) for verdict in ("restart", "recreate", "reject"))
    assert 0 < left < plan["summary"]["containers"]["overridden"]
    assert plan["exit_code"] == 2
    assert boundary.plan("--override", f"--max-restarts={left}", "--fail-on=restart")["exit_code"] == 0
    assert boundary.plan("--override", f"--max-restarts={left - 1}", "--fail-on=restart")["exit_code"] == 2
    assert boundary.plan(f"--max-restarts={left}", "--fail-on=restart")["exit_code"] == 2


def test_every_format_says_it(boundary: Node) -> None:
    """What is held is called overridden, what is refused has its reason; names are given only of what still ends."""
    said = {report: boundary.scratch / report for report in ("table", "wide", "markdown", "csv", "yaml", "name")}
    plan = boundary.plan("--override", *(f"--output={report}={path}" for report, path in said.items()))
    text = {report: path.read_text() for report, path in said.items()}
    assert len(plan["overrides"]) > 20
    overridden = plan["summary"]["containers"]["overridden"]
    assert text["csv"].count(",overridden,hash_changed,planned,") == text["yaml"].count("override: planned") == overridden
    assert re.search(rf"^OVERRIDDEN +{overridden} ", text["wide"], re.MULTILINE)
    assert all(refusal in text[report] for report in ("wide", "csv", "yaml") for refusal in ("spec_changed", "no_record", "uid_changes"))
    assert all(f"held by an override: {overridden}" in " ".join(text[report].split()) for report in ("table", "markdown"))
    stops = ("restart", "recreate", "reject")
    ends = [
        f"{pod['namespace']}/{pod['name']}/{one['name']}" for pod in plan["pods"] for one in pod["containers"] if one["verdict"] in stops
    ]
    assert [line for line in text["name"].splitlines() if line.count("/") == 2] == ends
