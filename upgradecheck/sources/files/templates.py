"""Which workloads' templates stand for pods.

Where pods are given as a cluster or kubelet reports them, with a status, they are what runs, and a Deployment beside them (``kubectl get
all``) would count them twice; so templates count in inputs of manifests alone. A ReplicaSet that a Deployment made, or a Job of
a CronJob, repeats its maker's template, or an older one that has no pods any more.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from upgradecheck.decode.kube.templates import is_controlled


class Templates(msgspec.Struct):
    """Templates by input: those that stand for pods unless live pods are given, and those that another workload made."""

    live_pods: bool = False
    usable: dict[str, Counter[str]] = msgspec.field(default_factory=dict)
    controlled: dict[str, Counter[str]] = msgspec.field(default_factory=dict)

    def add(self, raw: bytes, kind: str, source: str) -> None:
        """Count a workload that has a template."""
        counts = self.controlled if is_controlled(raw) else self.usable
        counts.setdefault(source, Counter())[kind] += 1

    def notices(self) -> list[str]:
        """What became of them, input by input."""
        told = []
        for source, kinds in self.usable.items():
            if self.live_pods:
                told.append(f"{source}: left out the templates of {in_words(kinds)}, since running pods are given")
            else:
                told.append(
                    f"{source}: took the templates of {in_words(kinds)} for pods, as they are written, without an API server's defaults"
                )
        told += [f"{source}: left out {in_words(kinds)}, made by another workload" for source, kinds in self.controlled.items()]
        return told


def in_words(counts: Counter[str]) -> str:
    """``Service (3), Deployment``, the most frequent first, at most five."""
    named = [what if count == 1 else f"{what} ({count})" for what, count in counts.most_common(5)]
    return ", ".join(named + ["…"] * (len(counts) > 5))
