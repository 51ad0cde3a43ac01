"""Which workloads' templates stand for pods.

Where pods are given as a cluster or kubelet reports them, with a status, they are what runs, and a Deployment beside them (``kubectl get
all``) would count them twice; so templates count in namespaces of which no running pods are given. A manifest without one may be
applied to any: the default one's pods stand for it, and those that are named after it. A workload that the cluster reports to have no pods
makes none beside what runs. Pods that have finished or wait say nothing of what others run: they may be those of the workloads after
which they are named, and of no other. A ReplicaSet that a Deployment made, or a Job of a CronJob, repeats its maker's template, or an older
one that has no pods any more: it is left out where its maker's template was read. A StatefulSet that an operator made is the only one that
tells of its pods.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from upgradecheck.decode.kube.templates import AS_WRITTEN, Owner, controller, has_no_pods, identity

Name = tuple[str, str, str]
PodName = tuple[str, str]
"""Namespace and name."""
_DEFAULT = "default"


class Workload(msgspec.Struct, frozen=True, gc=False):
    """A workload that has a template, and who made it. idle: a cluster reports that it has no pods."""

    name: Owner
    maker: Owner | None
    idle: bool = False


def workload(raw: bytes, kind: str) -> Workload:
    """A document's.

    Raises:
        SpecRefused: its names or owners have a wrong type.
    """
    return Workload(identity(raw, kind), controller(raw), has_no_pods(raw, kind))


class Templates(msgspec.Struct):
    """Templates by input, and the groups of the workloads that have one, by kind and name.

    live: the namespaces of which running pods are given. named_after: whose they may be, where that has no namespace, and pods at rest.
    """

    live: set[str] = msgspec.field(default_factory=set)
    named_after: set[PodName] = msgspec.field(default_factory=set)
    found: dict[str, list[Workload]] = msgspec.field(default_factory=dict)
    known: dict[Name, set[str | None]] = msgspec.field(default_factory=dict)

    def take(self, workloads: Iterable[Workload], source: str, *, live: Iterable[PodName] = (), at_rest: Iterable[PodName] = ()) -> None:
        """Those of one input. live: the running pods in it; at_rest: pods that have finished, or do not run yet."""
        for namespace, name in live:
            self.live.add(namespace or _DEFAULT)
            self.named_after.update(("", owner) for owner in _owners(name))
        for namespace, name in at_rest:
            self.named_after.update(pair for owner in _owners(name) for pair in ((namespace or _DEFAULT, owner), ("", owner)))
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
        if self.has_live(one.name.namespace or _DEFAULT) or (one.idle and self.live):
            return True
        return (one.name.namespace, one.name.name) in self.named_after

    def has_live(self, namespace: str) -> bool:
        """Whether running pods of a namespace are given; of any, where none is named."""
        return namespace in self.live if namespace else bool(self.live)

    def notices(self) -> Iterator[str]:
        """What became of them, input by input."""
        repeated: dict[str, Counter[str]] = {}
        for source, workloads in self.found.items():
            usable, running, at_rest = Counter[str](), Counter[str](), Counter[str]()
            for one in workloads:
                stood_for = running if one.idle or self.has_live(one.name.namespace or _DEFAULT) else at_rest
                counted = stood_for if self.is_left_out(one) else usable
                (repeated.setdefault(source, Counter()) if self.repeats(one) else counted)[one.name.kind] += 1
            for left_out, which in ((running, "running"), (at_rest, "their")):
                if left_out:
                    yield f"{source}: left out the templates of {in_words(left_out)}, since {which} pods are given"
            if usable:
                yield f"{source}: took the templates of {in_words(usable)} for pods{AS_WRITTEN}"
        for source, kinds in repeated.items():
            yield f"{source}: left out {in_words(kinds)}, made by another workload"


def _owners(name: str) -> Iterator[str]:
    """What workloads a pod may be named after: db-0 after db, web-6d4b-x2x1z after web."""
    while "-" in name:
        name = name.rpartition("-")[0]
        yield name


def _name(owner: Owner) -> Name:
    return owner.kind, owner.namespace, owner.name


def in_words(counts: Counter[str]) -> str:
    """``Service (3), Deployment``, the most frequent first, at most five."""
    named = [what if count == 1 else f"{what} ({count})" for what, count in counts.most_common(5)]
    return ", ".join(named + ["…"] * (len(counts) > 5))
