"""What of a node pods can have under another configuration of its kubelet.

Allocatable is the capacity without what is reserved for the kubelet and the system, and without the hard eviction thresholds; the Node
object holds what the running kubelet made of its configuration, until the new one writes it for the first time.

Mirrors GetNodeAllocatableReservation and hardEvictionReservation in pkg/kubelet/cm/node_container_manager_linux.go, MaxPods in
pkg/kubelet/nodestatus/setters.go and, for reservedSystemCPUs, run in cmd/kubelet/app/server.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import pack, unpack

from upgradecheck.decisions.admission.resources import CPU, MEMORY, PODS, STORAGE
from upgradecheck.decisions.amounts import nanos
from upgradecheck.hashing.quantity import parse_quantity
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import NodeFacts

_ONE = 10**9
_DEFAULT_EVICTION = {"memory.available": "100Mi", "nodefs.available": "10%"}
_THRESHOLDS = {MEMORY: "memory.available", STORAGE: "nodefs.available"}

Amounts = Mapping[str, int]


def allocatable_under(facts: NodeFacts, configs: Configs) -> Mapping[str, str] | None:
    """The allocatable that the new kubelet will write; None where that is what the Node object shows, as far as is known.

    Where the running kubelet's configuration was not given, what the new one sets is taken from the capacity; what it does not set, flags
    may.
    """
    if not configs.new_told or facts.allocatable is None or not (configs.old_told or configs.new.sets_room):
        return None
    shown, capacity = _amounts(facts.allocatable), _amounts(facts.capacity or {})
    new = _reserved(configs.new, capacity)
    made = dict(shown)
    for name in (CPU, MEMORY, STORAGE):
        if name in shown and configs.old_told:
            made[name] = shown[name] + _reserved(configs.old, capacity)[name] - new[name]
        elif name in shown and name in capacity:
            made[name] = capacity[name] - new[name]
    pods = _pods(configs.new, capacity)
    if PODS in shown and (pods != _pods(configs.old, capacity) if configs.old_told else configs.new.max_pods != KubeletConfig().max_pods):
        made[PODS] = pods
    if made == shown:
        return None
    return {**facts.allocatable, **{name: f"{max(0, amount)}n" for name, amount in made.items() if amount != shown[name]}}


def overdrawn(facts: NodeFacts, config: KubeletConfig) -> tuple[str, ...]:
    """The resources of which a configuration keeps back more than a node shows that it has."""
    capacity = _amounts(facts.capacity or {})
    reserved = _reserved(config, capacity)
    return tuple(name for name in _NAMES if name in capacity and reserved[name] > capacity[name])


def kept_back(config: KubeletConfig, capacity: str | None) -> int | None:
    """The bytes of memory that a configuration keeps back. capacity: the node's memory; None where that is wanted and was not shown."""
    thresholds = _DEFAULT_EVICTION if config.eviction_hard is None else config.eviction_hard
    if capacity is None and thresholds.get(_THRESHOLDS[MEMORY], "").endswith("%"):
        return None
    return _reserved(config, _amounts({} if capacity is None else {MEMORY: capacity}))[MEMORY] // _ONE


def _amounts(texts: Mapping[str, str]) -> dict[str, int]:
    found = ((name, _nanos(text)) for name, text in texts.items())
    return {name: amount for name, amount in found if amount is not None}


def _nanos(text: str) -> int | None:
    try:
        return nanos(parse_quantity(text))
    except SpecRefused:
        return None


def _reserved(config: KubeletConfig, capacity: Amounts) -> Amounts:
    """What pods cannot have of each resource."""
    found = {name: sum(_nanos(held.get(name, "0")) or 0 for held in (config.kube_reserved, config.system_reserved)) for name in _NAMES}
    if config.reserved_cpus:
        found[CPU] = _cpus(config.reserved_cpus) * _ONE
    thresholds = _DEFAULT_EVICTION if config.eviction_hard is None else config.eviction_hard
    for name, signal in _THRESHOLDS.items():
        found[name] += _threshold(thresholds.get(signal, "0"), capacity.get(name, 0))
    return found


_NAMES = (CPU, MEMORY, STORAGE)


def _threshold(text: str, capacity: int) -> int:
    """An amount, or a share of the capacity, which a kubelet holds in 32 bits and takes in whole bytes.

    Mirrors parsePercentage in pkg/kubelet/eviction/helpers.go and GetThresholdQuantity in pkg/kubelet/eviction/api/types.go.
    """
    if not text.endswith("%"):
        return _nanos(text) or 0
    try:
        return int(capacity // _ONE * _in_32_bits(_in_32_bits(float(text[:-1])) / 100)) * _ONE
    except (ValueError, OverflowError):
        return 0


def _in_32_bits(number: float) -> float:
    found: float = unpack("f", pack("f", number))[0]
    return found


def _cpus(text: str) -> int:
    """How many cpus a list such as ``0-1,4`` has; 0 where it cannot be read."""
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            return 0
        found.update(range(int(first), min(int(last or first), int(first) + 4096) + 1))
    return len(found)


def _pods(config: KubeletConfig, capacity: Amounts) -> int:
    most = config.max_pods
    if config.pods_per_core:
        most = min(most, config.pods_per_core * (capacity.get(CPU, 0) // _ONE))
    return most * _ONE
