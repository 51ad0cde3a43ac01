"""UC034: pods that go on are not ready for a while after a kubelet was restarted, or count as ready while they are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from upgradecheck.decisions.readiness import shown_ready_for, unready_for
from upgradecheck.hazards import Rule, Upgrade
from upgradecheck.model.alike import firsts_of, numbers_of, workloads_of
from upgradecheck.model.plan import Finding, ObjectRef, PlannedPod, Severity, Verdict
from upgradecheck.model.pod import PodSource, RunState, Workload
from upgradecheck.model.rules import Upstream
from upgradecheck.model.wording import count, form, listed

_OUT = "{} out of {} Services when kubelet {} starts, until {} probes pass anew"
_IN = "{} not ready {} as ready until probed, for a PodDisruptionBudget too"


class _Pod(msgspec.Struct, frozen=True, gc=False):
    """A pod that goes on, and for how many seconds at most it is shown as what it is not."""

    pod: PlannedPod
    seconds: int

    @property
    def name(self) -> str:
        return f"{self.pod.namespace}/{self.pod.name}"


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One for all that drop out, and for all that count as ready and are not."""
    out, shown, builds = list[_Pod](), list[_Pod](), upgrade.target.builds
    for pod, exposure in upgrade.exposed(lambda pod, exposure: exposure.probed and pod.number and pod.runs and not pod.may_stop):
        probed, static = [one for one in exposure.probed if _goes_on(pod, one.container)], pod.source is not PodSource.API
        unready = [one for one in probed if one.ready is False]
        asked, into = (shown_ready_for, shown) if unready else (unready_for, out)
        found = (asked(one, builds, static=static) for one in unready or probed)
        seconds = max((one for one in found if one is not None), default=None)
        if seconds is not None:
            into.append(_Pod(pod, seconds))
    told = [*_drops(upgrade, out), *_shows(shown)]
    if told:
        yield RULE.finding(ObjectRef("Kubelet", upgrade.to_version), f"{'. '.join(told)}.")


def _goes_on(pod: PlannedPod, name: str) -> bool:
    """Whether the container runs, and is left running; of what has no status it is supposed."""
    found = next((one for one in pod.containers if one.name == name), None)
    return found is not None and found.fate is not Verdict.NOT_COMPARED and found.state in (None, RunState.RUNNING, RunState.UNREPORTED)


def _drops(upgrade: Upgrade, out: Sequence[_Pod]) -> Iterator[str]:
    if not out:
        return
    number = sum(one.pod.number for one in out)
    its = form(number, "its", "their")
    drop = _OUT.format(count(number, "pod that goes on is", "pods that go on are"), its, upgrade.to_version, its)
    longest = min(out, key=lambda one: (-one.seconds, one.name))
    lasts = f"up to {longest.seconds} s: {longest.name}" if longest.seconds else "a moment"
    yield f"{drop} ({lasts})"
    there = _running(upgrade.pods)
    single = sorted({one.name for one in out if _may_have_company(one.pod) and there[one.pod.namespace, one.pod.workload] == 1})
    if single:
        yield f"{form(len(single), 'The only one seen of its workload', 'The only ones seen of their workloads')}: {listed(single)}"


def _running(pods: Sequence[PlannedPod]) -> Mapping[tuple[str, Workload], int]:
    """By workload, how many pods of it run."""
    numbers = [one.number if one.runs else 0 for one in firsts_of(pods)]
    there = Counter[tuple[str, Workload]]()
    for its, number in zip(workloads_of(pods), numbers_of(pods), strict=True):
        there[its] += numbers[number]
    return there


def _may_have_company(pod: PlannedPod) -> bool:
    """Whether it can have company: neither a DaemonSet's pod nor a static one can, on its node."""
    return pod.source is PodSource.API and pod.workload.kind != "DaemonSet"


def _shows(shown: Sequence[_Pod]) -> Iterator[str]:
    if shown:
        number = sum(one.pod.number for one in shown)
        longest = min(shown, key=lambda one: (-one.seconds, one.name))
        counts = _IN.format(count(number, "pod that is", "pods that are"), form(number, "counts", "count"))
        yield f"{counts} (up to {longest.seconds} s: {longest.name})"


RULE = Rule(
    id="UC034",
    title="Readiness at the kubelet's restart",
    severity=Severity.INFO,
    summary="Pods that go on are not ready for a while when the kubelet starts, and so out of their Services, since it knows of no probe "
    "that has passed; up to 1.34 pods that are not ready count as ready meanwhile.",
    why="What a probe has found is kept in the kubelet's memory alone. Up to 1.34 a kubelet that starts takes a container with a "
    "readiness probe for ready until it asks, within the probe's period, then for not ready until it has its answers: for a moment "
    "with successThreshold 1, for a period more with each further success. One with a startup probe is not ready for a period of "
    "that, and then until its readiness probe has passed. Kubelets up to 1.22.10, 1.23.7 and 1.24.1 take both for not ready from the "
    "start, for up to a period more; up to 1.20 one with a startup probe alone is ready again at the next sync only, within a minute. "
    "From 1.35 on pods of the API stay as they were until a probe has a result: what died meanwhile stays ready for failureThreshold "
    "periods. Static pods with a readiness probe are not ready for up to a period in every minor. initialDelaySeconds counts from the "
    "start of the container, and adds nothing. See kubernetes/kubernetes issue 100277 and KEP-4781.",
    look="`kubectl get pods -w` shows READY go to 0/1 and back while RESTARTS stays; lastTransitionTime of the condition Ready tells it "
    "later.",
    remedy="Two replicas on two nodes keep a Service served; upgrade one node at a time, and wait for its pods to be ready.",
    sources=(
        Upstream("k8s.io/kubernetes", "v1.34.10", "pkg/kubelet/prober/worker.go", "doProbe"),
        Upstream("k8s.io/kubernetes", "v1.35.8", "pkg/kubelet/prober/prober_manager.go", "setReadyStateOnKubeletRestart"),
    ),
    findings=findings,
)
