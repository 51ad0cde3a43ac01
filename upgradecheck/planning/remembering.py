"""Decisions, remembered: what a kubelet does with one replica it does with all of its kind, where nothing but their views tells of them.

A kind's pods have one spec, one step and one state (seeing/kinds.py); what is a replica's own, its names, its times and the numbers of its
hashes, decides nothing, and is put into the plan of the first one. That is made as always, and again so, which must give the same.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import PlannedContainer
from upgradecheck.planning.before import told_start
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.seeing.joining import JoinedPod, as_joined
from upgradecheck.planning.seeing.replicas import Kind, Replica


class _Container(msgspec.Struct, frozen=True, gc=False):
    """A planned container of the first replica, and where the others have what is their own: which status is its, which texts are hashed.

    Each place is None where the container has no such thing.
    """

    planned: PlannedContainer
    status: int | None
    carried: int | None
    before: int | None
    after: int | None

    def of(self, replica: Replica) -> PlannedContainer:
        planned, hashes = self.planned, replica.hashes
        evidence, computed = planned.evidence, planned.computed
        if self.carried is not None:
            evidence = replace(evidence, hash=hashes[self.carried])
        if self.before is not None or self.after is not None:
            computed = replace(
                computed,
                from_hash=None if self.before is None else hashes[self.before],
                to_hash=None if self.after is None else hashes[self.after],
            )
        if self.status is None:
            return replace(planned, evidence=evidence, computed=computed)
        identity, since, restarts = replica.runs[self.status]
        return replace(
            planned,
            container_id=identity,
            evidence=evidence,
            computed=computed,
            started_at=told_start(since),
            restart_count=restarts,
        )


class _Decision(msgspec.Struct, frozen=True, gc=False):
    """The decision on the first replica of a kind, and its containers."""

    made: DecidedPod
    containers: tuple[_Container, ...]

    def of(self, replica: Replica) -> DecidedPod:
        made = self.made
        pod = replace(
            made.pod,
            name=replica.name,
            uid=replica.uid,
            node=replica.node,
            workload=replica.workload,
            containers=tuple([one.of(replica) for one in self.containers]),
        )
        request = made.request
        if request is not None:
            request = replace(request, uid=replica.uid, created=replica.created, node_name=replica.node)
        return replace(made, pod=pod, request=request)


class Remembering:
    """The decisions on kinds of pods. decide: how a pod is decided on that is no replica of a known one."""

    def __init__(self, decide: Callable[[JoinedPod], DecidedPod]) -> None:
        self._decide = decide
        self._known: dict[Kind, _Decision | None] = {}

    def of(self, replica: Replica) -> DecidedPod:
        """The decision on a replica."""
        known = self._known.get(replica.kind)
        if known is not None:
            return known.of(replica)
        made = self._decide(as_joined(replica))
        if replica.kind not in self._known:
            decision = _decision(made, replica)
            self._known[replica.kind] = decision if decision is not None and decision.of(replica) == made else None
        return made


def _decision(made: DecidedPod, replica: Replica) -> _Decision | None:
    """What is remembered of the first decision; None where a hash in it is none of the two that the kubelets make."""
    containers = []
    pairs = replica.kind.pairs
    for index, planned in enumerate(made.pod.containers):
        before, after = pairs[index] if index < len(pairs) else (-1, -1)
        places = {replica.hashes[place]: place for place in (after, before) if place >= 0}
        told = planned.evidence.hash, planned.computed.from_hash, planned.computed.to_hash
        if any(one is not None and one not in places for one in told):
            return None
        containers.append(_Container(planned, _status(planned, replica), *(_place(one, places) for one in told)))
    return _Decision(made, tuple(containers))


def _place(one: Hash | None, places: dict[Hash, int]) -> int | None:
    return None if one is None else places[one]


def _status(planned: PlannedContainer, replica: Replica) -> int | None:
    return next((place for place, status in enumerate(replica.kind.view.statuses) if status.name == planned.name), None)
