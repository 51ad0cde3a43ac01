"""What a bundle has of static pods' manifests, against what real kubelets made of them, and what a plan without these manifests tells."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from tests.lab import comparing
from tests.lab.run import RECORDED
from upgradecheck.commands.collecting_statics import statics_of
from upgradecheck.commands.explain import ExplainRequest, make_explanation
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.contract import v1
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.formats.bundle import bundle_text, packed, read_bundle
from upgradecheck.model.bundle import Bundle, BundledKubelet, ComputedStatics, OfMinors
from upgradecheck.model.checkpoint import NodeIdentity
from upgradecheck.model.explanation import StepOutcome
from upgradecheck.model.hash import Hash
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.plan import CauseKind, Plan, Verdict
from upgradecheck.model.pod import Recorded
from upgradecheck.model.reasons import Reason
from upgradecheck.model.steps import StepName
from upgradecheck.model.version import Minor
from upgradecheck.sources.files import open_inputs

FOLDER = RECORDED / "1.31.0-to-1.35.2"
OBSERVED = comparing.observations(FOLDER)
FROM, TO = OBSERVED["from"], OBSERVED["to"]
DIRECTORY = OBSERVED["directory"]
MADE = {
    one["pod"]: (one["uid_before"], one["uid_after"])
    for one in OBSERVED["pods"]
    if re.fullmatch("[0-9a-f]{32}", one["uid_before"] or "") and one["uid_after"]
}
OBSERVED_UIDS = {one["pod"]: one["uid_before"] for one in OBSERVED["pods"]}
CANARY = "canary-of-a-spec"
REFUSED = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "refused"},
    "spec": {"containers": [{"name": "Not_A_Label", "image": "a"}]},
}
SECRETIVE = f"""\
apiVersion: v1
kind: Pod
metadata: {{name: full, annotations: {{note: {CANARY}}}, labels: {{note: {CANARY}}}}}
spec:
  hostname: {CANARY}
  nodeSelector: {{note: {CANARY}}}
  volumes: [{{name: {CANARY}, hostPath: {{path: /{CANARY}}}}}]
  initContainers: [{{name: first, image: {CANARY}, args: [{CANARY}]}}]
  containers:
  - name: app
    image: example.com/{CANARY}:1
    command: [{CANARY}]
    args: [{CANARY}]
    workingDir: /{CANARY}
    env: [{{name: PASSWORD, value: {CANARY}}}]
    volumeMounts: [{{name: {CANARY}, mountPath: /{CANARY}}}]
    livenessProbe: {{exec: {{command: [{CANARY}]}}}}
    lifecycle: {{preStop: {{exec: {{command: [{CANARY}]}}}}}}
"""


def local(place: Path, **gates: bool) -> LocalKubelet:
    config = replace(kubelet_config(b"{}"), static_pod_path=DIRECTORY, feature_gates=gates)
    return LocalKubelet("node-1", config=config, static_pods=str(place))


@pytest.fixture(scope="module")
def statics(tmp_path_factory: pytest.TempPathFactory) -> ComputedStatics:
    """Of the manifests without a UID, of one that has one, and of one that is cut off."""
    place = tmp_path_factory.mktemp("manifests")
    for path in (FOLDER / comparing.MANIFESTS).glob("*-nouid.yaml"):
        shutil.copy(path, place)
    shutil.copy(FOLDER / comparing.MANIFESTS / "web-nouid.yaml", place / ".hidden.yaml")
    shutil.copy(FOLDER / comparing.MANIFESTS / "volumes.yaml", place)
    (place / "cut.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: cut")
    found = statics_of(local(place), "node-1", CATALOG)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def bundle(statics: ComputedStatics) -> Bundle:
    with open_inputs([str(FOLDER / name) for name in ("crictl-ps.json", "crictl-pods.json", "nodes.json")], recursive=False) as inputs:
        facts = inputs.facts()
    uids = {before for before, _ in MADE.values()} | {OBSERVED_UIDS["volumes-node-1"]}
    return Bundle(
        source="",
        node=NodeIdentity("node-1"),
        collected_at=1_795_938_600_000_000_000,
        runtime="containerd://1.7.2",
        kubelet=BundledKubelet(parse_kubelet_version(f"v{FROM}"), runs=True),
        containers=tuple(one for one in facts.containers if one.pod_uid in uids),
        sandboxes=tuple(one for one in facts.sandboxes if one.pod_uid in uids),
        static_pods=statics,
    )


def planned(bundle: Bundle, place: Path, **more: Any) -> Plan:
    path = place / "a.bundle.json.gz"
    path.write_bytes(packed(bundle_text(bundle)))
    return make_plan(PlanRequest(files=(str(path),), **{"to_version": TO, **more}))


def told(plan: Plan) -> dict[str, tuple[Verdict, Reason]]:
    return {one.name: (one.verdict, one.reason) for one in plan.pods if one.verdict is not Verdict.NOT_COMPARED}


def made(spans: tuple[OfMinors, ...], version: str) -> str | None:
    minor = parse_kubelet_version(version).minor
    return next((one.made for one in spans if one.oldest <= minor <= one.newest), None)


def test_both_uids_are_those_of_the_real_kubelets(statics: ComputedStatics) -> None:
    found = {one.name: (made(one.uids, FROM), made(one.uids, TO)) for one in statics.pods if one.name in MADE}
    assert len(found) >= 8
    assert found == {name: MADE[name] for name in found}


def test_hashes_are_those_that_the_real_kubelet_recorded(statics: ComputedStatics, bundle: Bundle) -> None:
    recorded = {(one.pod_name, one.name): one.hash for one in bundle.containers if one.pod_uid in {uid for uid, _ in MADE.values()}}
    compared = [
        (made(its.hashes, FROM), real.hash.hex)
        for one in statics.pods
        for name, its in one.containers.items()
        if isinstance(real := recorded.get((one.name, name)), Recorded)
    ]
    assert len(compared) >= 5
    assert [ours for ours, _ in compared] == [real for _, real in compared]


def test_minors_that_follow_one_another_and_make_the_same_are_one_entry(statics: ComputedStatics) -> None:
    (volumes,) = [one for one in statics.pods if one.name == "volumes-node-1"]
    assert {one.made for one in volumes.uids} == {OBSERVED_UIDS["volumes-node-1"]}
    for pod in statics.pods:
        for spans in (pod.uids, *(one.hashes for one in pod.containers.values())):
            assert all(a.newest < b.oldest for a, b in pairwise(spans))
            assert all(a.made != b.made or b.oldest.minor > a.newest.minor + 1 for a, b in pairwise(spans))


def test_a_bundle_has_it_and_nothing_of_a_spec(tmp_path: Path, bundle: Bundle) -> None:
    (tmp_path / "full.yaml").write_text(SECRETIVE)
    found = statics_of(local(tmp_path), "Node-1", CATALOG)
    assert found is not None
    (pod,) = found.pods
    assert (pod.namespace, pod.name, pod.file, list(pod.containers)) == (
        "default",
        "full-node-1",
        f"{DIRECTORY}/full.yaml",
        ["app", "first"],
    )
    assert pod.uids
    text = bundle_text(replace(bundle, static_pods=found))
    assert CANARY.encode() not in text
    assert b"PASSWORD" not in text
    assert read_bundle(text, "in").static_pods == found


def test_a_manifest_that_every_kubelet_refuses_has_no_entry(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(REFUSED))
    found = statics_of(local(tmp_path), "node-1", CATALOG)
    assert found is not None
    assert [(one.uids, one.containers) for one in found.pods] == [((), {})]


def test_a_file_whose_name_no_json_holds_keeps_no_bundle_from_being_made(tmp_path: Path, bundle: Bundle) -> None:
    (tmp_path / os.fsdecode(b"a-\xff.yaml")).write_text(SECRETIVE)
    (tmp_path / "b.yaml").write_text(SECRETIVE)
    found = statics_of(local(tmp_path), "node-1", CATALOG)
    assert found is not None
    assert [one.file for one in read_bundle(bundle_text(replace(bundle, static_pods=found)), "in").static_pods.pods] == [  # type: ignore[union-attr]
        f"{DIRECTORY}/b.yaml"
    ]


def test_nobody_answers_where_nobody_could_look(tmp_path: Path) -> None:
    assert statics_of(LocalKubelet("node-1", config=kubelet_config(b"{}")), "node-1", CATALOG) is None
    assert statics_of(local(tmp_path / "gone"), "node-1", CATALOG) is None


def test_a_plan_tells_what_goes_as_the_real_kubelet_did_and_of_nothing_that_it_stays(bundle: Bundle, tmp_path: Path) -> None:
    plan = planned(bundle, tmp_path)
    found = told(plan)
    gone = {name for name, one in found.items() if one == (Verdict.RECREATE, Reason.STATIC_UID_CHANGED)}
    assert len(gone) >= 5
    assert all(MADE[name][0] != MADE[name][1] for name in gone)
    others = {name: one for name, one in found.items() if name not in gone}
    assert others == dict.fromkeys(("volumes-node-1", "odd-name-nouid-node-1"), (Verdict.UNKNOWN, Reason.NO_SPEC)), "pinned; not read"
    assert [one.what for one in plan.coverage.missing if "spec" in one.what] == ["the specs of 2 pods"]
    (web,) = (one for one in plan.pods if one.name == "web-nouid-node-1")
    assert all(one.verdict is Verdict.RECREATE and one.computed.to_hash is not None for one in web.containers)
    assert {cause.kind for one in web.containers for cause in one.causes} == {CauseKind.STATIC_UID}
    (finding,) = [one for one in plan.findings if one.rule == "UC010" and one.object.name == "web-nouid"]
    assert f"{DIRECTORY}/web-nouid.yaml" in finding.message


def test_a_container_goes_by_its_hash_where_the_uid_stays_and_that_of_the_running_kubelet_was_recorded(
    bundle: Bundle, tmp_path: Path
) -> None:
    plan = planned(bundle, tmp_path, to_version="1.30.14")
    (volumes,) = (one for one in plan.pods if one.name == "volumes-node-1")
    assert (volumes.verdict, volumes.reason) == (Verdict.RESTART, Reason.HASH_CHANGED)
    for one in volumes.containers:
        assert (one.verdict, one.evidence.hash, one.computed.from_hash) == (Verdict.RESTART, one.computed.from_hash, one.evidence.hash)
        assert one.computed.to_hash not in (None, one.evidence.hash)
        assert one.causes == ()  # on the way back, to another era of which no bundle tells since when
    other = replace(bundle, containers=tuple(replace(one, hash=Recorded(Hash(7))) for one in bundle.containers))
    (volumes,) = (one for one in planned(other, tmp_path, to_version="1.30.14").pods if one.name == "volumes-node-1")
    assert {one.reason for one in volumes.containers} == {Reason.NO_SPEC}, "it is not what the manifest gives"


def test_what_stays_unknown_is_told_where_its_manifest_is(bundle: Bundle, tmp_path: Path) -> None:
    plan = planned(bundle, tmp_path)
    (volumes,) = (one for one in plan.pods if one.name == "volumes-node-1")
    assert volumes.details == (f"its manifest is {DIRECTORY}/volumes.yaml on its node: give that with --static-pods",)
    (missing,) = [one for one in plan.coverage.missing if "spec" in one.what]
    assert f"such as {DIRECTORY}/" in missing.reason
    assert "of node-1" in missing.reason
    assert "--static-pods" in missing.reason


def test_explain_tells_manifest_and_uid_of_a_pod_that_only_a_bundle_shows(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "a.bundle.json.gz"
    path.write_bytes(packed(bundle_text(bundle)))
    asked = PlanRequest(files=(str(path),), to_version=TO)
    kept, gone = (make_explanation(ExplainRequest(asked, name)) for name in ("volumes-node-1", "web-nouid-node-1"))
    assert [(one.step, one.detail.split(" (")[0]) for one in kept.steps][1:] == [(StepName.STATIC_UID, "kept")]
    (manifest, uid) = gone.steps
    assert (manifest.step, manifest.detail.startswith(f"{DIRECTORY}/web-nouid.yaml")) == (StepName.MANIFEST, True)
    assert (uid.outcome, uid.detail.startswith(f"another UID ({MADE['web-nouid-node-1'][1]})")) == (StepOutcome.DECIDES, True)
    assert all(one.under_to for one in gone.containers)


def _without(bundle: Bundle) -> Bundle:
    return replace(bundle, static_pods=None)


def _of_old(bundle: Bundle) -> Bundle:
    """Of a writer that did not know the new minor."""
    assert bundle.static_pods is not None
    last = Minor(1, 34)
    pods = (replace(one, uids=tuple(its for its in one.uids if its.newest <= last)) for one in bundle.static_pods.pods)
    return replace(bundle, static_pods=replace(bundle.static_pods, pods=tuple(pods)))


def _edited(bundle: Bundle) -> Bundle:
    """No kubelet makes what runs of what the manifests are now."""
    assert bundle.static_pods is not None
    pods = (replace(one, uids=tuple(replace(its, made=its.made[::-1]) for its in one.uids)) for one in bundle.static_pods.pods)
    return replace(bundle, static_pods=replace(bundle.static_pods, pods=tuple(pods)))


def _with_gates(bundle: Bundle) -> Bundle:
    """The gates with which it was made are not those that the plan goes by."""
    assert bundle.static_pods is not None
    return replace(bundle, static_pods=replace(bundle.static_pods, feature_gates={"MemoryQoS": True}))


@pytest.mark.parametrize("change", [_without, _of_old, _edited, _with_gates])
def test_without_a_proof_it_stays_unknown(change: Callable[[Bundle], Bundle], bundle: Bundle, tmp_path: Path) -> None:
    assert set(told(planned(change(bundle), tmp_path)).values()) == {(Verdict.UNKNOWN, Reason.NO_SPEC)}


def test_gates_and_directory_that_its_node_is_told_are_those_of_its_plan(bundle: Bundle, tmp_path: Path) -> None:
    told_it: dict[str, Any] = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "cgroupDriver": "systemd"}
    told_it |= {"staticPodPath": DIRECTORY, "featureGates": {"MemoryQoS": True}}
    kubelet = replace(bundle.kubelet, config=kubelet_config(json.dumps(told_it).encode()))
    found = told(planned(replace(_with_gates(bundle), kubelet=kubelet), tmp_path))
    assert found == told(planned(bundle, tmp_path))
    assert set(told(planned(replace(bundle, kubelet=kubelet), tmp_path)).values()) == {(Verdict.UNKNOWN, Reason.NO_SPEC)}


@pytest.mark.parametrize("target", [FROM, f"{TO}-of-nobody"])
def test_what_keeps_its_uid_or_is_another_build_stays_unknown(target: str, bundle: Bundle, tmp_path: Path) -> None:
    assert set(told(planned(bundle, tmp_path, to_version=target)).values()) == {(Verdict.UNKNOWN, Reason.NO_SPEC)}


def test_manifests_that_are_to_be_elsewhere_are_not_told_of(bundle: Bundle, tmp_path: Path) -> None:
    config = tmp_path / "new.yaml"
    config.write_text("kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\nstaticPodPath: /elsewhere\n")
    found = told(planned(bundle, tmp_path, to_config=str(config)))
    assert set(found.values()) == {(Verdict.UNKNOWN, Reason.NO_SPEC)}


def test_it_keeps_to_its_schema_and_is_small(bundle: Bundle) -> None:
    text = bundle_text(bundle)
    jsonschema.validate(json.loads(text), v1.schema("bundle"))
    more = len(gzip.compress(text)) - len(gzip.compress(bundle_text(_without(bundle))))
    assert bundle.static_pods is not None
    assert more < 1_000 * len(bundle.static_pods.pods)
