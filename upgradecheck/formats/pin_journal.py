"""The journal of pins, both ways: lines of a hash chain to what stands in which manifest, and what happens to lines. Pure.

``begin`` opens it. ``pin`` is on the disk before a manifest is written, ``pinned`` follows once it was read back; ``unpin`` and
``unpinned`` likewise. ``ended`` ends a run. A manifest's content is not in it, which may hold secrets: what was put in, and where the file
stands, is all that is needed to take it out again.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from upgradecheck.formats.hash_chain import Chain
from upgradecheck.formats.journal_lines import Anchor, JournalForm, Line, line_of
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.override_journal import AuditAnchor
from upgradecheck.model.pins import Pin, PinJournal, PinStep

FORMAT = "upgradecheck-pins/1"
_FORM = JournalForm(FORMAT, "a journal of pins")


class Begin(Line, tag="begin"):
    """The first line."""

    format: str
    time: str
    writer: str


class PinLine(Line, tag="pin"):
    """What is to be put into a manifest."""

    directory: str
    file: str
    namespace: str
    pod: str
    uid: str
    node: str
    piece: str
    before: str
    after: str
    plan: str
    kubelet: str
    time: str


class Pinned(Line, tag="pinned"):
    """It stands there, and was read back."""

    place: str


class Unpin(Line, tag="unpin"):
    """It is to be taken out."""

    place: str
    time: str


class Unpinned(Line, tag="unpinned"):
    """It stands there no more."""

    place: str


class Ended(Line, tag="ended"):
    """A run came to its end; audit: the audit log's last line."""

    audit: Anchor


PinJournalLine = Begin | PinLine | Pinned | Unpin | Unpinned | Ended
_STEPS: Mapping[type, PinStep] = {Pinned: PinStep.PINNED, Unpin: PinStep.TO_BE_TAKEN_OUT, Unpinned: PinStep.TAKEN_OUT}


def pin_line(pin: Pin, *, plan: str, kubelet: str, time: str) -> PinLine:
    """The line of a pin that is to be written."""
    told = {field: getattr(pin, field) for field in Pin.__struct_fields__ if field != "step"}
    return PinLine(**told, plan=plan, kubelet=kubelet, time=time)


def read_pins(chain: Chain) -> PinJournal:
    """What a journal tells.

    Raises:
        SpecRefused: it is of another format, or no journal of pins.
    """
    pins: dict[str, Pin] = {}
    anchors: list[AuditAnchor] = []
    for number, members in enumerate(chain.entries, 1):
        line: PinJournalLine = line_of(members, number, PinJournalLine, _FORM)
        _take(pins, anchors, line, f"line {number}")
    return PinJournal(pins, tuple(anchors))


def _take(pins: dict[str, Pin], anchors: list[AuditAnchor], line: PinJournalLine, at: str) -> None:
    match line:
        case Begin():
            return
        case PinLine():
            pin = Pin(**{field: getattr(line, field) for field in Pin.__struct_fields__ if field != "step"})
            pins[pin.place] = pin
        case Ended():
            anchors.append(line.audit.of_audit)
        case _:
            if line.place not in pins:
                raise SpecRefused("is about a manifest that was not to be pinned", at)
            pins[line.place] = replace(pins[line.place], step=_STEPS[type(line)])
