"""The runtime's records in a bundle, both ways: by pod and sandbox, each name and ID once.

Those that are read stay packed (model.packed): a fleet has hundreds of thousands of them. Whatever belongs to no pod of a kubelet
(``crictl run``) is left out; no plan asks for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from upgradecheck.contract.v1.bundle import BundledContainerJson, BundledNetworkJson, BundledPodJson, BundledSandboxJson, BundledState
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import hex_of
from upgradecheck.model.packed import PackedContainer, PackedList, PackedPod, PackedSandbox, packed_id, source_number, state_number
from upgradecheck.model.pod import NO_SANDBOX, Absent, ContainerRecord, Origin, Recorded, RunState, SandboxNetwork, SandboxRecord

_DOCKER = "docker"
_STATES = {state: state_number(RunState(state.value)) for state in BundledState}
_LATEST = (1 << 63) - 1
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


def records_in(pods: Iterable[BundledPodJson], source: str, runtime: str) -> PackedList:
    """The containers and sandboxes of a bundle's pods.

    Raises:
        SpecRefused: an ID stands in it twice, or a time is none.
    """
    packed = [_pod(pod) for pod in pods if pod.sandboxes or pod.containers]
    _check_ids([one.id for pod in packed for one in pod.containers], "container")
    _check_ids([one.id for pod in packed for one in pod.sandboxes], "sandbox")
    return PackedList(Origin(source), _DOCKER if runtime.startswith(f"{_DOCKER}://") else None, packed)


def _check_ids(ids: Collection[bytes], what: str) -> None:
    if len({*ids}) != len(ids):
        raise SpecRefused(f"the ID of a {what} stands in it twice, which no runtime gives: collect it again on the node")


def _pod(pod: BundledPodJson) -> PackedPod:
    containers = [_container(one, place) for place, sandbox in enumerate(pod.sandboxes) for one in sandbox.containers]
    containers += [_container(one, packed_id(one.sandbox or NO_SANDBOX)) for one in pod.containers]
    return PackedPod(pod.uid, pod.namespace, pod.name, tuple([_sandbox(one) for one in pod.sandboxes]), tuple(containers))


def _sandbox(one: BundledSandboxJson) -> PackedSandbox:
    network = None if one.network is None else SandboxNetwork(one.network.mode, one.network.address)
    return PackedSandbox(
        packed_id(one.id), one.ready, _time(one.created_at), one.attempt, source_number(one.source), one.config_hash, network
    )


def _container(one: BundledContainerJson, sandbox: int | bytes) -> PackedContainer:
    without = one.hash_without_resources
    return PackedContainer(
        packed_id(one.id),
        one.name,
        _STATES[one.state],
        _time(one.created_at),
        None if one.hash is None else int(one.hash, 16),
        sandbox,
        one.attempt,
        None if without is None else int(without, 16),
        one.unreadable,
        one.padded,
    )


def _time(created_at: int) -> int:
    """When something was made, which a runtime counts in 64 bits.

    Raises:
        SpecRefused: no runtime counts so far.
    """
    if not -_LATEST <= created_at <= _LATEST:
        raise SpecRefused("expected nanoseconds since 1970 in 64 bits, found a number beyond", "pods")
    return created_at
