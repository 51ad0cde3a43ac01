"""Admission weighs kinds of pods and looks ports up; upstream goes through all of them each time. Both give the same answers.

What stands here is as upstream writes it: quadratic, and the judge. Nodes are drawn small and crowded, so that most pods meet another.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import raw
from tests.drawing import tried
from tests.unit.decisions.admission.asking import build, node
from upgradecheck.decisions.admission import PodRequest, admit, admitting
from upgradecheck.decisions.admission.requests import HostPort, PodNeeds
from upgradecheck.decisions.admission.room import Shortage
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.model.admission import QOSClass
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import Origin

ANY = "0.0.0.0"
NODE = node_facts(raw(node(allocatable={"cpu": "2", "memory": "1000", "pods": "12", "example.com/gpu": "3"})), Origin("nodes.json"))
BUILDS = [build(version) for version in ("1.8.15", "1.14.10", "1.16.15", "1.22.4", "1.30.14", "1.34.1")]


class PlainRoom(msgspec.Struct):
    """TakenRoom with a list of ports, as HostPortInfo is asked."""

    amounts: dict[str, int] = msgspec.field(default_factory=dict)
    pods: int = 0
    ports: list[HostPort] = msgspec.field(default_factory=list)

    def add(self, needs: PodNeeds, sign: int = 1) -> None:
        for name, amount in needs.requests if needs.taken is None else needs.taken:
            self.amounts[name] = self.amounts.get(name, 0) + sign * amount
        self.pods += sign
        for port in needs.ports:
            if sign > 0:
                self.ports.append(port)
            else:
                self.ports.remove(port)

    def has(self, port: HostPort, *, by_number: bool) -> bool:
        alike = [other for other in self.ports if other.port == port.port]
        if by_number:
            return bool(alike)
        same = [other for other in alike if other.protocol == port.protocol]
        return any(port.address == other.address or ANY in (port.address, other.address) for other in same)


class PlainPresent:
    """Present, pod by pod, as getPodsToPreempt goes through them."""

    def __init__(self) -> None:
        self._pods: dict[str, PodRequest] = {}

    def add(self, pod: PodRequest) -> None:
        self._pods[pod.uid] = pod

    def leave(self, victim: PodRequest) -> None:
        del self._pods[victim.uid]

    def stopped_for(self, critical: PodRequest, short: Iterable[Shortage]) -> tuple[PodRequest, ...] | None:
        missing = {shortage.resource: shortage.missing for shortage in short}
        found = [other for other in self._pods.values() if preemptable(critical, other)]
        best_effort, burstable, guaranteed = (
            [pod for pod in found if pod.needs.qos is cls] for cls in (QOSClass.BEST_EFFORT, QOSClass.BURSTABLE, QOSClass.GUARANTEED)
        )
        if less(missing, found):
            return None
        from_guaranteed = nearest(guaranteed, less(missing, [*best_effort, *burstable]))
        from_burstable = nearest(burstable, less(missing, [*best_effort, *from_guaranteed]))
        from_best_effort = nearest(best_effort, less(missing, [*from_burstable, *from_guaranteed]))
        return (*from_best_effort, *from_burstable, *from_guaranteed)

    def as_well(self, critical: PodRequest, victims: Sequence[PodRequest]) -> Iterator[PodRequest]:
        for other in tuple(self._pods.values()):
            if any(alike(other, victim) for victim in victims) and preemptable(critical, other):
                yield other


def alike(one: PodRequest, other: PodRequest) -> bool:
    if one.needs.pod_resources or other.needs.pod_resources:
        return True
    return one.needs.qos is other.needs.qos and one.needs.given_back == other.needs.given_back


def preemptable(critical: PodRequest, other: PodRequest) -> bool:
    if critical.critical and not other.critical:
        return True
    return critical.priority is not None and other.priority is not None and critical.priority > other.priority


def less(missing: dict[str, int], pods: Sequence[PodRequest]) -> dict[str, int]:
    rest = {name: amount - sum(freed(pod, name) for pod in pods) for name, amount in missing.items()}
    return {name: amount for name, amount in rest.items() if amount > 0}


def nearest(pods: Sequence[PodRequest], missing: dict[str, int]) -> tuple[PodRequest, ...]:
    left, chosen = list(pods), []
    while missing and left:
        best = left[0]
        for pod in left[1:]:
            further, least = distance(pod, missing), distance(best, missing)
            if further < least or (further == least and size(pod) <= size(best)):
                best = pod
        missing = less(missing, [best])
        left.remove(best)
        chosen.append(best)
    return tuple(chosen)


def distance(pod: PodRequest, missing: dict[str, int]) -> float:
    rests = ((amount, amount - freed(pod, name)) for name, amount in missing.items())
    return sum((rest / amount) ** 2 for amount, rest in rests if rest > 0)


def size(pod: PodRequest) -> tuple[int, int]:
    return freed(pod, "memory"), freed(pod, "cpu")


def freed(pod: PodRequest, name: str) -> int:
    return 1 if name == "pods" else dict(pod.needs.given_back).get(name, 0)


def drawn(chance: random.Random) -> list[PodRequest]:
    """The pods of a crowded node."""
    kinds = [needs(chance) for _ in range(chance.randint(1, 6))]
    return [request(str(number), chance.choice(kinds), chance) for number in range(chance.randint(1, 25))]


def needs(chance: random.Random) -> PodNeeds:
    return PodNeeds(
        requests=amounts(chance),
        taken=amounts(chance) if chance.random() < 0.2 else None,
        freed=amounts(chance) if chance.random() < 0.2 else None,
        resizing=chance.random() < 0.05,
        ports=tuple(port(chance) for _ in range(chance.choice((0, 0, 1, 3)))),
        pod_resources=chance.random() < 0.1,
        qos=chance.choice(list(QOSClass)),
    )


def amounts(chance: random.Random) -> tuple[tuple[str, int], ...]:
    of = {"cpu": (100, 200, 500, 700), "memory": (10, 100, 300), "example.com/gpu": (0, 1, 2), "pods": (5,)}
    names = chance.sample(list(of), chance.choice((0, 1, 2, 2, 3)))
    return tuple((name, chance.choice(of[name])) for name in names)


def port(chance: random.Random) -> HostPort:
    return HostPort(chance.choice((ANY, "10.0.0.1", "10.0.0.2")), chance.choice(("TCP", "UDP")), chance.choice((80, 443, 9100)))


def request(uid: str, needs: PodNeeds, chance: random.Random) -> PodRequest:
    return PodRequest(
        uid=uid,
        created=chance.choice((None, *(f"2026-03-01T10:00:{second:02d}Z" for second in range(20)))),
        needs=needs,
        static=chance.random() < 0.15,
        critical=chance.random() < 0.3,
        priority=chance.choice((None, 0, 0, 1000, 2_000_000_000)),
        node_name=NODE.name,
        pending=chance.random() < 0.2,
        idle=chance.random() < 0.1,
        finished=chance.random() < 0.1,
    )


@pytest.mark.parametrize("kubelet", BUILDS, ids=lambda one: one.release)
@tried(30)
@given(seed=st.integers(0, 2**64))
def test_many_pods_are_admitted_as_upstream_goes_through_them(kubelet: KubeletBuild, seed: int) -> None:
    requests = drawn(random.Random(seed))
    found = admit(requests, NODE, kubelet)
    with pytest.MonkeyPatch.context() as plainly:
        plainly.setattr(admitting, "TakenRoom", PlainRoom)
        plainly.setattr(admitting, "Present", PlainPresent)
        assert found == admit(requests, NODE, kubelet)
