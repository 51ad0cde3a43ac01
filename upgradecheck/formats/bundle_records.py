"""The runtime's records in a bundle, both ways: by pod and sandbox, each name and ID once.

All records of a bundle have one origin, which is kept once: a fleet has hundreds of thousands of them. Whatever belongs to no pod of a
kubelet (``crictl run``) is left out; no plan asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from sys import intern

from upgradecheck.contract.v1.bundle import BundledContainerJson, BundledNetworkJson, BundledPodJson, BundledSandboxJson, BundledState
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash, hex_of
from upgradecheck.model.pod import NO_SANDBOX, Absent, ContainerRecord, Origin, Recorded, RunState, SandboxNetwork, SandboxRecord

_DOCKER = "docker"
_STATES = {state: RunState(state.value) for state in BundledState}
_ABSENT, _UNREADABLE = Absent(), Absent("")
_Pod = tuple[str, str, str]


def pods_json(containers: Iterable[ContainerRecord], sandboxes: Iterable[SandboxRecord]) -> tuple[BundledPodJson, ...]:
    """The pods of records, in an order that hangs on nothing but what they are."""
    its: dict[_Pod, tuple[list[SandboxRecord], list[ContainerRecord]]] = {}
    for sandbox in sandboxes:
        if sandbox.pod_uid:
            its.setdefault((sandbox.pod_uid, sandbox.pod_namespace, sandbox.pod_name), ([], []))[0].append(sandbox)
    for container in containers:
        if container.pod_uid:
            its.setdefault((container.pod_uid, container.pod_namespace, container.pod_name), ([], []))[1].append(container)
    return tuple(_pod_json(pod, *its[pod]) for pod in sorted(its))


def _pod_json(pod: _Pod, sandboxes: list[SandboxRecord], containers: list[ContainerRecord]) -> BundledPodJson:
    ids = {one.sandbox_id for one in sandboxes}
    ordered = sorted(containers, key=lambda one: (one.name, one.created_at, one.container_id))
    within: dict[str, list[ContainerRecord]] = {}
    for one in ordered:
        within.setdefault(one.sandbox_id, []).append(one)
    own = tuple(_sandbox_json(one, within.get(one.sandbox_id, ())) for one in sorted(sandboxes, key=_by_age))
    loose = tuple(_container_json(one, one.sandbox_id or None) for one in ordered if one.sandbox_id not in ids)
    return BundledPodJson(*pod, own, loose)


def _by_age(sandbox: SandboxRecord) -> tuple[int, int, str]:
    return sandbox.created_at, sandbox.attempt, sandbox.sandbox_id


def _sandbox_json(one: SandboxRecord, containers: Iterable[ContainerRecord]) -> BundledSandboxJson:
    network = None if one.network is None else BundledNetworkJson(one.network.mode, one.network.address)
    told = tuple(_container_json(each) for each in containers)
    return BundledSandboxJson(one.sandbox_id, one.ready, one.created_at, one.attempt, one.source, one.config_hash, network, told)


def _container_json(one: ContainerRecord, sandbox: str | None = None) -> BundledContainerJson:
    recorded = one.hash if isinstance(one.hash, Recorded) else None
    without = one.hash_without_resources
    return BundledContainerJson(
        id=one.container_id,
        name=one.name,
        state=BundledState(one.state.value),
        created_at=one.created_at,
        hash=hex_of(recorded.hash) if recorded is not None else None,
        attempt=one.attempt,
        hash_without_resources=without.hash.hex if isinstance(without, Recorded) else None,
        unreadable=isinstance(one.hash, Absent) and one.hash.found is not None,
        padded=recorded is not None and not recorded.as_written,
        sandbox=sandbox,
    )


def records_in(pods: Iterable[BundledPodJson], source: str, runtime: str) -> tuple[tuple[ContainerRecord, ...], tuple[SandboxRecord, ...]]:
    """The containers and sandboxes of a bundle's pods.

    Raises:
        SpecRefused: an ID stands in it twice.
    """
    reading = _Reading(Origin(source), _DOCKER if runtime.startswith(f"{_DOCKER}://") else None)
    for pod in pods:
        reading.take(pod)
    containers, sandboxes = tuple(reading.containers), tuple(reading.sandboxes)
    _check_ids((one.container_id for one in containers), "container")
    _check_ids((one.sandbox_id for one in sandboxes), "sandbox")
    return containers, sandboxes


def _check_ids(ids: Iterator[str], what: str) -> None:
    known = set[str]()
    for one in ids:
        if one in known:
            raise SpecRefused(f"the ID of a {what} stands in it twice, which no runtime gives: collect it again on the node")
        known.add(one)


class _Reading:
    """Records as they come; texts that come again are kept once."""

    def __init__(self, origin: Origin, runtime: str | None) -> None:
        self.containers: list[ContainerRecord] = []
        self.sandboxes: list[SandboxRecord] = []
        self._origin, self._runtime = origin, runtime

    def take(self, pod: BundledPodJson) -> None:
        """The records of one pod."""
        namespace = intern(pod.namespace)
        for one in pod.sandboxes:
            network = None if one.network is None else SandboxNetwork(one.network.mode, one.network.address)
            self.sandboxes.append(
                SandboxRecord(
                    one.id,
                    pod.uid,
                    namespace,
                    pod.name,
                    one.attempt,
                    one.ready,
                    one.created_at,
                    one.source,
                    one.config_hash,
                    self._origin,
                    network,
                )
            )
            for container in one.containers:
                self._add(container, one.id, pod, namespace)
        for container in pod.containers:
            self._add(container, container.sandbox or NO_SANDBOX, pod, namespace)

    def _add(self, one: BundledContainerJson, sandbox: str, pod: BundledPodJson, namespace: str) -> None:
        without = one.hash_without_resources
        self.containers.append(
            ContainerRecord(
                one.id,
                sandbox,
                pod.uid,
                namespace,
                pod.name,
                intern(one.name),
                one.attempt,
                _STATES[one.state],
                one.created_at,
                _hash(one),
                _ABSENT if without is None else _recorded(without, padded=False),
                self._origin,
                runtime=self._runtime,
            )
        )


@lru_cache(maxsize=1 << 12)
def _recorded(text: str, *, padded: bool) -> Recorded:
    """Replicas carry one hash, if it is of their names and images alone."""
    return Recorded(Hash(int(text, 16)), not padded)


def _hash(one: BundledContainerJson) -> Recorded | Absent:
    if one.hash is None:
        return _UNREADABLE if one.unreadable else _ABSENT
    return _recorded(one.hash, padded=one.padded)
