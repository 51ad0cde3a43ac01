"""A node that has room for all of its pods at once.

What a pod is refused for is its own and its node's, or that those before it have taken its room or a host port. Those take no more than all
others together do; so where all have room at once, nothing that is refused hangs on the others, nor on their order, and each is judged as
if it were alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from upgradecheck.decisions.admission.admitting import judged
from upgradecheck.decisions.admission.node import node_view
from upgradecheck.decisions.admission.outcomes import Admitted
from upgradecheck.decisions.admission.requests import PodNeeds, PodRequest
from upgradecheck.decisions.admission.resources import PODS
from upgradecheck.model.config import SAME_CONFIG, Configs
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import NodeFacts


def have_room(asked: Iterable[tuple[PodNeeds, int]], room: Mapping[str, int]) -> bool:
    """Whether so many pods of such needs have room at once, as shortages and colliding see it; no also where that is not soon told."""
    taken, more, ports, pods = dict[str, int](), dict[str, int](), set[int](), 0
    for needs, times in asked:
        pods += times
        if needs.ports:
            numbers = {port.port for port in needs.ports}
            if times > 1 or not ports.isdisjoint(numbers):
                return False
            ports |= numbers
        for name, amount in needs.requests if needs.taken is None else needs.taken:
            if amount < 0:
                return False
            taken[name] = taken.get(name, 0) + times * amount
        if needs.taken is not None:
            own = dict(needs.taken)
            for name, amount in needs.requests:
                more[name] = max(more.get(name, 0), amount - own.get(name, 0))
        if needs.if_missing and any(name not in room for name, _ in needs.if_missing):
            return False
    if pods > room.get(PODS, pods):
        return False
    return all(taken.get(name, 0) + more.get(name, 0) <= amount for name, amount in room.items())


class Door:
    """A node at which pods ask as if each were alone. The members are those of admit."""

    def __init__(
        self,
        facts: NodeFacts,
        build: KubeletBuild,
        running: KubeletBuild | None,
        configs: Configs = SAME_CONFIG,
        *,
        docker_over_cri: bool = False,
    ) -> None:
        self._node, self._build = node_view(facts, build, running, configs=configs, docker_over_cri=docker_over_cri), build

    def has_room(self, asked: Iterable[tuple[PodNeeds, int]]) -> bool:
        """Whether so many pods of such needs have room at once; no also where that is not soon told."""
        return have_room(asked, self._node.room)

    def admits(self, request: PodRequest) -> bool:
        """Whether a pod is surely admitted, or not asked about, if there is no other one."""
        return all(isinstance(one, Admitted) for one in judged((request,), self._node, self._build).values())


def goes_by_labels(request: PodRequest) -> bool:
    """Whether what is decided on a pod hangs on what two nodes hardly have in common: their names and labels."""
    return bool(request.needs.selector) or request.affinity is not None
