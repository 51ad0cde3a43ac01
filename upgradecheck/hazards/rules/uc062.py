"""UC062: pods that are evicted sooner than others while a node's kubelet is down."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade
from upgradecheck.model.exposure import Exposure
from upgradecheck.model.plan import Finding, ObjectRef, PlannedPod, Severity
from upgradecheck.model.pod import PodSource
from upgradecheck.model.rules import Upstream
from upgradecheck.model.version import Minor
from upgradecheck.model.wording import count

_USUAL = 300
"""Seconds for which admission lets every pod tolerate a node that is gone, unless it says otherwise (DefaultTolerationSeconds)."""

_BY_TAINTS = "TaintBasedEvictions"
"""Off by default up to 1.12: there the node controller deletes what runs on a node that is gone after --pod-eviction-timeout."""

_NAMED = 3


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One for all pods that stay for less than is usual, with the shortest. A control plane is not older than the new kubelet.

    Mirrors RecommendedDefaultNodeLifecycleControllerConfiguration in pkg/controller/nodelifecycle/config/v1alpha1/defaults.go.
    """
    schema = upgrade.target.classes[-1].schema if upgrade.server is None else upgrade.server.schema
    gate = schema.feature_gates.get(_BY_TAINTS)
    if gate is not None and not gate.default:
        return
    found = sorted(_early(upgrade), key=lambda one: (one[0], one[1].namespace, one[1].name))
    if not found:
        return
    number, first = sum(pod.number for _, pod in found), found[0][0]
    names = list(dict.fromkeys(f"{pod.namespace}/{pod.name}" for seconds, pod in found if seconds == first))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    yield RULE.finding(
        ObjectRef("Kubelet", upgrade.to_version),
        f"{count(number, 'pod is', 'pods are')} evicted sooner than after the usual {_USUAL} s from a node that is gone; first, "
        f"{schema.node_monitor_grace + first} s after the last word of its kubelet ({schema.node_monitor_grace} s until it counts as gone, "
        f"and tolerationSeconds {first}): {', '.join(names[:_NAMED])}{more}.",
    )


def _early(upgrade: Upgrade) -> Iterator[tuple[int, PlannedPod]]:
    """The pods that stay for less than is usual, and for how long. One that says nothing counts only where others show what is added."""
    added = any(exposure.stays is not None for exposure in upgrade.exposures)

    def stays(exposure: Exposure) -> int | None:
        return 0 if exposure.bare and added else exposure.stays

    def is_early(pod: PlannedPod, exposure: Exposure) -> bool:
        its = stays(exposure)
        return its is not None and its < _USUAL and pod.source is PodSource.API and bool(pod.number) and pod.runs

    return ((stays(exposure) or 0, pod) for pod, exposure in upgrade.exposed(is_early))


RULE = Rule(
    id="UC062",
    title="Eviction while the kubelet is down",
    severity=Severity.INFO,
    summary="Pods tolerate a node that is not reachable or not ready for less than the usual 300 s, so that a kubelet which is down for a "
    "little longer than it takes to exchange it loses them.",
    why="A kubelet that is not heard of for the node controller's grace period (--node-monitor-grace-period: 40 s, from 1.32 on 50 s) "
    "makes its node `Unknown`: all its pods are taken out of their Services, the node is tainted unreachable:NoExecute, and pods "
    "are evicted after the tolerationSeconds of their first toleration of it; admission gives 300 to a pod that has none. One that "
    "tolerates not-ready:NoExecute for 0 s may go at a mere restart, for a kubelet may report its node NotReady while it comes up. "
    "DaemonSets' pods and static pods stay.",
    look="`kubectl get pod POD -o jsonpath='{.spec.tolerations}'`; the controller manager's command line has the grace period.",
    remedy="Keep each kubelet's downtime below that: download the new binary before the old kubelet is stopped. Or give the workload more "
    "tolerationSeconds before the upgrade.",
    since=Minor(1, 13),
    sources=(
        Upstream("k8s.io/kubernetes", "v1.31.14", "pkg/controller/nodelifecycle/config/v1alpha1/defaults.go", "NodeMonitorGracePeriod"),
        Upstream("k8s.io/kubernetes", "v1.32.13", "pkg/controller/nodelifecycle/config/v1alpha1/defaults.go", "NodeMonitorGracePeriod"),
    ),
    findings=findings,
)
