"""``override unpin``: exactly what a pin put in is taken out again; a manifest that nobody edited is then, byte by byte, as it was before.

What the kubelet that runs makes of it is the pod's UID from then on: the one that it has, under the kubelet that it was pinned under, and
another one under a kubelet that hashes otherwise, which makes the pod anew at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from enum import Enum

import msgspec

from upgradecheck.decode.guard import guarded
from upgradecheck.formats.journal_lines import Anchor, members_of
from upgradecheck.formats.pin_journal import Ended, Unpin, Unpinned
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pins import Pin, PinStep
from upgradecheck.override.auditing import Audit, Operator
from upgradecheck.override.state import AUDIT, PINS, OverrideState
from upgradecheck.pinning.editing import Edit, sum_of, without_uid
from upgradecheck.pinning.manifests import NodeKubelet, opened_directory, uids_of
from upgradecheck.pinning.pinning import note_pin, put_manifest, sweep_beside
from upgradecheck.pinning.standing import PinStanding, StoodPin, stood_pin
from upgradecheck.safekeeping.logs import AppendLog, appending
from upgradecheck.safekeeping.system import System


class UnpinWay(Enum):
    """What is to be done about a pin. NOTHING: it does not stand in its manifest any more, or there is no manifest."""

    TAKE_OUT = "take out"
    NOTHING = "nothing"
    REFUSE = "refuse"


class ExaminedPin(msgspec.Struct, frozen=True, gc=False):
    """One pin and its manifest now. edit: how it is taken out; reason says why it cannot be."""

    stood: StoodPin
    way: UnpinWay
    edit: Edit | None = None
    reason: str = ""

    @property
    def pin(self) -> Pin:
        """The pin itself."""
        return self.stood.pin


def examine_pins(pins: Sequence[Pin], system: System) -> tuple[ExaminedPin, ...]:
    """Each of these pins."""
    return tuple(_examined(stood_pin(one, system)) for one in pins)


def unpin_hash(found: Sequence[ExaminedPin]) -> str:
    """What a confirmation names: the SHA-256 over the manifests that are to be written, as they stand."""
    lines = (f"{one.pin.place}\0{_sum(one.stood)}\n" for one in found if one.way is UnpinWay.TAKE_OUT)
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def has_pins_to_take_out(found: Sequence[ExaminedPin]) -> bool:
    """Whether a run would do anything."""
    return any(one.way is not UnpinWay.REFUSE for one in found)


def unpin(pins: Sequence[Pin], held: OverrideState, operator: Operator, confirmed: str) -> tuple[ExaminedPin, ...]:
    """Takes out what can be; what is refused stays, and is named in the outcome.

    Raises:
        OverrideRefused, PlaceRefused: nothing was changed.
        OverrideStopped, NotSaved: it broke off; the same call goes on.
    """
    system = held.directory.system
    found = examine_pins(pins, system)
    if not has_pins_to_take_out(found):
        return found
    with ExitStack() as stack:
        audit = Audit(stack.enter_context(appending(held.directory, AUDIT, held.audit)), operator, confirmed, PINS)
        journal = stack.enter_context(appending(held.directory, PINS, held.pins_chain))
        audit.note("unpin", **{way.value: sum(one.way is way for one in found) for way in UnpinWay})
        outcome = tuple(_carried_out(one, journal, audit, system) for one in found)
        audit.note("unpinned all")
        journal.append(members_of(Ended(Anchor(audit.log.lines, audit.log.head))))
    return outcome


def uids_without(one: ExaminedPin, kubelet: NodeKubelet) -> frozenset[str]:
    """What this kubelet makes of the manifest without its pin; nothing where nobody can tell."""
    if one.edit is None:
        return frozenset()
    content = one.edit.after
    try:
        return guarded(lambda: uids_of(content, one.pin.file, kubelet))
    except SpecRefused:
        return frozenset()


def _examined(stood: StoodPin) -> ExaminedPin:
    if stood.standing in (PinStanding.LOST, PinStanding.GONE):
        return ExaminedPin(stood, UnpinWay.NOTHING)
    if stood.read is None or stood.standing is PinStanding.UNREADABLE:
        return ExaminedPin(stood, UnpinWay.REFUSE, reason=stood.reason)
    try:
        edit = without_uid(stood.read.content, stood.pin.uid, stood.pin.piece.encode())
    except SpecRefused as error:
        return ExaminedPin(stood, UnpinWay.REFUSE, reason=str(error))
    if stood.standing is PinStanding.STANDS and sum_of(edit.after) != stood.pin.before:
        return ExaminedPin(stood, UnpinWay.REFUSE, reason="would not be as before without its pin; take that line out by hand")
    return ExaminedPin(stood, UnpinWay.TAKE_OUT, edit)


def _carried_out(one: ExaminedPin, journal: AppendLog, audit: Audit, system: System) -> ExaminedPin:
    now = _examined(stood_pin(one.pin, system))
    if now.way is UnpinWay.TAKE_OUT and now.edit is not None and now.stood.read is not None:
        if now.pin.step is not PinStep.TO_BE_TAKEN_OUT:
            journal.append(members_of(Unpin(now.pin.place, audit.operator.now)))
        with opened_directory(now.pin.directory, system) as directory:
            put_manifest(directory, now.pin.file, now.stood.read, now.edit.after)
    elif now.stood.standing is PinStanding.LOST:
        with opened_directory(now.pin.directory, system) as directory:
            sweep_beside(directory, now.pin.file)
    if now.way is not UnpinWay.REFUSE:
        note_pin(audit, "unpinned", now.pin)
        journal.append(members_of(Unpinned(now.pin.place)))
    return now


def _sum(stood: StoodPin) -> str:
    return "" if stood.read is None else sum_of(stood.read.content)
