"""Whether a new configuration reserves of NUMA nodes just the memory that the node as a whole keeps back: else its kubelet ends.

Under memoryManagerPolicy Static. What the node keeps back is kubeReserved, systemReserved and the hard eviction threshold together; of huge
pages it can keep none. What was not said anew runs already, but where the running kubelet has no memory manager: its gate is off in 1.21.
Flags beat a configuration, and not all of them are laid over it: where one sets any of it, what the new kubelet makes of it is missing.

Mirrors validateReservedMemory in pkg/kubelet/cm/memorymanager/memory_manager.go; real kubelets were asked (tests/lab/recorded-late.json).
differs: that a NUMA node is not there is not asked, since nothing shows which there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from upgradecheck.decisions.admission import kept_back
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.statefiles.settings import RESERVED_MEMORY, kept_memory
from upgradecheck.decode.kubelet.flags import flags_of, last
from upgradecheck.hashing.quantity import parse_quantity
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.reasons import Reason
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.model.statefiles import StateName
from upgradecheck.planning.asking.starting import NEW_CONFIGURATION, placed, stopped_at
from upgradecheck.planning.asking.steps import Steps

_FLAGS = frozenset({"--kube-reserved", "--system-reserved", "--eviction-hard", "--reserved-memory", "--memory-manager-policy"})
_POLICY = "memory-manager-policy"
_STATIC, _WINDOWS = "Static", "windows"
_MEMORY, _MI = "memory", 1 << 20
_UNSEEN = Missing(
    "whether the new kubelet takes reservedMemory of the new configuration",
    "it has to be what kubeReserved, systemReserved and evictionHard keep back, a share of what nodes have, and that was not shown",
)

_BY_FLAGS = Missing(
    "whether the new kubelet takes the memory that is reserved by flags",
    "it has to be what kubeReserved, systemReserved and evictionHard keep back; flags say something of it, which is not summed up here",
)


def with_reserved_memory(steps: Steps, configs: Configs, arguments: Iterable[KubeletArguments], nodes: Sequence[NodeFacts]) -> Steps:
    """The steps, with the nodes whose new kubelets end at it."""
    new = configs.new if configs.new_told else configs.old
    if not (configs.new_told or _is_first_managed(steps)) or not _manages(steps.target):
        return steps
    words = placed(arguments, steps.by_node.keys())
    by_flags = {one.node for one in words if not _FLAGS.isdisjoint(flags_of(one.words))}
    if new.memory_manager != _STATIC and not any(last(one.words, _POLICY) == _STATIC for one in words):
        return steps
    untold = replace(steps, missing=(*steps.missing, _BY_FLAGS)) if by_flags else steps
    linux = [one for one in nodes if one.name not in by_flags and one.os != _WINDOWS]
    if new.memory_manager != _STATIC or None in by_flags or (nodes and not linux):
        return untold
    steps, found, unseen = untold, list[StartTrouble](), False
    for node in linux or (None,):
        capacity = (node.capacity or {}).get(_MEMORY) if node is not None else None
        back = kept_back(new, capacity)
        unseen |= back is None
        found += [] if back is None else _unlike(new, back, None if node is None else node.name)
    told = replace(steps, troubles=(*steps.troubles, *found), missing=(*steps.missing, *((_UNSEEN,) if unseen else ())))
    return stopped_at(told, [one.node for one in found], obstacle=Reason.KUBELET_WILL_NOT_START) if found else told


def _is_first_managed(steps: Steps) -> bool:
    """Whether some kubelet runs without a memory manager, so that what its configuration reserves is first looked at by the new one."""
    known = [one.step.start for one in (*steps.by_node.values(), steps.default) if one.step is not None]
    return any(start is not None and not _manages(start) for start in known)


def _manages(end: KubeletEnd) -> bool:
    """Whether it has a memory manager."""
    rules = [(build, build.state_files.of(StateName.MEMORY)) for build in end.builds]
    return all(rule is not None and (rule.gate is None or build.feature_gate(rule.gate)) for build, rule in rules)


def _unlike(config: KubeletConfig, back: int, node: str | None) -> Iterator[StartTrouble]:
    """Kinds of memory of which something else is reserved than is kept back. back: bytes of memory."""
    held = kept_memory(config)
    if not held:  # none, or what cannot be read, is refused elsewhere
        return
    for name, text in _texts(config):
        if not _is_whole(text):
            words = f"{text} of {name}, which is read as no whole number of bytes"
            yield StartTrouble(TroubleKind.MEMORY_UNLIKE, RESERVED_MEMORY, NEW_CONFIGURATION, instead=words, node=node)
    reserved = {_MEMORY: 0}
    for (_, name), amount in held.items():
        reserved[name] = reserved.get(name, 0) + amount
    for name, amount in reserved.items():
        kept = back if name == _MEMORY else 0
        if amount != kept:
            words = f"{_bytes(amount)} of {name}, and {_bytes(kept)} is kept back"
            yield StartTrouble(TroubleKind.MEMORY_UNLIKE, RESERVED_MEMORY, NEW_CONFIGURATION, instead=words, node=node)


def _texts(config: KubeletConfig) -> Iterator[tuple[str, str]]:
    """The kinds of memory, and how each amount is written."""
    for part in str(config.values.get(RESERVED_MEMORY, "")).split(";"):
        name, equals, text = part.partition(":")[2].partition("=")
        if equals:
            yield name, text


def _is_whole(text: str) -> bool:
    """Whether Go gives an amount as a whole number: 0.5Gi is one, and still read otherwise.

    Mirrors AsInt64 in k8s.io/apimachinery/pkg/api/resource/quantity.go, which convertReserved asks.
    """
    try:
        found = parse_quantity(text)
    except SpecRefused:
        return True  # that is refused elsewhere
    return not found.wide and found.scale >= 0


def _bytes(amount: int) -> str:
    return f"{amount // _MI}Mi" if amount % _MI == 0 else f"{amount} bytes"
