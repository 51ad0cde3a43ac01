"""Ways between two kubelet versions for a spreadsheet: a row a hop, the way back included."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.paths import Hop, UpgradePaths
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.csv import Row, written
from upgradecheck.reporting.effects import sentences


def render(paths: UpgradePaths, canvas: Canvas) -> Iterator[str]:
    """The text, row by row."""
    return written(_rows(paths))


def _rows(paths: UpgradePaths) -> Iterator[Row]:
    """One row a hop."""
    yield (
        "path",
        "hop",
        "direction",
        "from",
        "to",
        "within_policy",
        "control_plane",
        "verdict",
        "restart",
        "safe",
        "unknown",
        "static_pods",
        "reasons",
        "complete",
        "sandboxes",
    )
    complete = {None: "", True: "yes", False: "no"}[paths.complete]
    for number, path in enumerate(paths.paths, 1):
        yield from ((*_row(number, place, "up", hop), complete, _sandboxes(hop)) for place, hop in enumerate(path.hops, 1))
        yield from ((*_row(number, place, "back", hop), complete, _sandboxes(hop)) for place, hop in enumerate(path.back, 1))


def _sandboxes(hop: Hop) -> str:
    return " ".join(one.value for one in hop.sandboxes)


def _row(path: int, place: int, direction: str, hop: Hop) -> Row:
    counts = (None, None, None) if hop.counts is None else (hop.counts.restart, hop.counts.safe, hop.counts.unknown)
    server = " ".join(map(str, hop.control_plane))
    told = str(hop.old), str(hop.new), "yes" if hop.within_policy else "no", server, hop.effect.value
    return path, place, direction, *told, *counts, hop.static_pods.change.value, "; ".join(sentences(hop.reasons))
