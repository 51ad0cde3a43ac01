"""Which restarts an override may hold: only those of a container whose spec is proven to be what runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import CATALOG
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.resizing import Resizable
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.plan import Computed, Evidence, Grade, OverrideRefusal, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.pod import Absent, ContainerRecord, Origin, PodSource, Recorded, RunState, Workload
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.planning.overriding import Chance, chance_of, override_pod
from upgradecheck.planning.seeing.examine import ContainerFacts, Step
from upgradecheck.planning.seeing.traits import ContainerTraits

OLD, NEW = 0xC18C318C, 0xF2ADBAB
FACTS = ContainerFacts("app", ContainerKind.APP, ContainerKind.APP, (OLD,), (NEW,), creators=("1.30",))
RESTARTS = replace(FACTS, traits=ContainerTraits(resizable=Resizable(restarts=True)))
SIDECAR = replace(FACTS, kind=ContainerKind.SIDECAR, kind_before=ContainerKind.SIDECAR, from_hashes=(NEW,), candidates=(OLD, NEW))
PROVEN = Evidence(Grade.RECORDED, OLD, "1.30")
RECORD = ContainerRecord("c1", "s1", "u1", "shop", "web-0", "app", 0, RunState.RUNNING, 0, Recorded(OLD), Absent(), Origin("x"))
HELD = Chance(None, Rewrite("c18c318c", "f2adbab"))


def end(text: str, *, gate: bool = False) -> KubeletEnd:
    return gated(text, on=True) if gate else KubeletEnd(text, CATALOG.builds(parse_kubelet_version(text)))


def gated(text: str, *, on: bool) -> KubeletEnd:
    builds = CATALOG.builds(parse_kubelet_version(text))
    return KubeletEnd(text, tuple(replace(build, gates={"InPlacePodVerticalScaling": on}) for build in builds))


def chance(start: str = "1.30.14", target: str = "1.31.0", **changes: object) -> Chance:
    """Of a container that is held, but for the changes."""
    given = {
        "facts": FACTS,
        "record": RECORD,
        "evidence": PROVEN,
        "lossy": False,
        "static": False,
        "gate": False,
        "start_gate": None,
        **changes,
    }
    start_gate = given.pop("start_gate")
    first = None if start == "" else end(start) if start_gate is None else gated(start, on=bool(start_gate))
    step = Step(first, end(target, gate=bool(given.pop("gate"))))
    facts, record, evidence = given.pop("facts"), given.pop("record"), given.pop("evidence")
    return chance_of(facts, step, record, evidence, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        pytest.param({}, None, id="its creator makes the recorded hash of today's spec"),
        pytest.param({"static": True}, None, id="so does that of a static pod whose UID stays"),
        pytest.param(
            {"facts": replace(FACTS, from_hashes=(1,), creators=())}, OverrideRefusal.SPEC_CHANGED, id="no kubelet makes it of today's spec"
        ),
        pytest.param(
            {"record": replace(RECORD, hash=Recorded(OLD, as_written=False))},
            OverrideRefusal.UNPROVEN,
            id="no kubelet writes it so (00c1…)",
        ),
        pytest.param(
            {"facts": replace(FACTS, from_hashes=(1,), creators=("1.16",))},
            OverrideRefusal.SPEC_CHANGED,
            id="the running kubelet compares it, and 1.16 does not know a field that was added to it",
        ),
        pytest.param({"start": "1.31.0", "target": "1.32.13", "facts": SIDECAR}, None, id="a sidecar that nobody compared, by its creator"),
        pytest.param(
            {"start": "1.31.0", "target": "1.32.13", "facts": replace(SIDECAR, candidates=(OLD, NEW, 7)), "static": True},
            OverrideRefusal.UNPROVEN,
            id="that of a manifest to which a field may have been added, which 1.30 knows and 1.29 does not",
        ),
        pytest.param(
            {"start": "1.31.0", "target": "1.32.13", "facts": SIDECAR, "static": True}, None, id="of which all that may have made it agree"
        ),
        pytest.param({"record": None}, OverrideRefusal.NO_RECORD, id="the runtime was not read"),
        pytest.param({"record": replace(RECORD, hash=Absent())}, OverrideRefusal.NO_RECORD, id="the annotation is not there"),
        pytest.param(
            {"target": "1.34.1", "facts": RESTARTS}, OverrideRefusal.RESIZED, id="1.33 to 1.36 take what has no record for resized"
        ),
        pytest.param({"target": "1.37.1", "facts": RESTARTS}, None, id="1.37 makes up the records first"),
        pytest.param(
            {"start": "1.26.15", "target": "1.30.14", "gate": True, "facts": RESTARTS},
            OverrideRefusal.RESIZED,
            id="up to 1.32 with the gate, resources are compared with what no list shows",
        ),
        pytest.param({"start": "1.26.15", "target": "1.30.14", "facts": RESTARTS}, None, id="without the gate nobody compares them"),
        pytest.param(
            {"start": "1.26.15", "target": "1.30.14", "gate": True, "facts": RESTARTS, "static": True}, None, id="nor those of static pods"
        ),
        pytest.param({"lossy": True}, OverrideRefusal.UNPROVEN, id="the spec may lack what the new kubelet sees"),
        pytest.param({"facts": replace(FACTS, to_hashes=(1, 2))}, OverrideRefusal.UNDECIDED, id="the new version can be two kubelets"),
        pytest.param({"start": ""}, OverrideRefusal.UNDECIDED, id="nobody says what runs"),
        pytest.param(
            {"start": "1.31.0", "target": "1.30.14", "static": True}, OverrideRefusal.UNPROVEN, id="back from name and image, a manifest"
        ),
        pytest.param({"start": "1.31.0", "target": "1.30.14"}, None, id="back from name and image, a pod that an API server guards"),
        pytest.param({"start": "1.31.0", "target": "1.34.1", "static": True}, None, id="name and image on both sides"),
        pytest.param({"start": "1.31.0", "target": "1.30.14", "resources": True}, None, id="back from 1.31, which resizes nothing"),
        pytest.param(
            {"start": "1.34.1", "target": "1.30.14", "resources": True},
            OverrideRefusal.UNPROVEN,
            id="back from 1.34, under which resources may have been changed, and the change be pending",
        ),
        pytest.param({"start": "1.34.1", "target": "1.30.14"}, None, id="back from 1.34 without resources, which nobody can add"),
        pytest.param(
            {"start": "1.34.1", "start_gate": False, "target": "1.30.14", "resources": True}, None, id="back from 1.34 with the gate off"
        ),
        pytest.param(
            {"start": "1.31.0", "start_gate": True, "target": "1.30.14", "resources": True},
            OverrideRefusal.UNPROVEN,
            id="back from 1.31 with the gate on",
        ),
    ],
)
def test_only_what_is_proven_is_held(changes: dict[str, object], refusal: OverrideRefusal | None) -> None:
    assert chance(**changes) == (HELD if refusal is None else Chance(refusal))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "gate", "recorded", "beside"),
    [
        pytest.param("1.30.14", True, Recorded(1), Rewrite("1", "2"), id="1.30 with the gate reads it"),
        pytest.param("1.30.14", False, Recorded(1), None, id="without the gate nobody reads it"),
        pytest.param("1.31.0", True, Recorded(1), None, id="1.31 knows it no more"),
        pytest.param("1.30.14", True, Absent(), None, id="what is not there is not added"),
        pytest.param("1.30.14", True, Recorded(2), None, id="it is right already"),
    ],
)
def test_the_hash_without_resources(target: str, *, gate: bool, recorded: Recorded | Absent, beside: Rewrite | None) -> None:
    facts, record = replace(FACTS, to_hashes_without_resources=(2,)), replace(RECORD, hash_without_resources=recorded)
    assert chance("1.29.15", target, facts=facts, record=record, gate=gate) == replace(HELD, without_resources=beside)


def container(verdict: Verdict, reason: Reason) -> PlannedContainer:
    return PlannedContainer("app", ContainerKind.APP, "containerd://c1", verdict, reason, PROVEN, Computed(OLD, NEW))


def pod(*containers: PlannedContainer) -> PlannedPod:
    worst = containers[0]
    return PlannedPod("shop", "web-0", "u1", "a", Workload("Pod", "web-0"), PodSource.API, worst.verdict, worst.reason, containers)


def test_a_container_that_is_held() -> None:
    laid = override_pod(pod(container(Verdict.RESTART, Reason.HASH_CHANGED)), {"app": HELD})
    (found,) = laid.pod.containers
    assert (found.verdict, found.override, found.override_refused) == (Verdict.OVERRIDDEN, "planned", None)
    assert laid.overrides == {"c1": Override(Rewrite("c18c318c", "f2adbab"), "shop", "web-0", "u1", "app", "a")}


@pytest.mark.parametrize(
    ("verdict", "reason", "refusal"),
    [
        pytest.param(Verdict.SAFE, Reason.HASH_EQUAL, OverrideRefusal.ALREADY, id="it is kept without"),
        pytest.param(Verdict.RECREATE, Reason.STATIC_UID_CHANGED, OverrideRefusal.UID_CHANGES, id="another UID"),
        pytest.param(Verdict.UNKNOWN, Reason.STATIC_POD_UID, OverrideRefusal.UNDECIDED, id="perhaps another UID"),
        pytest.param(Verdict.RECREATE, Reason.SANDBOX_NOT_READY, OverrideRefusal.POD_STOPPED, id="another sandbox"),
        pytest.param(Verdict.REJECT, Reason.TAINT, OverrideRefusal.POD_STOPPED, id="refused"),
        pytest.param(Verdict.NOT_COMPARED, Reason.KIND_NOT_COMPARED, OverrideRefusal.NOT_COMPARED, id="a sidecar that is not compared"),
        pytest.param(Verdict.NOT_COMPARED, Reason.FINISHED, OverrideRefusal.NOT_RUNNING, id="it has ended"),
        pytest.param(Verdict.RESTART, Reason.RECORD_ABSENT, OverrideRefusal.NO_RECORD, id="no hash on it"),
        pytest.param(Verdict.RESTART, Reason.RESIZE, OverrideRefusal.RESIZED, id="its resources"),
        pytest.param(Verdict.UNKNOWN, Reason.RESIZE_BASELINE, OverrideRefusal.RESIZED, id="perhaps its resources"),
        pytest.param(Verdict.UNKNOWN, Reason.NOT_REPRODUCED, OverrideRefusal.SPEC_CHANGED, id="a hash that no kubelet makes"),
        pytest.param(Verdict.UNKNOWN, Reason.CREATORS_DISAGREE, OverrideRefusal.UNDECIDED, id="who knows"),
    ],
)
def test_others_are_refused_with_a_reason(verdict: Verdict, reason: Reason, refusal: OverrideRefusal) -> None:
    laid = override_pod(pod(container(verdict, reason)), {})
    assert (laid.overrides, [one.override_refused for one in laid.pod.containers]) == ({}, [refusal])
    assert [replace(one, override_refused=None) for one in laid.pod.containers] == [container(verdict, reason)]
