"""Waves: nodes that are upgraded together, one wave after the other, each with what keeps it as small as it is.

A kubelet asks no PodDisruptionBudget before it stops containers, so nobody but the order of nodes keeps a workload up: what stops on the
nodes of one wave may stop at once. Pods of which it is not known whether anything stops count as stopping.
"""

from __future__ import annotations

import msgspec

from upgradecheck.model.reasons import Reason
from upgradecheck.model.words import Word


class WaveKind(Word):
    """What a wave is for, in their order: control planes before workers, as upstream upgrades them, and of workers the canaries first."""

    CONTROL_PLANE = "control_plane"
    CANARY = "canary"
    WORKERS = "workers"


class WaveWhy(Word):
    """Why a wave holds what it holds.

    CANARY: a node of it is the first of its pool and version. ONE_BY_ONE: nodes of the control plane, and those with an etcd, go alone.
    The others keep nodes out that come later: BUDGET: no more pods of it may go at once. BUDGET_UNKNOWN: how many may is not known.
    REPLICAS: all that run of a workload would stop at once. ZONE: a wave has nodes of one zone. POOL: and of one pool, with
    --wave-by. GROWTH: the first waves are small.
    LIMIT: --max-per-wave.
    """

    CANARY = "canary"
    ONE_BY_ONE = "one_by_one"
    BUDGET = "budget"
    BUDGET_UNKNOWN = "budget_unknown"
    REPLICAS = "replicas"
    ZONE = "zone"
    POOL = "pool"
    GROWTH = "growth"
    LIMIT = "limit"


class WaveObject(msgspec.Struct, frozen=True, gc=False):
    """What a reason is about: a budget, a workload, a zone (kind Zone) or a pool of nodes (kind NodePool)."""

    kind: str
    name: str
    namespace: str | None = None


class WaveReason(msgspec.Struct, frozen=True, gc=False):
    """One reason. object: None where there is none to name, as a pool without a name. nodes: how many it chose for a canary or a control
    plane; for the others how many that come later it keeps out.
    """

    why: WaveWhy
    nodes: int
    object: WaveObject | None = None


class WaveStops(msgspec.Struct, frozen=True, gc=False):
    """How much of a wave's nodes stops, ignored or not, and of how much that is not known. A pod counts once."""

    pods: int = 0
    containers: int = 0
    unknown_pods: int = 0
    unknown_containers: int = 0


class Wave(msgspec.Struct, frozen=True, gc=False):
    """One wave; number counts from 1 over all kinds. zone: None where its nodes have none. nodes: their names, in the order of the plan.

    reasons: those that keep out the most nodes, first; more_reasons: how many there are beside.
    """

    number: int
    kind: WaveKind
    nodes: tuple[str, ...]
    stops: WaveStops = WaveStops()
    zone: str | None = None
    reasons: tuple[WaveReason, ...] = ()
    more_reasons: int = 0
    pool: str | None = None
    """Of all its nodes, where --wave-by keeps pools apart; None where they have none, or that was not asked for."""


class UnsolvedWhy(Word):
    """What no order of nodes can help.

    SINGLE_REPLICA: one pod runs of a workload, and stops. ONE_NODE: all that run of it stand on one node, and stop. BUDGET: the upgrade of
    one node alone stops more pods than may go. BUDGET_UNKNOWN: how many may go is not known, since its controller has not looked.
    ETCD_QUORUM: without the etcd of one node there is none.
    """

    SINGLE_REPLICA = "single_replica"
    ONE_NODE = "one_node"
    BUDGET = "budget"
    BUDGET_UNKNOWN = "budget_unknown"
    ETCD_QUORUM = "etcd_quorum"


class WaveWay(Word):
    """What helps where no wave does. READ_AGAIN: a budget, once its controller has looked."""

    DRAIN = "drain"
    OVERRIDE = "override"
    SCALE_UP = "scale_up"
    SPREAD = "spread"
    READ_AGAIN = "read_again"


class Unsolved(msgspec.Struct, frozen=True, gc=False):
    """A workload or budget that some wave takes down or exceeds, whatever its nodes are.

    node: that is worst for it; nodes: on how many it is so; pods: how many stop together there. of: how many run, or, of a budget, may go;
    None where that is not known. certain: False where it hangs on pods of which it is not known whether anything stops.
    """

    why: UnsolvedWhy
    object: WaveObject
    node: str
    nodes: int
    pods: int
    of: int | None
    certain: bool
    ways: tuple[WaveWay, ...] = ()


class Apart(msgspec.Struct, frozen=True, gc=False):
    """Nodes that are in no wave, since their new kubelet cannot come up as they are set up: what is to be mended first, of each alike."""

    reason: Reason
    nodes: tuple[str, ...]


class WaveRules(msgspec.Struct, frozen=True, gc=False):
    """What was asked of the waves. by: the label that tells a node's pool, None for those that are well known. max_per_wave: a number of
    nodes, or a share of the workers such as 10%, as it was given.
    """

    by: str | None = None
    max_per_wave: str | None = None
