"""The ways between two kubelet versions as JSON: the cheapest first, each hop by hop, with the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from upgradecheck.contract.parts import Count, FormatVersion, Lines, Part, members, said, taken
from upgradecheck.contract.v1.effect_reasons import EffectReasonJson
from upgradecheck.contract.v1.plan import MissingJson
from upgradecheck.contract.v1.static_effects import SANDBOXES, StaticPodEffectJson
from upgradecheck.contract.values import MinorName
from upgradecheck.model.changes import Effect, SandboxLoss
from upgradecheck.model.paths import Hop, UpgradePath, UpgradePaths

_ALONE = "Of the pods given, containers that would restart, or may, if the hop were gone minor by minor"
_ABSORBS = "Steps of one minor that would each restart something by themselves, where there are several: this hop takes them at once"


class StepJson(Part, frozen=True, rename={"old": "from", "new": "to"}):
    """From one minor to the next."""

    old: MinorName
    new: MinorName


class WorkloadJson(Part, frozen=True):
    """A workload of which containers restart, or may."""

    namespace: str
    kind: str
    name: str
    restart: Count
    unknown: Count


class HopJson(Part, frozen=True, rename={"old": "from", "new": "to", "effect": "verdict", "static_pods": "static_pod_uid"}, kw_only=True):
    """Kubelets from one minor to another; counts only where pods were given."""

    old: MinorName
    new: MinorName
    within_policy: Annotated[bool, said("Whether upstream's version-skew policy covers it")]
    control_plane: Annotated[tuple[MinorName, ...], said("The minors that the API server goes to before it, one by one")] = ()
    effect: Annotated[Effect, said("Of the versions alone, whatever pods are given")]
    restart: Annotated[Count | None, said("Of the pods given, containers that restart, after the hops before this one")] = None
    safe: Count | None = None
    unknown: Count | None = None
    alone: Annotated[Count | None, said(_ALONE)] = None
    alone_unknown: Annotated[Count | None, said("How many of these only may")] = None
    absorbs: Annotated[tuple[StepJson, ...], said(_ABSORBS)] = ()
    reasons: tuple[EffectReasonJson, ...]
    static_pods: StaticPodEffectJson
    sandboxes: Annotated[tuple[SandboxLoss, ...], said(SANDBOXES)] = ()
    workloads: tuple[WorkloadJson, ...] = ()


class PathJson(Part, frozen=True, kw_only=True):
    """One way; restart and unknown are the sums of its hops."""

    within_policy: bool
    restart: Count | None = None
    unknown: Count | None = None
    hops: tuple[HopJson, ...]
    back: Annotated[tuple[HopJson, ...], said("The way back, hop by hop, after all hops; the control plane stays")]


class ApiServerJson(Part, frozen=True, rename={"old": "from", "new": "to"}, kw_only=True):
    """The control plane; known is false where its version before was neither given nor seen, and is supposed to be the kubelets'."""

    old: MinorName
    new: MinorName
    known: bool


class UpgradePathsJson(Part, frozen=True, rename={"old": "from", "new": "to"}, kw_only=True):
    """Ways between two kubelet versions: the cheapest that the version-skew policy covers first, what it does not cover last."""

    format_version: FormatVersion
    kind: Literal["UpgradePaths"]
    old: str
    new: str
    minors: tuple[MinorName, ...]
    api_server: ApiServerJson
    trouble: Annotated[str | None, said("What the policy has against these kubelets beside the control plane as it is")] = None
    trouble_after: Annotated[str | None, said("What it has against them at the end")] = None
    pods: Annotated[Count | None, said("How many pods were counted, of templates by their replicas; absent if none were given")] = None
    recorded: Annotated[Count | None, said("Of how many containers a hash that a runtime has recorded is compared")] = None
    complete: Annotated[bool | None, said("False where something of them was not seen; absent if none were given")] = None
    missing: Annotated[tuple[MissingJson, ...], said("What was not seen, and why; left out for nothing")] = ()
    legal: Annotated[Count, said("How many ways the policy covers; a few of them are told")]
    paths: Lines[PathJson]


DOCUMENT = UpgradePathsJson


def of(paths: UpgradePaths) -> Iterator[tuple[str, object]]:
    """The members of the document, way by way."""
    servers = ApiServerJson(old=MinorName(paths.api_from), new=MinorName(paths.api_to), known=paths.api_known)
    missing = taken(paths.missing, tuple[MissingJson, ...])
    return members(UpgradePathsJson, paths, api_server=servers, missing=missing, paths=map(_path, paths.paths))


def _path(path: UpgradePath) -> PathJson:
    return PathJson(
        within_policy=path.within_policy,
        restart=path.restart,
        unknown=path.unknown,
        hops=tuple(map(_hop, path.hops)),
        back=tuple(map(_hop, path.back)),
    )


def _hop(hop: Hop) -> HopJson:
    counts = hop.counts
    return HopJson(
        old=MinorName(hop.old),
        new=MinorName(hop.new),
        within_policy=hop.within_policy,
        control_plane=tuple(map(MinorName, hop.control_plane)),
        effect=hop.effect,
        restart=None if counts is None else counts.restart,
        safe=None if counts is None else counts.safe,
        unknown=None if counts is None else counts.unknown,
        alone=hop.alone,
        alone_unknown=hop.alone_unknown,
        absorbs=tuple(StepJson(MinorName(old), MinorName(new)) for old, new in hop.absorbs),
        reasons=taken(hop.reasons, tuple[EffectReasonJson, ...]),
        static_pods=StaticPodEffectJson(hop.static_pods.change, hop.static_pods.because),
        sandboxes=hop.sandboxes,
        workloads=taken(hop.workloads, tuple[WorkloadJson, ...]),
    )
