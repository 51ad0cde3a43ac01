"""Whether a new configuration keeps back more of a node than there is: then its kubelet ends, and admits no pod.

What counts is kubeReserved, systemReserved and the hard eviction thresholds together, against the capacity that the Node object shows, of
cpu, memory and ephemeral-storage; process IDs are not looked at. It is so of every minor, on Linux alone, whatever
enforceNodeAllocatable says. A flag beats both configurations, and the running kubelet has it, too.

Mirrors validateNodeAllocatable in pkg/kubelet/cm/node_container_manager_linux.go, at which real kubelets 1.20.15 and 1.34.1 end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from upgradecheck.decisions.admission import overdrawn
from upgradecheck.decode.kubelet.flags import flags_of
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.reasons import Reason
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.planning.asking.starting import NEW_CONFIGURATION, placed, stopped_at
from upgradecheck.planning.asking.steps import Steps

_FLAGS = frozenset({"--kube-reserved", "--system-reserved", "--eviction-hard", "--reserved-cpus"})
_WINDOWS = "windows"


def with_reserved(steps: Steps, configs: Configs, arguments: Iterable[KubeletArguments], nodes: Sequence[NodeFacts]) -> Steps:
    """The steps, with the nodes whose new kubelets keep back more than there is."""
    if not configs.new_told or not configs.new.sets_room:
        return steps
    by_flags = {one.node for one in placed(arguments, steps.by_node.keys()) if not _FLAGS.isdisjoint(flags_of(one.words))}
    if None in by_flags:
        return steps
    found = tuple(
        StartTrouble(TroubleKind.RESERVES_TOO_MUCH, name, NEW_CONFIGURATION, node=node.name)
        for node in nodes
        if node.name not in by_flags and node.os != _WINDOWS
        for name in overdrawn(node, configs.new)
    )
    told = replace(steps, troubles=(*steps.troubles, *found))
    return stopped_at(told, [one.node for one in found], obstacle=Reason.KUBELET_WILL_NOT_START) if found else steps
