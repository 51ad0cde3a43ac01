"""Replicas of which more is known than their documents say: records of the runtime, sandboxes, and histories of their nodes."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import pytest
from msgspec.structs import replace

from tests.bench.fleet import NODES, fleet
from tests.builders import CATALOG, Document, as_version, raw
from tests.drawing import TIMES, thrown
from tests.property.test_replicas import STEPS, Sight, at_once, crowd, distinct, found, setting
from upgradecheck.decisions.comparing import Comparable
from upgradecheck.model.checkpoint import KubeletStart, Mode
from upgradecheck.model.hash import Hash
from upgradecheck.model.packed import Containers
from upgradecheck.model.pod import Absent, ContainerRecord, NetworkMode, Origin, Recorded, RunState, SandboxNetwork, SandboxRecord
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.snapshot import Facts
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.evidence import standing
from upgradecheck.planning.evidence.histories import Histories
from upgradecheck.planning.evidence.lives import SYNCED_AFTER, Birth
from upgradecheck.planning.evidence.past import Lived, past_of
from upgradecheck.planning.remembering import Remembering
from upgradecheck.planning.seeing import listed
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.seeing.replicas import Kind, Replica
from upgradecheck.planning.seeing.spec import Spec
from upgradecheck.planning.setting import Setting
from upgradecheck.sources.files.records import FileRecords

__all__ = ["at_once"]

SECOND = 1_000_000_000
BORN = 1_704_153_600 * SECOND
"""2024-01-02T00:00:00Z, when the containers of the fleet started."""
DAY = 86_400 * SECOND
COMPARED = Comparable(ContainerKind.APP)
PLAIN_NODE = "node-0"
"""Whose list stays packed, whatever is drawn: of a file with records of two runtimes nothing does."""
Records_ = tuple[list[ContainerRecord], list[SandboxRecord]]
Change = Callable[[random.Random, ContainerRecord], ContainerRecord]


def _of_another(dice: random.Random, one: ContainerRecord) -> ContainerRecord:
    return replace(one, pod_name="another")


RECORDS: tuple[Change, ...] = (
    lambda dice, one: replace(one, hash=Recorded(Hash(dice.randrange(1 << 32)))),
    lambda dice, one: replace(one, hash=Absent()),
    lambda dice, one: replace(one, hash=Absent("rubbish")),
    lambda dice, one: replace(one, state=dice.choice(list(RunState))),
    lambda dice, one: replace(one, container_id=f"{dice.randrange(1 << 60):064x}"),
    lambda dice, one: replace(one, created_at=BORN + dice.randrange(-DAY, DAY)),
    lambda dice, one: replace(one, attempt=dice.randrange(4)),
    lambda dice, one: replace(one, runtime=dice.choice(("docker", "containerd", None))),
    lambda dice, one: replace(one, natural=Recorded(Hash(7))),
    lambda dice, one: replace(one, kept=Recorded(Hash(7))),
    lambda dice, one: replace(one, hash_without_resources=Recorded(Hash(7))),
    lambda dice, one: replace(one, name="another"),
    lambda dice, one: replace(one, pod_uid="another"),
    lambda dice, one: replace(one, pod_namespace=""),
    lambda dice, one: replace(one, origin=Origin("other.json", one.origin.place)),
    _of_another,
)


def records_of(sights: Sequence[Sight], dice: random.Random) -> Records_:
    """What the runtimes list: most of it plain, the rest changed in one way or another."""
    containers, sandboxes = list[ContainerRecord](), list[SandboxRecord]()
    for view, facts, _ in sights:
        by_name = {one.name: one for one in facts.containers}
        odd, origin = dice.randrange(6) == 0 and view.node != PLAIN_NODE, f"crictl-{view.node}.json"
        if dice.randrange(8) == 0:
            continue
        for status in view.statuses:
            known = by_name.get(status.name)
            made = known.from_hashes if known is not None else ()
            record = ContainerRecord(
                status.container_id or f"{dice.randrange(1 << 60):x}",
                f"sandbox-{view.uid}",
                view.uid,
                view.namespace,
                view.name,
                status.name,
                status.restart_count,
                status.state,
                BORN - dice.randrange(2) * SECOND // 2,
                Recorded(made[0] if made else Hash(1)),
                Absent(),
                Origin(origin, f"item {len(containers) + 1}"),
            )
            containers.append(dice.choice(RECORDS)(dice, record) if odd and dice.randrange(2) else record)
            if dice.randrange(12) == 0:
                containers.append(
                    replace(record, container_id=f"{dice.randrange(1 << 60):x}", state=RunState.EXITED, created_at=BORN - DAY)
                )
        for _ in range(dice.choice((0, 1, 1, 1, 1, 2)) if odd else 1):
            network = dice.choice((None, None, SandboxNetwork(NetworkMode.POD, ""), SandboxNetwork(None, "10.0.0.1")))
            name = f"sandbox-{view.uid}-{len(sandboxes)}"
            of = view.uid, view.namespace, view.name
            ready, place = dice.randrange(5) > 0, Origin(origin, f"item {len(sandboxes) + 1}")
            sandboxes.append(SandboxRecord(name, *of, 0, ready, BORN - SECOND, None, None, place, network if odd else None))
    # one file after the other, as they are read
    return sorted(containers, key=lambda one: one.origin.source), sorted(sandboxes, key=lambda one: one.origin.source)


def own(document: bytes, number: int) -> bytes:
    """A pod whose containers have IDs that no other has."""
    return document.replace(b"containerd://", b"containerd://%08x" % number)


def history(dice: random.Random, old: str) -> tuple[KubeletStart, ...]:
    """Kubelets that ran, about when the containers started."""
    times = sorted(
        BORN + dice.randrange(-40, 20) * DAY // 4 + dice.choice((-1, 0, 1)) * dice.choice((SECOND, 0, SYNCED_AFTER)) for _ in range(2)
    )
    mode, gates = dice.choice(list(Mode)), dice.choice((None, None, None, {"InPlacePodVerticalScaling": True}))
    before = dice.choice(("1.19.16", "1.27.3", "1.28.12", "1.30.14", "1.20", "1.99.9"))
    starts = (KubeletStart(as_version(before), times[0], mode, feature_gates=gates), KubeletStart(as_version(old), times[1], mode))
    return starts[dice.randrange(2) :]


def packed(asked: Setting) -> Setting:
    """The same, with the records of each file packed, as files are read."""
    told, by_file = FileRecords(), dict[str, list[ContainerRecord | SandboxRecord]]()
    records: list[ContainerRecord | SandboxRecord] = [*asked.facts.containers, *asked.facts.sandboxes]
    for one in records:
        by_file.setdefault(one.origin.source, []).append(one)
    for its in by_file.values():
        told.add(its)
    assert isinstance(told.containers, Containers) or not told.containers
    facts = replace(asked.facts, containers=told.containers, sandboxes=told.sandboxes)
    return replace(asked, records=Records(told.containers, told.sandboxes), facts=facts)


def known(old: str, new: str, listed_: Records_, pasts: Mapping[str, Any] | None) -> Setting:
    records, sandboxes = listed_
    asked = setting(old, new)
    return replace(
        asked,
        records=Records(records, sandboxes),
        facts=Facts(containers=tuple(records), sandboxes=tuple(sandboxes)),
        histories=Histories() if pasts is None else Histories(given=True, by_node=pasts),
    )


def pasts_of(dice: random.Random, old: str) -> dict[str, Any]:
    """Histories of most nodes, a few of them alike."""
    some = [history(dice, old) for _ in range(4)]
    nodes = (f"node-{number}" for number in range(NODES) if dice.randrange(10))
    running = as_version(old if old.count(".") == 2 else "1.29.14")
    return {node: past_of(dice.choice(some), running, CATALOG, reported=bool(dice.randrange(2))) for node in nodes}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Replica]:
    """The replicas that were made, and are known more of than their documents say."""
    found_: list[Replica] = []
    kept = Kind.replica

    def counted(self: Kind, *its: Any, **more: Any) -> Replica | None:
        one = kept(self, *its, **more)
        found_.extend([one] if one is not None and (one.records or one.past is not None) else [])
        return one

    monkeypatch.setattr(Kind, "replica", counted)
    return found_


def stands(old: str, new: str, dice: random.Random, *, with_records: bool, with_pasts: bool) -> int:
    documents = [own(one, number) for number, one in enumerate(distinct(crowd(dice, TIMES)))]
    sights = found(documents, setting(old, new), fast=False)[0]
    listed_ = records_of(sights, dice) if with_records else ([], [])
    asked = known(old, new, listed_, pasts_of(dice, old) if with_pasts else None)
    expected = found(documents, asked, fast=False)
    assert found(documents, asked, fast=True) == expected
    if with_records:
        assert found(documents, packed(asked), fast=True) == expected
    return len(documents)


WAYS = [(step, *knows) for step in STEPS for knows in ((True, True), (True, False), (False, True))]
BY_DEFAULT = (0, 10) if TIMES == 1 else (0, 1, 2, 6, 10)
"""All that may be known at one step, and records at another; with more examples records or histories at three more; the rest is long."""


@pytest.mark.parametrize(
    ("step", "with_records", "with_pasts"),
    [pytest.param(*way, marks=() if number in BY_DEFAULT else pytest.mark.long) for number, way in enumerate(WAYS)],
)
def test_replicas_of_which_more_is_known(step: tuple[str, str], made: list[Replica], *, with_records: bool, with_pasts: bool) -> None:
    dice = random.Random(f"{step} {with_records} {with_pasts}")  # whether a change lands must not hang on what is drawn
    count = stands(*step, dice, with_records=with_records, with_pasts=with_pasts)
    assert len(made) > count / 10


@pytest.mark.long
def test_many_replicas_of_which_more_is_known() -> None:
    dice = thrown()
    for _ in range(400):
        stands(*dice.choice(STEPS), dice, with_records=bool(dice.randrange(4)), with_pasts=bool(dice.randrange(4)))


def few(count: int = 6) -> list[bytes]:
    """Pods that are alike, on one node, their containers under IDs of their own."""
    documents = []
    for number in range(count):
        document: Document = deepcopy(next(fleet(1)))
        document["metadata"] |= {"uid": f"u-{number}", "name": f"p-{number}"}
        for place, status in enumerate(document["status"]["containerStatuses"]):
            status["containerID"] = f"containerd://{number:063x}{place}"
        documents.append(raw(document))
    return documents


def plain(documents: Sequence[bytes]) -> Records_:
    dice = random.Random(1)
    containers, sandboxes = list[ContainerRecord](), list[SandboxRecord]()
    for view, facts, _ in found(documents, setting(*STEPS[0]), fast=False)[0]:
        origin = Origin(f"crictl-{view.node}.json", f"item {len(sandboxes) + 1}")
        for status, one in zip(view.statuses, facts.containers, strict=True):
            of = status.container_id or "", f"s-{view.uid}", view.uid, view.namespace, view.name, status.name
            containers.append(ContainerRecord(*of, 0, status.state, BORN, Recorded(one.from_hashes[0]), Absent(), origin))
        sandboxes.append(SandboxRecord(f"s-{view.uid}", view.uid, view.namespace, view.name, 0, True, BORN, None, None, origin))
    dice.shuffle(containers)
    return containers, sandboxes


def of_one(change: Callable[[ContainerRecord], ContainerRecord]) -> Callable[[Records_], Records_]:
    """The first container of one pod, which is neither seen nor decided on first, is recorded otherwise."""

    def changed(its: Records_) -> Records_:
        return [change(one) if one.pod_uid == "u-3" and one.name == "c0" else one for one in its[0]], its[1]

    return changed


def sandbox_of_one(**members: Any) -> Callable[[Records_], Records_]:
    return lambda its: (its[0], [replace(one, **members) if one.pod_uid == "u-3" else one for one in its[1]])


def _without_shape(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(listed, name, lambda *its: None)


def _all_plain(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(listed, "_is_plain", lambda *its: True)


def _any_hash(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(listed, "_hashes", lambda records: ())


def _of_one_pod(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Records, "is_of_one", lambda self, uid: True)


@pytest.mark.parametrize(
    ("plant", "change"),
    [
        pytest.param(_without_shape("_shape"), of_one(lambda one: replace(one, state=RunState.EXITED)), id="the state"),
        pytest.param(_without_shape("_shape"), of_one(lambda one: replace(one, hash=Absent())), id="whether a hash is recorded"),
        pytest.param(_without_shape("_sandbox"), sandbox_of_one(ready=False), id="the sandbox"),
        pytest.param(
            _without_shape("_sandbox"), sandbox_of_one(network=SandboxNetwork(NetworkMode.NODE, "")), id="the network of the sandbox"
        ),
        pytest.param(_any_hash, of_one(lambda one: replace(one, hash=Recorded(Hash(5)))), id="another hash"),
        pytest.param(_all_plain, of_one(lambda one: replace(one, container_id="e" * 64, created_at=BORN + DAY)), id="another container"),
        pytest.param(_all_plain, of_one(lambda one: replace(one, natural=Recorded(Hash(5)))), id="an override"),
        pytest.param(
            _of_one_pod,
            lambda its: ([*its[0], replace(its[0][0], pod_uid="u-3", pod_name="other", name="c0", container_id="f")], its[1]),
            id="records of two pods",
        ),
    ],
)
def test_each_part_of_what_lists_show_is_needed(
    plant: Callable[[pytest.MonkeyPatch], None], change: Callable[[Records_], Records_]
) -> None:
    documents = few()
    asked = known(*STEPS[0], change(plain(documents)), None)
    expected = found(documents, asked, fast=False)
    assert found(documents, asked, fast=True) == found(documents, packed(asked), fast=True) == expected
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        assert found(documents, asked, fast=True) != expected


def test_a_container_of_another_pods_record_is_looked_at() -> None:
    """Its ID stands in a record of another UID."""
    documents = few()
    its = plain(documents)
    apart = [replace(one, pod_uid="another") if one.pod_uid == "u-3" else one for one in its[0]], its[1]
    asked = known(*STEPS[0], apart, None)
    assert found(documents, asked, fast=True) == found(documents, asked, fast=False)


def aged(days: Sequence[float]) -> list[bytes]:
    """Pods that are alike, and started at other times."""
    documents = []
    for one, since in zip(few(len(days)), days, strict=True):
        at = f"2024-01-{2 + int(since):02d}T{int(since % 1 * 24):02d}:00:00Z"
        documents.append(one.replace(b"2024-01-02T00:00:00Z", at.encode()))
    return documents


HOLE = (KubeletStart(as_version("1.22.17"), BORN, Mode.POLLED), KubeletStart(as_version("1.30.14"), BORN + 6 * DAY, Mode.POLLED))
EXACT = (KubeletStart(as_version("1.22.17"), BORN + DAY), KubeletStart(as_version("1.30.14"), BORN + 3 * DAY))
CHANGED: tuple[KubeletStart, ...] = (replace(EXACT[0], override_journal="0" * 64), EXACT[1])


def decided(starts: tuple[KubeletStart, ...], days: Sequence[float], *, fast: bool) -> list[DecidedPod]:
    past = past_of(starts, as_version("1.30.14"), CATALOG, reported=True)
    return found(aged(days), known(*STEPS[0], ([], []), {"node-0": past}), fast=fast)[1]


@pytest.mark.parametrize("starts", [HOLE, EXACT, CHANGED])
def test_when_containers_started_counts(starts: tuple[KubeletStart, ...]) -> None:
    """Before the history begins, in each of its parts, and about where one kubelet follows another."""
    days = [number / 8 for number in range(64)]
    assert decided(starts, days, fast=True) == decided(starts, days, fast=False)


def test_what_a_history_hashes_fast_is_looked_at() -> None:
    """A fault in one of the hashes shows, since the exact path is the other side of every comparison."""
    exact = decided(EXACT, (1, 4), fast=False)
    assert decided(EXACT, (1, 4), fast=True) == exact
    made = Spec.made_fast
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Spec, "made_fast", lambda self, hash_class: list(reversed(made(self, hash_class) or [])) or None)
        assert decided(EXACT, (1, 4), fast=True) != exact


def _stand_anywhere(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(standing.Standings, "spot", lambda self, birth: (0, 0, 0, 0))


def _say_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Remembering, "of", lambda self, replica, past=None, kept=Remembering.of: kept(self, replica))


def _start_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(standing.Standing, "facts_of", lambda self, birth: self.facts)


@pytest.mark.parametrize(("plant", "starts"), [(_stand_anywhere, EXACT), (_say_nothing, EXACT), (_start_at_once, CHANGED)])
def test_each_part_of_what_a_history_says_is_needed(plant: Callable[[pytest.MonkeyPatch], None], starts: tuple[KubeletStart, ...]) -> None:
    days = [number / 8 for number in range(32)]
    expected = decided(starts, days, fast=False)
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        assert decided(starts, days, fast=True) != expected


def test_where_a_birth_stands_tells_all_that_a_history_asks() -> None:
    """Each answer that is remembered is the one that the history gives anew."""
    dice = thrown()
    for _ in range(200):
        past = past_of(history(dice, "1.30.14"), as_version("1.30.14"), CATALOG, reported=bool(dice.randrange(2)))
        lived = Lived(past, past.lives(BORN + 30 * DAY))
        known_, one = standing.Standings(lived), COMPARED
        written = tuple((Hash(number % 3),) for number in range(len(past.ends)))
        hashes = [Hash(number) for number in range(3)]
        ends = [end for life in lived.lives.lives for end in (life.earliest, life.latest, life.surely_until - SYNCED_AFTER)]
        for _ in range(50):
            born = dice.choice([*ends, BORN]) + dice.choice((-SECOND, -1, 0, 1, SECOND, dice.randrange(-DAY, DAY)))
            birth = Birth(max(born, 1) if born < 1 << 70 else BORN, not_before=dice.choice((0, 0, max(born, 0))))
            told = known_.of(birth, (None, 0), one, lambda written=written: written, hashes)  # type: ignore[misc]
            anew = standing.standing_of(lived.deduce(birth, written, one), hashes)
            assert (told.form, told.facts_of(birth)) == (anew.form, anew.facts)


def test_the_history_is_that_of_the_pods_own_node() -> None:
    """The only name of a node that some pods write is not their own; they are on none."""
    documents = [one.replace(b'"nodeName": "node-0"', b'"nodeSelector": {"nodeName": "node-0"}') for one in few()]
    past = past_of(EXACT, as_version("1.30.14"), CATALOG, reported=True)
    asked = known(*STEPS[0], ([], []), {"node-0": past})
    assert found(documents, asked, fast=True) == found(documents, asked, fast=False)
