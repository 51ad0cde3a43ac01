"""``override pin``: the UIDs of static pods that run, written into their manifests, each in the journal before.

Only a pod whose UID the running kubelet makes of its manifest as it stands: else it was edited or renamed since, and a pin would hide that.
Whoever is killed in between leaves each manifest as it was or as it is to be, and the next run goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import ExitStack
from enum import Enum

import msgspec

from upgradecheck.formats.journal_lines import Anchor, members_of
from upgradecheck.formats.pin_journal import FORMAT, Begin, Ended, Pinned, pin_line
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pins import Pin, PinStep, StaticPodRow, StaticPods
from upgradecheck.override.auditing import Audit, Operator
from upgradecheck.override.errors import OverrideStopped
from upgradecheck.override.state import AUDIT, PINS, OverrideState
from upgradecheck.pinning.editing import Edit, sum_of, with_uid
from upgradecheck.pinning.manifests import Manifest, NodeKubelet, manifests, uids_of
from upgradecheck.safekeeping.directory import Directory, ReadFile
from upgradecheck.safekeeping.errors import NotSaved
from upgradecheck.safekeeping.logs import AppendLog, appending
from upgradecheck.safekeeping.replacing import replace_file, sweep


class PinWay(Enum):
    """What is to be done about a static pod of the plan. KEPT: by the plan its UID does not change; ELSEWHERE: it is on another node."""

    PIN = "pin"
    NOTHING = "nothing"
    REFUSE = "refuse"
    KEPT = "kept"
    ELSEWHERE = "elsewhere"


class SurveyedPin(msgspec.Struct, frozen=True, gc=False):
    """One static pod of the plan. manifest and edit: where it is to be pinned, and how; reason says why it is refused."""

    row: StaticPodRow
    way: PinWay
    manifest: Manifest | None = None
    edit: Edit | None = None
    reason: str = ""


def survey_pins(wanted: StaticPods, selected: Collection[str], directory: Directory, kubelet: NodeKubelet) -> tuple[SurveyedPin, ...]:
    """Every static pod of the plan; selected: only these, by NAMESPACE/NAME, all that change their UID if there are none.

    Raises:
        OverrideRefused: the directory cannot be listed.
    """
    found = manifests(directory, kubelet)
    rows = sorted((one for one in wanted.pods if not selected or one.title in selected), key=lambda one: (one.namespace, one.name, one.uid))
    return tuple(_surveyed(one, found, kubelet, chosen=bool(selected)) for one in rows)


def has_pins_to_write(found: Sequence[SurveyedPin], held: OverrideState | None) -> bool:
    """Whether a run would do anything: a manifest to pin, or a run before to end."""
    begun = () if held is None else held.pins.standing
    return any(one.way is PinWay.PIN for one in found) or any(one.step is PinStep.INTENDED for one in begun)


def pin(
    wanted: StaticPods, selected: Collection[str], directory: Directory, kubelet: NodeKubelet, held: OverrideState, operator: Operator
) -> tuple[SurveyedPin, ...]:
    """Pins what can be pinned; what is refused stays as it is, and is named in the outcome.

    Raises:
        OverrideRefused, PlaceRefused: nothing was changed.
        OverrideStopped, NotSaved: it broke off; the same call goes on.
    """
    found = survey_pins(wanted, selected, directory, kubelet)
    if not has_pins_to_write(found, held):
        return found
    with ExitStack() as stack:
        audit = Audit(stack.enter_context(appending(held.directory, AUDIT, held.audit)), operator, wanted.plan_hash, PINS)
        journal = stack.enter_context(appending(held.directory, PINS, held.pins_chain))
        begin_journal(journal, operator)
        audit.note("pin", **{way.value: sum(one.way is way for one in found) for way in PinWay})
        run = _Run(wanted, directory, kubelet, held, journal, audit)
        for begun in held.pins.standing:
            if begun.step is PinStep.INTENDED and begun.directory == directory.path:
                sweep_beside(directory, begun.file)
        for one in found:
            run.carry_out(one)
        audit.note("pinned all")
        journal.append(members_of(Ended(Anchor(audit.log.lines, audit.log.head))))
    return found


def begin_journal(journal: AppendLog, operator: Operator) -> None:
    """The first line, if there is none."""
    if journal.lines == 0:
        journal.append(members_of(Begin(FORMAT, operator.now, operator.writer)))


def put_manifest(directory: Directory, name: str, old: ReadFile, content: bytes) -> None:
    """Replaces a manifest, and reads it back.

    Raises:
        NotSaved: it could not be, or not for sure.
        OverrideStopped: something else stands there afterwards.
    """
    replace_file(directory, name, old, content)
    if directory.read(name, len(content) + 1) != content:
        raise OverrideStopped(
            f"{directory.file(name)}: was written, and shows something else. Nothing more was done; look who writes there, then run the"
            " same command again."
        )


def sweep_beside(directory: Directory, name: str) -> None:
    """What a killed run left beside a manifest goes.

    Raises:
        NotSaved: it does not.
    """
    try:
        sweep(directory, name)
    except OSError as error:
        raise NotSaved(f"{directory.file(name)}: what a run before left beside it cannot be removed ({error.strerror}).") from error


def _surveyed(row: StaticPodRow, found: Sequence[Manifest], kubelet: NodeKubelet, *, chosen: bool) -> SurveyedPin:
    if row.node is not None and row.node.lower() != kubelet.node.lower():
        return SurveyedPin(row, PinWay.ELSEWHERE)
    own = [one for one in found if row.uid in one.uids]
    if len(own) == 1 and own[0].stated:
        return SurveyedPin(row, PinWay.NOTHING, own[0])
    if not row.recreated and not chosen:
        return SurveyedPin(row, PinWay.KEPT)
    if len(own) != 1:
        return SurveyedPin(row, PinWay.REFUSE, reason=_not_proved(row, own, found, kubelet))
    return _to_pin(row, own[0], kubelet)


def _to_pin(row: StaticPodRow, manifest: Manifest, kubelet: NodeKubelet) -> SurveyedPin:
    assert manifest.read is not None
    try:
        edit = with_uid(manifest.read.content, row.uid)
        if uids_of(edit.after, manifest.name, kubelet) != {row.uid}:
            raise SpecRefused("would not give the pod this UID")
    except SpecRefused as error:
        return SurveyedPin(row, PinWay.REFUSE, manifest, reason=f"{manifest.name} {error}")
    return SurveyedPin(row, PinWay.PIN, manifest, edit)


def _not_proved(row: StaticPodRow, own: Sequence[Manifest], found: Sequence[Manifest], kubelet: NodeKubelet) -> str:
    """Why no manifest is known to be what runs."""
    if own:
        return f"{len(own)} manifests make its UID ({', '.join(one.name for one in own)})"
    named = [one for one in found if (one.namespace, f"{one.pod}-{kubelet.node}".lower()) == (row.namespace, row.name.lower())]
    if not named:
        unread = [f"{one.name} {one.problem}" for one in found if one.read is None]
        told = f" (not read: {'; '.join(unread)})" if unread else ""
        return f"no manifest in {kubelet.directory} makes the UID {row.uid} that runs{told}"
    if named[0].problem:
        return f"{named[0].name}: {named[0].problem}"
    made = ", ".join(sorted(named[0].uids))
    return (
        f"{named[0].name} makes the UID {made} under kubelet {kubelet.version}, and {row.uid} runs by the plan: the manifest was edited or"
        " renamed since, the kubelet knows it by another path, or another kubelet made the pod (a pin is set before the upgrade)"
    )


class _Run:
    """One run over the static pods of a plan."""

    def __init__(
        self, wanted: StaticPods, directory: Directory, kubelet: NodeKubelet, held: OverrideState, journal: AppendLog, audit: Audit
    ) -> None:
        self._wanted = wanted
        self._directory = directory
        self._kubelet = kubelet
        self._known = held.pins.pins
        self._journal = journal
        self._audit = audit

    def carry_out(self, one: SurveyedPin) -> None:
        """Does what is to be done about a pod."""
        manifest = one.manifest
        if manifest is None or manifest.read is None:
            return
        if one.way is PinWay.PIN and one.edit is not None:
            self._write(one.row, manifest.name, manifest.read, one.edit)
        elif one.way is PinWay.NOTHING:
            known = self._known.get(self._directory.file(manifest.name))
            if known is not None and known.step is PinStep.INTENDED and known.after == sum_of(manifest.read.content):
                self._note(known)  # written by a run that did not live to note it

    def _write(self, row: StaticPodRow, name: str, old: ReadFile, edit: Edit) -> None:
        pin = Pin(
            directory=self._directory.path,
            file=name,
            namespace=row.namespace,
            pod=row.name,
            uid=row.uid,
            node=self._kubelet.node,
            piece=edit.piece.decode(),
            before=sum_of(old.content),
            after=sum_of(edit.after),
        )
        operator = self._audit.operator
        line = pin_line(pin, plan=self._wanted.plan_hash, kubelet=self._kubelet.version, time=operator.now)
        self._journal.append(members_of(line))
        put_manifest(self._directory, name, old, edit.after)
        self._note(pin)

    def _note(self, pin: Pin) -> None:
        note_pin(self._audit, "pinned", pin)
        self._journal.append(members_of(Pinned(pin.place)))


def note_pin(audit: Audit, event: str, pin: Pin) -> None:
    """A line of the audit log about one manifest."""
    audit.note(event, manifest=pin.place, namespace=pin.namespace, pod=pin.pod, uid=pin.uid)
