"""UC001: the upgrade crosses a boundary of the hash algorithm, so hashes change although nobody changed a spec.

1.31 went from the container's whole JSON to its name and image (kubernetes/kubernetes PR 124220, issue 129385). Within
1.27, 1.28 and 1.29 a patch release moved to Go 1.22, whose encoding/json writes U+0008 and U+000C in another way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upgradecheck.hazards import Upgrade
from upgradecheck.model.plan import Cause, CauseKind, Finding, ObjectRef, Severity, Verdict
from upgradecheck.model.schema import Era

_HASHED = {
    Era.TYPED: "the printed Go struct of a container",
    Era.JSON: "the whole JSON of a container",
    Era.IMAGE_NAME: "only a container's name and image",
}


@dataclass(frozen=True, slots=True)
class AlgorithmBoundary:
    id: str = "UC001"
    title: str = "Hash algorithm boundary"

    def findings(self, upgrade: Upgrade) -> Iterator[Finding]:
        """One finding for the boundary between eras, one for Go's escapes, each with the number of containers that restart."""
        by_era, by_escape = 0, 0
        for _, container in upgrade.containers():
            if container.verdict is Verdict.RESTART:
                by_era += any(_is_era_change(cause) for cause in container.causes)
                by_escape += any(_is_escape_change(cause) for cause in container.causes)
        if by_era:
            yield self._finding(upgrade, f"{_eras(upgrade)} {_restart(by_era)} although no spec changed.")
        if by_escape:
            yield self._finding(
                upgrade,
                "The two kubelets are built with Go versions that write the characters U+0008 and U+000C differently in JSON. "
                f"{_restart(by_escape)} whose spec holds one.",
            )

    def _finding(self, upgrade: Upgrade, message: str) -> Finding:
        return Finding(
            self.id,
            Severity.WARNING,
            ObjectRef("Kubelet", upgrade.versions()),
            message,
            "Drain each node before its upgrade, or schedule these restarts; they do not respect PodDisruptionBudgets.",
        )


def _is_era_change(cause: Cause) -> bool:
    return cause.kind is CauseKind.ALGORITHM and cause.since is not None


def _is_escape_change(cause: Cause) -> bool:
    return cause.kind is CauseKind.ALGORITHM and cause.since is None


def _eras(upgrade: Upgrade) -> str:
    old = " or ".join(_HASHED[era] for era in upgrade.from_eras if era is not upgrade.to_era)
    running = f"the running one hashes {old}" if old else "the running one never compared these containers, which an older one made"
    return f"Kubelet {upgrade.to_version} hashes {_HASHED[upgrade.to_era]}; {running}."


def _restart(count: int) -> str:
    return f"This restarts {count} container" + ("" if count == 1 else "s")


RULE = AlgorithmBoundary()
