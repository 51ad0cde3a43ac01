"""Feature gates whose default moved, and what of a pod they touch (hashdata/gates.json).

Only gates are there that a kubelet asks itself, and that do something to a pod which uses a field. That a gate is gone means that its
feature is there for good: each of these came to stay.
"""

from __future__ import annotations

import msgspec

from upgradecheck.model.claims import Claim
from upgradecheck.model.version import Minor


class GateEffect(msgspec.Struct, frozen=True, gc=False):
    """A gate that is off by default before on_since, and on from then on.

    paths: where a pod asks for it, as members of its JSON; ``[]`` behind a list, ``=`` before a value if only that asks. beside: one of
    these it must ask for, too. claimed: by what member of its PersistentVolume a claim of the pod asks for it. effect: what is then
    otherwise, in words. at_once: without a container being made anew.
    """

    name: str
    on_since: Minor
    paths: tuple[str, ...]
    effect: str
    at_once: bool = False
    beside: tuple[str, ...] = ()
    claimed: str = ""


class GateEffects(msgspec.Struct, frozen=True, gc=False):
    """Those that touch pods; and the names of those whose default moved, too, and that touch nothing of a pod that runs. A gate that is in
    neither has been read by nobody.
    """

    touching: tuple[GateEffect, ...] = ()
    no_pods: frozenset[str] = frozenset()


class MovedGate(msgspec.Struct, frozen=True, gc=False):
    """A gate that the new kubelet has on and the running one off, or the other way round. since: the minor whose default moved it; None
    where somebody set it. claims: those by which alone a pod may ask for it; none where the pod itself does.
    """

    gate: GateEffect
    on: bool
    since: Minor | None = None
    claims: tuple[Claim, ...] = ()
