"""What the new kubelet says when it stops something, so that who looks on knows what belongs to the upgrade and what does not."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.decisions.messages import Killing, killing_message, log_line
from upgradecheck.explaining.runbook.blocks import Block, Bullets, Commands, Paragraph
from upgradecheck.explaining.runbook.distributions import unit_of
from upgradecheck.explaining.runbook.typing import CLUSTER
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.decisions import Messages
from upgradecheck.model.errors import UnknownMinor, UnknownVersion
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Plan, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.reasons import Family
from upgradecheck.model.runtimes import CONTAINERD, runtime_name
from upgradecheck.model.wording import count
from upgradecheck.reporting.lines import Line, Name, Value

_EVENTS = "kubectl get events --all-namespaces --field-selector reason=Killing --sort-by=.lastTimestamp"
_HASH, _DEFINITION = "spec hash changed", "definition changed"
_OTHERS: tuple[Line, ...] = (
    ("Static pods that are made anew: Killing (Stopping container …) of the old pod, then Pulled, Created, Started of the new one.",),
    ("The node is NotReady for some seconds; after about 40 seconds without a kubelet its pods are marked so, too, and endpoints go.",),
    ("Whatever else restarts (OOMKilled, a failed probe, an eviction) is none of this plan's: look at it before you go on.",),
)  # fmt: skip


def blocks(plan: Plan, catalog: SchemaCatalog | None) -> Iterator[Block]:
    """What is expected, with a container of this plan as the example, and where to look."""
    build = _build(plan, catalog)
    example = _example(plan)
    if build is not None and example is not None:
        yield Paragraph((f"Kubelet {build.release} tells of each container that it kills for its hash, such as:",))
        yield Bullets(tuple(_told(plan, *example, build)))
    elif example is None:
        yield Paragraph((_none_expected(plan),))
    yield Bullets(_OTHERS)
    pattern = _HASH if build is not None and build.decisions.messages is Messages.HASH_CHANGED else _DEFINITION
    yield Commands(CLUSTER, (_EVENTS,))
    for name in sorted({unit_of(node) for node in plan.nodes} or {"kubelet"}):
        yield Commands(("on a node",), (f"journalctl -u {name} --since -15min | grep -F '{pattern}' || true",))


def _none_expected(plan: Plan) -> str:
    doubt = plan.summary.containers.get(Verdict.UNKNOWN, 0)
    if doubt:
        told = f"of {count(doubt, 'container')} it cannot be told"
        return f"This plan has no container that is known to be killed for its hash; {told}, and an event may say so."
    return "This plan has no container that is killed for its hash. An event that says so is not expected."


def _build(plan: Plan, catalog: SchemaCatalog | None) -> KubeletBuild | None:
    """The new kubelet, None where nobody knows how it speaks."""
    try:
        builds = () if catalog is None else catalog.builds(plan.to_version)
    except (UnknownVersion, UnknownMinor):
        return None
    return builds[-1] if len({build.decisions.messages for build in builds}) == 1 else None


def _example(plan: Plan) -> tuple[PlannedPod, PlannedContainer] | None:
    """The first container that is killed for its hash; one that is only held back by an override where there is no other."""
    found = (
        (pod, one)
        for wanted in (Verdict.RESTART, Verdict.OVERRIDDEN)
        for pod in plan.pods
        for one in pod.containers
        if one.verdict is wanted and (one.reason.family is Family.HASH or wanted is Verdict.OVERRIDDEN)
    )
    return next(found, None)


def _told(plan: Plan, pod: PlannedPod, one: PlannedContainer, build: KubeletBuild) -> Iterator[Line]:
    runtime = next((runtime_name(node.runtime) for node in plan.nodes if node.name == pod.node), None)
    killing = Killing(
        namespace=pod.namespace,
        pod=pod.name,
        uid=pod.uid,
        container=one.name,
        container_id=one.container_id or "",
        runtime=runtime or CONTAINERD,
        kind=one.kind,
        recorded=one.evidence.hash,
        expected=one.computed.to_hash,
    )
    about: Line = ("event Killing of pod ", Name(f"{pod.namespace}/{pod.name}"), ": ")
    if one.verdict is Verdict.OVERRIDDEN:
        about = ("were the override not in force: ", *about)
    yield (*about, Value(killing_message(killing, build)))
    line = log_line(killing, build)
    if line is not None:
        yield "log (verbosity 2): ", Value(line)
