"""What of a configuration a static policy holds against its state: the CPUs and the memory that are kept from containers.

Mirrors validateState in pkg/kubelet/cm/cpumanager/policy_static.go and in pkg/kubelet/cm/memorymanager/policy_static.go: reserved CPUs
have to be among those that all share, or, reserved strictly (1.32 on), to be nowhere in the state; memory that is reserved of a NUMA node
has to be what was written. So some changes of a configuration stop the next start whatever was given to containers, and some where a
container has what is reserved from now on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from upgradecheck.decisions.amounts import nanos
from upgradecheck.hashing.quantity import parse_quantity
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.cpusets import parse_cpus
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.statefiles import StateName, StateWeight

RESERVED_MEMORY = "reservedMemory"
_STATIC = {StateName.CPUS: "static", StateName.MEMORY: "Static"}
_STRICT, _ONE = "strict-cpu-reservation", 10**9


class KeptCpus(msgspec.Struct, frozen=True, gc=False):
    """What of CPUs is kept from containers: these by name, or so many. strict: also from those that have none for themselves."""

    named: frozenset[int] = frozenset()
    number: int = 0
    strict: bool = False


def kept_cpus(config: KubeletConfig) -> KeptCpus:
    """What a configuration keeps; nothing where that cannot be read."""
    try:
        named = parse_cpus(config.reserved_cpus.replace(" ", ""))
    except SpecRefused:
        named = frozenset()
    amounts = (_nanos(held.get("cpu", "0")) for held in (config.kube_reserved, config.system_reserved))
    number = len(named) or -(-sum(amounts) // _ONE)
    return KeptCpus(named, number, config.cpu_manager_options.get(_STRICT) == "true")


def kept_memory(config: KubeletConfig) -> Mapping[tuple[int, str], int] | None:
    """What a configuration keeps of each NUMA node and kind of memory, in bytes; None where that cannot be read."""
    text = config.values.get(RESERVED_MEMORY)
    if not isinstance(text, str):
        return None if RESERVED_MEMORY in config.given else {}
    found: dict[tuple[int, str], int] = {}
    for part in text.split(";") if text else ():
        node, _, held = part.partition(":")
        name, _, amount = held.partition("=")
        if not node.isdigit():
            return None
        found[int(node), name] = _nanos(amount) // _ONE
    return found


def of_moved(name: StateName, old: KubeletConfig, new: KubeletConfig) -> Iterator[tuple[str, StateWeight]]:
    """What a change of the configuration means for the state of a static policy that was written before it; said of the file."""
    if name is StateName.CPUS and old.cpu_manager == new.cpu_manager == _STATIC[name]:
        yield from _moved_cpus(kept_cpus(old), kept_cpus(new))
    if name is StateName.MEMORY and old.memory_manager == new.memory_manager == _STATIC[name] and kept_memory(old) != kept_memory(new):
        yield f"it was written with another {RESERVED_MEMORY} than the new configuration has", StateWeight.STOPS


def _moved_cpus(old: KeptCpus, new: KeptCpus) -> Iterator[tuple[str, StateWeight]]:
    if old == new:
        return
    likened = bool(old.named) is bool(new.named)
    if old.strict is not new.strict or (new.strict and likened):
        yield (
            "it was written when other CPUs were reserved, or not in the same way (strictly), and what it has does not fit",
            StateWeight.STOPS,
        )
    elif new.named - old.named or new.number > old.number or not likened:
        yield "a container may have CPUs for itself that the new configuration reserves, at which the new kubelet stops", StateWeight.OPEN


def _nanos(text: str) -> int:
    try:
        return nanos(parse_quantity(text))
    except SpecRefused:
        return 0
