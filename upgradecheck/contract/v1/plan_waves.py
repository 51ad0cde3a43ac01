"""Waves as JSON: which nodes are upgraded together, why so few, and what no wave can help."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from upgradecheck.contract.holes import Marked, Text, cut, mark
from upgradecheck.contract.parts import Count, Part, said, taken
from upgradecheck.contract.values import encoded
from upgradecheck.model.alike import is_plain
from upgradecheck.model.reasons import Reason
from upgradecheck.model.waves import Unsolved, UnsolvedWhy, WaveKind, WaveWay, WaveWhy

_AT_ONCE = 64


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


class _UnsolvedRun:
    """Some of these, of which the texts are known: as they are written, with their members sorted, and of what both were cut."""

    __slots__ = ("_rows", "_some")

    def __init__(self, some: Sequence[Unsolved], rows: Sequence[tuple[Text, Text, Marked]]) -> None:
        self._some, self._rows = some, rows

    def text(self, between: str, fits: Callable[[str], bool]) -> str | None:
        """Their JSON, compactly."""
        return between.join([text(_own(one)) for one, (text, *_) in zip(self._some, self._rows, strict=True)])

    def sealed(self) -> bytes | None:
        """The same with sorted members, a line each."""
        return "".join([f"{text(_own(one))}\n" for one, (_, text, _) in zip(self._some, self._rows, strict=True)]).encode()

    def elements(self) -> Iterator[UnsolvedJson]:
        """Each, in the contract's types."""
        return (taken(one, UnsolvedJson) for one in self._some)

    def by_form(self) -> Iterator[tuple[Marked, tuple[str, str, str]]]:
        """Each as what it has in common with others, and its names."""
        return ((marked, _own(one)) for one, (*_, marked) in zip(self._some, self._rows, strict=True))


class _UnsolvedRow:
    """One that is written by itself."""

    __slots__ = ("_one",)

    def __init__(self, one: Unsolved) -> None:
        self._one = one

    def text(self, between: str, fits: Callable[[str], bool]) -> str | None:
        """None: it is to be made of its element."""
        return None

    def sealed(self) -> bytes | None:
        """As text."""
        return None

    def elements(self) -> Iterator[UnsolvedJson]:
        """Itself, in the contract's types."""
        yield taken(self._one, UnsolvedJson)


def unsolved_rows(some: Iterable[Unsolved]) -> Iterator[_UnsolvedRun | _UnsolvedRow]:
    """The rows of these: where pods have no owner there is one for each, so those that are the same but for names have one text."""
    known: dict[tuple[Any, ...], tuple[Text, Text, Marked]] = {}
    run, texts = list[Unsolved](), list[tuple[Text, Text, Marked]]()
    for one in some:
        about = one.object
        plain = about.namespace is not None and is_plain(f"{about.kind}{about.namespace}{about.name}{one.node}")
        if plain:
            key = one.why, about.kind, one.nodes, one.pods, one.of, one.certain, one.ways
            if (found := known.get(key)) is None:
                found = known[key] = _texts(one)
            run.append(one)
            texts.append(found)
        if run and (not plain or len(run) == _AT_ONCE):
            yield _UnsolvedRun(run, texts)
            run, texts = [], []
        if not plain:
            yield _UnsolvedRow(one)
    if run:
        yield _UnsolvedRun(run, texts)


def _own(one: Unsolved) -> tuple[str, str, str]:
    about = one.object
    return about.namespace or "", about.name, one.node


def _texts(one: Unsolved) -> tuple[Text, Text, Marked]:
    row = taken(one, UnsolvedJson)
    about = replace(row.object, namespace=mark(0, "s"), name=mark(1, "s"))
    marked = replace(row, object=about, node=mark(2, "s"))
    content = encoded(marked)
    return cut(content.decode()), cut(msgspec.json.encode(msgspec.json.decode(content), order="sorted").decode()), Marked(marked)


class ApartJson(Part, frozen=True):
    """Nodes that are in no wave, since their new kubelet cannot come up as they are set up."""

    reason: Reason
    nodes: tuple[str, ...]


class WaveRulesJson(Part, frozen=True):
    """What was asked of the waves."""

    by: Annotated[str | None, said("The label that tells a node's pool; left out for those that are well known")] = None
    max_per_wave: Annotated[str | None, said("As it was given: a number of nodes, or a share of the workers such as 10%")] = None
