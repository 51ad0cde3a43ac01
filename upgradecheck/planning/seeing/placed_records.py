"""Which of the joined records are which pod's, where a UID alone does not tell, and which are of pods that no view shows.

A UID whose records all fit the only pod that claims it needs no pile of its own; placing.py tells the others apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from upgradecheck.model.pod import ContainerRecord, SandboxRecord
from upgradecheck.planning.seeing.joined_records import JoinedRecords
from upgradecheck.planning.seeing.placing import Claim, NodeOf, Pile, told_apart
from upgradecheck.reading.identity import Identity, Named, identity_of

Claims = Callable[[str], Sequence[Claim]]
"""By UID, the pods that were seen."""
IsOne = Callable[[str, str, str, "str | None"], bool]
"""Whether a pod of this UID, namespace and name is there alone, on this node if that is known, which is sooner told than by claims."""


class Placement(msgspec.Struct, frozen=True, gc=False):
    """apart: by UID, the records of each pod, of those UIDs that are not one pod's; unclaimed: the pods that only records show, by name."""

    apart: Mapping[str, Mapping[Identity, Pile]] = {}
    unclaimed: tuple[Identity, ...] = ()

    def pile(self, pod: Named) -> Pile | None:
        """What is of a pod whose UID is not its alone; None where it is."""
        apart = self.apart.get(pod.uid)
        if apart is None:
            return None
        if (its := apart.get(identity_of(pod))) is not None:
            return its
        there = [identity for identity in apart if identity.node == pod.node] or [one for one in apart if one.node is None]
        named = [one for one in there if (one.namespace, one.name) == (pod.namespace, pod.name)]
        found = named if len(there) > 1 else there
        return apart[found[0]] if len(found) == 1 else Pile()

    def without(self, pods: Iterable[Named]) -> tuple[Placement, set[str], set[str]]:
        """What is left without these pods; the UIDs that go whole, and the IDs of the containers that go of the others."""
        whole, apart, ids = set[str](), {uid: dict(piles) for uid, piles in self.apart.items()}, set[str]()
        for pod in pods:
            pile = self.pile(pod)
            if pile is None:
                whole.add(pod.uid)
            else:
                ids |= pile.ids
                apart[pod.uid] = {identity: other for identity, other in apart[pod.uid].items() if other is not pile}
        left = tuple(one for one in self.unclaimed if one.uid not in whole and (one.uid not in apart or one in apart[one.uid]))
        return Placement(apart, left), whole, ids


def place(its: JoinedRecords, claims: Claims, node_of: NodeOf, is_one: IsOne | None = None) -> Placement:
    """Whose the records are. node_of: of a dump."""
    apart, unclaimed = dict[str, Mapping[Identity, Pile]](), list[Identity]()

    def tell_apart(uid: str, all_of_it: Sequence[ContainerRecord | SandboxRecord], pods: Sequence[Claim]) -> None:
        apart[uid] = told_apart(all_of_it, pods, node_of)
        known = {claim.identity for claim in pods}
        unclaimed.extend(identity for identity in apart[uid] if identity not in known)

    for uid in its.unpacked_uids():
        pods = claims(uid)
        if not _is_of_one(its, uid, pods, node_of):
            tell_apart(uid, its.all_unpacked(uid), pods)
        elif not pods:
            unclaimed.append(_told_of(its, uid))
    for (uid, namespace, name), origin in its.packed.whose():
        if is_one is not None and is_one(uid, namespace, name, node_of(origin)):
            continue
        pods = claims(uid)
        if not pods:
            unclaimed.append(Identity(None, uid, namespace, name))
        elif len(pods) > 1 or not pods[0].fits_named(namespace, name, node_of(origin)):
            tell_apart(uid, (*its.containers(uid).values(), *its.sandboxes_of(uid)), pods)
    return Placement(apart, tuple(sorted(unclaimed, key=_by_name)))


def _by_name(pod: Identity) -> tuple[str, str, str, str]:
    """Their order hangs on nothing but themselves: which records stay packed changes the one in which they are found."""
    return pod.namespace, pod.name, pod.uid, pod.node or ""


def _is_of_one(its: JoinedRecords, uid: str, claims: Sequence[Claim], node_of: NodeOf) -> bool:
    """Whether all records of a UID are of one pod: they are of the only one that claims them, or all tell of the same."""
    if len(claims) > 1:
        return False
    found = its.all_unpacked(uid)
    if claims:
        return all(claims[0].fits(record, node_of(record.origin)) for record in found)
    names = {(record.pod_namespace, record.pod_name) for record in found if record.pod_name}
    return len(names) <= 1 and len({node_of(record.origin) for record in found} - {None}) <= 1


def _told_of(its: JoinedRecords, uid: str) -> Identity:
    """The pod of which the records of a UID tell that is one pod's."""
    newest = next(iter(its.by_pod.get(uid, {}).values()), None) or its.sandboxes[uid][0]
    return Identity(None, uid, newest.pod_namespace, newest.pod_name)
