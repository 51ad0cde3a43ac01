"""Static pods that a plan sees through their kubelet alone, with what their node's bundle has of the manifests, against what real kubelets did.

The recorded upgrades of the lab are planned without their manifests: by mirror pods (or the running kubelet's view) and the runtime's list,
once without a bundle and once with one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from tests.builders import CATALOG
from tests.drawing import standing_for
from tests.lab import comparing
from tests.lab.run import RECORDED
from tests.lab.test_replay import KNOWN_WRONG, UNSEEN
from tests.plans import report_of
from upgradecheck.commands.collecting_statics import statics_of
from upgradecheck.commands.explain import ExplainRequest, make_explanation
from upgradecheck.commands.plan import PlanRequest
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.formats.bundle import bundle_text, packed
from upgradecheck.model.bundle import Bundle, BundledKubelet, ComputedStatic, ComputedStatics
from upgradecheck.model.checkpoint import NodeIdentity
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.steps import StepName
from upgradecheck.sources.files import open_inputs

Json = comparing.Json
HIDDEN = ("spec_seen_by_old_kubelet_only", "pod_resources_unseen")
STILL_OPEN = {
    "1.22.17-to-1.30.14-api": set[str](),
    "1.31.0-to-1.34.1-api": {"pod-level-resources-node-1"},
}
"""By folder, the static pods that stay unknown for what the new kubelet may see: it does see a field there, and the hashes are the same."""
FOLDERS = sorted(path.name for path in RECORDED.iterdir() if path.is_dir())


class Recorded:
    """A recorded upgrade without its manifests: the view that is planned of, and the bundle of its node. only: as if no more static pods
    ran there than those of these manifests, and no others in sight."""

    def __init__(self, name: str, place: Path, only: tuple[str, ...] = ()) -> None:
        self.folder, self.observed, self._place = RECORDED / name, comparing.observations(RECORDED / name), place
        self._written, self._view = 0, self.folder / comparing.API_PODS
        if not self._view.exists():
            self._view = self.folder / "kubelet-pods.json"
        directory = self.observed.get("directory", "/etc/kubernetes/manifests")
        config = replace(kubelet_config(b"{}"), static_pod_path=directory)
        manifests = self.folder / comparing.MANIFESTS
        if only:
            manifests = place / "manifests"
            manifests.mkdir()
            for one in only:
                shutil.copy(self.folder / comparing.MANIFESTS / f"{one}.yaml", manifests)
            self._view = _view_of(self._view, {f"{one}-node-1" for one in only}, place)
        self.statics = statics_of(LocalKubelet("node-1", config=config, static_pods=str(manifests)), "node-1", CATALOG)
        assert self.statics is not None
        with open_inputs(
            [str(self.folder / one) for one in ("crictl-ps.json", "crictl-pods.json", "nodes.json")], recursive=False
        ) as inputs:
            facts = inputs.facts()
        (node,) = facts.nodes
        self.bundle = Bundle(
            source="",
            node=NodeIdentity("node-1"),
            collected_at=node.seen_at or 1,
            runtime=node.runtime or "",
            kubelet=BundledKubelet(parse_kubelet_version(f"v{self.observed['from']}"), runs=True),
            containers=facts.containers,
            sandboxes=facts.sandboxes,
            static_pods=self.statics,
        )

    def asked(self, bundle: Bundle | None = None) -> PlanRequest:
        """What is asked, of a bundle, or of the lists alone."""
        files = [self._view, self.folder / "nodes.json"]
        if bundle is None:
            files += [self.folder / "crictl-ps.json", self.folder / "crictl-pods.json"]
        else:
            self._written += 1  # plans are remembered by the names of files
            files.append(self._place / f"node-1-{self._written}.bundle.json.gz")
            files[-1].write_bytes(packed(bundle_text(bundle)))
        return PlanRequest(tuple(map(str, files)), from_version=self.observed["from"], to_version=self.observed["to"])

    def with_statics(self, change: Callable[[ComputedStatic], ComputedStatic]) -> Bundle:
        """The bundle with its static pods changed."""
        assert self.statics is not None
        return replace(self.bundle, static_pods=ComputedStatics(pods=tuple(map(change, self.statics.pods))))


def _view_of(path: Path, names: set[str], place: Path) -> Path:
    """A view of these pods alone: a plan of them takes a tenth of the time."""
    every = json.loads(path.read_bytes())
    every["items"] = [one for one in every["items"] if one["metadata"]["name"] in names]
    assert len(every["items"]) == len(names)
    (place / path.name).write_text(json.dumps(every))
    return place / path.name


def _hidden(plan: Json) -> set[str]:
    return {one["name"] for one in plan["pods"] if one["source"] == "file" and one["reason"] in HIDDEN}


@pytest.fixture(scope="module", name="recorded", params=standing_for(FOLDERS, tuple(STILL_OPEN)))
def _recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return Recorded(request.param, tmp_path_factory.mktemp("bundle"))


def test_what_is_foretold_by_a_bundle_is_what_came(recorded: Recorded) -> None:
    plan = report_of(recorded.asked(recorded.bundle))
    before = _hidden(report_of(recorded.asked()))
    assert _hidden(plan) <= before
    name = recorded.folder.name
    if name in STILL_OPEN:
        assert before - _hidden(plan)
        assert _hidden(plan) == STILL_OPEN[name]
    static = {one["uid"] for one in plan["pods"] if one["source"] == "file"}
    pairs = (*comparing.compared(plan, recorded.observed), *comparing.compared_pods(plan, recorded.observed))
    wrong = {(one.name, one.wrong) for one in comparing.wrong(pairs) if one.uid in static and not one.name.startswith(UNSEEN)}
    assert wrong - KNOWN_WRONG.get(name, set()) <= _known_without(recorded)


@pytest.mark.parametrize(
    ("manifest", "verdict", "containers", "came"),
    [
        pytest.param("resize-policy", "safe", {"restarts": "safe", "none": "safe"}, "kept", id="nothing of it is new to the new kubelet"),
        pytest.param("probe-grace-startup", "restart", {"startup": "restart", "both": "restart"}, "restarted", id="both have a new field"),
        pytest.param("probe-grace-liveness", "restart", {"with": "restart", "without": "unknown"}, "restarted", id="one has"),
        pytest.param("host-process", "unknown", {"app": "unknown"}, "removed", id="the new kubelet refuses it, which no bundle tells"),
    ],
)
def test_fields_that_the_new_kubelet_sees_first(manifest: str, verdict: str, containers: dict[str, str], came: str, tmp_path: Path) -> None:
    recorded = Recorded("1.20.15-to-1.22.17", tmp_path, (manifest,))
    (pod,) = [one for one in report_of(recorded.asked(recorded.bundle))["pods"] if one["name"] == f"{manifest}-node-1"]
    assert (pod["verdict"], {one["name"]: one["verdict"] for one in pod["containers"]}) == (verdict, containers)
    causes = [cause["kind"] for one in pod["containers"] if one["verdict"] == "restart" for cause in one["causes"]]
    assert set(causes) == ({"field_added"} if verdict == "restart" else set())
    (fate,) = [comparing.fate(one, recorded.observed) for one in recorded.observed["pods"] if one["uid_before"] == pod["uid"]]
    assert fate == came


def _known_without(recorded: Recorded) -> set[tuple[str, str | None]]:
    """What a plan without any bundle gets wrong, too."""
    plan = report_of(recorded.asked())
    pairs = (*comparing.compared(plan, recorded.observed), *comparing.compared_pods(plan, recorded.observed))
    return {(one.name, one.wrong) for one in comparing.wrong(pairs)}


def _elsewhere(one: ComputedStatic) -> ComputedStatic:
    return replace(one, uids=tuple(replace(its, made="f" * 32) for its in one.uids))


def _of_an_older_writer(one: ComputedStatic) -> ComputedStatic:
    return replace(one, read_alike=())


def _lacking(one: ComputedStatic) -> ComputedStatic:
    return replace(one, containers={})


def _edited(one: ComputedStatic) -> ComputedStatic:
    """Of a manifest of which the running kubelet does not make what runs."""
    other = {
        name: replace(its, hashes=tuple(replace(made, made=f"{int(made.made, 16) ^ 1:x}") for made in its.hashes))
        for name, its in one.containers.items()
    }
    return replace(one, containers=other)


HIDDEN_THERE = ("account-in-file", "config-map-in-file", "pod-level-resources", "value-quoted")
"""Manifests whose pods are unknown without a bundle, and safe with one."""


@pytest.fixture(scope="module", name="some")
def _some(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return Recorded("1.22.17-to-1.30.14-api", tmp_path_factory.mktemp("some"), HIDDEN_THERE)


@pytest.mark.parametrize("change", [_elsewhere, _of_an_older_writer, _lacking, _edited])
def test_without_a_proof_nothing_is_safe_that_was_not(change: Callable[[ComputedStatic], ComputedStatic], some: Recorded) -> None:
    plan, without = report_of(some.asked(some.with_statics(change))), report_of(some.asked())
    assert _hidden(without) == {f"{one}-node-1" for one in HIDDEN_THERE}
    assert _hidden(plan) == _hidden(without)
    told = {one["uid"]: one["verdict"] for one in plan["pods"]}
    assert told == {one["uid"]: one["verdict"] for one in without["pods"]}


def test_gates_of_another_kubelet_prove_nothing(some: Recorded) -> None:
    assert some.statics is not None
    gated = replace(some.bundle, static_pods=replace(some.statics, feature_gates={"MemoryQoS": True}))
    assert _hidden(report_of(some.asked(gated))) == _hidden(report_of(some.asked()))


def test_explain_shows_the_manifest_that_the_bundle_tells_of(some: Recorded) -> None:
    plan = report_of(some.asked(some.bundle))
    kept = next(one for one in plan["pods"] if one["source"] == "file" and one["verdict"] == "safe")
    told = make_explanation(ExplainRequest(some.asked(some.bundle), f"{kept['namespace']}/{kept['name']}"))
    (manifest,) = (one for one in told.steps if one.step is StepName.MANIFEST)
    assert manifest.detail.startswith("/etc/kubernetes/manifests/")
    assert "see the same fields" in manifest.detail
    for one in told.containers:
        assert {made.hash for made in one.under_to} == {one.planned.computed.to_hash}


@pytest.mark.parametrize("server", [None, "1.31.0", "1.34.1"])
def test_a_mirror_pod_shows_no_more_than_its_api_server_knows(server: str | None) -> None:
    """Resources of a pod as a whole came with 1.32, so this one's mirror pod lacks them, whatever the kubelet sees; the lab's server is of 1.31.

    Its status tells the class that the kubelet made, which no word about the server outweighs.
    """
    folder = RECORDED / "1.34.1-to-1.36.4-api"
    files = tuple(str(folder / one) for one in (comparing.API_PODS, "nodes.json", "crictl-ps.json", "crictl-pods.json"))
    plan = report_of(PlanRequest(files, from_version="1.34.1", to_version="1.36.4", api_from=server))
    (pod,) = [one for one in plan["pods"] if one["name"] == "pod-level-resources-node-1"]
    assert pod["verdict"] == "unknown", "recreated, when it was played"


def _texts(value: object) -> set[str]:
    if isinstance(value, dict):
        return set().union(*(_texts(one) | {str(key)} for key, one in value.items()), set())
    if isinstance(value, list):
        return set().union(*map(_texts, value), set())
    return {str(value)}


def test_of_manifests_that_kubelets_run_a_bundle_has_names_alone(recorded: Recorded) -> None:
    manifests = [one for path in (recorded.folder / comparing.MANIFESTS).glob("*.yaml") for one in yaml.safe_load_all(path.read_bytes())]
    pods = [one for one in manifests if isinstance(one, dict) and "spec" in one]
    containers = [one for pod in pods for kind in ("containers", "initContainers") for one in pod["spec"].get(kind) or ()]
    names = {one["metadata"].get(name) for one in pods for name in ("name", "namespace", "uid")} | {one["name"] for one in containers}
    told = bundle_text(replace(recorded.bundle, containers=(), sandboxes=()))
    secret = {one for one in set().union(*map(_texts, pods)) - names if len(one) > 5 and not any(one in str(name) for name in names)}
    assert len(secret) > 30
    own = {"containers", "hashes", "namespace"}
    assert {one for one in secret - own if one.encode() in told} == set()
