"""UC040: a step that the version-skew policy does not cover: the kubelet is too old for the API server that the new one needs, or newer."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.skew import minors_behind
from upgradecheck.hazards import Rule, Upgrade
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.version import KubeletVersion, ReportedVersion


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """A warning if the API server is older than the new kubelet; an info for each version to start from that lags too far behind."""
    server = _server(upgrade)
    behind = minors_behind(upgrade.target.version, server)
    if behind is not None and behind < 0:
        yield RULE.finding(
            ObjectRef("Kubelet", upgrade.target.release),
            f"Kubelet {upgrade.target.release} would be newer than the API server, which is {server}: upstream's "
            "version-skew policy forbids that, and the server drops fields that it does not know.",
            "Upgrade the API server first.",
            Severity.WARNING,
        )
    for start in upgrade.starts:
        lag = start.classes[-1].schema.kubelet_lag
        if _minors_between(start, upgrade.target) > lag:
            yield RULE.finding(
                ObjectRef("Kubelet", f"{start.release} → {upgrade.target.release}"),
                f"Kubelet {upgrade.target.release} needs an API server that is not older, and kubelet {start.release} may be at most "
                f"{lag} minors older than its API server: upstream's version-skew policy does not cover this step.",
                f"Upgrade API server and kubelets in steps of at most {lag} minors, or test this step first on a node that may fail.",
            )


def _server(upgrade: Upgrade) -> ReportedVersion | None:
    """The API server when the new kubelet runs, as it calls itself where it is the one that was seen."""
    seen, named = upgrade.facts.server, upgrade.server
    is_seen = named is None or (isinstance(seen, KubeletVersion) and seen.release == named.release)
    return seen if is_seen or named is None else named.version


def _minors_between(start: KubeletEnd, target: KubeletEnd) -> int:
    return target.classes[-1].minor.minor - start.classes[-1].minor.minor


RULE = Rule(
    id="UC040",
    title="Version skew",
    severity=Severity.INFO,
    summary="Upstream's version-skew policy does not cover the step: the running kubelet is too old for the API server that the new one "
    "needs, or (a warning) the new kubelet would be newer than the API server.",
    why="A kubelet must not be newer than its API server, so the API server comes first; it then waits for kubelets that may be two "
    "minors older, from 1.25 on three. 1.19 → 1.22 is a longer step: it works in practice, and nobody upstream tests it. The version of "
    "the API server is seen only where a live one is asked, `kubectl version -o json` is given, or --api-to names it.",
    look="`kubectl version` tells the API server's version, `kubectl get nodes` those of the kubelets; `upgradecheck doctor` compares "
    "them.",
    remedy="Upgrade the API server first, then API server and kubelets in steps that the policy covers; or test this step first on a "
    "node that may fail.",
    sources=(Upstream("kubernetes/website", "release-1.35", "content/en/releases/version-skew-policy.md"),),
    findings=findings,
)
