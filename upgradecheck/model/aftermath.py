"""What is seen after an upgrade: pods as they are now, how what ran in them ended, and what their kubelets told of it in events."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import msgspec

from upgradecheck.model.hash import Hash
from upgradecheck.model.pod import PodSource, RunState, View, Workload


class Termination(msgspec.Struct, frozen=True, gc=False):
    """How a container ended: an entry ``terminated`` of its status; container_id: which one it was, where that says so."""

    exit_code: int
    reason: str = ""
    container_id: str | None = None
    finished_at: int | None = None


class ContainerNow(msgspec.Struct, frozen=True, gc=False):
    """A container as its status has it now. blocked: it waits since its pod may not run. last: how it, or the one before it, has ended."""

    name: str
    container_id: str | None
    state: RunState
    started_at: int | None = None
    restart_count: int = 0
    blocked: bool = False
    ended: Termination | None = None
    last: Termination | None = None


class Moments(msgspec.Struct, frozen=True, gc=False):
    """When a pod was created, and the newest time that its document shows, in nanoseconds; 0 where it shows none.

    version: its resourceVersion, 0 where that is none that can be compared.
    """

    created_at: int = 0
    newest: int = 0
    version: int = 0


class PodNow(msgspec.Struct, frozen=True, gc=False):
    """A pod as it is now. uid is the kubelet's, as of a planned one; reason is that of its status, such as ``Evicted``.

    moments: what its document tells of times. dump: which list shows it; None for what was read just now. hashes: of a static pod, what
    the new kubelet makes of its containers as they are now, by name; empty where nobody made them.
    """

    uid: str
    namespace: str
    name: str
    node: str | None
    view: View
    source: PodSource
    phase: str | None = None
    reason: str = ""
    message: str = ""
    workload: Workload | None = None
    containers: tuple[ContainerNow, ...] = ()
    moments: Moments = Moments()
    dump: str | None = None
    hashes: Mapping[str, Hash] = {}


class EventKind(Enum):
    """What an event of a kubelet tells, of what is looked for.

    DEFINITION: it stops a container whose hash is another one. PROBE: a probe failed, and so it stops the container. SANDBOX: the pod's
    sandbox is to be made anew. EVICTED, PREEMPTED: the pod goes, for want of resources or for one that is more important. REBOOTED,
    STARTING: of a node. REFUSED: the pod may not run.
    """

    DEFINITION = "definition"
    PROBE = "probe"
    SANDBOX = "sandbox"
    EVICTED = "evicted"
    PREEMPTED = "preempted"
    REFUSED = "refused"
    REBOOTED = "rebooted"
    STARTING = "starting"


class KubeletEvent(msgspec.Struct, frozen=True, gc=False):
    """An event of a kubelet about a pod, a container of it, or its node.

    namespace and name are the event's own; about and uid are those of what it is about. Times are in nanoseconds.
    """

    kind: EventKind
    namespace: str
    name: str
    about: str
    uid: str
    container: str | None = None
    first: int | None = None
    last: int | None = None
