"""Replicas of a kind are seen and decided on as each of them would be by itself, whatever else is different in it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any

import pytest

from tests.bench.fleet import fleet
from tests.builders import CATALOG, Document, raw
from tests.drawing import TIMES, thrown
from tests.property.test_known_facts import CHANGES, replicas, set_at
from upgradecheck.hashing.fast.pods import FastPods
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Missing, Scope
from upgradecheck.model.pod import Absent, ContainerRecord, Origin, PodView, Recorded, RunState
from upgradecheck.model.snapshot import Facts
from upgradecheck.planning.asking.scope import filter_of
from upgradecheck.planning.asking.steps import plan_steps
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.phases import decide
from upgradecheck.planning.seeing import kinds, views
from upgradecheck.planning.seeing.facts import SpecFacts
from upgradecheck.planning.seeing.listed import UNLISTED
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.seeing.replicas import Kind, Replica
from upgradecheck.planning.seeing.spec import Spec
from upgradecheck.planning.setting import Setting
from upgradecheck.reading import pod as reading
from upgradecheck.reading.pod import ReadPod

STEPS = (("1.30.14", "1.31.0"), ("1.22.17", "1.23.17"), ("1.32.1", "1.34.1"), ("1.29", "1.36.0"), ("1.30.14", "1.30.14"))
FORMS = 16 if TIMES == 1 else 48
"""How many forms of a workload differ from it."""
Sight = tuple[PodView, SpecFacts, bytes]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast path, from the first pod on."""
    monkeypatch.setattr(reading, "fast_pods", lru_cache(lambda classes: FastPods(classes, few=0)))
    monkeypatch.setattr(kinds, "fast_pods", reading.fast_pods)


def setting(old: str, new: str, records: Sequence[ContainerRecord] = ()) -> Setting:
    return Setting(
        scope=Scope(),
        chosen=filter_of(Scope(), ()),
        nodes=(),
        steps=plan_steps((), old, new, CATALOG),
        records=Records(records, ()),
        facts=Facts(containers=tuple(records)),
        catalog=CATALOG,
    )


def found(documents: Sequence[bytes], asked: Setting, *, fast: bool) -> tuple[list[Sight], list[DecidedPod], tuple[Missing, ...]]:
    """What is seen of some pods, what is decided on them, and what could not be read."""

    def seen() -> views.Seen:
        return views.see(asked, [ReadPod(one, Origin("pods.json", f"item {place}")) for place, one in enumerate(documents)])

    with pytest.MonkeyPatch.context() as patch:
        if not fast:
            patch.setattr(views, "_may_have_replicas", lambda setting: False)
            patch.setattr(Spec, "hash_fast", lambda self, builds: None)
        sights = [(one.spec.view, one.spec.facts, one.spec.digest) for one in seen().pods.drain()]
        decided = decide(asked, seen(), asked.facts)
    return sights, list(decided.pods), decided.missing


def agrees(documents: Sequence[bytes], old: str, new: str) -> bool:
    asked = setting(old, new)
    return found(documents, asked, fast=True) == found(documents, asked, fast=False)


def set_status(**members: object) -> Callable[[Document], None]:
    """Sets members of the first container's entry, for each pod anew."""

    def change(document: Document) -> None:
        document["status"]["containerStatuses"][0].update(deepcopy(members))

    return change


def drop(*path: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        here = document
        for name in path[:-1]:
            here = here.get(name) or {}
        here.pop(path[-1], None)

    return change


OWNER = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-5d4f8c7b9", "uid": "u", "controller": True}
ID = "containerd://" + "5" * 64
OWN: tuple[Callable[[Document], None], ...] = (
    *CHANGES,
    set_status(containerID="docker://" + "7" * 64),
    set_status(containerID=""),
    set_status(containerID="no-scheme"),
    set_status(started=True),
    set_status(started=False),
    set_status(ready=True),
    set_status(restartCount=7),
    set_status(state={"running": {"startedAt": "2025-12-31T23:59:59Z"}}),
    set_status(state={"running": {"startedAt": None}}),
    set_status(state={"terminated": {"exitCode": 0, "startedAt": "2025-12-31T23:59:59Z"}}),
    set_status(state={"terminated": {"exitCode": 137}}),
    set_status(state={"running": {}, "terminated": {"exitCode": 3}}),
    set_status(state={"waiting": {"reason": "CrashLoopBackOff"}}),
    set_status(state={}),
    set_status(name="c1"),
    set_status(name="gone"),
    set_status(name=""),
    set_at("metadata.ownerReferences", [OWNER]),
    set_at("metadata.ownerReferences", [OWNER, {**OWNER, "controller": False}]),
    set_at("metadata.ownerReferences", [{**OWNER, "controller": False}]),
    set_at("metadata.ownerReferences", [{**OWNER, "kind": "Node", "name": "node-1"}]),
    set_at("metadata.ownerReferences", [{**OWNER, "kind": "Job", "name": "backup-28000000"}]),
    set_at("metadata.labels", {"pod-template-hash": "5d4f8c7b9", "app": "web"}),
    set_at("metadata.annotations", {"kubernetes.io/config.source": "file"}),
    set_at("metadata.annotations", {"kubernetes.io/config.source": "api"}),
    set_at("metadata.annotations", {"kubernetes.io/config.mirror": "0" * 32}),
    set_at("metadata.annotations", {"kubernetes.io/config.hash": "1" * 32}),
    set_at("metadata.name", ""),
    set_at("metadata.uid", ""),
    set_at("metadata.namespace", ""),
    set_at("status", None),
    set_at("status", {}),
    set_at("status.phase", ""),
    set_at("status.phase", "Succeeded"),
    set_at("status.containerStatuses", []),
    set_at("status.initContainerStatuses", [{"name": "i", "containerID": ID, "state": {"terminated": {"exitCode": 1}}}]),
    set_at("spec.nodeName", ""),
    set_at("spec.terminationGracePeriodSeconds", 7),
    set_at("spec.volumes", [{"name": "v", "emptyDir": {}}]),
    set_at("spec.nodeSelector", {"nodeName": "other"}),
    set_at("spec.containers", []),
    set_at("spec.containers.1.name", "c0"),
    set_at("spec.restartPolicy", "Never"),
    set_at("metadata.managedFields", "none"),
    set_at("status.conditions", [{"type": "Ready", "status": "True", "lastTransitionTime": "yesterday"}]),
    set_at("status.conditions", [{"type": "Ready", "status": "True", "lastTransitionTime": None}]),
    drop("spec", "nodeName"),
    drop("status"),
    drop("metadata", "creationTimestamp"),
)


def crowd(dice: random.Random, workloads: int) -> Iterator[bytes]:
    """Pods of some workloads, several alike and the others with changes, in any order."""
    documents = list[bytes]()
    for base in fleet(workloads):
        documents += replicas(base, dice, FORMS)
        for number in range(FORMS):
            document = deepcopy(base)
            for change in dice.sample(OWN, number % 3):
                try:
                    change(document)
                except (AttributeError, IndexError, KeyError, TypeError):
                    continue
            for copy in range(4):
                if isinstance(document.get("metadata"), dict) and document["metadata"].get("name"):
                    document["metadata"]["name"] = f"p-{number}-{copy}"
                    document["metadata"]["uid"] = f"{dice.randrange(1 << 60):x}" if document["metadata"].get("uid") else ""
                for told in set(document["metadata"].get("annotations") or {}) & {
                    "kubernetes.io/config.mirror",
                    "kubernetes.io/config.hash",
                }:
                    document["metadata"]["annotations"][told] = f"{dice.randrange(1 << 60):032x}"
                for status in (document.get("status") or {}).get("containerStatuses") or ():
                    if (status.get("state") or {}).get("running"):
                        status["restartCount"] = dice.randrange(3)
                documents.append(raw(document))
    dice.shuffle(documents)
    yield from documents


def distinct(documents: Iterator[bytes]) -> list[bytes]:
    """Those of which no two have one UID."""
    seen: set[str] = set()
    kept = []
    for one in documents:
        uid = one.partition(b'"uid": "')[2].partition(b'"')[0].decode()
        if uid not in seen or not uid:
            seen.add(uid)
            kept.append(one)
    return kept


@pytest.mark.parametrize(("old", "new"), STEPS[:: 2 if TIMES == 1 else 1])
def test_replicas_are_seen_and_decided_on_as_each_by_itself(old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Replica] = []
    kept = Kind.replica

    def counted(self: Kind, *its: Any, **more: Any) -> Replica | None:
        one = kept(self, *its, **more)
        made.extend([one] if one is not None else [])
        return one

    monkeypatch.setattr(Kind, "replica", counted)
    documents = distinct(crowd(thrown(), TIMES))
    assert agrees(documents, old, new)
    assert len(made) > len(documents) / 4


def recorded(documents: Sequence[bytes], dice: random.Random) -> list[ContainerRecord]:
    """Records of some pods: of what their statuses name, of another start, and of another pod under an ID that one names."""
    listed = list[ContainerRecord]()
    for place, one in enumerate(documents):
        pod = ReadPod(one, Origin("pods.json", f"item {place}"))
        try:
            view = pod.view
        except SpecRefused:
            continue
        for status in view.statuses if dice.randrange(4) == 0 else ():
            uid, identity = dice.choice(((view.uid, status.container_id), (view.uid, f"{place:064x}"), ("another", status.container_id)))
            listed.append(
                ContainerRecord(
                    identity or f"{place:063x}a",
                    "sandbox",
                    uid,
                    view.namespace,
                    view.name if uid == view.uid else "another",
                    status.name,
                    dice.randrange(2),
                    dice.choice((RunState.RUNNING, RunState.EXITED)),
                    1_704_067_200_000_000_000,
                    dice.choice((Absent(), Recorded(Hash(dice.randrange(1 << 32))))),
                    Absent(),
                    Origin(f"crictl-ps-{view.node}.json", f"item {len(listed)}"),
                )
            )
    return listed


@pytest.mark.parametrize(("old", "new"), STEPS[:1] if TIMES == 1 else STEPS[::3])
def test_records_tell_of_some_of_them(old: str, new: str) -> None:
    dice = thrown()
    documents = distinct(crowd(dice, TIMES))
    asked = setting(old, new, recorded(documents, dice))
    assert found(documents, asked, fast=True) == found(documents, asked, fast=False)


@pytest.mark.parametrize("by_id", [True, False])
def test_a_record_takes_a_pod_from_its_kind(monkeypatch: pytest.MonkeyPatch, *, by_id: bool) -> None:
    """By the UID, and by a container's ID alone, which a record of no pod has; taken for another one, it is decided on otherwise."""
    documents = []
    for number in range(4):
        document = deepcopy(next(fleet(1)))
        document["metadata"]["uid"] = f"u-{number}"
        document["status"]["containerStatuses"][0]["containerID"] = f"containerd://{number:064x}"
        documents.append(raw(document))
    status = ReadPod(documents[-1], Origin("")).view.statuses[0]
    uid, name = ("", "") if by_id else ("u-3", "p")
    identity = status.container_id or ""
    hashed = found(documents, setting(*STEPS[0]), fast=False)[0][0][1].containers[0].from_hashes[0]
    record = ContainerRecord(
        identity, "s", uid, "ns11", name, status.name, 0, RunState.RUNNING, 1, Recorded(hashed), Absent(), Origin("ps.json")
    )
    asked = setting(*STEPS[0], [record])
    expected = found(documents, asked, fast=False)
    assert found(documents, asked, fast=True) == expected
    monkeypatch.setattr(kinds, "listed", lambda outline, records: UNLISTED)
    assert found(documents, asked, fast=True) != expected


@pytest.mark.long
def test_many_replicas() -> None:
    dice = thrown()
    for _ in range(200):
        assert agrees(distinct(crowd(dice, 3)), *dice.choice(STEPS))
