"""UC063: policies of the cpu, memory or topology manager: state files that the new kubelet refuses, and pods that are placed anew."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade, grouped
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.version import Minor
from upgradecheck.model.wording import count, listed


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding for each policy that changes; where none does, one for what even the same policies may refuse."""
    found: dict[Finding, None] = {}
    for configs in (upgrade.configs, *upgrade.own_configs.values()):
        found |= dict.fromkeys(_changed(upgrade, configs))
    yield from found
    yield from _placed_again(upgrade)


def _changed(upgrade: Upgrade, configs: Configs) -> Iterator[Finding]:
    if not (configs.old_told and configs.new_told):
        return
    for setting, state, old, new in _policies(configs.old, configs.new):
        if old != new:
            effect = (
                f"the new kubelet does not start as long as /var/lib/kubelet/{state} is that of the old policy" if state else _PLACED_ANEW
            )
            yield RULE.finding(ObjectRef("Kubelet", upgrade.versions()), f"{setting} goes from {old} to {new}: {effect}.")


def _placed_again(upgrade: Upgrade) -> Iterator[Finding]:
    """Pods with memory of their own that a restart may refuse, though nothing was changed: that of init containers is asked for again."""
    several = upgrade.exposed(lambda pod, exposure: exposure.several and pod.runs and pod.number)
    exposed = [(pod, bool(exposure.inits)) for pod, exposure in several]
    alike = grouped((_strict(upgrade.configs_on(pod.node)), (pod, inits)) for pod, inits in exposed)
    for policy, found in alike.items():
        if not policy:
            continue
        found.sort(key=lambda one: not one[1])
        names = listed(f"{pod.namespace}/{pod.name}" for pod, _ in found)
        number = count(sum(pod.number for pod, _ in found), "Guaranteed pod with init or several containers", _SEVERAL)
        yield RULE.finding(
            ObjectRef("Kubelet", upgrade.to_version),
            f"{number} may be refused when the kubelet starts and places them again (memory manager Static, topology manager "
            f"{policy}), if their NUMA nodes have little memory left: {names}.",
            _ROOM,
            Severity.INFO,
        )


def _strict(configs: Configs) -> str:
    """The policy of the topology manager, where that and the memory manager's stay, and are such that a restart may refuse pods."""
    changed = any(before != after for _, _, before, after in _policies(configs.old, configs.new))
    new = configs.new
    return "" if changed or new.memory_manager != "Static" or new.topology_manager not in _STRICT else new.topology_manager


_STRICT = ("restricted", "single-numa-node")
_SEVERAL = "Guaranteed pods with init or several containers"
_ROOM = "Drain the node before its kubelet is restarted, or see that a NUMA node has room for such a pod once more."
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
    "places pods anew that have cpus or memory of their own; or the policies stay, and are such that a mere restart may refuse pods.",
    why="The managers keep what they gave in state files that name their policy; a kubelet with another policy exits and asks for the file "
    "to be deleted. Without it, pods that it admits again are given cpus and memory anew, and refused (TopologyAffinityError) where that "
    "cannot be. With policy Static the memory manager hands what it gave to init containers on to app containers, so that less is on "
    "record of the former than they ask for; of pods that were refused at a mere restart then, under a strict topology manager, tell "
    "kubernetes/kubernetes issues 123971 and 128669.",
    look="Compare cpuManagerPolicy, memoryManagerPolicy and topologyManagerPolicy of both configurations (-f and --to-config).",
    remedy="Change policies on a drained node: stop the kubelet, delete the state file, start it again.",
    since=Minor(1, 8),
    sources=(Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/lifecycle/handlers.go", "Admit"),),
    findings=findings,
)
