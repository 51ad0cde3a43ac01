"""A node's kubelets as a table, oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.text import Text

from upgradecheck.model.checkpoint import Checkpoint, KubeletStart, Mode
from upgradecheck.model.times import rfc3339
from upgradecheck.model.wording import count
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import DOUBT, STRONG, Page, columns
from upgradecheck.renderers.media.plain import name

_TITLES = ("KUBELET", "FROM", "UNTIL", "KNOWN")
_KNOWN: Mapping[Mode, str] = {
    Mode.EXACT: "recorded at its start",
    Mode.POLLED: "seen now and then",
    Mode.MANUAL: "written by hand",
}


def render(checkpoint: Checkpoint, canvas: Canvas) -> Iterator[str]:
    """The table, with what identifies the file above it."""
    page = Page(canvas)
    page.paragraph(
        Text.assemble(
            (name(checkpoint.node.name), STRONG),
            f": state {checkpoint.serial}, {count(len(checkpoint.history), 'kubelet start')} recorded",
        )
    )
    page.blank()
    columns(page, (_TITLES, *(_cells(start) for start in checkpoint.history)))
    for note in checkpoint.forced:
        page.paragraph(Text(f"forced at {rfc3339(note.time)}: {name(note.what)}", style=DOUBT))
    page.blank()
    page.paragraph("what ran before the first of these is not known", indent=0)
    yield page.take()


def _cells(start: KubeletStart) -> tuple[str, ...]:
    about = f" +-{start.uncertainty} s" if start.uncertainty else ""
    return name(start.kubelet_version.text), rfc3339(start.start_time) + about, _until(start), _known(start)


def _until(start: KubeletStart) -> str:
    if start.stop_time is not None:
        return f"stopped {rfc3339(start.stop_time)}"
    return "the next one" if start.last_seen_time is None else f"last seen {rfc3339(start.last_seen_time)}"


def _known(start: KubeletStart) -> str:
    gates = f", {count(len(start.feature_gates), 'feature gate')} set" if start.feature_gates else ""
    journal = ", override in force" if start.override_journal else ""
    return _KNOWN[start.mode] + gates + journal
