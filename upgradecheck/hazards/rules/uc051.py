"""UC051: of this container an override, which was asked for, would be unsafe: its spec is not proven to be what runs."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, pod_itself
from upgradecheck.model.alike import those
from upgradecheck.model.hash import hex_of
from upgradecheck.model.plan import Finding, OverrideRefusal, Severity

_MESSAGES = {
    OverrideRefusal.SPEC_CHANGED: "It carries {carried}, and kubelet {running} makes {computed} of today's spec: that was changed since "
    "the container was created, or is not the one at hand. An override would hide it, and is refused.",
    OverrideRefusal.UNPROVEN: "What is at hand does not prove that its spec is what runs: its hash shows less than the new kubelet looks "
    "at, or no kubelet has written it so, or the spec was seen only as the running kubelet decoded it. An override is refused.",
}
_REMEDIES = {
    OverrideRefusal.SPEC_CHANGED: "Let it restart when you choose. If the spec may be wrong, take pods, node and records at one moment.",
    OverrideRefusal.UNPROVEN: "Give pods as the API server has them, and static pods by --static-pods; or let it restart when you choose.",
}


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One error per container for which an override is refused since it might hide a change; none unless overrides were asked for."""
    refused = those(upgrade.pods, lambda pod: any(one.override_refused in _MESSAGES for one in pod.containers))
    for pod, container in ((found, one) for found in refused for one in found.containers):
        refusal = container.override_refused
        if refusal in _MESSAGES:
            message = _MESSAGES[refusal].format(
                carried=hex_of(container.evidence.hash) or "unknown",
                running=", ".join(upgrade.from_versions) or "of unknown version",
                computed=hex_of(container.computed.from_hash) or "unknown",
            )
            yield RULE.finding(pod_itself(pod, container), message, _REMEDIES[refusal])


RULE = Rule(
    id="UC051",
    title="Unsafe override",
    severity=Severity.ERROR,
    summary="An override was asked for, and of this container it is refused: its spec is not proven to be what runs.",
    why="An override gives a running container the hash that the new kubelet computes. That is safe where only the hash function moved; "
    "where the spec changed too, or is not the one at hand, it would hide a real change, and the container would run on with an old spec.",
    look="`upgradecheck explain POD/CONTAINER` shows the hash that the container carries beside that which its spec gives.",
    remedy="Let the container restart when you choose. If the spec may be wrong, take pods (as the API server has them), static pods "
    "(--static-pods), node and records at one moment, and plan again.",
    findings=findings,
)
