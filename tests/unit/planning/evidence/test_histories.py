"""What a node's history adds to the evidence for a container, and which of several checkpoints are used."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from tests.builders import CATALOG, Document, as_version, computed, kubelet, node, pod, recorded_by, with_new_probe_field, with_sidecar
from tests.unit.checkpoint.samples import HISTORY, checkpoint
from tests.unit.planning.world import container_records, examined, facts, recorded, steps
from upgradecheck.decisions.comparing import Look
from upgradecheck.decisions.containers import Decision
from upgradecheck.model.checkpoint import (
    Checkpoint,
    Fact,
    FactKind,
    FoundCheckpoint,
    Loaded,
    NodeIdentity,
    Problem,
    ProblemKind,
)
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Evidence, Grade, Verdict
from upgradecheck.model.pod import RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.evidence.histories import Histories, Pasts, plan_histories
from upgradecheck.planning.evidence.lives import Inferred, Several, Undeduced
from upgradecheck.planning.evidence.past import Lived, Past
from upgradecheck.planning.evidence.weighing import Agreement, Told, Weighed, weigh
from upgradecheck.planning.seeing.facts import Step

PROBE = with_new_probe_field(pod())
SIDECAR = with_sidecar(pod(), "mesh")
OLD, NEW = computed("1.20.15", PROBE), computed("1.22.17", PROBE)
JSON, NAMED = computed("1.30.14", SIDECAR, "mesh"), computed("1.31.0", SIDECAR, "mesh")
EQUAL, CHANGED = Decision(Verdict.SAFE, Reason.HASH_EQUAL), Decision(Verdict.RESTART, Reason.HASH_CHANGED)
FACTS = (Fact(FactKind.CONTAINER_STARTED, 5), Fact(FactKind.HISTORY_BEGINS, 10, "v1.20.15"))


def undeduced(reason: Reason) -> Undeduced:
    return Undeduced(reason, FACTS)


def left_open(reason: Reason, *facts: Fact) -> Weighed:
    return Weighed(Decision(Verdict.UNKNOWN, reason), Evidence(Grade.UNKNOWN, by_history=True), facts=facts)


def by_history(decision: Decision, hash_: Hash | None, creator: str | None, *, alone: bool = True) -> Weighed:
    return Weighed(decision, Evidence(Grade.INFERRED, hash_, creator, by_history=alone))


def created_by(version: str | None) -> Fact:
    return Fact(FactKind.CREATED_BY, version=version)


class Case(msgspec.Struct, frozen=True):
    """A container without record, from start to target; survival: the node itself reports start."""

    document: Document
    name: str
    start: str
    target: str
    survival: bool = False

    def weighed(self, told: Told) -> Weighed:
        step = Step(kubelet(self.start), kubelet(self.target), survival=self.survival)
        one = next(found for found in examined(self.document, step, recorded()).facts.containers if found.name == self.name)
        look = Look.YES if step.start is not None and step.start.compares(one.kind) else Look.NO
        return weigh(one, step, None, RunState.RUNNING, lossy=False, static=False, look=look, told=told)


TRUSTED = Case(PROBE, "app", "1.22.17", "1.23.17")
SURVIVED = replace(TRUSTED, survival=True)
NOT_COMPARED = Case(SIDECAR, "mesh", "1.31.0", "1.34.1", survival=True)
ESTIMATED = Weighed(EQUAL, Evidence(Grade.ESTIMATED, NEW))
STANDS = Weighed(EQUAL, Evidence(Grade.INFERRED, NEW))


@pytest.mark.parametrize(
    ("case", "told", "expected"),
    [
        pytest.param(TRUSTED, None, ESTIMATED, id="no checkpoint: the word of --from"),
        pytest.param(TRUSTED, Inferred(NEW, (as_version("v1.22.17"),)), by_history(EQUAL, NEW, "1.22"), id="the history says the same, which is better"),
        pytest.param(TRUSTED, Inferred(OLD, (as_version("v1.20.15"),)), by_history(CHANGED, OLD, "1.20"), id="the history says otherwise than --from"),
        pytest.param(TRUSTED, Inferred(NEW, (as_version("v1.22.17"),), created=False), by_history(EQUAL, NEW, None), id="found unchanged, created by nobody knows whom"),
        pytest.param(TRUSTED, Inferred(NEW, (as_version("v1.21.14"), as_version("v1.22.17"))), by_history(EQUAL, NEW, None), id="two minors that hash alike"),
        pytest.param(TRUSTED, Several({OLD: (as_version("v1.20.15"),), NEW: (as_version("v1.22.17"),)}),
                     left_open(Reason.CREATORS_DISAGREE, created_by("v1.20.15"), created_by("v1.22.17")), id="two that give different answers"),
        pytest.param(TRUSTED, Several({OLD: (as_version("v1.20.15"),), Hash(1): (as_version("v1.19.16"),)}), by_history(CHANGED, None, None), id="two that give the same answer"),
        pytest.param(TRUSTED, Several({}), left_open(Reason.HISTORY_CONTRADICTS, created_by(None), Fact(FactKind.KUBELET_COMPARED, None, "1.22.17")),
                     id="kubelets ran that cannot have created it"),
        pytest.param(TRUSTED, undeduced(Reason.HISTORY_BEFORE), left_open(Reason.HISTORY_BEFORE, *FACTS), id="older than the history: --from is not trusted"),
        pytest.param(TRUSTED, undeduced(Reason.HISTORY_AFTER), left_open(Reason.HISTORY_AFTER, *FACTS), id="younger than the last look"),
        pytest.param(TRUSTED, undeduced(Reason.HISTORY_GAP), left_open(Reason.HISTORY_GAP, *FACTS), id="no kubelet ran"),
        pytest.param(TRUSTED, Reason.HISTORY_NO_START, left_open(Reason.HISTORY_NO_START), id="no start is told"),
        pytest.param(TRUSTED, Reason.HISTORY_UNTRUSTED, left_open(Reason.HISTORY_UNTRUSTED), id="the checkpoint cannot be used: --from is not trusted"),
        pytest.param(SURVIVED, Reason.HISTORY_UNTRUSTED, STANDS, id="what the node shows does not hang on a checkpoint"),
        pytest.param(SURVIVED, undeduced(Reason.HISTORY_BEFORE), STANDS, id="nor on one that says nothing"),
        pytest.param(SURVIVED, undeduced(Reason.HISTORY_NOT_COMPUTABLE), STANDS, id="nor on one with a version that nobody knows"),
        pytest.param(SURVIVED, undeduced(Reason.HISTORY_CONTRADICTS), left_open(Reason.HISTORY_CONTRADICTS, *FACTS), id="but on one that cannot be true"),
        pytest.param(SURVIVED, undeduced(Reason.HISTORY_OVERRIDE), left_open(Reason.HISTORY_OVERRIDE, *FACTS), id="or one that shows an override"),
        pytest.param(SURVIVED, Inferred(NEW, (as_version("v1.22.17"),)), by_history(EQUAL, NEW, "1.22", alone=False), id="both agree"),
        pytest.param(SURVIVED, Several({OLD: (as_version("v1.20.15"),), NEW: (as_version("v1.22.17"),)}), by_history(EQUAL, NEW, "1.22", alone=False),
                     id="of two candidates the running kubelet kept one"),
        pytest.param(SURVIVED, Inferred(OLD, (as_version("v1.20.15"),)),
                     left_open(Reason.HISTORY_CONTRADICTS, created_by("v1.20.15"), Fact(FactKind.KUBELET_COMPARED, None, "1.22.17")),
                     id="the running kubelet would not have kept it"),
        pytest.param(NOT_COMPARED, None, Weighed(Decision(Verdict.UNKNOWN, Reason.CREATORS_DISAGREE), Evidence(Grade.UNKNOWN)), id="a sidecar of nobody knows whom"),
        pytest.param(NOT_COMPARED, Inferred(JSON, (as_version("v1.30.14"),)), by_history(CHANGED, JSON, "1.30"), id="a sidecar of 1.30"),
        pytest.param(NOT_COMPARED, Inferred(NAMED, (as_version("v1.31.0"),)), by_history(EQUAL, NAMED, "1.31"), id="a sidecar of 1.31"),
        pytest.param(NOT_COMPARED, Reason.HISTORY_UNTRUSTED, left_open(Reason.HISTORY_UNTRUSTED), id="a sidecar that hangs on a bad checkpoint"),
    ],
)  # fmt: skip
def test_without_record(case: Case, told: Told, expected: Weighed) -> None:
    assert case.weighed(told) == expected


@pytest.mark.parametrize(
    ("told", "agreement", "creator"),
    [
        pytest.param(None, None, "1.22", id="no checkpoint"),
        pytest.param(Reason.HISTORY_UNTRUSTED, None, "1.22", id="one that cannot be used"),
        pytest.param(Inferred(NEW, (as_version("v1.21.14"),)), Agreement.AGREES, "1.21", id="the same hash, and its creator"),
        pytest.param(Inferred(OLD, (as_version("v1.20.15"),)), Agreement.CONTRADICTS, "1.22", id="another hash"),
        pytest.param(Several({OLD: (as_version("v1.20.15"),), NEW: (as_version("v1.22.17"),)}), Agreement.SILENT, "1.22", id="one of two"),
        pytest.param(
            Several({OLD: (as_version("v1.20.15"),), Hash(1): (as_version("v1.19.16"),)}), Agreement.CONTRADICTS, "1.22", id="none of two"
        ),
        pytest.param(undeduced(Reason.HISTORY_BEFORE), Agreement.SILENT, "1.22", id="not known"),
        pytest.param(undeduced(Reason.HISTORY_OVERRIDE), Agreement.SILENT, "1.22", id="an override"),
        pytest.param(undeduced(Reason.HISTORY_GAP), Agreement.CONTRADICTS, "1.22", id="no kubelet ran"),
    ],
)
def test_a_record_tests_the_history(told: Told, agreement: Agreement | None, creator: str) -> None:
    record = recorded_by("1.22.17", PROBE)
    step = Step(kubelet("1.22.17"), kubelet("1.23.17"), survival=True)
    (one,) = examined(PROBE, step, recorded(record)).facts.containers
    (known,) = container_records(record)
    found = weigh(one, step, known, RunState.RUNNING, lossy=False, static=False, look=Look.YES, told=told)
    assert (found.decision, found.evidence, found.history) == (EQUAL, Evidence(Grade.RECORDED, NEW, creator), agreement)


GOOD = checkpoint()
NEWER = replace(GOOD, serial=2)
OTHER_LINEAGE = replace(GOOD, lineage="another")
ELSEWHERE = checkpoint(node=NodeIdentity("worker-9"))
DAMAGED = Problem(ProblemKind.CORRUPT, "content hashes to 1..., file says 2...", "")


def found(*checkpoints: Checkpoint | Problem, alone: bool = False) -> list[FoundCheckpoint]:
    """Places a, b, c …"""
    loaded = [Loaded(None, one) if isinstance(one, Problem) else Loaded(one, None) for one in checkpoints]
    return [FoundCheckpoint(place, one, alone) for place, one in zip("abc", loaded, strict=False)]


def histories(checkpoints: list[FoundCheckpoint] | None, *, version: str = "v1.20.15") -> tuple[Histories, Pasts]:
    document = node(version=version)
    made = plan_histories(checkpoints, facts(document), steps(document, target="1.30.14"), CATALOG)
    return made, made.judged({"worker-1"}, {"worker-1"}, {})


@pytest.mark.parametrize(
    ("checkpoints", "worth", "troubles"),
    [
        pytest.param(None, None, [], id="none was asked for"),
        pytest.param(found(GOOD), Past, [], id="a good one"),
        pytest.param(found(GOOD, GOOD), Past, [], id="the same twice"),
        pytest.param(found(NEWER, GOOD), Past, [("b", ProblemKind.OLDER_SERIAL, True)], id="two states of one history"),
        pytest.param(found(GOOD, NEWER), Past, [("a", ProblemKind.OLDER_SERIAL, True)], id="in another order"),
        pytest.param(found(GOOD, OTHER_LINEAGE), Reason.HISTORY_UNTRUSTED, [("a", ProblemKind.FOREIGN, False), ("b", ProblemKind.FOREIGN, False)], id="two histories of one node"),
        pytest.param(found(GOOD, OTHER_LINEAGE, NEWER), Reason.HISTORY_UNTRUSTED,
                     [("a", ProblemKind.FOREIGN, False), ("b", ProblemKind.FOREIGN, False), ("c", ProblemKind.FOREIGN, False)], id="three"),
        pytest.param(found(DAMAGED, alone=True), Reason.HISTORY_UNTRUSTED, [("a", ProblemKind.CORRUPT, False)], id="a damaged one"),
        pytest.param(found(DAMAGED, GOOD), Past, [("a", ProblemKind.CORRUPT, False)], id="a damaged one beside a good one"),
        pytest.param(found(DAMAGED, ELSEWHERE), Reason.HISTORY_UNTRUSTED, [("a", ProblemKind.CORRUPT, False), ("b", ProblemKind.FOREIGN, True)], id="a damaged one, perhaps this node's"),
        pytest.param(found(ELSEWHERE, alone=True), Reason.HISTORY_UNTRUSTED, [("a", ProblemKind.FOREIGN, False)], id="that of another node"),
        pytest.param(found(ELSEWHERE), None, [("a", ProblemKind.FOREIGN, True), ("of node worker-1", ProblemKind.MISSING, True)], id="a directory without this node"),
    ],
)  # fmt: skip
def test_which_are_used(checkpoints: list[FoundCheckpoint] | None, worth: object, troubles: list[tuple[str, ProblemKind, bool]]) -> None:
    _, pasts = histories(checkpoints)
    assert [(one.place, one.problem.kind, one.used) for one in pasts.troubles] == troubles
    past = pasts.of("worker-1")
    assert (type(past.past) if isinstance(past, Lived) else past) == worth
    assert [missing.what for missing in pasts.missing()] == [f"checkpoint {place}" for place, _, used in troubles if not used]


@pytest.mark.parametrize(
    ("version", "stale", "kubelets"),
    [
        pytest.param("v1.20.15", False, ["v1.19.16", "v1.20.15"], id="the newest recorded one runs"),
        pytest.param("v1.20.15-eks-1", False, ["v1.19.16", "v1.20.15"], id="a vendor's name of the same release"),
        pytest.param(
            "v1.22.17",
            True,
            ["v1.19.16", "v1.20.15", "v1.22.17", "v1.20.0", "v1.21.0", "v1.22.0"],
            id="another one: any between may have run",
        ),
    ],
)
def test_stale(version: str, kubelets: list[str], *, stale: bool) -> None:
    made, pasts = histories(found(GOOD), version=version)
    assert [one.problem.kind for one in pasts.troubles] == [ProblemKind.STALE] * stale
    past = made.past("WORKER-1")
    assert past is not None
    minors = [name.rpartition(".")[0] for name in kubelets]
    assert {version.rpartition(".")[0] for version, _ in past.places} == set(minors)
    assert past.running == (as_version(version) if stale else HISTORY[-1].kubelet_version)
