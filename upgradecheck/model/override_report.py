"""What ``override apply``, ``status`` and ``undo`` found and did on a node, for programs."""

from __future__ import annotations

import msgspec

from upgradecheck.model.override import Override
from upgradecheck.model.words import Word


class ContainerState(Word):
    """How one container stands.

    Before a run: TO_WRITE, and after it WRITTEN; SO: it needs nothing. REFUSED: nothing holds it. ENDED: it runs no more. ELSEWHERE: not
    in this runtime. Once the runtime was asked: HELD and APPLIED: record and runtime carry the new hash; PENDING: the record alone does.
    RESTORED: both carry the hash before. UNWRITTEN: nothing was done yet. DISTURBED: held, and another process. MISSING: of this node, and
    not in its runtime. GONE: removed or ended. TAKEN_OVER: a later journal has it. DRIFTED: somebody else changed the record.
    Of an undo, before the runtime was asked: TO_PUT_BACK, and after it PUT_BACK; AS_BEFORE: the record is the one of before already.
    """

    TO_WRITE = "to-write"
    WRITTEN = "written"
    SO = "so"
    REFUSED = "refused"
    ENDED = "ended"
    ELSEWHERE = "elsewhere"
    HELD = "held"
    APPLIED = "applied"
    PENDING = "pending"
    RESTORED = "restored"
    UNWRITTEN = "not-written"
    DISTURBED = "disturbed"
    MISSING = "missing"
    GONE = "gone"
    TAKEN_OVER = "taken-over"
    DRIFTED = "drifted"
    TO_PUT_BACK = "to-put-back"
    PUT_BACK = "put-back"
    AS_BEFORE = "as-before"


class OverriddenContainer(msgspec.Struct, frozen=True, gc=False):
    """One container. served: the hash that the runtime tells; same_process: None where nobody knows. journal: which one knows it."""

    container_id: str
    override: Override
    state: ContainerState
    reason: str = ""
    served: str | None = None
    same_process: bool | None = None
    journal: str | None = None


class OverrideRuntime(msgspec.Struct, frozen=True, gc=False):
    """The runtime that was asked."""

    name: str
    version: str
    place: str


class UnmetCheck(msgspec.Struct, frozen=True, gc=False):
    """What must change before it can be done; check is None where it cannot be skipped."""

    check: str | None
    message: str


class PinState(msgspec.Struct, frozen=True, gc=False):
    """A static pod's pin, and whether it leaves nothing to be done."""

    manifest: str
    standing: str
    holds: bool


class OverrideReport(msgspec.Struct, frozen=True, gc=False):
    """What a command says. lines: the same for people. confirm: the hash to confirm, where nothing was done yet and something can be.

    ok: the exit code is 0, which of status says that the new kubelet may start. changed: this run wrote a record. restarted: the runtime
    was restarted.
    """

    command: str
    ok: bool
    answer: str
    plan_hash: str | None = None
    from_version: str | None = None
    to_version: str | None = None
    runtime: OverrideRuntime | None = None
    changed: bool = False
    restarted: bool = False
    confirm: str | None = None
    containers: tuple[OverriddenContainer, ...] = ()
    unmet: tuple[UnmetCheck, ...] = ()
    journals: tuple[str, ...] = ()
    pins: tuple[PinState, ...] = ()
    lines: tuple[str, ...] = ()
