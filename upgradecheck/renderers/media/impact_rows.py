"""What goes down together, in rows of a screen: what is alike is told once, what has no room is counted.

What goes down as a whole is named whatever room there is, but of very many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import takewhile

import msgspec
from rich.cells import cell_len
from rich.text import Text

from upgradecheck.model.wording import count
from upgradecheck.renderers.media.page import BAD, STRONG, padded
from upgradecheck.renderers.media.plain import name, said
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.renderers.media.sheet import Sheet
from upgradecheck.reporting.impact_words import NO_BUDGET, heading, least_of, notes_of, only_node, place, share
from upgradecheck.reporting.lines import Name
from upgradecheck.reporting.radius import Hit, Radius
from upgradecheck.reporting.report import Report

_MOST_HITS = 8
_MOST_ALIKE = 3
_MOST_WHOLE = 15
_WIDEST_NAMES = 0.66
_GAPS = 6
"""Blanks before, between and behind the columns of names."""
_MOST_NAMED = 60
_RADIUS_STYLE: Mapping[Radius, str] = {Radius.WHOLE: BAD, Radius.BUDGET: BAD, Radius.REFUSED: BAD}
_LEAST_INDENT = 4

Row = tuple[Hit, ...]
"""One row, of one workload or of several of which the same is said."""


def impact_sections(page: Sheet, report: Report) -> None:
    """What goes down together, a section for each reach, the widest first."""
    for radius, hits in report.impact.hits.items():
        title, explanation = heading(radius, report.scope)
        node, bare = only_node(hits), report.budgets_read and len(hits) > 1 and all(map(_is_bare, hits))
        page.heading(title, f"{explanation}{'; none has a PDB' if bare else ''}", style=_RADIUS_STYLE.get(radius, STRONG))
        if node is not None:
            page.paragraph(said(node), indent=2)
        told = _Told(budgets_read=report.budgets_read and not bare, node_told=node is not None)
        left = _left(page, radius, hits, told)
        page.more(len(left), "workload", f" with {count(sum(hit.stopping for hit in left), 'pod')}{_rest(left, told)}")


def _is_bare(hit: Hit) -> bool:
    return NO_BUDGET in notes_of(hit, budgets_read=True)


def _left(page: Sheet, radius: Radius, hits: Sequence[Hit], told: _Told) -> Sequence[Hit]:
    """Writes the rows of a section; those that have none."""
    if radius is Radius.PER_NODE:
        rows = _side_by_side(page, hits, told)
        shown: Sequence[Row] = rows[: page.most(_MOST_HITS)]
    else:
        rows = [(hit,) for hit in hits]
        shown = rows if page.everything else _shown(rows, told, _MOST_WHOLE if radius is Radius.WHOLE else _MOST_HITS)
    left = [hit for row in rows[_rows(page, shown, told) :] for hit in row]
    return _by_name(page, left) if radius is Radius.WHOLE else left


def _side_by_side(page: Sheet, hits: Sequence[Hit], told: _Told) -> list[Row]:
    """Those of a namespace of which the same is said, in a row as far as there is room."""
    alike: dict[tuple[str, str], list[Hit]] = defaultdict(list)
    for hit in hits:
        alike[hit.namespace, told.in_a_row(hit)].append(hit)
    first = max((cell_len(name(hit.namespace)) for hit in hits), default=0)
    found = []
    for (_, said_of_it), members in alike.items():
        row: Row = ()
        for hit in members:
            longer = (*row, hit)
            if row and first + cell_len(_who(longer)) > min(page.width * _WIDEST_NAMES, page.width - cell_len(said_of_it) - _GAPS):
                found.append(row)
                longer = (hit,)
            row = longer
        found.append(row)
    return found


def _who(row: Sequence[Hit]) -> str:
    return ", ".join(f"{name(hit.workload.kind)}/{name(hit.workload.name)}" for hit in row)


def _by_name(page: Sheet, hits: Sequence[Hit]) -> Sequence[Hit]:
    """What goes down as a whole and has no row of its own is named all the same; those that are left, of very many."""
    named: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits[:_MOST_NAMED]:
        named[hit.namespace].append(hit)
    if named:
        told = "; ".join(f"{name(namespace)} {_who(members)}" for namespace, members in named.items())
        page.paragraph(f"and as a whole, too: {told}", indent=2, hang=2)
    return hits[_MOST_NAMED:]


class _Told(msgspec.Struct, frozen=True, gc=False):
    """What is said of the workloads of a section. node_told: not where, as the section says it of all."""

    budgets_read: bool
    node_told: bool

    def share(self, hit: Hit) -> str:
        return said(share(hit))

    def place(self, hit: Hit) -> str:
        return "" if self.node_told else said(place(hit))

    def notes(self, hit: Hit) -> list[str]:
        return [safe_text(note) for note in notes_of(hit, budgets_read=self.budgets_read)]

    def in_a_row(self, hit: Hit) -> str:
        return "  ".join([f"{self.share(hit)}{self.place(hit)}", *self.notes(hit)])

    def names_node(self, hit: Hit) -> bool:
        """Whether the row names a node, which is to stay whole."""
        return not self.node_told and any(isinstance(part, Name) for part in place(hit))


def _shown(rows: Sequence[Row], told: _Told, most: int) -> Sequence[Row]:
    """The first of a section. Where all that are left are alike, and like the last ones, these are left as well: of a section that has no
    other rows, a few are enough.
    """
    shown, left = rows[:most], {told.in_a_row(hit) for row in rows[most:] for hit in row}
    if len(left) != 1:
        return shown
    others = len(shown) - sum(1 for _ in takewhile(lambda row: told.in_a_row(row[0]) in left, reversed(shown)))
    return shown[: others or _MOST_ALIKE]


def _rest(left: Sequence[Hit], told: _Told) -> str:
    """Of those that are not listed, what all of them have in common, or that none is hit harder."""
    alike = {told.in_a_row(hit) for hit in left}
    same = len(alike) == 1 and len(left) > 1 and not any(hit.replicas for hit in left)
    return f", each {', '.join(alike.pop().split('  '))}" if same else least_of(left)


def _rows(page: Sheet, rows: Sequence[Row], told: _Told) -> int:
    """Writes as many of them as the section has room for, of which those on nodes with long names take two lines; how many these are."""
    hits, names = [row[0] for row in rows], [_who(row) for row in rows]
    namespaces = [name(hit.namespace) for hit in hits]
    first, second = _columns(max(map(cell_len, namespaces)), max(map(cell_len, names)), page.width)
    column = first + second + _GAPS
    long = [told.place(hit).lstrip() for hit in hits if column + cell_len(told.in_a_row(hit)) > page.width]
    below = max(_LEAST_INDENT, min([column + 2, *(page.width - cell_len(place) for place in long)]))
    room = page.most(len(hits) if len(long) < _MOST_HITS else max(_MOST_HITS, len(hits) - len(long) // 2))
    for hit, namespace, who in zip(hits[:room], namespaces, names, strict=False):
        lead = Text.assemble("  ", padded(namespace, first), "  ", (who, STRONG))
        row, spilt = told.in_a_row(hit), max(column, lead.cell_len + 2)
        if column + cell_len(row) <= page.width:
            page.paragraph(row, lead=lead, indent=spilt if spilt + cell_len(row) <= page.width else column)
        elif not told.names_node(hit):
            page.paragraph(row, lead=lead, indent=column, hang=2)
        else:
            page.paragraph("  ".join([told.share(hit), *told.notes(hit)]), lead=lead, indent=column, hang=2)
            page.paragraph(told.place(hit).lstrip(), indent=below)
    return min(room, len(hits))


def _columns(namespace: int, workload: int, width: int) -> tuple[int, int]:
    """How wide the columns of names are: as wide as they need while that leaves room for what is said of them."""
    most = int(width * _WIDEST_NAMES)
    if namespace + workload <= most:
        return namespace, workload
    namespace = min(namespace, most // 3)
    return namespace, min(workload, most - namespace)
