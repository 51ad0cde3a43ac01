"""UC003: a Go struct that is hashed has another field, so hashes change whether the spec sets the field or not.

Up to 1.15 a kubelet hashes a printed struct, nil pointers and all. A field that a minor adds to Container itself changes every
hash (1.9, volumeDevices), one behind a pointer or in the elements of a list those that have the pointer or elements (1.10, 1.12
and 1.15 with a container's securityContext, 1.14 with volumeMounts). See kubernetes/kubernetes issues 53644 and 63814.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upgradecheck.hazards import Upgrade
from upgradecheck.model.plan import Cause, CauseKind, Finding, ObjectRef, Severity, Verdict


@dataclass(frozen=True, slots=True)
class TypedStructChange:
    id: str = "UC003"
    title: str = "Typed struct change"

    def findings(self, upgrade: Upgrade) -> Iterator[Finding]:
        """One finding per field, with the number of containers that restart for it."""
        counted: dict[Cause, int] = {}
        for _, container in upgrade.containers():
            if container.verdict is Verdict.RESTART:
                for cause in container.causes:
                    if cause.printed and cause.path is not None:
                        counted[cause] = counted.get(cause, 0) + 1
        for cause, count in counted.items():
            yield Finding(
                self.id,
                Severity.WARNING,
                ObjectRef("Kubelet", upgrade.versions()),
                f"{_told(cause)}, whether a spec sets it or not: {_restart(count)} although no spec changed.",
                "Drain each node before its upgrade, or schedule these restarts; they do not respect PodDisruptionBudgets.",
            )


def _told(cause: Cause) -> str:
    if cause.kind is CauseKind.FIELD_ADDED and cause.since is not None:
        return f"Kubelets from {cause.since} on hash {cause.path}"
    if cause.kind is CauseKind.FIELD_ADDED:
        return f"The new kubelet hashes {cause.path}, and the running one does not"
    return f"The new kubelet no longer hashes {cause.path}"


def _restart(count: int) -> str:
    return "1 container restarts" if count == 1 else f"{count} containers restart"


RULE = TypedStructChange()
