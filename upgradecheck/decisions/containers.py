"""Whether the new kubelet would see a different container, and so kill it and create it anew.

Mirrors the container part of computePodActions and containerChanged in pkg/kubelet/kuberuntime/kuberuntime_manager.go.
What is easy to get wrong there: a container that is not running is started or left by its restartPolicy, and its hash is
never looked at; init containers and ephemeral ones are never compared; sidecars only from 1.32 on; a hash that is missing
or unreadable counts as 0, hence as a change, also for pods whose restartPolicy is Never.

differs: the kubelet always sees the recorded hash and its own spec. Where our evidence does not show them, the answer is
unknown with a reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Reason, Verdict
from upgradecheck.model.pod import Absent, Recorded, RunState
from upgradecheck.model.schema import ContainerKind, Era, HashClass


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict and the reason for it."""

    verdict: Verdict
    reason: Reason


@dataclass(frozen=True, slots=True)
class KubeletEnd:
    """One end of the upgrade: the version as reported, and the kubelets that it can be (one, unless it is ambiguous).

    classes are the hash classes of these, each once.
    """

    text: str
    builds: tuple[KubeletBuild, ...]
    classes: tuple[HashClass, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Finds the classes once; they are asked for with every container."""
        object.__setattr__(self, "classes", tuple(dict.fromkeys(build.hash_class for build in self.builds)))

    def compares(self, kind: ContainerKind) -> bool:
        """Whether this kubelet compares the hash of such a container; if its class is ambiguous, whether all of them do."""
        return all(kind in hash_class.schema.kinds_compared for hash_class in self.classes)

    def never_compares(self, kind: ContainerKind) -> bool:
        """Whether no class that it can be compares such a container."""
        return not any(kind in hash_class.schema.kinds_compared for hash_class in self.classes)

    def hashes_image_and_name_only(self) -> bool:
        """Whether nothing but image and name decides, so that the rest of the spec at hand need not be right."""
        return all(hash_class.schema.era is Era.IMAGE_NAME for hash_class in self.classes)


def not_compared(state: RunState, kind: ContainerKind, target: KubeletEnd, *, exit_code: int | None) -> Decision | None:
    """The decision for a container whose hash the new kubelet does not look at; None if it does look."""
    if state in (RunState.EXITED, RunState.WAITING, RunState.CREATED, RunState.UNKNOWN):
        finished = state is RunState.EXITED and exit_code == 0 and kind in (ContainerKind.INIT, ContainerKind.EPHEMERAL)
        return Decision(Verdict.NOT_COMPARED, Reason.FINISHED if finished else Reason.NOT_RUNNING)
    if target.never_compares(kind):
        return Decision(Verdict.NOT_COMPARED, Reason.KIND_NOT_COMPARED)
    if not target.compares(kind):
        return Decision(Verdict.UNKNOWN, Reason.VERSION_AMBIGUOUS)
    return None


def starting(decision: Decision, kind: ContainerKind, *, startup_pending: bool) -> Decision | None:
    """The decision for a sidecar whose startup probe has not passed, where its hash differs; None for all others.

    1.33 and 1.34 were seen to leave such a sidecar alone, 1.36 and 1.37 to restart it: unknown, until that is data.
    """
    if kind is ContainerKind.SIDECAR and startup_pending and decision.verdict is Verdict.RESTART:
        return Decision(Verdict.UNKNOWN, Reason.STARTUP_PROBE_PENDING)
    return None


def container_changed(recorded: Recorded | Absent, computed: tuple[int, ...]) -> Decision:
    """The comparison itself; computed holds one hash for every class that the new kubelet can be.

    Mirrors containerChanged in pkg/kubelet/kuberuntime/kuberuntime_manager.go; an absent annotation reads as 0 (labels.go).
    """
    if isinstance(recorded, Absent):
        return Decision(Verdict.RESTART, Reason.RECORD_ABSENT)
    if recorded.hash not in computed:
        return Decision(Verdict.RESTART, Reason.HASH_CHANGED)
    if len(computed) > 1:
        return Decision(Verdict.UNKNOWN, Reason.VERSION_AMBIGUOUS)
    return Decision(Verdict.SAFE, Reason.HASH_EQUAL)
