"""Whether the new kubelet would see a different container, and so kill it and create it anew.

Mirrors containerChanged in pkg/kubelet/kuberuntime/kuberuntime_manager.go. A hash that is missing or unreadable counts as 0, hence as a
change, also for pods whose restartPolicy is Never.

differs: the kubelet always sees the recorded hash and its own spec. Where our evidence does not show them, the answer is
unknown with a reason.
"""

from __future__ import annotations

import msgspec

from upgradecheck.model.hash import Hash
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Verdict
from upgradecheck.model.pod import Absent, Recorded
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind, Era, HashClass
from upgradecheck.model.steps import StepName
from upgradecheck.model.version import KubeletVersion


class Decision(msgspec.Struct, frozen=True, gc=False):
    """A verdict, the reason for it, and the step of the kubelet's order that it comes from.

    at is that step where the reason alone does not tell it.
    """

    verdict: Verdict
    reason: Reason
    at: StepName | None = None

    @property
    def step(self) -> StepName | None:
        """The step that decided; none comes after it."""
        return self.at or self.reason.step


class KubeletEnd(msgspec.Struct, frozen=True, gc=False):
    """One end of the upgrade: the version as reported, and the kubelets that it can be (one, unless it is ambiguous).

    classes are the hash classes of these, each once.
    """

    version: KubeletVersion
    builds: tuple[KubeletBuild, ...]
    classes: tuple[HashClass, ...] = ()  # set by __post_init__

    def __post_init__(self) -> None:
        """Finds the classes once; they are asked for with every container."""
        msgspec.structs.force_setattr(self, "classes", tuple(dict.fromkeys(build.hash_class for build in self.builds)))

    @property
    def release(self) -> str:
        """Its name in all that is told of it."""
        return self.version.release

    @property
    def checked(self) -> bool:
        """Whether nothing says that this build compares otherwise than the release that it is called after."""
        return all(build.vendor.checked for build in self.builds)

    def compares(self, kind: ContainerKind) -> bool:
        """Whether this kubelet compares the hash of such a container; if its class is ambiguous, whether all of them do."""
        return all(kind in hash_class.schema.kinds_compared for hash_class in self.classes)

    def never_compares(self, kind: ContainerKind) -> bool:
        """Whether no class that it can be compares such a container."""
        return not any(kind in hash_class.schema.kinds_compared for hash_class in self.classes)

    def hashes_image_and_name_only(self) -> bool:
        """Whether nothing but image and name decides, so that the rest of the spec at hand need not be right."""
        return all(hash_class.schema.era is Era.IMAGE_NAME for hash_class in self.classes)


def container_changed(recorded: Recorded | Absent, computed: tuple[Hash, ...]) -> Decision:
    """The comparison itself; computed holds one hash for every class that the new kubelet can be.

    Mirrors containerChanged in pkg/kubelet/kuberuntime/kuberuntime_manager.go; an absent annotation reads as 0 (labels.go).
    """
    if isinstance(recorded, Absent):
        return Decision(Verdict.RESTART, Reason.RECORD_ABSENT)
    if recorded.hash not in computed:
        return Decision(Verdict.RESTART, Reason.HASH_CHANGED)
    if len(computed) > 1:
        return Decision(Verdict.UNKNOWN, Reason.VERSION_AMBIGUOUS, StepName.HASH)
    return Decision(Verdict.SAFE, Reason.HASH_EQUAL)
