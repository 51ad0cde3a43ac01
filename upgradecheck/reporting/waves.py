"""Waves in words: how many there are, why each is no larger, and what no order of nodes can help.

A plan of one node has nothing to part, and nothing is said of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

from upgradecheck.model.plan import Plan
from upgradecheck.model.waves import Unsolved, UnsolvedWhy, Wave, WaveKind, WaveObject, WaveReason, WaveStops, WaveWay, WaveWhy
from upgradecheck.model.wording import count, form
from upgradecheck.reporting.lines import Line, Name

KIND: Mapping[WaveKind, str] = {WaveKind.CONTROL_PLANE: "control plane", WaveKind.CANARY: "canary", WaveKind.WORKERS: "workers"}
WAY: Mapping[WaveWay, str] = {
    WaveWay.DRAIN: "drain the node first",
    WaveWay.OVERRIDE: "an override",
    WaveWay.SCALE_UP: "more replicas",
    WaveWay.SPREAD: "its pods on more nodes",
    WaveWay.READ_AGAIN: "read it again once its controller has looked",
}
APART = "to be mended first"
UNSOLVED = "no order of nodes helps these"
_OF_BUDGETS = (UnsolvedWhy.BUDGET, UnsolvedWhy.BUDGET_UNKNOWN)


class ToldWave(msgspec.Struct, frozen=True, gc=False):
    """One wave: what it is for and where, its nodes, what stops on them, and why it is as it is."""

    number: int
    kind: str
    zone: str | None
    nodes: tuple[str, ...]
    stops: str
    reasons: tuple[Line, ...]
    pool: str | None = None


class ToldUnsolved(msgspec.Struct, frozen=True, gc=False):
    """What no wave can help: about whom, what, and what helps instead."""

    about: Line
    what: Line
    ways: str


class ToldApart(msgspec.Struct, frozen=True, gc=False):
    """Nodes that are in no wave, and what is to be mended first."""

    nodes: tuple[str, ...]
    why: str


class ToldWaves(msgspec.Struct, frozen=True, gc=False):
    """All of it. sentence: how many waves there are, and of what."""

    sentence: str
    waves: tuple[ToldWave, ...]
    unsolved: tuple[ToldUnsolved, ...]
    apart: tuple[ToldApart, ...] = ()


def told_waves(plan: Plan) -> ToldWaves | None:
    """The waves of a plan; None where there is nothing to part."""
    if len(plan.nodes) < 2 or not (plan.waves or plan.waves_apart):
        return None
    apart = tuple(ToldApart(one.nodes, one.reason.sentence) for one in plan.waves_apart)
    return ToldWaves(_sentence(plan), tuple(map(_wave, plan.waves)), tuple(map(told_unsolved, plan.waves_unsolved)), apart)


def _sentence(plan: Plan) -> str:
    numbers = Counter(wave.kind for wave in plan.waves)
    most = max((len(wave.nodes) for wave in plan.waves if wave.kind is WaveKind.WORKERS), default=0)
    parts = (
        (WaveKind.CONTROL_PLANE, "of the control plane, a node each"),
        (WaveKind.CANARY, "of canaries"),
        (WaveKind.WORKERS, f"of workers, {'a node each' if most == 1 else f'up to {most:,} nodes'}"),
    )
    told = "; ".join(f"{numbers[kind]:,} {words}" for kind, words in parts if numbers[kind])
    budgets = sum(one.why in _OF_BUDGETS for one in plan.waves_unsolved)
    workloads = len(plan.waves_unsolved) - budgets
    left = " and ".join(count(number, what) for number, what in ((workloads, "workload"), (budgets, "PodDisruptionBudget")) if number)
    rest = f" No order of nodes helps {left}." if left else ""
    stuck = sum(len(one.nodes) for one in plan.waves_apart)
    mend = f" {count(stuck, 'node is', 'nodes are')} in none: {APART}." if stuck else ""
    return f"{count(len(plan.waves), 'wave')}{f': {told}' if told else ''}.{mend}{rest}"


def _wave(wave: Wave) -> ToldWave:
    more: tuple[Line, ...] = ((f"and {count(wave.more_reasons, 'more reason')}",),) if wave.more_reasons else ()
    return ToldWave(
        wave.number, KIND[wave.kind], wave.zone, wave.nodes, stops_of(wave.stops), (*map(reason_of, wave.reasons), *more), wave.pool
    )


def stops_of(stops: WaveStops) -> str:
    """What stops on its nodes, in a few words."""
    return "; ".join(_stops(stops)) or "nothing stops"


def _stops(stops: WaveStops) -> Iterator[str]:
    if stops.pods:
        what = count(stops.containers, "container")
        yield f"{what} of {count(stops.pods, 'pod')} {form(stops.containers, 'stops', 'stop')}" if stops.containers else _pods(stops.pods)
    if stops.unknown_pods:
        yield f"{count(stops.unknown_pods, 'pod')} may stop"


def _pods(number: int) -> str:
    return f"{count(number, 'pod')} {form(number, 'stops', 'stop')}"


def reason_of(reason: WaveReason) -> Line:
    """Why, with the object that is the cause; raw names."""
    about, out = _named(reason.object), f"{count(reason.nodes, 'later node')} out"
    match reason.why:
        case WaveWhy.CANARY:
            what = "canary" if reason.nodes == 1 else f"{reason.nodes} canaries"
            return (what,) if reason.object is None else (f"{what} of pool ", Name(reason.object.name))
        case WaveWhy.ONE_BY_ONE:
            return ("nodes of the control plane and of etcd go one by one",)
        case WaveWhy.BUDGET:
            return *about, f" keeps {out}"
        case WaveWhy.BUDGET_UNKNOWN:
            return *about, f" keeps {out}, since how many of its pods may go is not known"
        case WaveWhy.REPLICAS:
            return *about, f" keeps {out}, or nothing of it would run"
        case WaveWhy.ZONE:
            where: Line = ("nodes without a zone",) if reason.object is None else ("zone ", Name(reason.object.name))
            return *where, f" alone: {count(reason.nodes, 'later node')} {form(reason.nodes, 'is', 'are')} elsewhere"
        case WaveWhy.POOL:
            whose: Line = ("nodes without a pool",) if reason.object is None else ("pool ", Name(reason.object.name))
            return *whose, f" alone: {count(reason.nodes, 'later node')} {form(reason.nodes, 'is', 'are')} in others"
        case WaveWhy.GROWTH:
            return (f"the first waves are small: this keeps {out}",)
        case WaveWhy.LIMIT:
            return (f"--max-per-wave keeps {out}",)


def _named(about: WaveObject | None) -> Line:
    if about is None:
        return ()
    return Name(about.kind), " ", Name(f"{about.namespace}/{about.name}" if about.namespace else about.name)


def told_unsolved(one: Unsolved) -> ToldUnsolved:
    """What some wave takes down or exceeds, whatever its nodes are."""
    return ToldUnsolved(_named(one.object), tuple(_what(one)), ", or ".join(WAY[way] for way in one.ways))


def _what(one: Unsolved) -> Iterator[str | Name]:
    stop = form(one.pods, "stops", "stop") if one.certain else "may stop"
    worst, together = f", the worst of {one.nodes:,}" if one.nodes > 1 else "", " together" if one.pods > 1 else ""
    match one.why:
        case UnsolvedWhy.SINGLE_REPLICA:
            yield from (f"its only pod {stop} on ", Name(one.node))
        case UnsolvedWhy.ONE_NODE:
            yield from (f"all its {one.pods:,} pods {stop} together on ", Name(one.node))
        case UnsolvedWhy.BUDGET:
            yield from (f"{count(one.pods, 'pod')} of it {stop}{together} on ", Name(one.node), f"{worst}; {one.of:,} may go")
        case UnsolvedWhy.BUDGET_UNKNOWN:
            yield from (f"how many may go is not known; {count(one.pods, 'pod')} of it may stop{together} on ", Name(one.node), worst)
        case UnsolvedWhy.ETCD_QUORUM:
            yield from (
                f"{one.pods:,} of {count(one.of or 0, 'member')} {stop} on ",
                Name(one.node),
                f"{worst}; without it there is no quorum",
            )
