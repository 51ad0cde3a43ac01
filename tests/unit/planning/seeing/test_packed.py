"""Records of packed lists answer as the same records do that stand as they are, whatever lists have in common, and unpack to what was packed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from tests.drawing import TIMES, thrown
from upgradecheck.formats.bundle_records import pods_json, records_in
from upgradecheck.hashing.fast.outlines import Outline
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.packed import Containers, PackedList, Sandboxes, containers_of, latest, packed_id, sandboxes_of
from upgradecheck.model.pod import (
    NO_SANDBOX,
    Absent,
    ContainerRecord,
    ContainerStatus,
    NetworkMode,
    Origin,
    PodSource,
    PodView,
    Recorded,
    RunState,
    SandboxNetwork,
    SandboxRecord,
    View,
)
from upgradecheck.planning.evidence.in_force import InForce
from upgradecheck.planning.seeing.listed import listed
from upgradecheck.planning.seeing.placing import Claim, claim_of
from upgradecheck.planning.seeing.records import Records
from upgradecheck.reading.identity import Identity, identity_of

UIDS = ("u0", "u1", "u2", "5e2c4a52-0b8e-4f4c-9c39-b1a1a2f0ad11")
NAMES, NAMESPACES, NODES = ("app", "mesh"), ("shop", ""), ("a", "b", None)
PODS = ("web", "web-a", "web-b")
IDS = (*(f"{number:x}" * 64 for number in range(1, 7)), "short", "")
HASHES = (Recorded(Hash(1)), Recorded(Hash(2**64 - 1), as_written=False), Absent(), Absent(""))
NETWORKS = (None, SandboxNetwork(NetworkMode.POD, "10.0.0.7"), SandboxNetwork(None, ""))


def container(draw: random.Random, origin: Origin, runtime: str | None, identity: str) -> ContainerRecord:
    return ContainerRecord(
        identity,
        draw.choice((*IDS[:3], NO_SANDBOX)),
        draw.choice(UIDS),
        draw.choice(NAMESPACES),
        draw.choice(PODS),
        draw.choice(NAMES),
        draw.randrange(3),
        draw.choice([*RunState]),
        draw.randrange(-1, 4),
        draw.choice(HASHES),
        draw.choice((HASHES[0], HASHES[2])),
        origin,
        runtime=runtime,
    )


def sandbox(draw: random.Random, origin: Origin, identity: str) -> SandboxRecord:
    return SandboxRecord(
        identity,
        draw.choice(UIDS),
        draw.choice(NAMESPACES),
        draw.choice(PODS),
        draw.randrange(3),
        draw.random() < 0.5,
        draw.randrange(4),
        draw.choice([*PodSource, None]),
        draw.choice((None, "hash")),
        origin,
        draw.choice(NETWORKS),
    )


def of_node(draw: random.Random, number: int) -> PackedList:
    """What a bundle lists: no ID twice, which is refused."""
    origin, ids = Origin(f"{draw.choice('ab')}-{number}.json"), [one for one in IDS if one]
    containers = [container(draw, origin, None, identity) for identity in draw.sample(ids, draw.randrange(4))]
    sandboxes = [sandbox(draw, origin, identity) for identity in draw.sample(ids, draw.randrange(3))]
    return records_in(pods_json(containers, sandboxes), origin.source, draw.choice(("containerd://1.7.2", "docker://20.10.7")))


def views(draw: random.Random) -> Iterator[PodView]:
    """Pods that may have records, some of one UID on two nodes."""
    for uid in (*UIDS, draw.choice(UIDS), "nowhere"):
        statuses = tuple(
            ContainerStatus(
                name, draw.choice((*IDS, None)) or None, RunState.RUNNING, started_at=draw.choice((None, "2024-01-01T00:00:00Z"))
            )
            for name in NAMES[: draw.randrange(3)]
        )
        yield PodView(
            uid, draw.choice(NAMESPACES), draw.choice(PODS), View.SPEC, PodSource.API, Origin("pods"), draw.choice(NODES), statuses=statuses
        )


def told(records: Records, pods: Sequence[PodView]) -> Iterator[tuple[object, ...]]:
    """All that can be asked."""
    yield "all", records.are_none, records.have_sandboxes, {*records.dumps()}, {*map(repr, records.every())}, records.unclaimed()
    yield from ((one, records.by_id(one)) for one in IDS)
    for pod in pods:
        yield pod.uid, pod.uid in records, {*map(repr, records.origins(pod.uid))}, records.show_ended(pod.uid)
        under = records.under(pod.uid)
        yield "under", None if under is None else (dict(under[0]), [*under[1]])
        yield records.have(pod), records.of_pod(pod), records.sandboxes(pod), records.sandbox_in_doubt(pod), records.unlisted(pod, IDS[:4])
        for name in NAMES:
            found = records.find(pod, name)
            yield found, found is not None and records.disputes(found) and records.dispute(found.container_id)
            asked: tuple[Callable[[Any, str], object], ...] = (
                records.in_doubt,
                records.rivals,
                records.lost,
                records.has_older,
                records.hides,
            )
            yield tuple(ask(pod, name) for ask in asked)


@pytest.mark.parametrize("crowded", [True, False], ids=["lists share much", "lists share little"])
def test_packed_records_answer_as_those_that_stand_as_they_are(*, crowded: bool) -> None:
    draw = thrown()
    for _ in range(50 * TIMES):
        lists = [of_node(draw, number) for number in range(3 if crowded else 1)]
        origin = Origin("crictl.json")
        loose = [container(draw, origin, None, draw.choice(IDS)) for _ in range(draw.randrange(3 if crowded else 2))]
        loose_sandboxes = [sandbox(draw, origin, draw.choice(IDS)) for _ in range(draw.randrange(2))]
        containers, sandboxes = Containers((tuple(loose), *lists)), Sandboxes((*lists, tuple(loose_sandboxes)))
        pods = [*views(draw)]
        packed, whole = Records(containers, sandboxes), Records(tuple(containers), tuple(sandboxes))
        assert [*told(packed, pods)] == [*told(whole, pods)]
        claims = {uid: [claim_of((pod,)) for pod in pods if pod.uid == uid] for uid in UIDS[draw.randrange(3) :]}
        nodes = {one.origin: draw.choice(NODES) for one in lists}

        def claims_of(uid: str, known: dict[str, list[Claim]] = claims) -> Sequence[Claim]:
            return list({one.identity: one for one in known.get(uid, ())}.values())

        def node_of(origin: Origin, known: dict[Origin, str | None] = nodes) -> str | None:
            return known.get(origin)

        one, other = packed.placed(claims_of, node_of), whole.placed(claims_of, node_of)
        assert [*told(one, pods)] == [*told(other, pods)]
        gone: list[Identity] = [identity_of(pod) for pod in draw.sample(pods, draw.randrange(3))]
        (one, left_out), (other, as_many) = one.without(gone), other.without(gone)
        assert left_out == as_many
        assert [*told(one, pods)] == [*told(other, pods)]


def outline(pod: PodView) -> Outline:
    """The pod, as the fast path has it."""
    runs = tuple((one.container_id, one.started_at, one.restart_count) for one in pod.statuses)
    names = tuple(one.name for one in pod.statuses)
    return Outline(b"", pod.node or "", b"", (), pod.name, pod.uid, {}, None, None, runs, names, pod.namespace)


def test_what_is_told_of_a_pod_is_so_of_packed_records() -> None:
    draw, plain, soon = thrown(), 0, 0
    for _ in range(300 * TIMES):
        sandbox_id, origin = draw.choice(IDS[:2]), Origin("b.json")
        its = [
            replace(container(draw, origin, None, one), pod_uid="u0", pod_name="web", sandbox_id=IDS[0]) for one in IDS[: draw.randrange(3)]
        ]
        its = [one if draw.random() < 0.1 else replace(one, pod_namespace="shop", name=NAMES[at]) for at, one in enumerate(its)]
        sandboxes = [replace(sandbox(draw, origin, sandbox_id), pod_uid="u0", pod_namespace="shop", pod_name="web")] * draw.randrange(2)
        listed_ = records_in(pods_json(its, sandboxes), origin.source, "containerd://1.7.2")
        containers, others = Containers((listed_,)), Sandboxes((listed_,))
        statuses = [
            ContainerStatus(one.name, one.container_id, RunState.RUNNING, restart_count=draw.choice((0, one.attempt))) for one in its
        ]
        statuses = [one for one in statuses if draw.random() < 0.95]
        draw.shuffle(statuses)
        pod = PodView("u0", "shop", "web", View.SPEC, PodSource.API, origin, phase="Running", statuses=tuple(statuses), has_status=True)
        packed, whole = Records(containers, others), Records(tuple(containers), tuple(others))
        told, expected = listed(outline(pod), packed), listed(outline(pod), whole)
        assert (told is None) == (expected is None)
        if told is None or expected is None:
            continue
        plain += 1
        soon += told.as_told
        assert (told.shape, told.hashes, told.containers) == (expected.shape, expected.hashes, expected.containers)
        if told.as_told:
            assert [one.restart_count for one in statuses] == [found.attempt for one in statuses if (found := whole.find(pod, one.name))]
    assert plain > 50
    assert soon > 10


def test_what_an_override_is_about_is_seen_in_packed_lists() -> None:
    draw = thrown()
    for _ in range(20 * TIMES):
        lists = [of_node(draw, number) for number in range(3)]
        containers = Containers(lists)
        override = Override(Rewrite(Hash(7), draw.choice((Hash(1), Hash(2**64 - 1)))), "", "", "", "", None)
        in_force = InForce(dict.fromkeys(draw.sample(IDS, 2), (override,)), {IDS[0]: override})
        told, expected = in_force.seen(containers), in_force.seen(tuple(containers))
        assert [*told] == [*expected]


def test_lists_are_counted_and_joined_without_being_unpacked() -> None:
    draw = thrown()
    lists = [of_node(draw, number) for number in range(5)]
    loose = container(draw, Origin("x"), None, IDS[0])
    containers = containers_of(([loose], Containers(lists[:2]), Containers(lists[2:])))
    sandboxes = sandboxes_of(((), Sandboxes(lists)))
    assert (len(containers), len(sandboxes)) == (len([*containers]), len([*sandboxes]))
    assert (bool(containers), bool(sandboxes)) == (True, len([*sandboxes]) > 0)
    assert loose in containers
    assert containers == (loose, *(one for each in lists for pod in each.pods() for one in pod.containers))
    assert latest(containers) == max(one.created_at for one in containers)
    assert containers_of(([loose], ())) == (loose,)
    assert not Containers()
    assert latest(()) == 0


@pytest.mark.parametrize("text", [*IDS, "A" * 64, "é" * 15 + "x", "f" * 31, "f" * 32, "g" * 64, "\ud800", "\x00"])
def test_ids_of_any_form_come_back(text: str) -> None:
    made = ContainerRecord(text, text, "u", "n", "p", "c", 0, RunState.RUNNING, 1, Absent(), Absent(), Origin("x"))
    found = records_in(pods_json([made], []), "x", "containerd://1")
    assert [*Containers((found,))] == [made]
    assert len(packed_id(text)) == 32 or packed_id(text)[:1] == b"\xff"
