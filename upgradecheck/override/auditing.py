"""The audit log: who did what to which container, when, by which plan; one line for each, appended and synced."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from upgradecheck.model.hash import Hash, hex_of
from upgradecheck.model.override import Override
from upgradecheck.model.times import rfc3339
from upgradecheck.safekeeping.logs import AppendLog


class Operator(msgspec.Struct, frozen=True):
    """Who runs the program: the user and who became that user, the program's version, and the clock (nanoseconds)."""

    user: str
    writer: str
    clock: Callable[[], int]

    @property
    def now(self) -> str:
        """The time, for logs."""
        return rfc3339(self.clock())


class Audit(msgspec.Struct, frozen=True):
    """The open audit log, with what stands in all lines of a run."""

    log: AppendLog
    operator: Operator
    plan_hash: str
    journal: str

    def note(self, event: str, **about: str | int | list[str]) -> None:
        """Adds a line."""
        head = {"event": event, "time": self.operator.now, "user": self.operator.user, "writer": self.operator.writer}
        self.log.append({**head, "plan": self.plan_hash, "journal": self.journal, **about})

    def note_container(self, event: str, container_id: str, override: Override, before: Hash | None, after: Hash | None) -> None:
        """Adds a line about one container."""
        pod = {"namespace": override.namespace, "pod": override.pod, "uid": override.uid, "name": override.container}
        self.note(event, container=container_id, **pod, **{"from": hex_of(before) or "", "to": hex_of(after) or ""})
