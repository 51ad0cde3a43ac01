"""Whether swap stops the new kubelets: with failSwapOn true, which is the default, a kubelet ends at once where any is on.

That is so of every minor, on Linux alone: whatever line /proc/swaps has beside its head counts, zram's and a file's, under cgroups of
either version; what the noswap option of tmpfs is asked for is another matter. A Node object tells how much there is from 1.33 on, of
kubelets with gate NodeSwap (nodeInfo.swap), and leaves none out.

A flag is on the command line of both kubelets and beats both configurations. A running kubelet that shows swap is let have it, by what was
shown of it or by something that was not: so only a new configuration can change that, and not one that says what the old one says.

Mirrors NewContainerManager in pkg/kubelet/cm/container_manager_linux.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from upgradecheck.decode.kubelet.flags import flags_of
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.reasons import Reason
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.planning.asking.starting import NEW_CONFIGURATION, placed, stopped_at
from upgradecheck.planning.asking.steps import Steps

FIELD = "failSwapOn"
_FLAGS = frozenset({"--fail-swap-on", "--experimental-fail-swap-on"})
_WINDOWS = "windows"


def with_swap(steps: Steps, configs: Configs, arguments: Iterable[KubeletArguments], nodes: Sequence[NodeFacts]) -> Steps:
    """The steps, with the nodes whose new kubelets swap stops, or may stop."""
    let = configs.old_told and _fails(configs.old) is False
    if not configs.new_told or _fails(configs.new) is not True or (configs.old_told and not let):
        return steps
    by_flags = {one.node for one in placed(arguments, steps.by_node.keys()) if not _FLAGS.isdisjoint(flags_of(one.words))}
    if None in by_flags:
        return steps
    found = tuple(_found(steps, nodes, let=let, apart=by_flags))
    on, unseen = ([one.node for one in found if one.kind is kind] for kind in (TroubleKind.SWAP_ON, TroubleKind.SWAP_UNSEEN))
    told = replace(steps, troubles=(*steps.troubles, *found))
    told = stopped_at(told, unseen, obstacle=Reason.KUBELET_MAY_NOT_START)
    return stopped_at(told, on, obstacle=Reason.KUBELET_WILL_NOT_START)


def _found(steps: Steps, nodes: Sequence[NodeFacts], *, let: bool, apart: set[str | None]) -> Iterator[StartTrouble]:
    """let: the running kubelet's configuration says that swap may be on. apart: the nodes whose flags say it of both kubelets."""
    shown = {node.name: node for node in nodes}
    for name in steps.by_node or (None,):
        node = shown.get(name or "")
        if name in apart or (node is not None and node.os == _WINDOWS) or _is_stopped(steps, name):
            continue
        if node is not None and node.swap:
            yield StartTrouble(TroubleKind.SWAP_ON, FIELD, NEW_CONFIGURATION, node=name)
        elif let:
            yield StartTrouble(TroubleKind.SWAP_UNSEEN, FIELD, NEW_CONFIGURATION, node=name)


def _is_stopped(steps: Steps, node: str | None) -> bool:
    step = steps.of(node).step
    return step is not None and step.obstacle is not None


def _fails(config: KubeletConfig) -> bool | None:
    """What a configuration says of swap, with the default; None of what is no switch."""
    value = config.values.get(FIELD) if FIELD in config.given else True
    return value if isinstance(value, bool) else None
