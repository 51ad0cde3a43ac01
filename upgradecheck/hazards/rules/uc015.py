"""UC015: a container is restarted for its resources, by its own resize policy: nobody resized it, or nothing has come of that yet."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, grouped, workload_of
from upgradecheck.model.plan import Finding, Severity, Verdict
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.rules import Upstream
from upgradecheck.model.version import Minor
from upgradecheck.model.wording import count


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per workload, container and reason, with the number of containers."""
    found = (
        ((workload_of(pod, one), one.reason, one.verdict), one)
        for pod, one in upgrade.of_reason(*(reason for reason in Reason if reason.family is Family.RESIZE))
        if one.verdict in (Verdict.RESTART, Verdict.UNKNOWN)
    )
    for (what, reason, verdict), containers in grouped(found).items():
        certain = verdict is Verdict.RESTART
        restarts = count(len(containers), "container restarts", "containers restart")
        told = restarts if certain else f"{count(len(containers), 'container')} may restart"
        yield RULE.finding(what, f"{told}: {reason.sentence}.", reason.next_step, None if certain else Severity.WARNING)


RULE = Rule(
    id="UC015",
    title="Restart for resources",
    severity=Severity.ERROR,
    summary="A container whose resizePolicy is RestartContainer is restarted for its resources when the new kubelet starts.",
    why="From 1.33 on a kubelet keeps on record which resources it gave to each container. 1.33 to 1.36 take a container without a record, "
    "which all are that an older kubelet started, for one without resources: what its spec asks for is then a resize, and the policy "
    "RestartContainer answers that with a restart. A resize that was asked for and not carried out is carried out by the new kubelet.",
    look="Look for `resizePolicy` with RestartContainer in the spec, and compare `resources` there with those in the container's status.",
    remedy="Go to 1.37 or later directly, or take RestartContainer out of the resize policy beforehand.",
    since=Minor(1, 27),
    sources=(Upstream("k8s.io/kubernetes", "v1.36.4", "pkg/kubelet/kuberuntime/kuberuntime_manager.go", "computePodResizeAction"),),
    findings=findings,
)
