"""UC060: a recorded hash is not what the running version makes of the spec at hand, so nothing may be concluded from it."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, pod_itself
from upgradecheck.model.hash import hex_of
from upgradecheck.model.plan import Finding, Severity
from upgradecheck.model.reasons import Reason
from upgradecheck.model.version import Minor


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per container whose recorded hash is not reproduced and whose verdict hangs on it."""
    for pod, container in upgrade.of_reason(Reason.NOT_REPRODUCED):
        yield RULE.finding(
            pod_itself(pod, container),
            f"The container carries hash {hex_of(container.evidence.hash) or 'unknown'}, "
            f"its spec gives {hex_of(container.computed.from_hash) or 'unknown'} "
            f"under {', '.join(upgrade.from_versions) or 'the running version'}: "
            "the spec or the version at hand is not what the kubelet has.",
        )


RULE = Rule(
    id="UC060",
    title="Recorded hash not reproduced",
    severity=Severity.ERROR,
    summary="A recorded hash is not what the running version makes of the spec at hand, so nothing is concluded from it.",
    why="Either the spec is not the one that the kubelet sees (another cluster, an older dump, fields dropped on the way, a change that "
    "has not been synced), or the node runs another kubelet than assumed (a vendor's patch, a wrong --from). A verdict on such ground "
    "would be a guess, so it is unknown. From 1.31 on a kubelet hashes the image and the name alone: one that carries another hash is "
    "restarted for certain (UC004).",
    look="`upgradecheck explain POD/CONTAINER` shows both hashes; the report's calibration says how many recorded hashes are reproduced.",
    remedy="Take the pods, the node and the runtime's list at one moment, and check --from against what the node reports.",
    until=Minor(1, 30),
    findings=findings,
)
