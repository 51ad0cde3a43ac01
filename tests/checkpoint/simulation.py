"""Nodes that never were: kubelets that come and go, containers that they create, restart and leave running, by what real schemas hash.

The model assumes what upgradecheck.planning.evidence.lives assumes of kubelets (a first sync 3 to 50 seconds after each start, in which every
container of a compared kind with another hash is recreated). It tests the deduction, not the kubelet.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from tests.builders import CATALOG, as_version, computed, pod, with_field, with_sidecar
from upgradecheck.model.checkpoint import KubeletStart, Mode
from upgradecheck.model.hash import Hash
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.version import KubeletVersion, Minor
from upgradecheck.planning.evidence.lives import Birth, Inferred, Several, decide, deduce, lives_of, with_sighting

SECOND = 1_000_000_000
DAY = 86_400.0


@dataclass(frozen=True)
class Spec:
    """A container's spec, by number in the table, and its kind."""

    number: int
    kind: ContainerKind


@dataclass
class Process:
    """A kubelet: from start to stop (infinite: it runs), and when it syncs first."""

    version: KubeletVersion
    start: float
    stop: float
    sync: float


@dataclass
class Container:
    """What runs: born when, by whom, carrying which hash."""

    spec: Spec
    born: float
    hash: Hash
    creator: Process


@dataclass
class Node:
    """A node at the end of its life so far."""

    processes: list[Process]
    containers: list[Container]
    now: float


def documents() -> list[dict[str, object]]:
    """Pods whose container app sets more and more; each has a sidecar mesh as well."""
    plain = pod()
    return [
        with_sidecar(each)
        for each in (
            plain,
            with_field(plain, "app", "stdin", True),
            with_field(plain, "app", "livenessProbe", {"exec": {"command": ["x"]}, "timeoutSeconds": 1}),
            with_field(plain, "app", "startupProbe", {"exec": {"command": ["x"]}}),
            with_field(plain, "app", "volumeDevices", [{"name": "d", "devicePath": "/d"}]),
            with_field(plain, "app", "ports", [{"containerPort": 80}]),
            with_field(plain, "app", "securityContext", {"privileged": True}),
            with_field(plain, "app", "resources", {"limits": {"cpu": "1"}}),
        )
    ]


@cache
def table() -> dict[tuple[Spec, KubeletVersion], Hash]:
    """What each minor writes on each spec, by the real schemas."""
    found = {}
    for number, document in enumerate(documents()):
        for minor in CATALOG.minors():
            version = version_of(minor)
            found[Spec(number, ContainerKind.APP), version] = computed(version.text, document, "app")
            if ContainerKind.SIDECAR in CATALOG.schema(minor).kinds_known:
                found[Spec(number, ContainerKind.SIDECAR), version] = computed(version.text, document, "mesh")
    return found


@cache
def version_of(minor: Minor) -> KubeletVersion:
    return as_version(f"v{minor}.{CATALOG.newest_patch(minor)}")


@cache
def compared(version: KubeletVersion) -> frozenset[ContainerKind]:
    return CATALOG.schema(version.minor).kinds_compared


@cache
def between(one: KubeletVersion, other: KubeletVersion) -> tuple[KubeletVersion, ...]:
    versions = [version_of(minor) for minor in CATALOG.minors()]
    first, last = sorted((versions.index(one), versions.index(other)))
    return tuple(versions[first : last + 1])


@dataclass(frozen=True)
class Model:
    """What nodes go through: minors, how many versions, how often they go back, how many containers they have."""

    first: Minor
    last: Minor
    most_versions: int
    backwards: float
    containers: int = 10


FORWARD = Model(CATALOG.minors()[0], CATALOG.minors()[-1], 8, 0.0)
WIDE = Model(CATALOG.minors()[0], CATALOG.minors()[-1], 8, 0.1)
C4 = Model(Minor(1, 13), Minor(1, 34), 4, 0.0)


def node(model: Model, chance: random.Random) -> Node:
    """A node's whole life."""
    processes = _processes(model, chance)
    now = processes[-1].start + chance.choice((chance.uniform(1, 300), chance.uniform(300, 30 * DAY)))
    oldest = min(process.version.minor.minor for process in processes)
    kinds = (ContainerKind.APP, ContainerKind.SIDECAR) if oldest >= 28 else (ContainerKind.APP,)
    containers: list[Container] = []
    for process in processes:
        end = min(process.stop, now)
        _sync(containers, process, end, chance)
        for _ in range(model.containers * 3 // (2 * len(processes)) + 1):
            spec = Spec(chance.randrange(8), chance.choice(kinds))
            born = chance.uniform(process.start, end)
            containers.append(Container(spec, born, table()[spec, process.version], process))
    chance.shuffle(containers)
    return Node(processes, containers[: model.containers], now)


def _processes(model: Model, chance: random.Random) -> list[Process]:
    minors = [minor for minor in CATALOG.minors() if model.first <= minor <= model.last]
    place = chance.randrange(len(minors))
    time = 1.6e9 + chance.uniform(0, 1e6)
    found: list[Process] = []
    for _ in range(chance.randint(1, model.most_versions)):
        for _ in range(chance.choice((1, 1, 2, 3))):
            life = chance.choice((chance.uniform(0.1, 200), chance.uniform(200, 2 * DAY), chance.uniform(DAY, 90 * DAY)))
            found.append(Process(version_of(minors[place]), time, time + life, time + chance.uniform(3, 50)))
            time += life + chance.choice((chance.uniform(0.05, 3), chance.uniform(3, 4000)))
        step = -1 if chance.random() < model.backwards else chance.choice((1, 1, 1, 2, 3))
        place = min(max(place + step, 0), len(minors) - 1)
    found[-1].stop = float("inf")
    return found


def _sync(containers: list[Container], process: Process, end: float, chance: random.Random) -> None:
    """The first sync of a kubelet: what has another hash is recreated."""
    if process.sync >= end:
        return
    for each in containers:
        right = table().get((each.spec, process.version))
        if each.spec.kind in compared(process.version) and right is not None and right != each.hash:
            each.hash, each.creator = right, process
            each.born = min(process.sync + chance.uniform(0, 2), end)


@dataclass(frozen=True)
class Knowledge:
    """What is known of a node: its history, and how far the clock of the containers may be from the history's, in seconds."""

    name: str
    history: Callable[[Node, random.Random], list[KubeletStart]]
    skew: float = 0.0
    latest_only: bool = False


def every_start(node: Node, _: random.Random) -> list[KubeletStart]:
    return [KubeletStart(process.version, int(process.start * SECOND)) for process in node.processes]


def with_stops(node: Node, _: random.Random) -> list[KubeletStart]:
    ends = [None if process.stop > node.now else int(process.stop * SECOND) for process in node.processes]
    return [KubeletStart(each.version, int(each.start * SECOND), stop_time=end) for each, end in zip(node.processes, ends, strict=True)]


def latest(node: Node, _: random.Random) -> list[KubeletStart]:
    newest = node.processes[-1]
    first = newest
    for process in reversed(node.processes):
        if process.version != newest.version:
            break
        first = process
    return [KubeletStart(newest.version, int(first.start * SECOND), mode=Mode.MANUAL)]


def polled(every: float) -> Callable[[Node, random.Random], list[KubeletStart]]:
    """What a look every so many seconds sees; nothing where it sees nothing."""

    def looks(node: Node, chance: random.Random) -> list[KubeletStart]:
        phase = chance.uniform(0, every)
        found: list[KubeletStart] = []
        for process in node.processes:
            first = phase + every * -(-(process.start - phase) // every)
            end = min(process.stop, node.now)
            if first > end:
                continue
            last = phase + every * ((end - phase) // every)
            if found and found[-1].kubelet_version == process.version:
                found[-1] = _seen(process.version, found[-1].start_time, int(last * SECOND))
            else:
                found.append(_seen(process.version, int(first * SECOND), int(last * SECOND)))
        return found

    return looks


def _seen(version: KubeletVersion, first: int, last: int) -> KubeletStart:
    return KubeletStart(version, first, mode=Mode.POLLED, last_seen_time=last)


ALL_STARTS = Knowledge("all kubelet starts, node clock", every_start)
SKEWED = Knowledge("all starts, +-5 s clock", every_start, skew=5.0)
TEN_MINUTES = Knowledge("version polled every 10 min", polled(600))
HOURLY = Knowledge("version polled hourly", polled(3600))
LATEST = Knowledge("only the latest version's first start", latest)
STOPS = Knowledge("all starts and stops, node clock", with_stops)
KNOWLEDGE = (ALL_STARTS, SKEWED, TEN_MINUTES, HOURLY, LATEST, STOPS)


@dataclass
class Shares:
    """How many were deduced how, and how many wrongly."""

    counts: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return sum(self.counts[what] for what in ("unique", "agreeing", "unknown"))

    def share(self, *what: str) -> float:
        return 100 * sum(self.counts[each] for each in what) / self.total

    def line(self, name: str) -> str:
        parts = "  ".join(f"{what} {self.share(what):6.2f} %" for what in ("unique", "agreeing", "unknown"))
        return f"{name:40} wrong {self.counts['wrong']}  {parts}  of {self.total}"


def simulate(model: Model, knowledge: Knowledge, containers: int, seed: int) -> Shares:
    """Nodes until so many containers were judged, each under a random target."""
    chance = random.Random(seed)
    shares = Shares()
    while shares.total < containers:
        _judge(node(model, chance), knowledge, chance, shares)
    return shares


def _judge(subject: Node, knowledge: Knowledge, chance: random.Random, shares: Shares) -> None:
    history = knowledge.history(subject, chance)
    if not history:
        return
    now = int((subject.now + 2) * SECOND)
    ready = lives_of(with_sighting(history, subject.processes[-1].version, now), between, now)
    skew = chance.uniform(-knowledge.skew, knowledge.skew)
    target = version_of(chance.choice(CATALOG.minors()[20:]))
    hashes = table()
    for container in subject.containers:
        spec = container.spec
        birth = Birth(int(container.born + skew) * SECOND, int(knowledge.skew * SECOND))
        deduced = deduce(birth, ready, lambda kubelet, spec=spec: _written(spec, kubelet), lambda kubelet, spec=spec: spec.kind in compared(kubelet.kubelet_version))  # type: ignore[misc]  # fmt: skip
        decision = decide(deduced, (hashes[spec, target],))
        shares.counts["unique" if isinstance(deduced, Inferred) else "agreeing" if decision else "unknown"] += 1
        shares.counts["wrong"] += _is_wrong(deduced, container, hashes[spec, target])


def _written(spec: Spec, kubelet: KubeletStart) -> frozenset[Hash] | None:
    found = table().get((spec, kubelet.kubelet_version))
    return None if found is None else frozenset((found,))


def _is_wrong(deduced: object, container: Container, computed_hash: Hash) -> bool:
    if isinstance(deduced, Inferred):
        return deduced.hash != container.hash
    if isinstance(deduced, Several):
        return container.hash not in deduced.hashes
    return False


def shown(model: Model, containers: int, seed: int) -> Iterator[tuple[Knowledge, Shares]]:
    """Every knowledge in turn."""
    for knowledge in KNOWLEDGE:
        yield knowledge, simulate(model, knowledge, containers, seed)
