"""What an override meets on a node: for each container of the plan what its record carries now, and what is to be done about it.

The runtime is reached through RuntimeDatabase: the records that it keeps, and what it serves of them as CRI (from memory, so that both
differ from a write until the runtime restarts).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Protocol

import msgspec

from upgradecheck.decode.runtime.containerd_wire import CriStatus
from upgradecheck.decode.runtime.kept_records import restamped
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.override import Override, OverrideMap
from upgradecheck.model.override_journal import JournalEntry, MetadataRecord


class RuntimeDatabase(Protocol):
    """A container runtime, as far as an override needs it; transport.containerd has the real one."""

    def records(self) -> Mapping[str, MetadataRecord]:
        """By ID what it keeps of each container."""

    def record(self, container_id: str) -> MetadataRecord | None:
        """What it keeps of one, None if that is gone."""

    def write(self, container_id: str, record: MetadataRecord) -> None:
        """Puts a record in the place of the one that is there."""

    def served(self, container_id: str) -> CriStatus | None:
        """What CRI serves of it, None if it knows none."""

    def pids(self) -> Mapping[str, int]:
        """By container ID the process that runs."""


class Action(Enum):
    """What is to be done about a container of the plan. ELSEWHERE: not in this runtime, so gone or on another node."""

    WRITE = "write"
    NOTHING = "nothing"
    REFUSE = "refuse"
    ENDED = "ended"
    ELSEWHERE = "elsewhere"


class Surveyed(msgspec.Struct, frozen=True, gc=False):
    """One container of the plan. before and after are its record now and as it is to be; reason says why it is refused."""

    container_id: str
    override: Override
    action: Action
    before: MetadataRecord | None = None
    after: MetadataRecord | None = None
    reason: str = ""

    @property
    def name(self) -> str:
        """The container as people call it, with its ID."""
        return name_of(self.container_id, self.override)


def survey(wanted: OverrideMap, runtime: RuntimeDatabase) -> tuple[Surveyed, ...]:
    """Every container of the plan, by namespace, pod and name."""
    records = runtime.records()
    order = sorted(wanted.overrides.items(), key=lambda item: (item[1].namespace, item[1].pod, item[1].container, item[0]))
    return tuple(_surveyed(container_id, override, records.get(container_id), runtime) for container_id, override in order)


def nodes_here(found: Iterable[Surveyed], names: Iterable[str] = ()) -> frozenset[str | None]:
    """The nodes of the plan that this one may be: those of the containers that its runtime has, and those of these names.

    What names no node may be of this one too.
    """
    seen = (one.override.node for one in found if one.action is not Action.ELSEWHERE)
    return frozenset((None, *seen, *names))


def nothing_is_here(wanted: OverrideMap, found: Sequence[Surveyed], names: Sequence[str]) -> bool:
    """Whether the plan overrides something that should be here, and none of it is: another runtime, another node, or all made anew.

    A plan that knows this node by one of its names, and overrides nothing there, is carried out by doing nothing.
    """
    if not found or any(one.action is not Action.ELSEWHERE for one in found):
        return False
    here = nodes_here(found, names)
    return any(one.override.node in here for one in found) or wanted.nodes.isdisjoint(names)


def looked_at_again(one: Surveyed, runtime: RuntimeDatabase) -> Surveyed:
    """The same container as it is now."""
    return _surveyed(one.container_id, one.override, runtime.record(one.container_id), runtime)


def name_of(container_id: str, override: Override) -> str:
    """A container as people call it, with its ID."""
    return f"{override.namespace}/{override.pod}/{override.container} ({container_id[:13]})"


def sum_of(record: MetadataRecord) -> str:
    """The SHA-256 of a record's bytes."""
    return hashlib.sha256(record.value).hexdigest()


def is_ours(record: MetadataRecord, entry: JournalEntry) -> bool:
    """Whether a record is exactly what the entry wrote."""
    return record.type_url == entry.before.type_url and sum_of(record) == entry.after_sum


def _surveyed(container_id: str, override: Override, before: MetadataRecord | None, runtime: RuntimeDatabase) -> Surveyed:
    if before is None:
        return Surveyed(container_id, override, Action.ELSEWHERE)
    try:
        after = restamped(before, container_id, override)
    except SpecRefused as error:
        return Surveyed(container_id, override, Action.REFUSE, before, reason=error.reason)
    if after == before:
        return Surveyed(container_id, override, Action.NOTHING, before, after)
    served = runtime.served(container_id)
    running = served is not None and served.running
    return Surveyed(container_id, override, Action.WRITE if running else Action.ENDED, before, after)
