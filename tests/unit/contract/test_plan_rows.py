"""Rows of pods that are remembered are those that are made of each pod itself, whatever differs."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from msgspec.structs import fields, replace

from upgradecheck.contract.parts import taken
from upgradecheck.contract.v1 import plan_digest
from upgradecheck.contract.v1.plan_pods import PodJson
from upgradecheck.contract.v1.plan_rows import PodRows
from upgradecheck.contract.values import encoded
from upgradecheck.model.checkpoint import Fact, FactKind
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import (
    Cause,
    CauseKind,
    Computed,
    Evidence,
    Grade,
    OverrideRefusal,
    PlannedContainer,
    PlannedPod,
    Verdict,
)
from upgradecheck.model.pod import PodSource, RunState, Workload
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.steps import StepName

CONTAINER = PlannedContainer(
    "app",
    ContainerKind.APP,
    "5" * 64,
    Verdict.RESTART,
    Reason.HASH_CHANGED,
    Evidence(Grade.ESTIMATED, Hash(0xA)),
    Computed(Hash(0xA), Hash(0xB)),
    causes=(Cause(CauseKind.ALGORITHM),),
    state=RunState.RUNNING,
    started_at=1_704_067_200_000_000_000,
    restart_count=0,
)
POD = PlannedPod(
    "shop",
    "web-1",
    "u-1",
    "node-1",
    Workload("Deployment", "web"),
    PodSource.API,
    Verdict.RESTART,
    Reason.HASH_CHANGED,
    (CONTAINER, replace(CONTAINER, name="side")),
    owner="50% of it",
)
OF_PODS: dict[str, object] = {
    "namespace": "other",
    "name": "web-2",
    "uid": "u-2",
    "node": None,
    "workload": Workload("Pod", "web-1"),
    "source": PodSource.FILE,
    "verdict": Verdict.SAFE,
    "reason": Reason.HASH_EQUAL,
    "containers": (),
    "mirror_uid": "m",
    "details": ("why",),
    "decided_at": StepName.MANIFEST,
    "replicas": 3,
    "grace_seconds": 7,
    "local_storage": True,
    "ends": True,
    "budgets": ("one",),
    "would_be": Verdict.RESTART,
    "ignored_by": 2,
    "owner": None,
    "file": "web.yaml",
    "line": 4,
}
OF_CONTAINERS: dict[str, object] = {
    "name": "other",
    "kind": ContainerKind.INIT,
    "container_id": None,
    "verdict": Verdict.SAFE,
    "reason": Reason.HASH_EQUAL,
    "evidence": Evidence(Grade.RECORDED, Hash(0xA)),
    "computed": Computed(None, Hash(0xC)),
    "causes": (),
    "override": "planned",
    "facts": (Fact(FactKind.CONTAINER_STARTED, 1, None),),
    "override_refused": OverrideRefusal.UNPROVEN,
    "decided_at": StepName.MANIFEST,
    "would_be": Verdict.RESTART,
    "ignored_by": 2,
    "state": RunState.EXITED,
    "started_at": None,
    "restart_count": 12,
}
EVIDENCE = (Evidence(Grade.ESTIMATED), Evidence(Grade.ESTIMATED, Hash(0)), Evidence(Grade.ESTIMATED, Hash(0xA), "1.30"))
NAMES = ('a"b', "a\\b", "a\nb", "é", "a\u202eb", "a%sb", "%", "\ue0003\ue001", "", "a\ud800", "x" * 300)


def changed() -> Iterator[PlannedPod]:
    """The pod with one thing different in it."""
    for name, value in OF_PODS.items():
        yield replace(POD, **{name: value})
    for name, value in OF_CONTAINERS.items():
        yield replace(POD, containers=(replace(CONTAINER, **{name: value}), POD.containers[1]))
    for evidence in EVIDENCE:
        yield replace(POD, containers=(POD.containers[0], replace(CONTAINER, evidence=evidence)))
    for computed in (Computed(), Computed(Hash(1)), Computed(Hash(0xFFFFFFFF), Hash(0))):
        yield replace(POD, containers=(replace(CONTAINER, computed=computed),))
    for started in (1, 951_782_400_000_000_001, 253_402_300_799_000_000_000):
        yield replace(POD, containers=(replace(CONTAINER, started_at=started),))
    for text in NAMES:
        yield replace(POD, name=text)
        yield replace(POD, node=text, workload=Workload("Job", text))
        yield replace(POD, owner=text)
        yield replace(POD, containers=(replace(CONTAINER, container_id=text),))


def exact(pod: PlannedPod) -> tuple[str, bytes] | None:
    """The row as it is made of the pod, and with sorted members."""
    try:
        row = encoded(taken(pod, PodJson))
    except UnicodeEncodeError:
        return None
    return row.decode(), msgspec.json.encode(msgspec.json.decode(row), order="sorted") + b"\n"


def test_every_member_is_tried() -> None:
    assert list(OF_PODS) == [one.name for one in fields(PlannedPod)]
    assert list(OF_CONTAINERS) == [one.name for one in fields(PlannedContainer)]


def test_a_row_that_is_remembered_is_the_pods_own() -> None:
    pods = [POD, POD]
    for one in changed():
        pods += [one, one, POD, one, replace(one, uid="u-3")]
    remembered = 0
    for pod, row in zip(pods, PodRows().of(pods), strict=True):
        text, sealed = row.text(",", str.isprintable), row.sealed()
        assert (text is None) == (sealed is None)
        if text is not None:
            remembered += 1
            assert (text, sealed) == exact(pod), pod
    assert remembered > len(pods) / 3


@pytest.mark.parametrize("text", NAMES[:5])
def test_what_would_be_escaped_is_not_remembered(text: str) -> None:
    for pod in (replace(POD, name=text), replace(POD, owner=text)):
        rows = list(PodRows().of([pod] * 4))
        assert all(row.text(",", str.isprintable) in (None, (exact(pod) or ("",))[0]) for row in rows)
        assert rows[-1].text(",", str.isprintable) is None or (text in NAMES[:3] and pod.owner == text)


def test_what_is_hashed_of_a_pod_is_the_same_however_it_is_written() -> None:
    """The part of a plan's hash that a pod makes, put together, is the JSON of its row."""
    plain = [plan_digest._plain_row(pod) for pod in (POD, *changed())]
    for pod, row in zip((POD, *changed()), plain, strict=True):
        assert row is None or row == msgspec.json.encode(plan_digest._pod_row(pod)), pod
    assert sum(row is not None for row in plain) > len(plain) / 2
