"""Waves as JSON: which nodes are upgraded together, why so few, and what no wave can help."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from upgradecheck.contract.parts import Count, Part, said
from upgradecheck.model.reasons import Reason
from upgradecheck.model.waves import UnsolvedWhy, WaveKind, WaveWay, WaveWhy


class WaveObjectJson(Part, frozen=True, kw_only=True):
    """A budget, a workload, a zone (kind Zone) or a pool of nodes (kind NodePool)."""

    kind: str
    namespace: str | None = None
    name: str


class WaveReasonJson(Part, frozen=True, kw_only=True):
    """Why a wave holds what it holds."""

    why: WaveWhy
    object: Annotated[WaveObjectJson | None, said("Left out where there is none to name, as a pool without a name")] = None
    nodes: Annotated[Count, said("Of canary and one_by_one, nodes of this wave; of the others, nodes of later ones that it keeps out")]


class WaveStopsJson(Part, frozen=True):
    """How much of its nodes stops, ignored or not, and of how much that is not known. A pod counts once."""

    pods: Count
    containers: Count
    unknown_pods: Count
    unknown_containers: Count


class WaveJson(Part, frozen=True):
    """Nodes that are upgraded together."""

    number: Annotated[int, Meta(ge=1)]
    kind: WaveKind
    nodes: tuple[str, ...]
    stops: WaveStopsJson
    zone: Annotated[str | None, said("Of all its nodes; left out where they have none")] = None
    reasons: Annotated[tuple[WaveReasonJson, ...], said("Those that keep out the most nodes, first")] = ()
    more_reasons: Annotated[Count, said("How many there are beside; left out for none")] = 0
    pool: Annotated[str | None, said("With --wave-by, of all its nodes, canaries apart; left out where they have none")] = None


class UnsolvedJson(Part, frozen=True):
    """A workload or a budget that some wave takes down or exceeds, whatever its nodes are."""

    why: UnsolvedWhy
    object: WaveObjectJson
    node: Annotated[str, said("The worst for it")]
    nodes: Annotated[Count, said("On how many it is so")]
    pods: Annotated[Count, said("How many stop together on node")]
    of: Annotated[int | None, said("How many run, or, of a budget, may go at once; null where that is not known")]
    certain: Annotated[bool, said("False where it hangs on pods of which it is not known whether anything stops, or out of scope")]
    ways: Annotated[tuple[WaveWay, ...], said("What helps")] = ()


class ApartJson(Part, frozen=True):
    """Nodes that are in no wave, since their new kubelet cannot come up as they are set up."""

    reason: Reason
    nodes: tuple[str, ...]


class WaveRulesJson(Part, frozen=True):
    """What was asked of the waves."""

    by: Annotated[str | None, said("The label that tells a node's pool; left out for those that are well known")] = None
    max_per_wave: Annotated[str | None, said("As it was given: a number of nodes, or a share of the workers such as 10%")] = None
