"""UC031: the new kubelet stops at a state file that it finds, of another policy, of another form, or damaged; or it loses what is there."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, grouped
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.statefiles import StateName, StateTrouble, StateWeight
from upgradecheck.model.version import Minor
from upgradecheck.model.wording import listed

_SEVERITIES = {
    StateWeight.STOPS: Severity.ERROR,
    StateWeight.OPEN: Severity.WARNING,
    StateWeight.WARNS: Severity.WARNING,
    StateWeight.TELLS: Severity.INFO,
}
_TO_DO = {
    StateName.CPUS: "Drain the node, stop the kubelet, and remove the file before the new one starts. What is lost is which CPUs "
    "containers have for themselves: with policy none nothing; with static those that go on running keep theirs, and the new kubelet "
    "may give them away again, hence the drain.",
    StateName.MEMORY: "Drain the node, stop the kubelet, and remove the file before the new one starts. What is lost is which memory of "
    "which NUMA nodes containers were promised: with policy None nothing, with Static they have to be started anew.",
    StateName.DEVICES: "The kubelet starts, and takes devices for free that containers have: drain the pods that use devices before, or "
    "plan for their restart. Removing the file loses the same.",
    StateName.CLAIMS: "Drain the pods that have resource claims while the old kubelet runs, which unprepares them; then stop it and "
    "remove the file. What is lost otherwise are claims that drivers have prepared and nobody takes back.",
    StateName.STATUSES: "Stop the kubelet and remove the file before the new one starts. What is lost are resizes under way and what "
    "pods were allocated: the kubelet takes it from their specs again.",
    StateName.ALLOCATED: "Stop the kubelet and remove the file before the new one starts. What is lost are resources that pods were "
    "allocated: the kubelet takes them from their specs again, a resize under way included.",
    StateName.ACTUATED: "Stop the kubelet and remove the file before the new one starts. What is lost is what containers were given: up "
    "to 1.36 those with a resize policy RestartContainer restart once for it.",
}
_TO_KNOW = (
    "Where a reboot goes with the upgrade, drain the node and remove the file before the new kubelet starts (kubernetes/kubernetes 131253)."
)
_TO_SHOW = "Give the file itself (-f) or its directory (--kubelet-dir), with the configuration (-f, --to-config) and the runtime's records."


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding for each file and what is wrong with it, with the nodes and places that have it."""
    for (name, what, weight), found in grouped(((one.name, one.what, one.weight), one) for one in upgrade.state_troubles).items():
        first = found[0]
        where, on = listed(one.place for one in found), listed(one.node for one in found if one.node is not None)
        nodes = f" on {on}" if on else ""
        end = _end(upgrade.to_version, first)
        yield RULE.finding(
            ObjectRef("Kubelet", upgrade.to_version), f"{where}{nodes}: {what}{end}.", _to_do(name, weight), _SEVERITIES[weight]
        )


def _end(version: str, trouble: StateTrouble) -> str:
    if trouble.weight is StateWeight.STOPS:
        return f". Kubelet {version} does not start"
    if trouble.weight is StateWeight.WARNS and trouble.name is StateName.DEVICES:
        return f". Kubelet {version} starts without what it tells, and may give devices twice"
    return ""


def _to_do(name: StateName, weight: StateWeight) -> str:
    if weight is StateWeight.TELLS:
        return _TO_KNOW
    return _TO_DO[name] if weight is StateWeight.STOPS or name is StateName.DEVICES else f"{_TO_SHOW} {_TO_DO[name]}"


RULE = Rule(
    id="UC031",
    title="State file that the new kubelet refuses",
    severity=Severity.ERROR,
    summary="A file in which the kubelet keeps its state is of another policy than its configuration, of a form that the new version "
    "does not read, or damaged, so that the new kubelet does not start, or forgets what was in it.",
    why="A kubelet that starts reads what its predecessor wrote into /var/lib/kubelet: the CPUs and the memory that containers have, "
    "devices, prepared claims, allocated resources. Of all but devices it does not go on without: it ends, and ends again whenever it "
    "is started. Forms change between minors (CPUs at 1.12, 1.18 and 1.37, devices at 1.11 and 1.20, claims at 1.31, allocations at "
    "1.32 and 1.33), and the policy of the CPU and memory manager is written into its file, so that another one in the configuration "
    "stops the next start; with a static policy other reserved memory does, too, and reserved CPUs that a container has, or that are "
    "reserved strictly from now on or no longer. What the running kubelet has certainly written is told without a look at the node: 1.31 "
    "with gate InPlacePodVerticalScaling has pod statuses that 1.32 panics at, 1.30 with DynamicResourceAllocation claims that 1.31 ends "
    "at, and 1.17 does not start on the CPUs of 1.18. The pod-resources socket is made anew at each start, and stops none.",
    look="The kubelet's log says `could not restore state from checkpoint`, `checkpoint is corrupted` or `configured policy … differs from "
    "state checkpoint policy …`, and which file it wants removed. `ls -l /var/lib/kubelet` shows empty ones.",
    remedy="Drain the node, stop the kubelet, remove the file, and start the new one; its own remedy says what is lost.",
    since=Minor(1, 10),
    sources=(
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/cm/cpumanager/state/state_checkpoint.go", "restoreState"),
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/cm/memorymanager/state/state_checkpoint.go", "restoreState"),
        Upstream("k8s.io/kubernetes", "v1.31.14", "pkg/kubelet/cm/devicemanager/manager.go", "readCheckpoint"),
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/cm/dra/claiminfo.go", "newClaimInfoCache"),
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/allocation/allocation_manager.go", "newStateImpl"),
    ),
    findings=findings,
)
