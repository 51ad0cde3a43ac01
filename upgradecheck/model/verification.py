"""A Verification: what a plan predicted against what is seen after the upgrade, container by container, as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import Enum

import msgspec

from upgradecheck.model.exit_codes import EXIT_OK, EXIT_RESTARTS, EXIT_UNDETERMINED
from upgradecheck.model.plan import Grade, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.version import KubeletVersion
from upgradecheck.model.waves import WaveKind


class Result(Enum):
    """What a prediction was worth.

    MISS: it was stopped, or refused, and nobody had said so. UNEXPLAINED: it was stopped, and for another reason than the new kubelet.
    PENDING: its node does not run the new kubelet yet. UNKNOWN: nothing was predicted of it. REPLACED: its pod is not there any more, which
    is no kubelet's doing. UNSEEN: what was given does not show it. NOT_COMPARED: it did not run.
    """

    MISS = "miss"
    FALSE_ALARM = "false_alarm"
    UNEXPLAINED = "unexplained"
    UNSEEN = "unseen"
    HIT = "hit"
    PENDING = "pending"
    UNKNOWN = "unknown"
    REPLACED = "replaced"
    NOT_COMPARED = "not_compared"


WRONG = (Result.MISS, Result.FALSE_ALARM)
JUDGED = (Result.HIT, *WRONG)
"""What a prediction was held against."""


class Came(Enum):
    """What became of a container.

    KEPT: the same one runs. RESTARTED: another one in its pod. RECREATED: another one in another pod of its name, made by the kubelet
    alone. REJECTED: its pod may not run. REMOVED: a static pod that is not there any more. ENDED: it has ended, and was not started anew.
    """

    KEPT = "kept"
    RESTARTED = "restarted"
    RECREATED = "recreated"
    REJECTED = "rejected"
    REMOVED = "removed"
    ENDED = "ended"


class Because(Enum):
    """Why it was stopped, as far as anything tells; the first two are the kubelet's doing, and so may be those of which nothing tells."""

    DEFINITION = "definition_changed"
    SANDBOX = "sandbox_changed"
    OOM = "oom"
    PROBE = "probe"
    EXITED = "exited"
    EVICTED = "evicted"
    NODE_SHUTDOWN = "node_shutdown"
    DEADLINE = "deadline"
    REBOOT = "reboot"
    BEFORE_KUBELET = "before_kubelet"
    EDITED = "edited"


KUBELETS = (Because.DEFINITION, Because.SANDBOX, None)
"""What speaks for or against a prediction; any other reason explains a stop without the new kubelet."""


class NodeState(Enum):
    """Whether a node runs the new kubelet.

    OTHER: it runs neither that nor the old one. GONE: it is not there any more. UNSEEN: nothing that was given tells what it runs.
    """

    UPGRADED = "upgraded"
    PENDING = "pending"
    OTHER = "other"
    GONE = "gone"
    UNSEEN = "unseen"


class VerifiedContainer(msgspec.Struct, frozen=True, gc=False):
    """One container. predicted is what the kubelet was to do, ignored or not; container is None for a pod of which none is known.

    now is the container that is there in its place; restarts: how many more starts it has had than in the plan, where both tell.
    """

    namespace: str
    pod: str
    uid: str
    node: str | None
    container: str | None
    kind: ContainerKind | None
    predicted: Verdict
    reason: Reason
    grade: Grade
    result: Result
    came: Came | None = None
    because: Because | None = None
    exit_code: int | None = None
    restarts: int | None = None
    container_id: str | None = None
    now: str | None = None


class Tally(msgspec.Struct, frozen=True, gc=False):
    """How many containers there are of each result."""

    hit: int = 0
    miss: int = 0
    false_alarm: int = 0
    unexplained: int = 0
    pending: int = 0
    unknown: int = 0
    replaced: int = 0
    unseen: int = 0
    not_compared: int = 0

    def of(self, *results: Result) -> int:
        """How many there are of these."""
        return sum(getattr(self, one.value) for one in results)

    @property
    def exit_code(self) -> int:
        """2 for what did not come as predicted; 3 where that cannot be said of something, or can be said of nothing.

        Where every pod has gone, as in a drain, nothing is left that could have come otherwise than predicted.
        """
        if self.of(*WRONG):
            return EXIT_RESTARTS
        all_gone = self.replaced and not self.of(Result.UNEXPLAINED, Result.UNKNOWN)
        return EXIT_OK if (self.of(*JUDGED) or all_gone) and not self.unseen else EXIT_UNDETERMINED


def together(tallies: Iterable[Tally]) -> Tally:
    """The numbers of several."""
    some = list(tallies)
    return Tally(**{name: sum(getattr(one, name) for one in some) for name in Tally.__struct_fields__})


def tally(results: Iterable[Result]) -> Tally:
    """The numbers."""
    counted = Counter(results)
    return Tally(**{one.value: counted[one] for one in Result})


class VerifiedNode(msgspec.Struct, frozen=True, gc=False):
    """A node of the plan. runs: the version that it reports now, as it reports it; rebooted: None where nothing tells."""

    name: str
    state: NodeState
    from_version: KubeletVersion | None
    runs: str | None
    rebooted: bool | None
    summary: Tally


class VerifiedWave(msgspec.Struct, frozen=True, gc=False):
    """A wave of the plan, by the names of its nodes: how many of them run the new kubelet, and what came on them."""

    number: int
    kind: WaveKind
    nodes: tuple[str, ...]
    upgraded: int
    summary: Tally


class Verification(msgspec.Struct, frozen=True, gc=False):
    """All of it. notices: what is to be said of what was read."""

    plan_hash: str
    from_version: KubeletVersion | None
    to_version: KubeletVersion
    summary: Tally
    nodes: tuple[VerifiedNode, ...]
    containers: tuple[VerifiedContainer, ...]
    notices: tuple[str, ...] = ()
    waves: tuple[VerifiedWave, ...] = ()

    @property
    def exit_code(self) -> int:
        """What its numbers say; of upgraded nodes alone, since a node that is gone was perhaps one of another cluster."""
        told = self.summary
        if told.of(*JUDGED) or any(one.state is NodeState.UPGRADED and one.summary.replaced for one in self.nodes):
            return told.exit_code
        return EXIT_UNDETERMINED
