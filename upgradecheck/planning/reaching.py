"""Which containers an override can reach: those whose runtime answers both kubelets alike.

A kubelet up to 1.23 has docker's CRI inside itself (dockershim): between the two nothing can stand, but docker keeps the hash as a label,
which can be written while dockerd is stopped and its containers run on, unless it is in a swarm. Of a step on which one of the kubelets has
a dockershim and the other needs cri-dockerd nobody has seen that. That docker is behind cri-dockerd, no Node object and no list of
containers tells; what does, the step knows (asking.runtimes).
"""

from __future__ import annotations

from collections.abc import Iterable

from upgradecheck.model.plan import OverrideRefusal, PlannedContainer, PlannedPod
from upgradecheck.model.pod import ContainerRecord, NodeFacts
from upgradecheck.model.runtimes import DOCKER, runtime_name
from upgradecheck.planning.asking.steps import Steps
from upgradecheck.planning.seeing.facts import Step
from upgradecheck.planning.seeing.records import Records


class Reach:
    """What overrides reach on the nodes of a plan."""

    def __init__(self, steps: Steps, nodes: Iterable[NodeFacts], records: Records) -> None:
        self._steps, self._records = steps, records
        self._runtimes = {node.name: node.runtime for node in nodes}

    def refusal(self, pod: PlannedPod, container: PlannedContainer) -> OverrideRefusal | None:
        """Why no override of this container can be carried out; None if one can."""
        step = self._steps.of(pod.node).step
        if step is None:
            return None  # of that, nothing is held
        return out_of_reach(step, runtime_of(container, self._records.of_pod(pod), self._runtimes.get(pod.node or "")))


def runtime_of(container: PlannedContainer, records: Iterable[ContainerRecord], node: str | None) -> str | None:
    """The runtime that keeps a container: by its ID as a status has it, by the form of its record, by what its Node says."""
    told = runtime_name(container.container_id)
    if told is not None:
        return told
    of_record = (one.runtime for one in records if one.container_id == container.container_id)
    return next((one for one in of_record if one), None) or runtime_name(node)


def out_of_reach(step: Step, runtime: str | None) -> OverrideRefusal | None:
    """Why no override reaches what this runtime runs, as far as anything shows; None where one does.

    Both kubelets have the runtime inside themselves, or neither has, else none does. dockerd in a swarm has no live-restore.
    """
    if runtime != DOCKER or step.docker_over_cri:
        return None
    ends = (step.target, *([] if step.start is None else [step.start]))
    inside = {build.decisions.has_dockershim for end in ends for build in end.builds}
    if len(inside) != 1:
        return OverrideRefusal.OUT_OF_REACH
    return OverrideRefusal.IN_SWARM if step.docker_in_swarm and True in inside else None
