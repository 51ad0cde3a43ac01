"""A plan of one container, and what is seen of it afterwards: one base, small mutations, and the truth that a person would tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from tests.builders import as_version
from tests.builders_plan import container, plan, pod
from upgradecheck.model.aftermath import ContainerNow, EventKind, KubeletEvent, Moments, PodNow, Termination
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Computed, Plan, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.pod import Absent, ContainerRecord, NodeFacts, Origin, PodSource, RunState, View
from upgradecheck.model.reasons import Reason
from upgradecheck.model.times import SECOND
from upgradecheck.model.verification import VerifiedContainer
from upgradecheck.model.version import ReportedVersion
from upgradecheck.sources.files import open_inputs
from upgradecheck.verifying.after import After, Asked
from upgradecheck.verifying.looking import Looking
from upgradecheck.verifying.verifying import verify

OLD, NEW = "a" * 64, "b" * 64
START = 1_770_000_000 * SECOND
"""Of the container, before the plan."""
KUBELET = START + 3_600 * SECOND
"""When the new kubelet was started."""
LATER = KUBELET + 5 * SECOND
BOOT = "6f1c2d3e"
NODE = "node-a"


def planned(verdict: Verdict = Verdict.SAFE, reason: Reason = Reason.HASH_EQUAL, **changes: Any) -> PlannedContainer:
    """A running container that was started once."""
    was: dict[str, Any] = {"container_id": OLD, "state": RunState.RUNNING, "started_at": START, "restart_count": 0}
    return container("app", verdict, reason=reason, **{**was, **changes})


def plan_of(*pods: PlannedPod, boot: str | None = BOOT) -> Plan:
    """From 1.30.14 to 1.31.4."""
    made = plan(*pods, from_version=as_version("1.30.14"), to_version=as_version("1.31.4"))
    return replace(made, nodes=tuple(replace(node, boot_id=boot) for node in made.nodes))


def node(version: str | None = "v1.31.4", name: str = NODE, boot: str | None = BOOT, ready: int = KUBELET) -> NodeFacts:
    """The Node as it is now; it was not ready for a moment when its new kubelet came up."""
    told: ReportedVersion | None = None if version is None else as_version(version)
    return NodeFacts(name, told, "containerd://1.7.2", {}, Origin("nodes.json"), boot_id=boot, ready_since=ready)


def now(*containers: ContainerNow, name: str = "web-1", **changes: Any) -> PodNow:
    """The pod as the API server shows it."""
    values: dict[str, Any] = {
        "uid": f"uid-of-{name}",
        "namespace": "shop",
        "name": name,
        "node": NODE,
        "view": View.SPEC,
        "source": PodSource.API,
        "phase": "Running",
        "containers": containers,
    }
    return PodNow(**{**values, **changes})


KEPT = ContainerNow("app", OLD, RunState.RUNNING, START)
ENDED = Termination(143, "Error")
RESTARTED = ContainerNow("app", NEW, RunState.RUNNING, LATER, restart_count=1, last=ENDED)


def ending(code: int = 143, reason: str = "Error") -> ContainerNow:
    """Restarted once, after an end with this code."""
    return replace(RESTARTED, last=replace(ENDED, exit_code=code, reason=reason))


def record(container_id: str = OLD, state: RunState = RunState.RUNNING, **changes: Any) -> ContainerRecord:
    """The runtime's."""
    values: dict[str, Any] = {
        "container_id": container_id,
        "sandbox_id": "s",
        "pod_uid": "uid-of-web-1",
        "pod_namespace": "shop",
        "pod_name": "web-1",
        "name": "app",
        "attempt": 0,
        "state": state,
        "created_at": START,
        "hash": Absent(),
        "hash_without_resources": Absent(),
        "origin": Origin("crictl.json"),
    }
    return ContainerRecord(**{**values, **changes})


def event(kind: EventKind, container_name: str | None = "app", **changes: Any) -> KubeletEvent:
    """Of the new kubelet."""
    values: dict[str, Any] = {"namespace": "shop", "about": "web-1", "uid": "uid-of-web-1", "first": LATER, "last": LATER}
    return KubeletEvent(kind, name=f"{kind.value}.1", container=container_name, **{**values, **changes})


def of_node(kind: EventKind, at: int = KUBELET) -> KubeletEvent:
    """About the node."""
    return KubeletEvent(kind, "default", f"{NODE}.{kind.value}", NODE, NODE, None, at, at)


def seen(
    made: Plan,
    pods: Iterable[PodNow] = (),
    nodes: Iterable[NodeFacts] | None = None,
    records: Iterable[ContainerRecord] = (),
    events: Iterable[KubeletEvent] = (),
    asked: Asked | None = None,
    *,
    only: frozenset[str] | None = None,
    everything: bool = False,
) -> After:
    """What was read; the node has been upgraded unless said otherwise."""
    looking = Looking(made)
    for one in pods:
        looking.add(one)
    there = (node(),) if nodes is None else nodes
    return looking.seen(there, records, (), events, asked, only=only, everything=everything)


def verified(one: PlannedContainer | PlannedPod, *pods: PodNow, boot: str | None = BOOT, **found: Any) -> VerifiedContainer:
    """What became of the only container."""
    made = plan_of(one if isinstance(one, PlannedPod) else pod("web-1", one), boot=boot)
    (row,) = verify(made, seen(made, pods, **found)).containers
    return row


def looked_at(made: Plan, files: tuple[str, ...]) -> After:
    """What dumps show."""
    looking = Looking(made, dumped=True)
    with open_inputs(files, recursive=False) as inputs:
        for one in inputs.pods():
            looking.take(one)
        facts = inputs.facts()
    return looking.seen(facts.nodes, facts.containers, facts.sandboxes, ())


SAFE, HELD = planned(), planned(Verdict.OVERRIDDEN, Reason.HASH_CHANGED, override="planned")
STOPS, GOES = planned(Verdict.RESTART, Reason.HASH_CHANGED), planned(Verdict.RECREATE, Reason.SANDBOX_NOT_READY)
REFUSED = planned(Verdict.REJECT, Reason.NODE_AFFINITY)
OPEN = planned(Verdict.UNKNOWN, Reason.NOT_REPRODUCED)
ALONE = planned(Verdict.NOT_COMPARED, Reason.KIND_NOT_COMPARED)
ACCEPTED = planned(Verdict.SUPPRESSED, Reason.HASH_CHANGED, would_be=Verdict.RESTART, ignored_by=1)
FAILED = now(phase="Failed", reason="NodeAffinity", message="Pod was rejected: Predicate NodeAffinity failed")
EVICTED = now(phase="Failed", reason="Evicted", message="The node was low on resource: memory. ")
PRESSED = now(phase="Failed", reason="Evicted", message="Pod was rejected: The node had condition: [MemoryPressure]. ")
BLOCKED = now(replace(KEPT, state=RunState.WAITING, container_id=None, blocked=True), phase="Pending", reason="AppArmor")
WAITS = ContainerNow("app", OLD, RunState.WAITING, restart_count=0, last=ENDED)
OVER = ContainerNow("app", OLD, RunState.EXITED, START, ended=Termination(0, "Completed", finished_at=LATER))
CUT_OFF = replace(OVER, ended=replace(ENDED, exit_code=137, finished_at=LATER))
WEB = pod("web-1", SAFE).workload
ANOTHER = now(KEPT, uid="another", moments=Moments(LATER, LATER))
LONG_AGO = event(EventKind.PROBE, uid="another", first=START - 9 * SECOND, last=START - 9 * SECOND)
TWICE = replace(RESTARTED, restart_count=2, last=Termination(137, "OOMKilled"))
CREATED = KUBELET - 60 * SECOND
"""Before the new kubelet."""
STATIC = pod("etcd-node-a", STOPS, source=PodSource.FILE, workload="StaticPod/etcd", mirror_uid="m")
KUBELETS = now(name="web-2", view=View.KUBELET)
KEPT_STATIC = replace(STATIC, containers=(SAFE,))
MADE = replace(STATIC, containers=(replace(STOPS, computed=Computed(Hash(1), Hash(2))),))
SAME, EDITED = {"app": Hash(2)}, {"app": Hash(3)}


def static_now(uid: str, view: View = View.MIRROR) -> PodNow:
    return now(RESTARTED, name="etcd-node-a", uid=uid, source=PodSource.FILE, view=view)
