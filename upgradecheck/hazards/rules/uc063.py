"""UC063: another policy of the cpu, memory or topology manager: state files that the new kubelet refuses, and pods that are placed anew."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.version import Minor


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding for each policy that changes."""
    configs = upgrade.configs
    if not (configs.old_told and configs.new_told):
        return
    for setting, state, old, new in _policies(configs.old, configs.new):
        if old == new:
            continue
        effect = f"the new kubelet does not start as long as /var/lib/kubelet/{state} is that of the old policy" if state else _PLACED_ANEW
        yield RULE.finding(ObjectRef("Kubelet", upgrade.versions()), f"{setting} goes from {old} to {new}: {effect}.")


_PLACED_ANEW = "pods with cpus, memory or devices of their own are placed anew, and refused where that cannot be as it wants"


def _policies(old: KubeletConfig, new: KubeletConfig) -> Iterator[tuple[str, str | None, str, str]]:
    """Each policy, the state file that names it, and its old and new value."""
    yield "cpuManagerPolicy", "cpu_manager_state", old.cpu_manager, new.cpu_manager
    yield "memoryManagerPolicy", "memory_manager_state", old.memory_manager, new.memory_manager
    yield "topologyManagerPolicy", None, old.topology_manager, new.topology_manager


RULE = Rule(
    id="UC063",
    title="Resource managers",
    severity=Severity.WARNING,
    summary="The policy of the cpu, memory or topology manager changes with the upgrade, so that the kubelet refuses its state file, or "
    "places pods anew that have cpus or memory of their own.",
    why="The managers keep what they gave in state files that name their policy; a kubelet with another policy exits and asks for the file "
    "to be deleted. Without it, pods that it admits again are given cpus and memory anew, and refused (TopologyAffinityError) where that "
    "cannot be.",
    look="Compare cpuManagerPolicy, memoryManagerPolicy and topologyManagerPolicy of both configurations (-f and --to-config).",
    remedy="Change policies on a drained node: stop the kubelet, delete the state file, start it again.",
    since=Minor(1, 8),
    sources=(Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/lifecycle/handlers.go", "Admit"),),
    findings=findings,
)
