"""Which sandboxes a step between two kubelets makes anew by the two versions alone, of pods that nobody changed.

Most of what costs a pod its sandbox is there before and after: the running kubelet asks the same at every sync, and would have acted. What
it let pass and the new one does not hangs on the version: how a sandbox is read that tells no network mode (from 1.10 on) or nothing of its
network at all (up to 1.24), and whether the kubelet serves docker itself (up to 1.23). See podSandboxChanged, decisions/sandbox.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from upgradecheck.model.changes import SandboxLoss
from upgradecheck.model.decisions import DecisionFacts
from upgradecheck.model.kubelet import KubeletBuild

_BEGINS: Mapping[SandboxLoss, Callable[[DecisionFacts, DecisionFacts], bool]] = {
    SandboxLoss.NETWORK_MODE: lambda old, new: new.network_mode_absent_is_pod and not old.network_mode_absent_is_pod,
    SandboxLoss.ADDRESS: lambda old, new: old.empty_ip_needs_network and not new.empty_ip_needs_network,
    SandboxLoss.DOCKERSHIM: lambda old, new: old.has_dockershim and not new.has_dockershim,
}


def sandbox_losses(old: KubeletBuild, new: KubeletBuild) -> tuple[SandboxLoss, ...]:
    """What the new kubelet makes sandboxes anew for that the old one kept; nothing for most steps."""
    return tuple(loss for loss, begins in _BEGINS.items() if begins(old.decisions, new.decisions))
