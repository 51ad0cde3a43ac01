"""Ways of upgrading kubelets from one minor to another, hop by hop, with what each hop restarts, and the way back.

A hop is one upgrade of kubelets: one drain, or one wave. Before it the control plane goes one minor at a time to where the hop needs it.
"""

from __future__ import annotations

import msgspec

from upgradecheck.model.changes import Effect, EffectReason, PairCounts, SandboxLoss, StaticPodEffect
from upgradecheck.model.plan import Missing
from upgradecheck.model.version import Minor


class WorkloadCounts(msgspec.Struct, frozen=True, gc=False):
    """Containers of a workload that a hop restarts, or of which it cannot be told."""

    namespace: str
    kind: str
    name: str
    restart: int
    unknown: int


class Hop(msgspec.Struct, frozen=True, gc=False):
    """Kubelets from one minor to another. effect, reasons, static_pods and sandboxes: of the two versions alone, whatever pods are
    given.

    within_policy: whether upstream's version-skew policy covers it. control_plane: the minors that the API server goes to before it, one
    after the other. absorbs: where several steps of one minor in it would each restart something by themselves, these: one drain, or one
    wave, takes them all at once. alone: how many containers would restart then, or may; alone_unknown: how many of these only may; None
    where no pods were given.
    """

    old: Minor
    new: Minor
    effect: Effect
    reasons: tuple[EffectReason, ...]
    static_pods: StaticPodEffect
    within_policy: bool = True
    control_plane: tuple[Minor, ...] = ()
    absorbs: tuple[tuple[Minor, Minor], ...] = ()
    counts: PairCounts | None = None
    alone: int | None = None
    alone_unknown: int | None = None
    workloads: tuple[WorkloadCounts, ...] = ()
    sandboxes: tuple[SandboxLoss, ...] = ()


class UpgradePath(msgspec.Struct, frozen=True, gc=False):
    """One way: its hops in order, and the hops of the way back in theirs."""

    hops: tuple[Hop, ...]
    back: tuple[Hop, ...]

    @property
    def within_policy(self) -> bool:
        """Whether the version-skew policy covers every hop; the way back is another matter."""
        return all(hop.within_policy for hop in self.hops)

    @property
    def restart(self) -> int | None:
        """How many containers the hops restart, each time that one does; None where no pods were given."""
        counted = [hop.counts.restart for hop in self.hops if hop.counts is not None]
        return sum(counted) if counted else None

    @property
    def unknown(self) -> int | None:
        """How often it cannot be told whether one does; None where no pods were given."""
        counted = [hop.counts.unknown for hop in self.hops if hop.counts is not None]
        return sum(counted) if counted else None


class UpgradePaths(msgspec.Struct, frozen=True, gc=False):
    """Ways from one kubelet version to another; the cheapest that the policy covers first, those that it does not cover last.

    old and new are releases. api_from and api_to: the control plane before and after; api_known: the first was given or seen, not supposed.
    trouble: what the policy has against the kubelets beside the control plane now; trouble_after: and at the end; each a clause.
    legal: how many ways the policy covers. pods: how many were counted, of templates by their replicas; None where none were given.
    recorded: of how many containers of them the runtime's record was seen. missing: what should have been seen of them and was not.
    """

    old: str
    new: str
    minors: tuple[Minor, ...]
    api_from: Minor
    api_to: Minor
    api_known: bool
    legal: int
    paths: tuple[UpgradePath, ...]
    trouble: str | None = None
    trouble_after: str | None = None
    pods: int | None = None
    missing: tuple[Missing, ...] = ()
    recorded: int | None = None

    @property
    def complete(self) -> bool | None:
        """Whether all that was to be counted was; None where no pods were given."""
        return None if self.pods is None else not self.missing
