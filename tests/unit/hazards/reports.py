"""Public reports of state files that stopped a kubelet, each planned again: what is said of it stands on UC031's page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.builders import CATALOG
from tests.statefiles import claims, cpus, devices, memory, resources, statuses
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.statefiles import StateFile, StateName, StateTrouble, StateWeight
from upgradecheck.planning.asking.statefiles import Shown, with_state_files
from upgradecheck.planning.asking.steps import plan_steps

_RESIZES = ("InPlacePodVerticalScaling",)
_CLAIMS = ("DynamicResourceAllocation",)
_SAID = {
    StateWeight.STOPS: "does not start",
    StateWeight.OPEN: "not known, plan incomplete",
    StateWeight.WARNS: "warned of",
    StateWeight.TELLS: "told",
}


@dataclass(frozen=True)
class Report:
    """One report: the upgrade, what the node is set up with, and the file that is shown, if one is."""

    name: str
    start: str
    to: str
    gates: tuple[str, ...] = ()
    policies: tuple[str, str] = ("none", "None")
    before: tuple[str, str] | None = None
    shown: tuple[StateName, bytes] | None = None
    weights: tuple[StateWeight, ...] = ()

    def troubles(self) -> tuple[StateTrouble, ...]:
        """What the plan says of it."""
        old, new = (
            KubeletConfig(
                cpu_manager=cpu, memory_manager=memory, feature_gates=dict.fromkeys(self.gates, True), told_policies=tuple(_POLICIES)
            )
            for cpu, memory in (self.before or self.policies, self.policies)
        )
        configs = Configs(old, new, old_told=True, new_told=True)
        steps = plan_steps([NodeFacts("node-1", None, None, {}, Origin("nodes.json"))], self.start, self.to, CATALOG, configs=configs)
        files = () if self.shown is None else (StateFile(self.shown[0], self.shown[0].value, self.shown[1], node="node-1"),)
        return with_state_files(steps, files, Shown(configs)).state_troubles

    def row(self) -> tuple[str, ...]:
        """A row of the page's table."""
        with_ = [
            *self.gates,
            *(f"{name} {policy}" for name, policy in zip(_POLICIES.values(), self.policies, strict=True) if policy in _STATIC),
        ]
        told = "; ".join(f"{one.name.value}: {one.what} ({_SAID[one.weight]})" for one in self.troubles()) or "nothing"
        return self.name, f"{self.start} → {self.to}", ", ".join(with_), "shown" if self.shown else "not shown", told


_POLICIES = {StateName.CPUS.value: "cpuManagerPolicy", StateName.MEMORY.value: "memoryManagerPolicy"}
_STATIC = ("static", "Static")
STOPS, OPEN, WARNS, TELLS = StateWeight.STOPS, StateWeight.OPEN, StateWeight.WARNS, StateWeight.TELLS
_STATUSES, _CPU, _MEMORY = StateName.STATUSES, ("static", "None"), ("none", "Static")


def reports() -> Iterator[Report]:
    """Each with what must be said of it."""
    torn = resources().replace(b"}", b'}"', 1)
    yield Report("kubernetes/kubernetes 86676", "1.17.17", "1.18.20", policies=_CPU, weights=(OPEN,))
    yield Report("the same, back", "1.18.20", "1.17.17", weights=(STOPS,))
    yield Report("kubernetes/kubernetes 102880", "1.19.16", "1.20.13", shown=(StateName.DEVICES, devices(["0"])), weights=(WARNS,))
    joint = StateName.MEMORY, memory(cells=[0, 1])
    yield Report("kubernetes/kubernetes 113130", "1.30.14", "1.31.14", policies=_MEMORY, shown=joint, weights=(WARNS, TELLS))
    yield Report("the same", "1.31.14", "1.32.13", policies=_MEMORY, shown=joint, weights=(TELLS,))
    yield Report("kubernetes/kubernetes 117589", "1.30.14", "1.31.14", _RESIZES, weights=(OPEN,))
    zero = statuses({"memory": "0"}, {"memory": None})
    yield Report("the same", "1.30.14", "1.31.14", _RESIZES, shown=(_STATUSES, zero), weights=(STOPS,))
    yield Report("the same, a sound file", "1.30.14", "1.31.14", _RESIZES, shown=(_STATUSES, statuses({"cpu": "100m"})))
    yield Report("kubernetes/kubernetes 127653", "1.30.14", "1.31.14", _CLAIMS, weights=(STOPS,))
    yield Report("the same, as 1.31 writes it", "1.31.14", "1.32.13", _CLAIMS, shown=(StateName.CLAIMS, claims()))
    yield Report(
        "kubernetes/kubernetes 131253", "1.33.13", "1.34.10", policies=_MEMORY, shown=(StateName.MEMORY, memory()), weights=(TELLS,)
    )
    yield Report("kubernetes/kubernetes 135711", "1.32.10", "1.32.13", _RESIZES, shown=(_STATUSES, torn), weights=(STOPS,))
    yield Report("the same", "1.34.10", "1.35.8", shown=(StateName.ALLOCATED, torn), weights=(STOPS,))
    twice = cpus("static", "0-5", {"pod-a": {"app": "5"}})
    yield Report("kubernetes/kubernetes 136604", "1.35.8", "1.36.4", policies=_CPU, shown=(StateName.CPUS, twice), weights=(STOPS,))
    yield Report("deckhouse/deckhouse 17403", "1.31.14", "1.32.13", _RESIZES, weights=(STOPS,))
    yield Report("the same, the gate off", "1.31.14", "1.32.13")
    yield Report("bottlerocket-os/bottlerocket 1465", "1.19.16", "1.20.15", policies=_CPU, before=("none", "None"), weights=(STOPS,))
    yield Report(
        "openshift/machine-config-operator 2718", "1.22.17", "1.23.17", policies=_MEMORY, before=("none", "None"), weights=(STOPS,)
    )
