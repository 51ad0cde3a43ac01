"""A Verification as JSON, and read back: a result that was kept is shown again, and is laid under a later one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from upgradecheck.contract.parts import FORMAT_VERSION, Count, FormatVersion, Lines, Part, members, said, taken
from upgradecheck.contract.sealing import SEAL, seal_of
from upgradecheck.contract.values import ReleaseName, of_json
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.plan import Grade, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.verification import Because, Came, NodeState, Result, Verification, tally
from upgradecheck.model.waves import WaveKind

_RESULT = (
    "miss: stopped or refused, and not predicted; unexplained: stopped for another reason than the new kubelet; pending: its node does not "
    "run the new kubelet yet; unknown: nothing was predicted; replaced: its pod is gone, and no kubelet took it; unseen: not shown by what "
    "was read; not_compared: it did not run"
)


class TallyJson(Part, frozen=True, omit_defaults=False):
    """Numbers of containers by result."""

    hit: Count
    miss: Count
    false_alarm: Count
    unexplained: Count
    pending: Count
    unknown: Count
    replaced: Count
    unseen: Count
    not_compared: Count


class VerifiedNodeJson(Part, frozen=True):
    """One node of the plan, as it is now."""

    name: str
    state: Annotated[NodeState, said("other: it runs neither the old version nor the new one; gone: it is not there any more")]
    from_version: ReleaseName | None
    runs: Annotated[str | None, said("What it reports now")]
    rebooted: Annotated[bool | None, said("Since the plan; null if nothing tells")]
    summary: TallyJson


class VerifiedWaveJson(Part, frozen=True):
    """A wave of the plan, and what came on its nodes."""

    number: Annotated[int, Meta(ge=1)]
    kind: WaveKind
    nodes: tuple[str, ...]
    upgraded: Annotated[Count, said("How many of them run the new kubelet")]
    summary: TallyJson


class VerifiedContainerJson(Part, frozen=True, kw_only=True):
    """One container: what was predicted, what came, and what that says of the prediction."""

    namespace: str
    pod: str
    uid: str
    node: str | None
    container: Annotated[str | None, said("null for a pod of which no container is known")]
    kind: ContainerKind | None
    predicted: Annotated[Verdict, said("What the kubelet was to do, ignored or not")]
    reason: Reason
    grade: Grade
    result: Annotated[Result, said(_RESULT)]
    came: Annotated[Came | None, said("What became of it; left out where nothing shows it")] = None
    because: Annotated[Because | None, said("Why it was stopped; left out where nothing tells")] = None
    exit_code: Annotated[int | None, said("Its exit code, where it has ended")] = None
    restarts: Annotated[int | None, said("Starts that came after the plan; left out where that is not known")] = None
    container_id: str | None
    now: Annotated[str | None, said("The container that is there in its place")] = None


class VerificationJson(Part, frozen=True, kw_only=True):
    """What a plan predicted against what is seen after the upgrade. exit_code: 2 for misses and false alarms, 3 for what is not decided."""

    format_version: FormatVersion
    kind: Literal["Verification"]
    plan_hash: str
    from_version: ReleaseName | None
    to_version: ReleaseName
    exit_code: Literal[0, 2, 3]
    summary: TallyJson
    nodes: Lines[VerifiedNodeJson]
    waves: Annotated[Lines[VerifiedWaveJson], said("Those of the plan; left out where it has none")] = ()
    containers: Lines[VerifiedContainerJson]
    notices: Lines[str]
    document_hash: Annotated[
        str | None, said("A checksum over all other members, whatever their order and layout; not there in results of older programs")
    ] = None


DOCUMENT = VerificationJson

_UNFIT = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def of(verification: Verification) -> Iterator[tuple[str, object]]:
    """The members of it, container by container, and not yet sealed."""
    return members(VerificationJson, verification, document_hash=None)


def verification_of(raw: bytes) -> Verification:
    """The Verification that was saved as this JSON.

    Raises:
        SpecRefused: it is none, of another major, or its numbers are not those of its containers.
    """
    try:
        read = msgspec.json.decode(raw, type=VerificationJson, dec_hook=of_json)
    except _UNFIT as error:
        raise SpecRefused(f"no result of upgradecheck verify -o json ({error})") from None
    if read.format_version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise SpecRefused(f"{read.format_version!r} is of another upgradecheck; this one reads 1.x", "format_version")
    if read.document_hash is not None and seal_of(msgspec.json.decode(raw, type=dict[str, msgspec.Raw])) != read.document_hash:
        raise SpecRefused("is not that of what the file holds: it was changed after it was made; verify again", SEAL)
    found = taken(read, Verification)
    if tally(one.result for one in found.containers) != found.summary:
        raise SpecRefused("is not the number of what the file holds: the file was changed after it was made; verify again", "summary")
    if read.exit_code != found.exit_code:
        raise SpecRefused("is not what the numbers make: the file was changed after it was made; verify again", "exit_code")
    return found
