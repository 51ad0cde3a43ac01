"""What ``override apply``, ``status`` and ``undo`` say, as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from upgradecheck.contract.parts import FormatVersion, Lines, Part, members, said
from upgradecheck.contract.values import HexHash
from upgradecheck.model.override_report import ContainerState, OverriddenContainer, OverrideReport

_STATES = (
    "as it stands: to-write, written, so, refused, ended, elsewhere: of apply; held, pending, not-written, refused, disturbed, missing,"
    " ended, elsewhere: of status PLAN; applied, pending, restored, not-written, gone, taken-over, drifted: by a journal;"
    " to-put-back, put-back, as-before, gone, drifted: of undo"
)


class OverriddenJson(Part, frozen=True, rename={"before": "from", "after": "to"}):
    """One container."""

    container_id: str
    namespace: str
    pod: str
    uid: str
    container: str
    node: str | None
    before: HexHash | None
    after: HexHash
    state: Annotated[ContainerState, said(_STATES)]
    reason: Annotated[str, said("Why it is refused; left out for none")] = ""
    served: Annotated[str | None, said("The hash that the runtime tells; left out where that was not asked")] = None
    same_process: Annotated[bool | None, said("As when it was written; left out where nobody knows")] = None
    journal: Annotated[str | None, said("The journal that knows it; left out where the plan was asked")] = None


class RuntimeJson(Part, frozen=True):
    """The runtime that was asked."""

    name: str
    version: str
    place: str


class UnmetJson(Part, frozen=True):
    """What must change before it can be done."""

    check: Annotated[str | None, said("As --skip-check takes it; null where it cannot be skipped")]
    message: str


class PinJson(Part, frozen=True):
    """A pinned static pod."""

    manifest: str
    standing: str
    holds: Annotated[bool, said("It leaves nothing to be done before another kubelet starts")]


class OverrideReportJson(Part, frozen=True):
    """What upgradecheck override apply, status and undo print with -o json; where a run breaks off there is none."""

    format_version: FormatVersion
    kind: Literal["OverrideReport"]
    command: Annotated[str, said("apply, status, or undo")]
    ok: Annotated[bool, said("The exit code is 0; of status: the new kubelet may start")]
    answer: Annotated[str, said("The same in a sentence")]
    plan_hash: str | None
    from_version: str | None
    to_version: str | None
    runtime: RuntimeJson | None
    changed: Annotated[bool, said("This run wrote a record")]
    restarted: Annotated[bool, said("The runtime was restarted")]
    confirm: Annotated[str | None, said("What --confirm wants; null where nothing is to be done, or was done")]
    containers: Lines[OverriddenJson]
    unmet: tuple[UnmetJson, ...]
    journals: tuple[str, ...]
    pins: tuple[PinJson, ...]


DOCUMENT = OverrideReportJson


def of(report: OverrideReport) -> Iterator[tuple[str, object]]:
    """The members of it, container by container."""
    return members(OverrideReportJson, report, containers=map(_container, report.containers))


def _container(one: OverriddenContainer) -> OverriddenJson:
    told, hashes = one.override, one.override.hash
    return OverriddenJson(
        container_id=one.container_id,
        namespace=told.namespace,
        pod=told.pod,
        uid=told.uid,
        container=told.container,
        node=told.node,
        before=None if hashes.before is None else HexHash.of(hashes.before),
        after=HexHash.of(hashes.after),
        state=one.state,
        reason=one.reason,
        served=one.served,
        same_process=one.same_process,
        journal=one.journal,
    )
