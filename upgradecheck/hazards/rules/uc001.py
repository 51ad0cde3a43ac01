"""UC001: the upgrade crosses a boundary of the hash algorithm, so hashes change although nobody changed a spec."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade
from upgradecheck.model.plan import Cause, CauseKind, Finding, ObjectRef, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.schema import HASHED
from upgradecheck.model.version import Minor
from upgradecheck.model.wording import count


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding for the boundary between eras, one for Go's escapes, each with the number of containers that restart."""
    by_era, by_escape = 0, 0
    for causes, number in upgrade.sorted.by_causes.values():
        by_era += number * any(map(_is_era_change, causes))
        by_escape += number * any(map(_is_escape_change, causes))
    kubelets = ObjectRef("Kubelet", upgrade.versions())
    if by_era:
        yield RULE.finding(kubelets, f"{_eras(upgrade)} This restarts {count(by_era, 'container')} although no spec changed.")
    if by_escape:
        yield RULE.finding(
            kubelets,
            "The two kubelets are built with Go versions that write the characters U+0008 and U+000C differently in JSON. "
            f"This restarts {count(by_escape, 'container')} whose spec holds one.",
        )


def _is_era_change(cause: Cause) -> bool:
    return cause.kind is CauseKind.ALGORITHM and cause.since is not None


def _is_escape_change(cause: Cause) -> bool:
    return cause.kind is CauseKind.ALGORITHM and cause.since is None


def _eras(upgrade: Upgrade) -> str:
    old = " or ".join(HASHED[era] for era in upgrade.from_eras if era is not upgrade.to_era)
    running = f"the running one hashes {old}" if old else "the running one never compared these containers, which an older one made"
    return f"Kubelet {upgrade.to_version} hashes {HASHED[upgrade.to_era]}; {running}."


RULE = Rule(
    id="UC001",
    title="Hash algorithm boundary",
    severity=Severity.WARNING,
    summary="The upgrade crosses a boundary of the hash algorithm: hashes change although nobody changed a spec, and containers restart.",
    why="Kubelets hash the printed Go struct of a container up to 1.15, its whole JSON from 1.16 on, and only its name and image from "
    "1.31 on, so a hash of one kind is never that of another. Within 1.27, 1.28 and 1.29 a patch release (1.27.16, 1.28.12, 1.29.7) is "
    "built with Go 1.22, which writes the characters U+0008 and U+000C in another way; it changes the hash of a container whose spec "
    "holds one. See kubernetes/kubernetes PR 124220 and issue 129385.",
    look="`upgradecheck matrix` shows between which minors all containers restart, and `upgradecheck explain POD/CONTAINER` the hash "
    "that a container carries beside those that both versions compute.",
    remedy="Drain each node before its upgrade, or schedule these restarts; they do not respect PodDisruptionBudgets.",
    since=Minor(1, 16),
    sources=(
        Upstream("k8s.io/kubernetes", "v1.31.14", "pkg/kubelet/container/helpers.go", "HashContainer, pickFieldsToHash"),
        Upstream("k8s.io/kubernetes", "v1.31.14", "pkg/util/hash/hash.go", "DeepHashObject"),
    ),
    findings=findings,
)
