"""When what runs was started, and by which minor's kubelet: the history of nodes that their containers carry with them.

A container bears the hash that its creator wrote, so the lane of a minor shows which of its containers are still there. A plan tells a
start where a status or a runtime's list had one, and a creator where the hash, a history or both name a single minor; what it does not
tell is counted, and nothing is put in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from upgradecheck.model.checkpoint import FactKind
from upgradecheck.model.plan import GONE, Plan, PlannedContainer, Verdict
from upgradecheck.model.pod import RunState
from upgradecheck.model.times import SECOND, from_rfc3339, is_told, rfc3339
from upgradecheck.model.wording import count

_BINS = 60
_MOST_KUBELETS = 40
_STEPS = tuple(number * SECOND for number in (1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800))
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 600)
_TICKS = 7
_DAY = 86_400 * SECOND
_KUBELET = (FactKind.KUBELET_STARTED, FactKind.KUBELET_COMPARED)

NO_STARTS = (
    "This plan does not tell when its containers were started, so there is no timeline: its inputs had no status, or an older program made"
    " it."
)
READING = "A lane for each minor whose kubelet started containers that still run; from left to right when they were started (UTC)."
UNKNOWN_CREATOR = "not known"


class Share(msgspec.Struct, frozen=True, gc=False):
    """Containers by what becomes of them."""

    stops: int = 0
    unknown: int = 0
    kept: int = 0

    @property
    def number(self) -> int:
        """All of them."""
        return self.stops + self.unknown + self.kept


class Lane(msgspec.Struct, frozen=True, gc=False):
    """One creator (None: not known), with its containers in each of the equal parts of the whole time."""

    creator: str | None
    bins: tuple[Share, ...]
    first: str
    last: str
    all: Share

    @property
    def name(self) -> str:
        """The minor, or that it is not known."""
        return UNKNOWN_CREATOR if self.creator is None else self.creator


class Tick(msgspec.Struct, frozen=True, gc=False):
    """A time on the axis: where (0 to 1), and how it is written."""

    place: float
    label: str


class Timeline(msgspec.Struct, frozen=True, gc=False):
    """All of it. most: the most containers in one part of a lane. kubelets: starts of kubelets that the plan tells."""

    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    kubelets: tuple[Tick, ...]
    most: int
    sentence: str


class _Start(msgspec.Struct, frozen=True, gc=False):
    time: int
    creator: str | None
    verdict: Verdict
    number: int


def timeline_of(plan: Plan) -> Timeline | None:
    """The timeline; None where no start is told."""
    running = [(one, pod.number) for pod in plan.pods for one in pod.containers if _may_run(one)]
    starts = [_Start(time, one.evidence.creator, one.fate, number) for one, number in running if (time := _time(one.started_at))]
    if not starts:
        return None
    begin, end = min(each.time for each in starts), max(each.time for each in starts)
    known = sorted({each.creator for each in starts if each.creator is not None}, key=_by_minor, reverse=True)
    without = [None] if any(each.creator is None for each in starts) else []
    lanes = tuple(_lane(creator, [each for each in starts if each.creator == creator], begin, end) for creator in (*known, *without))
    all_of, told = sum(number for _, number in running), sum(each.number for each in starts)
    return Timeline(
        lanes=lanes,
        ticks=tuple(_ticks(begin, end)),
        kubelets=tuple(_kubelets((one for one, _ in running), begin, end)),
        most=max(share.number for lane in lanes for share in lane.bins),
        sentence=f"The start of {told} of {count(all_of, 'running container')} is told, from {_second(begin)} to {_second(end)}.",
    )


def _may_run(one: PlannedContainer) -> bool:
    return one.state in (None, RunState.RUNNING) and (one.verdict is not Verdict.NOT_COMPARED or one.state is RunState.RUNNING)


def _time(told: int | None) -> int | None:
    return told if told is not None and is_told(told) else None


def _by_minor(creator: str) -> tuple[list[int], str]:
    """1.9 before 1.10, whatever else a saved plan may say."""
    return [int(part) for part in creator.split(".") if part.isdecimal() and len(part) < 9], creator


def _lane(creator: str | None, starts: Sequence[_Start], begin: int, end: int) -> Lane:
    bins = [Share()] * _BINS
    for each in starts:
        place = min(_BINS - 1, (each.time - begin) * _BINS // max(end - begin, 1))
        bins[place] = _with(bins[place], each)
    whole = Share()
    for each in starts:
        whole = _with(whole, each)
    first, last = (_second(choose(each.time for each in starts)) for choose in (min, max))
    return Lane(creator, tuple(bins), first, last, whole)


def _with(share: Share, start: _Start) -> Share:
    stops, unknown = start.verdict in GONE, start.verdict is Verdict.UNKNOWN
    return Share(
        share.stops + stops * start.number,
        share.unknown + unknown * start.number,
        share.kept + (not (stops or unknown)) * start.number,
    )


def _ticks(begin: int, end: int) -> Iterator[Tick]:
    """A handful of round times."""
    span = max(end - begin, 1)
    step = next((each for each in _STEPS if span <= each * _TICKS), None)
    times = _firsts(begin, end) if step is None else range(-(-begin // step) * step, end + 1, step)
    return (Tick((time - begin) / span, _label(time, step)) for time in times)


def _firsts(begin: int, end: int) -> Iterator[int]:
    """First days of months, so many months apart that there is a handful of them."""
    (first_year, first_month), (year, month) = (map(int, rfc3339(time)[:7].split("-")) for time in (begin, end))
    first, last = first_year * 12 + first_month, year * 12 + month - 1
    apart = next((each for each in _MONTHS if last - first < each * _TICKS), _MONTHS[-1])
    return (from_rfc3339(f"{at // 12:04}-{at % 12 + 1:02}-01T00:00:00Z") for at in range(-(-first // apart) * apart, last + 1, apart))


def _second(time: int) -> str:
    return rfc3339(time // SECOND * SECOND)


def _label(time: int, step: int | None) -> str:
    text = rfc3339(time)
    if step is None or step >= _DAY:
        return text[:10]
    return text[11:16] if step >= 60 * SECOND else text[11:19]


def _kubelets(running: Iterable[PlannedContainer], begin: int, end: int) -> Iterator[Tick]:
    """Starts of kubelets that the plan tells, where containers hang on them."""
    facts = {(fact.time, fact.version) for one in running for fact in one.facts if fact.kind in _KUBELET}
    told = sorted((time, version or "") for time, version in facts if time is not None and begin <= time <= end)
    return (Tick((time - begin) / max(end - begin, 1), version) for time, version in told[:_MOST_KUBELETS])
