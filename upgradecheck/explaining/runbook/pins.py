"""Static pods that a pin of their UID keeps, and what a runbook has for a node with such pods: pins, and a plan of its own.

A plan tells of static pods as their manifests were; with the UID written in they are other manifests. What the new kubelet does then, their
hashes included, only a plan tells that is made after the pins, on the node, where the manifests are. From there on the node goes by that
plan: its overrides are what is applied, its hash is what confirms them, and it is what verify is given. The first plan would call each pin
that held a false alarm.

Distributions with the kubelet inside write their manifests anew, or keep them elsewhere: for these no pin is typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

import msgspec

from upgradecheck.explaining.runbook.distributions import distribution_of
from upgradecheck.explaining.runbook.naming import can_be_typed
from upgradecheck.model.plan import OverrideRefusal, Plan, PlannedContainer, PlannedNode, PlannedPod, Verdict
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import Family
from upgradecheck.model.runtimes import DOCKER, runtime_name
from upgradecheck.model.wording import count, form
from upgradecheck.reporting.overriding import OverrideWay, way_of

THERE = "~/pinned.json"
"""The plan of a node once its static pods are pinned, where it is made."""
FETCH = "fetch_plan"
"""In the place of the step that brings it to where kubectl is."""
HASH = '"${PINNED_HASH:?set it to the hash that the dry run printed}"'
_JOURNAL = '"${JOURNAL:?set it to the newest of these, that of this upgrade}"'
_KUBECONFIG = 'KUBECONFIG="${KUBECONFIG:-/etc/kubernetes/kubelet.conf}"'
"""What a kubeadm node has, and may read of the cluster as much as is its own."""


class Pins(msgspec.Struct, frozen=True, gc=False):
    """What can be pinned on a node. typed: commands are given for it; overridden: a pod that is kept so has containers whose hash moves."""

    pods: tuple[PlannedPod, ...] = ()
    typed: bool = False
    overridden: bool = False

    @property
    def clause(self) -> str:
        """What they keep, for a table."""
        number = len(self.pods)
        return f"{form(number, 'a pin of its UID keeps', 'pins of their UIDs keep')} {count(number, 'static pod')}"


NO_PINS = Pins()


def pins_of(plan: Plan, node: PlannedNode, pods: Sequence[PlannedPod]) -> Pins:
    """The static pods of a node that go, or may, for their UID alone, where overrides were asked for; pin itself looks whether it can."""
    if plan.summary.override is None or not plan.summary.override.pinnable:
        return NO_PINS
    found = tuple(pod for pod in pods if goes_for_its_uid(pod))
    if not found or distribution_of(node).inside or not can_be_typed(node):
        return Pins(found)
    return Pins(found, typed=True, overridden=_reached(node, pods) and any(moves(one) for pod in found for one in pod.containers))


def _reached(node: PlannedNode, pods: Sequence[PlannedPod]) -> bool:
    """Whether an override can be carried out there; docker's may be a kubelet's own, where none can, unless the plan has one."""
    if runtime_name(node.runtime) == DOCKER:
        return any(one.verdict is Verdict.OVERRIDDEN for pod in pods for one in pod.containers)
    return way_of(node) is not OverrideWay.UNKNOWN


def goes_for_its_uid(pod: PlannedPod) -> bool:
    """Whether a static pod goes, or may, for its UID alone, and is of a file."""
    return pod.source is PodSource.FILE and pod.reason.family is Family.STATIC_UID


def moves(one: PlannedContainer) -> bool:
    """Whether the hash of a container in a pod that goes for its UID would restart it all the same, and an override may hold that."""
    made, carried = one.computed, one.evidence.hash
    return one.override_refused is OverrideRefusal.UID_CHANGES and None not in (made.to_hash, carried) and made.to_hash != carried


def here(node: PlannedNode) -> str:
    """What the plan of a node is called where kubectl is."""
    return f"pinned-{node.name}.json"


def pin_lines(node: PlannedNode, plan: Plan, given: str) -> Iterator[str]:
    """While the old kubelet runs: the pins, by the plan that is given."""
    name = quote(node.name)
    yield f"upgradecheck override pin {given} --node {name}"
    yield f"upgradecheck override pin {given} --node {name} --confirm {quote(plan.plan_hash)}"
    yield "upgradecheck override status"


def plan_lines(node: PlannedNode, *, overridden: bool) -> Iterator[str]:
    """Then: the plan of this node as it is now. overridden: see NodeChoice; of docker that tells that there is a CRI socket to ask."""
    records = "--docker auto" if runtime_name(node.runtime) == DOCKER and not overridden else "--cri auto"
    asked = f"--to {quote(node.to_version.release)} --node {quote(node.name)} {records} --override"
    yield f'{_KUBECONFIG} upgradecheck plan {asked} --exit-zero -o table -o json="$HOME/pinned.json"'


def fetch_line(node: PlannedNode) -> str:
    """Where kubectl is: the plan comes there."""
    return f"{FETCH} {quote(node.name)} {quote(here(node))}"


def undo_lines(stop: str, where: str = "") -> Iterator[str]:
    """What puts back the overrides of a plan that was made on the node, around the stop of the kubelet; where: how the runtime is found."""
    yield "ls -t /var/lib/upgradecheck/override/[0-9]*.journal"
    yield f"upgradecheck override undo {_JOURNAL}{where}"
    yield stop
    yield f"upgradecheck override undo {_JOURNAL} --confirm {HASH}{where} --restart-runtime"


def unpin_lines(node: PlannedNode) -> Iterator[str]:
    """The old kubelet keeps the pods: under it their UIDs are those that it makes."""
    yield f"upgradecheck override unpin --node {quote(node.name)}"
    confirmed = '"${UNPIN_HASH:?set it to the hash that the dry run printed}"'
    yield f"upgradecheck override unpin --node {quote(node.name)} --confirm {confirmed}"
