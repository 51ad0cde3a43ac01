"""Which containers an override can reach: those whose runtime answers the kubelet at an endpoint.

A kubelet that has its runtime's CRI inside itself (dockershim up to 1.23, rkt up to 1.10) speaks to nobody whose answers could be changed,
and docker keeps the hash where nothing can write it while it runs. Whether docker's node is such a one, or cri-dockerd stands there, no
Node object and no list of containers tells; the kubelet's own flags do, and a socket that is served by somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable

from upgradecheck.model.plan import PlannedContainer, PlannedPod
from upgradecheck.model.pod import ContainerRecord
from upgradecheck.model.runtimes import runtime_name
from upgradecheck.planning.seeing.facts import Step
from upgradecheck.planning.seeing.joining import Records
from upgradecheck.planning.setting import Setting


class Reach:
    """What overrides reach on the nodes of a plan."""

    def __init__(self, setting: Setting, records: Records) -> None:
        self._setting, self._records = setting, records
        self._runtimes = {node.name: node.runtime for node in setting.nodes}

    def has(self, pod: PlannedPod, container: PlannedContainer) -> bool:
        """Whether an override of this container can be carried out."""
        step = self._setting.steps.of(pod.node).step
        if step is None or at_an_endpoint(self._setting, pod.node):
            return True  # without a step nothing is held
        return reached(step, runtime_of(container, self._records.of_pod(pod.uid), self._runtimes.get(pod.node or "")))


def at_an_endpoint(setting: Setting, node: str | None) -> bool:
    """Whether this machine is that node, and shows that the kubelet reaches its runtime at an endpoint, or can."""
    return node is not None and setting.here is not None and setting.here.remote and setting.live_node == node


def runtime_of(container: PlannedContainer, records: Iterable[ContainerRecord], node: str | None) -> str | None:
    """The runtime that keeps a container: by its ID as a status has it, by the form of its record, by what its Node says."""
    told = runtime_name(container.container_id)
    if told is not None:
        return told
    of_record = (one.runtime for one in records if one.container_id == container.container_id)
    return next((one for one in of_record if one), None) or runtime_name(node)


def reached(step: Step, runtime: str | None) -> bool:
    """Whether neither kubelet that the step is between has this runtime inside itself."""
    ends = (step.target, *([] if step.start is None else [step.start]))
    return not any(runtime in build.schema.built_in_runtimes for end in ends for build in end.builds)
