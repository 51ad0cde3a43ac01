"""What Node objects show of how their kubelets are started: a flag without which something in them would not stand, a kernel too old for
cgroup v2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import NodeFacts
from upgradecheck.planning.asking.steps import Steps

_DYNAMIC = "--dynamic-config-dir"
_CGROUP_V2_SINCE = (4, 5)
"""The Linux that brought the file system which a kubelet asks for (libcontainer's cgroups.IsCgroup2UnifiedMode)."""
_OF_V1 = pattern(r"\.(?:el8|amzn2)(?:[._a-z]|$)")
_RELEASE = pattern(r"([0-9]{1,4})\.([0-9]{1,4})\D?.*")


def flags_shown(
    nodes: Iterable[NodeFacts], given: Sequence[KubeletArguments], steps: Steps, options: Callable[[], KubeletOptions]
) -> Iterator[KubeletArguments]:
    """Of a node whose kubelet has its configuration from a ConfigMap, the flag without which none has.

    What stands in the object outlives the flag: a command line that was given for the node tells more, and so does a running kubelet
    that does not know the flag. Mirrors what starts the controller in cmd/kubelet/app/server.go up to 1.23.
    """
    told = {one.node for one in given}
    for node in nodes:
        step = steps.of(node.name).step if node.configured_by_server else None
        start = None if step is None else step.start
        if start is None or None in told or node.name in told:
            continue
        if all(options().takes(_DYNAMIC, build.minor) for build in start.builds):
            yield KubeletArguments((f"{_DYNAMIC}=",), f"status.config of Node {node.name}", node.name)


def without_cgroup_v2(nodes: Iterable[NodeFacts]) -> Iterator[str]:
    """Names of nodes whose kernel has no cgroup v2 at all; what a newer one has mounted no Node object shows."""
    for node in nodes:
        release = None if node.kernel is None or node.os not in (None, "linux") else _RELEASE.fullmatch(node.kernel)
        if release is not None and (int(release[1]), int(release[2])) < _CGROUP_V2_SINCE:
            yield node.name


def likely_on_cgroup_v1(nodes: Iterable[NodeFacts]) -> Iterator[str]:
    """Names of nodes with the kernel of a distribution that has cgroup v1 by default: RHEL 8 and its kin, Amazon Linux 2."""
    return (node.name for node in nodes if node.kernel is not None and _OF_V1.search(node.kernel) is not None)
