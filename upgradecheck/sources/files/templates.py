"""Which workloads' templates stand for pods.

Where pods are given as a cluster or kubelet reports them, with a status, they are what runs, and a Deployment beside them (``kubectl get
all``) would count them twice; so templates count in inputs of manifests alone. A ReplicaSet that a Deployment made, or a Job of
a CronJob, repeats its maker's template, or an older one that has no pods any more: it is left out where its maker's template was read. A
StatefulSet that an operator made is the only one that tells of its pods.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from upgradecheck.decode.kube.templates import Owner, controller, identity

Name = tuple[str, str, str]


class Workload(msgspec.Struct, frozen=True, gc=False):
    """A workload that has a template, and who made it."""

    name: Owner
    maker: Owner | None


def workload(raw: bytes, kind: str) -> Workload:
    """A document's.

    Raises:
        SpecRefused: its names or owners have a wrong type.
    """
    return Workload(identity(raw, kind), controller(raw))


class Templates(msgspec.Struct):
    """Templates by input, and the groups of the workloads that have one, by kind and name."""

    live_pods: bool = False
    found: dict[str, list[Workload]] = msgspec.field(default_factory=dict)
    known: dict[Name, set[str | None]] = msgspec.field(default_factory=dict)

    def take(self, workloads: Iterable[Workload], source: str, *, live_pods: bool) -> None:
        """Those of one input. live_pods: running pods are given in it."""
        self.live_pods = self.live_pods or live_pods
        for one in workloads:
            self.found.setdefault(source, []).append(one)
            self.known.setdefault(_name(one.name), set()).add(one.name.group)

    def repeats(self, one: Workload) -> bool:
        """Whether the template of who made a workload was read."""
        if one.maker is None:
            return False
        groups = self.known.get(_name(one.maker), set())
        return bool(groups) and (one.maker.group is None or None in groups or one.maker.group in groups)

    def notices(self) -> Iterator[str]:
        """What became of them, input by input."""
        repeated: dict[str, Counter[str]] = {}
        for source, workloads in self.found.items():
            usable: Counter[str] = Counter()
            for one in workloads:
                (repeated.setdefault(source, Counter()) if self.repeats(one) else usable)[one.name.kind] += 1
            if usable and self.live_pods:
                yield f"{source}: left out the templates of {in_words(usable)}, since running pods are given"
            elif usable:
                yield f"{source}: took the templates of {in_words(usable)} for pods, as they are written, without an API server's defaults"
        for source, kinds in repeated.items():
            yield f"{source}: left out {in_words(kinds)}, made by another workload"


def _name(owner: Owner) -> Name:
    return owner.kind, owner.namespace, owner.name


def in_words(counts: Counter[str]) -> str:
    """``Service (3), Deployment``, the most frequent first, at most five."""
    named = [what if count == 1 else f"{what} ({count})" for what, count in counts.most_common(5)]
    return ", ".join(named + ["…"] * (len(counts) > 5))
