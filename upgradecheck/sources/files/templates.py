"""Which workloads' templates stand for pods.

Where pods are given as a cluster or kubelet reports them, with a status, they are what runs, and a Deployment beside them (``kubectl get
all``) would count them twice; so templates count in inputs of manifests alone. Pods that have finished or wait say nothing of what others
run: they may be those of the workloads after which they are named, and of no other. A ReplicaSet that a Deployment made, or a Job of a
CronJob, repeats its maker's template, or an older one that has no pods any more: it is left out where its maker's template was read. A
StatefulSet that an operator made is the only one that tells of its pods.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from upgradecheck.decode.kube.templates import Owner, controller, identity

Name = tuple[str, str, str]
PodName = tuple[str, str]
"""Namespace and name."""


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
    """Templates by input, and the groups of the workloads that have one, by kind and name. named_after: whom pods at rest may be of."""

    live_pods: bool = False
    named_after: set[PodName] = msgspec.field(default_factory=set)
    found: dict[str, list[Workload]] = msgspec.field(default_factory=dict)
    known: dict[Name, set[str | None]] = msgspec.field(default_factory=dict)

    def take(self, workloads: Iterable[Workload], source: str, *, live_pods: bool, at_rest: Iterable[PodName] = ()) -> None:
        """Those of one input. live_pods: running pods are given in it; at_rest: pods that have finished, or do not run yet."""
        self.live_pods = self.live_pods or live_pods
        if not self.live_pods:
            self.named_after.update(owner for pod in at_rest for owner in _owners(pod))
        for one in workloads:
            self.found.setdefault(source, []).append(one)
            self.known.setdefault(_name(one.name), set()).add(one.name.group)

    def repeats(self, one: Workload) -> bool:
        """Whether the template of who made a workload was read."""
        if one.maker is None:
            return False
        groups = self.known.get(_name(one.maker), set())
        return bool(groups) and (one.maker.group is None or None in groups or one.maker.group in groups)

    def is_left_out(self, one: Workload) -> bool:
        """Whether pods that are given stand for its template."""
        return self.live_pods or (one.name.namespace, one.name.name) in self.named_after

    def notices(self) -> Iterator[str]:
        """What became of them, input by input."""
        repeated: dict[str, Counter[str]] = {}
        for source, workloads in self.found.items():
            usable, left_out = Counter[str](), Counter[str]()
            for one in workloads:
                counted = left_out if self.is_left_out(one) else usable
                (repeated.setdefault(source, Counter()) if self.repeats(one) else counted)[one.name.kind] += 1
            if left_out:
                which = "running" if self.live_pods else "their"
                yield f"{source}: left out the templates of {in_words(left_out)}, since {which} pods are given"
            if usable:
                yield f"{source}: took the templates of {in_words(usable)} for pods, as they are written, without an API server's defaults"
        for source, kinds in repeated.items():
            yield f"{source}: left out {in_words(kinds)}, made by another workload"


def _owners(pod: PodName) -> Iterator[PodName]:
    """What workloads a pod may be named after: db-0 after db, web-6d4b-x2x1z after web. Without a namespace, a workload may be in any."""
    namespace, name = pod
    while "-" in name:
        name = name.rpartition("-")[0]
        yield from ((namespace or "default", name), ("", name))


def _name(owner: Owner) -> Name:
    return owner.kind, owner.namespace, owner.name


def in_words(counts: Counter[str]) -> str:
    """``Service (3), Deployment``, the most frequent first, at most five."""
    named = [what if count == 1 else f"{what} ({count})" for what, count in counts.most_common(5)]
    return ", ".join(named + ["…"] * (len(counts) > 5))
