"""Source: the container runtime of a node, over CRI (``--cri``) or by the docker engine's API (``--docker``).

CRI shows what dumps show, and of each sandbox its network too. Docker's list shows no addresses (the shim has them from its network
plugin), so there a sandbox's network stays unseen; its label filter is the one that the shims use themselves.
Over CRI, containers are listed before sandboxes, so that what is created meanwhile lacks no sandbox. Nothing is asked for verbosely. A
sandbox that goes away between the calls is left out with its containers, as a kubelet would no longer see them either.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import msgspec
from msgspec import structs
from msgspec.structs import replace

from upgradecheck.decode.guard import guarded
from upgradecheck.decode.runtime import cri_wire
from upgradecheck.decode.runtime.docker import left_out
from upgradecheck.decode.runtime.docker_engine import engine_in_swarm, engine_records, engine_version
from upgradecheck.logs import Log
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.pod import ContainerRecord, Origin, RunState, SandboxRecord
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.wording import count
from upgradecheck.planning.asking.asked import is_same_runtime
from upgradecheck.reading.pod import ReadPod
from upgradecheck.sources import Source
from upgradecheck.transport.cri import CriError, Runtime, answering, connected
from upgradecheck.transport.docker import DockerError, Engine, reached

TIMEOUT = 30.0
"""Seconds for all calls together."""

_LOG = Log(__name__)
_KUBELETS_CONTAINERS = (("all", "1"), ("filters", '{"label":["io.kubernetes.docker.type"]}'))


class NodeRecords(msgspec.Struct, frozen=True, gc=False):
    """What a runtime keeps. name is ``cri PATH`` or ``docker PATH``; runtime as Nodes name it, such as ``containerd://1.7.2``.

    over_cri: it was asked over CRI, and not by dockershim, which is part of a kubelet. why: why it was asked, where several could be.
    notices: what is to be said of the reading. in_swarm: docker says that it is part of a swarm, where no container outlives it.
    """

    name: str
    runtime: str
    containers: tuple[ContainerRecord, ...]
    sandboxes: tuple[SandboxRecord, ...]
    why: str = ""
    notices: tuple[str, ...] = ()
    in_swarm: bool = False

    @property
    def running(self) -> frozenset[str]:
        """The pods, by UID, of which something runs."""
        ready = {one.pod_uid for one in self.sandboxes if one.ready}
        return frozenset({one.pod_uid for one in self.containers if one.state is RunState.RUNNING} | ready) - {""}

    @property
    def ids(self) -> frozenset[str]:
        """Of all that it lists."""
        return frozenset({one.container_id for one in self.containers} | {one.sandbox_id for one in self.sandboxes})

    @property
    def place(self) -> str:
        """Where it was asked."""
        return self.name.partition(" ")[2]

    @property
    def over_cri(self) -> bool:
        return self.name.startswith("cri ") and "dockershim" not in self.name

    @property
    def pods(self) -> frozenset[tuple[str, str, str]]:
        """The pods of which it lists anything, by UID, namespace and name: one of that UID on another node has another name."""
        every: tuple[ContainerRecord | SandboxRecord, ...] = (*self.containers, *self.sandboxes)
        return frozenset((one.pod_uid, one.pod_namespace, one.pod_name) for one in every if one.pod_uid)

    @property
    def listed(self) -> frozenset[str]:
        """The pods, by UID, of which it lists anything."""
        return frozenset({one.pod_uid for one in self.containers} | {one.pod_uid for one in self.sandboxes}) - {""}


def read_node(place: str, timeout: float = TIMEOUT) -> NodeRecords:
    """The records of the runtime at a socket (unix:///path, /path, auto).

    Raises:
        InputError: it does not answer, or not as CRI has it.
        UsageError: no path of a socket.
    """
    with connected(place, timeout) as runtime:
        try:
            return _told(guarded(lambda: _records(runtime)))
        except SpecRefused as error:
            raise InputError(f"{runtime.path}: answers with a message that is not CRI's. {error}.") from error


def read_containers(place: str, timeout: float = TIMEOUT) -> tuple[ContainerRecord, ...]:
    """The containers alone of the runtime at a socket, as read_node has them."""
    with connected(place, timeout) as runtime:
        try:
            return guarded(lambda: cri_wire.container_records(runtime.call("ListContainers"), Origin(f"cri {runtime.path}")))
        except SpecRefused as error:
            raise InputError(f"{runtime.path}: answers with a message that is not CRI's. {error}.") from error


def read_auto(wanted: str | None, timeout: float = TIMEOUT, root: str = "/") -> NodeRecords:
    """The records of the runtime at a well-known socket that lists pods that run. wanted: which it is by the Node object, if known.

    root: where the node's own files stand, if this runs in a container.

    A containerd of docker's, or of an earlier installation, answers as well as the kubelet's, and lists none.

    Raises:
        InputError: none answers, or several list pods that run and nothing tells which is the kubelet's.
    """
    deadline = time.monotonic() + timeout
    found = [read_node(path, max(deadline - time.monotonic(), 0.001)) for path in answering(deadline, root)]
    if len(found) == 1:
        return found[0]
    holding = [one for one in found if one.running]
    if len(holding) > 1:
        holding = [one for one in holding if is_same_runtime(one.runtime, wanted)]
    if len(holding) > 1 or (not holding and any(one.running for one in found)):
        listed = ", ".join(f"{one.place} ({one.runtime}, {count(len(one.running), 'running pod')})" for one in found if one.running)
        raise InputError(f"--cri auto: more than one runtime lists pods that run, {listed}. Name the kubelet's with --cri SOCKET.")
    named = [one for one in found if is_same_runtime(one.runtime, wanted)]
    chosen = (holding or named or found)[0]
    others = "; ".join(f"{one.place} lists {count(len(one.running), 'running pod')}" for one in found if one is not chosen)
    told = f"--cri auto: {chosen.place} is asked, which lists {count(len(chosen.running), 'running pod')} ({others})."
    return replace(chosen, why=told)


def read_docker(place: str, timeout: float = TIMEOUT) -> NodeRecords:
    """The records of the docker engine at a socket (unix:///path, /path, auto).

    Raises:
        InputError: it does not answer, or not as docker does.
        UsageError: no path of a socket.
    """
    engine, version = reached(place, timeout)
    try:
        return _told(guarded(lambda: _engine_records(engine, engine_version(version))))
    except SpecRefused as error:
        raise InputError(f"{engine.path}: answers, but not as a docker engine. {error}.") from error


def _told(found: NodeRecords) -> NodeRecords:
    containers, sandboxes = count(len(found.containers), "container"), count(len(found.sandboxes), "sandbox", "sandboxes")
    _LOG.info(f"read {found.name}: {containers} and {sandboxes} of {found.runtime}")
    return found


def _engine_records(engine: Engine, version: str) -> NodeRecords:
    origin = Origin(f"docker {engine.path}")
    found = engine_records(engine.get("/containers/json", _KUBELETS_CONTAINERS), origin)
    notices = tuple(left_out(origin.source, found.foreign))
    in_swarm = _in_swarm(engine)
    return NodeRecords(origin.source, f"docker://{version}", found.containers, found.sandboxes, notices=notices, in_swarm=in_swarm)


def _in_swarm(engine: Engine) -> bool:
    """As far as it says: what stands before a socket may keep /info back, which no record needs."""
    try:
        return engine_in_swarm(engine.get("/info"))
    except (DockerError, SpecRefused):
        return False


def _records(runtime: Runtime) -> NodeRecords:
    origin = Origin(f"cri {runtime.path}")
    name, version = cri_wire.runtime_version(runtime.version)
    containers = cri_wire.container_records(runtime.call("ListContainers"), origin)
    listed = cri_wire.sandbox_records(runtime.call("ListPodSandbox"), origin)
    sandboxes = tuple(told for one in listed if (told := _with_network(runtime, one)))
    gone = {one.sandbox_id for one in listed} - {one.sandbox_id for one in sandboxes}
    return NodeRecords(
        origin.source, f"{name}://{version.removeprefix('v')}", tuple(one for one in containers if one.sandbox_id not in gone), sandboxes
    )


def _with_network(runtime: Runtime, sandbox: SandboxRecord) -> SandboxRecord | None:
    """The sandbox with what its status shows; None if it is gone."""
    try:
        status = runtime.call("PodSandboxStatus", cri_wire.sandbox_status_request(sandbox.sandbox_id))
    except CriError as error:
        if error.code == "NOT_FOUND":
            return None
        raise
    return replace(sandbox, network=cri_wire.sandbox_network(status))


class WithNode:
    """A source, with what a node's runtime tells now, which is newer than a dump's record of the same thing."""

    def __init__(self, base: Source, live: NodeRecords) -> None:
        self._base = base
        self.live = live

    def facts(self) -> Facts:
        """The source's, and the runtime's records."""
        return with_records(self._base.facts(), self.live)

    def pods(self) -> Iterator[ReadPod]:
        """The source's."""
        return self._base.pods()

    def beforehand(self) -> None:
        """No: the pods of one node decide about each other anyhow."""

    def only_node(self) -> str | None:
        """The only one that the source's pods name; None where they name several, or reading them twice costs too much."""
        again, found = self._base.beforehand(), set[str]()
        for pod in () if again is None else again.those(None):
            with suppress(SpecRefused):
                if pod.view.node is not None:
                    found.add(pod.view.node)
            if len(found) > 1:
                return None
        return next(iter(found), None)

    def all_facts(self) -> Facts:
        """The source's, and the runtime's records."""
        return with_records(self._base.all_facts(), self.live)

    @property
    def set_aside(self) -> int:
        """How many containers of dumps the runtime lists no longer, though it lists their pods."""
        outdated = _outdated(self.live)
        return sum(outdated(one.container_id, one) for one in self._base.facts().containers)

    def close(self) -> None:
        """Closes the source."""
        self._base.close()


def with_records(facts: Facts, live: NodeRecords) -> Facts:
    """Facts with the records of a runtime that was asked now.

    A dump's record of a pod of which the runtime lists anything, and not that record, is of something that is gone: it is set aside.
    """
    ids, outdated = live.ids, _outdated(live)
    containers = (one for one in facts.containers if one.container_id not in ids and not outdated(one.container_id, one))
    sandboxes = (one for one in facts.sandboxes if one.sandbox_id not in ids and not outdated(one.sandbox_id, one))
    return structs.replace(
        facts,
        names=(*facts.names, live.name),
        notices=(*facts.notices, *live.notices),
        containers=(*live.containers, *containers),
        sandboxes=(*live.sandboxes, *sandboxes),
    )


def _outdated(live: NodeRecords) -> Callable[[str, ContainerRecord | SandboxRecord], bool]:
    """Whether a dump's record, by its ID, is of something that is gone: the runtime lists its pod, and not that."""
    ids, listed, pods = live.ids, live.listed, live.pods

    def outdated(identity: str, record: ContainerRecord | SandboxRecord) -> bool:
        its_pod = (record.pod_uid, record.pod_namespace, record.pod_name)
        return identity not in ids and (its_pod in pods if record.pod_name else record.pod_uid in listed)

    return outdated


SOURCE = read_node
