"""A checkpoint's body: what stands in its file behind the first line, and what ``checkpoint show -o json`` prints.

Unknown members are refused: in a file whose checksum is right they come from a newer format. What a value may be is checked where the file
is read (``formats.checkpoint_shape``), with words that never quote it.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Annotated

from msgspec import Meta, field

from upgradecheck.contract.parts import FORMAT_VERSION, LINES, Lines, Part, members, said
from upgradecheck.model.checkpoint import Checkpoint, Clock, KubeletStart, Mode
from upgradecheck.model.times import rfc3339


def _words(kind: type[Enum], description: str) -> Meta:
    return Meta(description=description, extra_json_schema={"enum": [each.value for each in kind]})


_ZONED = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$"
_MODE = "exact and manual: every start of another version stands in the history; polled: looked at now and then"

Time = Annotated[str, Meta(description="RFC 3339 with a zone, up to nanoseconds", extra_json_schema={"pattern": _ZONED})]
NodeName = Annotated[str, Meta(extra_json_schema={"minLength": 1})]


class StartJson(Part, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One kubelet process, from its start on. mode and clock default to what the document says they default to."""

    kubelet_version: Annotated[str, said("As the kubelet reports it, such as v1.20.15")]
    start_time: Annotated[Time, said("When it started; with mode polled, when it was first seen")]
    stop_time: Time | None = None
    last_seen_time: Annotated[Time | None, said("The latest time at which it was seen")] = None
    mode: Annotated[str, _words(Mode, _MODE)] | None = None
    clock: Annotated[str, _words(Clock, "Whose clock told the times")] | None = None
    uncertainty_seconds: Annotated[int, Meta(description="To either side of startTime", extra_json_schema={"minimum": 0})] = 0
    git_commit: str | None = None
    boot_id: str | None = field(name="bootID", default=None)
    boot_time: Annotated[Time | None, said("The wall clock at boot, as the node saw it when the entry was written")] = None
    since_boot_milliseconds: Annotated[int | None, said("The start, on the clock that nobody can set")] = None
    feature_gates: Annotated[dict[str, bool] | None, said("Gates that somebody set; absent where nobody looked")] = None
    override_journal: Annotated[str | None, said("SHA-256 of the override journal in force")] = None


class NodeIdentityJson(Part, frozen=True, forbid_unknown_fields=True):
    """Whose history it is."""

    name: NodeName
    machine_id: str | None = field(name="machineID", default=None)
    system_uuid: str | None = field(name="systemUUID", default=None)


class ForcedJson(Part, frozen=True, forbid_unknown_fields=True):
    """A safeguard that somebody overrode with --force."""

    time: Time
    what: str


class CheckpointJson(Part, frozen=True, forbid_unknown_fields=True):
    """The body of a checkpoint file (behind its first line), and what checkpoint show -o json prints."""

    format_version: Annotated[
        str, Meta(description="Minor steps only add; refuse an unknown major", extra_json_schema={"pattern": r"^1\.[0-9]+$"})
    ]
    kind: Annotated[str, Meta(extra_json_schema={"const": "Checkpoint"})]
    lineage: Annotated[str, said("The descent of the file; two files of one lineage are states of one history")]
    serial: Annotated[int, Meta(description="Counts the states; the highest is the newest", extra_json_schema={"minimum": 1})]
    node: NodeIdentityJson
    history: Annotated[Lines[StartJson], Meta(description="Oldest first", extra_json_schema={"minItems": 1})]
    writer: str = ""
    forced: Annotated[list[ForcedJson], LINES, said("Safeguards that somebody overrode with --force")] = field(default_factory=list)


DOCUMENT = CheckpointJson


def of(checkpoint: Checkpoint) -> Iterator[tuple[str, object]]:
    """The members of the body, start by start."""
    return members(CheckpointJson, body_of(checkpoint))


def body_of(checkpoint: Checkpoint) -> CheckpointJson:
    """The body that formats.checkpoint_shape.checkpoint_of turns back into this checkpoint."""
    node = checkpoint.node
    return CheckpointJson(
        format_version=FORMAT_VERSION,
        kind="Checkpoint",
        lineage=checkpoint.lineage,
        serial=checkpoint.serial,
        node=NodeIdentityJson(node.name, node.machine_id, node.system_uuid),
        history=tuple(start_json(start, Mode.EXACT, Clock.NODE) for start in checkpoint.history),
        writer=checkpoint.writer,
        forced=[ForcedJson(rfc3339(each.time), each.what) for each in checkpoint.forced],
    )


def start_json(start: KubeletStart, mode: Mode, clock: Clock) -> StartJson:
    """The entry of this start in a document whose entries have this mode and clock unless they say otherwise."""
    gates = start.feature_gates
    return StartJson(
        kubelet_version=start.kubelet_version.text,
        start_time=rfc3339(start.start_time),
        stop_time=_optional(start.stop_time),
        last_seen_time=_optional(start.last_seen_time),
        mode=None if start.mode is mode else start.mode.value,
        clock=None if start.clock is clock else start.clock.value,
        uncertainty_seconds=start.uncertainty,
        git_commit=start.git_commit,
        boot_id=start.boot_id,
        boot_time=_optional(start.boot_time),
        since_boot_milliseconds=start.since_boot_ms,
        feature_gates=None if gates is None else dict(sorted(gates.items())),
        override_journal=start.override_journal,
    )


def _optional(time: int | None) -> str | None:
    return None if time is None else rfc3339(time)
