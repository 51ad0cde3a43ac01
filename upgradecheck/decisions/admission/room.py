"""What of a node's room is taken, and whether a pod still fits.

Mirrors NodeInfo and HostPortInfo (pkg/scheduler/framework/types.go), fitsRequest (plugins/noderesources/fit.go), from 1.38 on
FitsRequest (pkg/scheduler/framework/plugins/helper/resource_fit.go).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from upgradecheck.decisions.admission.requests import HostPort, PodNeeds
from upgradecheck.decisions.admission.resources import CPU, MEMORY, PODS, STORAGE, is_extended
from upgradecheck.model.admission import AdmissionFacts

_ANY_ADDRESS = "0.0.0.0"
_CORE = (CPU, MEMORY, STORAGE)


class Shortage(msgspec.Struct, frozen=True, gc=False):
    """A resource that a pod asks more of than is left: asked, taken by others, and what the node has."""

    resource: str
    asked: int
    taken: int
    room: int

    @property
    def missing(self) -> int:
        return self.asked - (self.room - self.taken)


class TakenRoom(msgspec.Struct):
    """What the pods that were admitted so far take; of host ports, by number, protocol and address, how many have each."""

    amounts: dict[str, int] = msgspec.field(default_factory=dict)
    pods: int = 0
    _ports: dict[int, dict[str, dict[str, int]]] = msgspec.field(default_factory=dict)

    def add(self, needs: PodNeeds, sign: int = 1) -> None:
        """Takes a pod's needs, or gives them back with sign -1."""
        for name, amount in needs.requests if needs.taken is None else needs.taken:
            self.amounts[name] = self.amounts.get(name, 0) + sign * amount
        self.pods += sign
        for port in needs.ports:
            self._take(port, sign)

    def has(self, port: HostPort, *, by_number: bool) -> bool:
        """Whether a host port is taken; by_number: whatever the protocol and the address."""
        protocols = self._ports.get(port.port, {})
        if by_number:
            return any(protocols.values())
        addresses = protocols.get(port.protocol, {})
        return bool(addresses) and (port.address == _ANY_ADDRESS or port.address in addresses or _ANY_ADDRESS in addresses)

    def _take(self, port: HostPort, sign: int) -> None:
        addresses = self._ports.setdefault(port.port, {}).setdefault(port.protocol, {})
        addresses[port.address] = addresses.get(port.address, 0) + sign
        if not addresses[port.address]:
            del addresses[port.address]


def shortages(needs: PodNeeds, taken: TakenRoom, room: Mapping[str, int], facts: AdmissionFacts) -> Iterator[Shortage]:
    """Every resource that does not suffice, in the order in which the kubelet names them.

    differs: where the Node object shows no room, or not of a core resource or huge pages, that is not judged; Go reads it as 0.
    """
    if not room:
        return
    if PODS in room and taken.pods + 1 > room[PODS]:
        yield Shortage(PODS, 1, taken.pods, room[PODS])
    asked = _asked(needs, room)
    if not any(asked.get(name) for name in _CORE) and not any(name not in _CORE for name in asked):
        return
    for name in _CORE:
        amount = asked.get(name, 0)
        if name in room and (amount > 0 or not facts.zero_fits) and amount > room[name] - taken.amounts.get(name, 0):
            yield Shortage(name, amount, taken.amounts.get(name, 0), room[name])
    for name, amount in asked.items():
        if name in _CORE or name == PODS or (amount == 0 and facts.zero_scalar_fits) or (name not in room and not is_extended(name)):
            continue
        if amount > room.get(name, 0) - taken.amounts.get(name, 0):
            yield Shortage(name, amount, taken.amounts.get(name, 0), room.get(name, 0))


def _asked(needs: PodNeeds, room: Mapping[str, int]) -> dict[str, int]:
    """The requests; of extended resources that the node does not list only what remains of them."""
    listed = {name: amount for name, amount in needs.requests if name in room or not is_extended(name)}
    return listed | {name: amount for name, amount in needs.if_missing if name not in room}


def colliding(needs: PodNeeds, taken: TakenRoom, *, by_number: bool) -> HostPort | None:
    """The first host port that another pod has."""
    return next((port for port in needs.ports if taken.has(port, by_number=by_number)), None)
