"""Ways between two kubelet versions, in words: shared by the formats that people read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from upgradecheck.model.changes import Effect, UIDChange
from upgradecheck.model.paths import Hop, UpgradePath, UpgradePaths
from upgradecheck.model.version import Minor
from upgradecheck.model.wording import count
from upgradecheck.reporting.effects import not_seen, sentences
from upgradecheck.reporting.lines import Arrow, Command, Labelled, Line, Names
from upgradecheck.reporting.sandbox_effects import sandboxes
from upgradecheck.reporting.static_effects import who

SCOPE = (
    "Of containers that nobody changed, and the UIDs of static pods. A hop can also refuse or resize pods, and a kubelet may not start: "
    "before each hop `upgradecheck plan` tells what it does on the nodes as they are then."
)
POLICY = (
    "Upstream supports kubelets that are never newer than the API server and at most two minors older, from 1.25 on three; a control plane "
    "goes one minor at a time, and a minor kubelet upgrade is supported on a drained node only."
)
BACK = "after all hops; the control plane stays where it is, since upstream supports no way back for it"
_UNSUPPORTED = "the version-skew policy does not cover this hop"
_BACK_UNSUPPORTED = "the version-skew policy does not cover kubelets as old as that beside the control plane, which stays"


class WayRow(msgspec.Struct, frozen=True, gc=False):
    """One way in a table: its minors, how many hops, what they restart in words, and whether the policy covers it."""

    minors: tuple[Minor, ...]
    hops: int
    cost: str
    within_policy: bool


def headline(paths: UpgradePaths) -> Line:
    """From where to where, and how many ways there are."""
    return ("kubelets ", paths.old, Arrow(), paths.new, f": {_ways(paths.legal)}")


def _ways(legal: int) -> str:
    return f"{count(legal, 'way')} that the version-skew policy covers" if legal else "no way that the version-skew policy covers"


def notes(paths: UpgradePaths) -> Iterator[Labelled]:
    """What holds for all ways."""
    supposed: Line = () if paths.api_known else (" (supposed to be the kubelets'; ", Command("--api-from"), " says otherwise)")
    yield Labelled("control plane", (str(paths.api_from), *supposed, Arrow(), str(paths.api_to)))
    if paths.trouble is not None:
        yield Labelled("", (f"Kubelet {paths.trouble}: the policy does not cover that as it is.",))
    if paths.trouble_after is not None:
        yield Labelled("", (f"At the end kubelet {paths.trouble_after}.",))
    if paths.pods is not None:
        yield Labelled("counted", (f"{count(paths.pods, 'pod')}, {_started(paths)}",))
    yield from not_seen(paths.missing)
    yield Labelled("policy", (POLICY,))


def _started(paths: UpgradePaths) -> str:
    """What the first hop compares."""
    supposed = f"as if kubelet {paths.old} had started what it compares: estimated, since no record was given"
    if not paths.recorded:
        return supposed
    return f"{supposed}, but for {count(paths.recorded, 'container')}: there the first hop compares the hash that the runtime has recorded"


def way(minors: Iterable[Minor]) -> Line:
    """``1.28 -> 1.30 -> 1.31``."""
    return tuple(part for place, minor in enumerate(minors) for part in ((Arrow(), str(minor)) if place else (str(minor),)))


def minors_of(path: UpgradePath) -> tuple[Minor, ...]:
    """The minors that kubelets have, one after the other."""
    return (path.hops[0].old, *(hop.new for hop in path.hops))


def row(path: UpgradePath) -> WayRow:
    """One way among the others."""
    return WayRow(minors_of(path), len(path.hops), cost(path.hops), path.within_policy)


def cost(hops: tuple[Hop, ...]) -> str:
    """What some hops restart, together."""
    counted = [hop.counts for hop in hops if hop.counts is not None]
    if counted:
        unknown = sum(one.unknown for one in counted)
        return f"{count(sum(one.restart for one in counted), 'restart')}{f', {unknown:,} unknown' if unknown else ''}"
    told = (
        ("all containers", sum(hop.effect is Effect.ALL for hop in hops)),
        ("some containers", sum(hop.effect is Effect.CONDITIONAL for hop in hops)),
        ("all static pods", sum(hop.static_pods.change is UIDChange.ALL for hop in hops)),
        ("some static pods", sum(hop.static_pods.change is UIDChange.CONDITIONAL for hop in hops)),
    )
    return ", ".join(f"{what} {_times(number)}" for what, number in told if number) or "nothing restarts"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def hop_lines(hop: Hop, *, back: bool = False) -> Iterator[Labelled]:
    """One hop: what comes before it, and what it does."""
    if hop.control_plane:
        yield Labelled("before", ("the control plane", *(part for minor in hop.control_plane for part in (Arrow(), str(minor)))))
    if not hop.within_policy:
        yield Labelled("policy", (_BACK_UNSUPPORTED if back else _UNSUPPORTED,))
    yield from _counted(hop)
    told = sentences(hop.reasons) or ("no container gets another hash",)
    yield from (Labelled("" if place else "why" if hop.counts else "containers", (sentence,)) for place, sentence in enumerate(told))
    yield Labelled("static pods", (f"another UID, and so recreated: {_who(hop)}",))
    yield from (Labelled("" if place else "sandboxes", (f"made anew: {whose}",)) for place, whose in enumerate(sandboxes(hop.sandboxes)))
    if hop.absorbs:
        yield Labelled("at once", _absorbed(hop))


def _who(hop: Hop) -> str:
    """Where pods are counted, those that have what it takes are among them."""
    counted = hop.counts is not None and hop.static_pods.change is UIDChange.CONDITIONAL
    return "only some, which the count has" if counted else who(hop.static_pods)


def _counted(hop: Hop) -> Iterator[Labelled]:
    if hop.counts is None:
        return
    counts = hop.counts
    unknown = f", {counts.unknown:,} unknown" if counts.unknown else ""
    yield Labelled("containers", (f"{count(counts.restart, 'restart')}{unknown}, {counts.safe:,} safe",))
    if hop.workloads:
        told = (
            f"{one.namespace} {one.kind}/{one.name} {one.restart:,}{f'+{one.unknown:,}?' if one.unknown else ''}" for one in hop.workloads
        )
        yield Labelled("", (Names(tuple(told)),))


def _absorbed(hop: Hop) -> Line:
    steps: list[Line] = [(str(old), Arrow(), str(new)) for old, new in hop.absorbs]
    told: Line = tuple(part for place, step in enumerate(steps) for part in ((", ", *step) if place else step))
    return (*told, " in one drain, or one wave", *_saved(hop))


def _saved(hop: Hop) -> Line:
    """What it restarts, beside what its steps would one by one; what is unknown is no restart, and stands for itself."""
    if hop.counts is None or hop.alone is None:
        return ()
    restart, unknown = hop.alone - (hop.alone_unknown or 0), hop.alone_unknown or 0
    if not unknown and not hop.counts.unknown:
        return (f": {count(hop.counts.restart, 'restart')} instead of {restart:,}",)
    return (f": {count(hop.counts.restart, 'restart')} and {hop.counts.unknown:,} unknown instead of {restart:,} and {unknown:,} unknown",)
