"""Which restarts an override may hold: only those of a container whose spec is proven to be what runs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from msgspec.structs import replace
from msgspec.structs import replace as edit

from tests.builders import CATALOG, as_version
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.resizing import Resizable
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.plan import Computed, Evidence, Grade, OverrideRefusal, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.pod import Absent, ContainerRecord, Origin, PodSource, Recorded, RunState, Workload
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.planning import overriding
from upgradecheck.planning.overriding import CONDITIONS, Chance, Claim, chance_of, override_pod
from upgradecheck.planning.seeing.facts import ContainerFacts, Step
from upgradecheck.planning.seeing.traits import ContainerTraits

OLD, NEW = Hash(0xC18C318C), Hash(0xF2ADBAB)
FACTS = ContainerFacts("app", ContainerKind.APP, ContainerKind.APP, (OLD,), (NEW,), creators=("1.30",))
RESTARTS = replace(FACTS, traits=ContainerTraits(resizable=Resizable(restarts=True)))
SIDECAR = replace(FACTS, kind=ContainerKind.SIDECAR, kind_before=ContainerKind.SIDECAR, from_hashes=(NEW,), candidates=(OLD, NEW))
PROVEN = Evidence(Grade.RECORDED, OLD, "1.30")
RECORD = ContainerRecord("c1", "s1", "u1", "shop", "web-0", "app", 0, RunState.RUNNING, 0, Recorded(OLD), Absent(), Origin("x"))
Condition = Callable[[Claim], bool]
HELD = Chance(None, Rewrite(OLD, NEW))


def end(text: str, *, gate: bool = False) -> KubeletEnd:
    return gated(text, on=True) if gate else KubeletEnd(as_version(text), CATALOG.builds(parse_kubelet_version(text)))


def gated(text: str, *, on: bool) -> KubeletEnd:
    builds = CATALOG.builds(parse_kubelet_version(text))
    return KubeletEnd(as_version(text), tuple(replace(build, feature_gates={"InPlacePodVerticalScaling": on}) for build in builds))


def chance(start: str = "1.30.14", target: str = "1.31.0", **changes: object) -> Chance:
    """Of a container that is held, but for the changes."""
    given = {
        "facts": FACTS,
        "record": RECORD,
        "grade": Grade.RECORDED,
        "lossy": False,
        "static": False,
        "gate": False,
        "start_gate": None,
        **changes,
    }
    start_gate = given.pop("start_gate")
    first = None if start == "" else end(start) if start_gate is None else gated(start, on=bool(start_gate))
    step = Step(first, end(target, gate=bool(given.pop("gate"))))
    return chance_of(Claim(step=step, **given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        pytest.param({}, None, id="its creator makes the recorded hash of today's spec"),
        pytest.param({"static": True}, None, id="so does that of a static pod whose UID stays"),
        pytest.param(
            {"facts": replace(FACTS, from_hashes=(Hash(1),), creators=())},
            OverrideRefusal.SPEC_CHANGED,
            id="no kubelet makes it of today's spec",
        ),
        pytest.param(
            {"record": replace(RECORD, hash=Recorded(OLD, as_written=False))},
            OverrideRefusal.UNPROVEN,
            id="no kubelet writes it so (00c1…)",
        ),
        pytest.param(
            {"facts": replace(FACTS, from_hashes=(Hash(1),), creators=("1.16",))},
            OverrideRefusal.SPEC_CHANGED,
            id="the running kubelet compares it, and 1.16 does not know a field that was added to it",
        ),
        pytest.param({"start": "1.31.0", "target": "1.32.13", "facts": SIDECAR}, None, id="a sidecar that nobody compared, by its creator"),
        pytest.param(
            {"start": "1.31.0", "target": "1.32.13", "facts": replace(SIDECAR, candidates=(OLD, NEW, Hash(7))), "static": True},
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
        pytest.param(
            {"facts": replace(FACTS, to_hashes=(Hash(1), Hash(2)))}, OverrideRefusal.UNDECIDED, id="the new version can be two kubelets"
        ),
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


BACK = Claim(FACTS, Step(gated("1.31.0", on=True), end("1.30.14", gate=True)), RECORD, Grade.RECORDED)
"""From name and image to the whole spec, with resizing on both sides: nothing speaks against holding it."""
BREAKS: dict[Condition, Callable[[Claim], Claim]] = {
    overriding.a_hash_was_recorded: lambda claim: edit(claim, record=None),
    overriding.both_versions_are_known: lambda claim: edit(claim, facts=replace(claim.facts, to_hashes=(NEW, Hash(1)))),
    overriding.todays_spec_is_what_was_hashed: lambda claim: edit(claim, grade=Grade.ESTIMATED),
    overriding.its_resources_let_it_run: lambda claim: edit(claim, facts=replace(claim.facts, traits=RESTARTS.traits)),
    overriding.the_whole_spec_was_seen: lambda claim: edit(claim, lossy=True),
    overriding.all_possible_creators_agree: lambda claim: edit(
        claim, static=True, facts=replace(claim.facts, kind_before=ContainerKind.INIT, candidates=(OLD, NEW, Hash(7)))
    ),
    overriding.the_record_shows_enough: lambda claim: edit(claim, resources=True),
    overriding.a_kubelet_wrote_the_record: lambda claim: edit(claim, record=replace(RECORD, hash=Recorded(OLD, as_written=False))),
}
ORDER = [condition for condition, _ in CONDITIONS]
TOGETHER = [
    pytest.param(first, second, id=f"{first.__name__}, {second.__name__}")
    for first, second in combinations(ORDER, 2)
    if (first, second) != (overriding.a_hash_was_recorded, overriding.a_kubelet_wrote_the_record)  # there is none to be written otherwise
    and (first, second) != (overriding.its_resources_let_it_run, overriding.all_possible_creators_agree)  # no resources of a static pod
]


AFTER_THE_RECORD = ORDER[2:]
"""Those that can be asked of every claim with a record and known versions."""


def failing(claim: Claim) -> list[Condition]:
    """Those that fail, each asked for itself."""
    return [condition for condition in AFTER_THE_RECORD if not condition(claim)]


def test_where_every_condition_holds_it_is_held() -> None:
    assert failing(BACK) == []
    assert chance_of(BACK) == HELD


def test_every_condition_is_broken_by_something() -> None:
    assert list(BREAKS) == ORDER


@pytest.mark.parametrize(("condition", "refusal"), CONDITIONS, ids=lambda value: getattr(value, "__name__", None))
def test_one_condition_that_fails_is_enough(condition: Condition, refusal: OverrideRefusal) -> None:
    broken = BREAKS[condition](BACK)
    assert not condition(broken)
    assert chance_of(broken) == Chance(refusal)


@pytest.mark.parametrize(("first", "second"), TOGETHER)
def test_of_two_that_fail_the_first_says_why(first: Condition, second: Condition) -> None:
    broken = BREAKS[first](BREAKS[second](BACK))
    assert chance_of(broken) == Chance(dict(CONDITIONS)[first])
    assert chance_of(BREAKS[second](BREAKS[first](BACK))) == Chance(dict(CONDITIONS)[first])


@pytest.mark.parametrize("condition", AFTER_THE_RECORD, ids=lambda each: each.__name__)
def test_each_condition_speaks_of_its_own_matter(condition: Condition) -> None:
    """But that a manifest shows too little of itself after name and image, as well as of its creators."""
    also = [overriding.the_record_shows_enough] if condition is overriding.all_possible_creators_agree else []
    assert failing(BREAKS[condition](BACK)) == [condition, *also]


@pytest.mark.parametrize(
    ("target", "gate", "recorded", "beside"),
    [
        pytest.param("1.30.14", True, Recorded(Hash(1)), Rewrite(Hash.parse("1"), Hash.parse("2")), id="1.30 with the gate reads it"),
        pytest.param("1.30.14", False, Recorded(Hash(1)), None, id="without the gate nobody reads it"),
        pytest.param("1.31.0", True, Recorded(Hash(1)), None, id="1.31 knows it no more"),
        pytest.param("1.30.14", True, Absent(), None, id="what is not there is not added"),
        pytest.param("1.30.14", True, Recorded(Hash(2)), None, id="it is right already"),
    ],
)
def test_the_hash_without_resources(target: str, *, gate: bool, recorded: Recorded | Absent, beside: Rewrite | None) -> None:
    facts, record = replace(FACTS, to_hashes_without_resources=(Hash(2),)), replace(RECORD, hash_without_resources=recorded)
    assert chance("1.29.15", target, facts=facts, record=record, gate=gate) == replace(HELD, without_resources=beside)


def container(verdict: Verdict, reason: Reason) -> PlannedContainer:
    return PlannedContainer("app", ContainerKind.APP, "containerd://c1", verdict, reason, PROVEN, Computed(OLD, NEW))


def pod(*containers: PlannedContainer) -> PlannedPod:
    worst = containers[0]
    return PlannedPod("shop", "web-0", "u1", "a", Workload("Pod", "web-0"), PodSource.API, worst.verdict, worst.reason, containers)


class Reached:
    """Overrides reach every container, or none for one reason."""

    def __init__(self, why_not: OverrideRefusal | None) -> None:
        self._why_not = why_not

    def refusal(self, pod: PlannedPod, container: PlannedContainer) -> OverrideRefusal | None:
        return self._why_not


EVERYWHERE, NOWHERE = Reached(None), Reached(OverrideRefusal.OUT_OF_REACH)


def test_what_could_be_held_and_is_out_of_reach_restarts() -> None:
    restarts = container(Verdict.RESTART, Reason.HASH_CHANGED)
    laid = override_pod(pod(restarts), {"app": HELD}, NOWHERE)
    assert (laid.pod.containers, laid.overrides) == ((replace(restarts, override_refused=OverrideRefusal.OUT_OF_REACH),), {})
    refused = override_pod(pod(restarts), {"app": Chance(OverrideRefusal.SPEC_CHANGED)}, NOWHERE)
    assert refused.pod.containers == (replace(restarts, override_refused=OverrideRefusal.SPEC_CHANGED),)


def test_a_container_that_is_held() -> None:
    laid = override_pod(pod(container(Verdict.RESTART, Reason.HASH_CHANGED)), {"app": HELD}, EVERYWHERE)
    (found,) = laid.pod.containers
    assert (found.verdict, found.override, found.override_refused) == (Verdict.OVERRIDDEN, "planned", None)
    assert laid.overrides == {"c1": Override(Rewrite(OLD, NEW), "shop", "web-0", "u1", "app", "a")}


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
    laid = override_pod(pod(container(verdict, reason)), {}, EVERYWHERE)
    assert (laid.overrides, [one.override_refused for one in laid.pod.containers]) == ({}, [refusal])
    assert [replace(one, override_refused=None) for one in laid.pod.containers] == [container(verdict, reason)]
