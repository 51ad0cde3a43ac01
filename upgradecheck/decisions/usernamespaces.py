"""Whether a kubelet that starts takes the IDs that its node has for user namespaces, and the blocks that pods were given of them.

Mirrors MakeUserNsManager, recordPodMappings and record of pkg/kubelet/userns/userns_manager.go, and getKubeletMappings of
pkg/kubelet/kubelet_pods.go (1.30 on). Up to 1.37 a user without the tool ends the kubelet, though the source means to go on without: Go
says in another way than it expects that a program is not there. Each answer was seen on real kubelets up to 1.35
(tests/lab/recorded-subordinate.json).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.usernamespaces import ALL_IDS, BLOCK, TOOL, USER, MappingRule, PodMapping, SubordinateIDs
from upgradecheck.model.wording import count


class Pool(msgspec.Struct, frozen=True, gc=False):
    """The IDs that a kubelet gives to pods: in blocks of each from first on, so many; last is beyond them. bounded: others are refused."""

    each: int
    first: int
    last: int
    bounded: bool = True


def pool_of(rule: MappingRule, seen: SubordinateIDs | None, each: int, pods: int) -> Pool:
    """A kubelet's IDs. seen: None where nothing of the node's was, and then they are those that it has without such a user. each: IDs of a
    pod; pods: how many it may have.

    Raises:
        SpecRefused: the kubelet ends at them; with what is the matter, as a clause.
    """
    if not rule.of_user:
        return Pool(BLOCK, rule.reserved * BLOCK, ALL_IDS, bounded=False)
    first, number = each, ALL_IDS - each * (2 if rule.spares_last else 1)
    user = seen if seen is not None and seen.user and (seen.tool or not rule.without_tool) else None
    if user is not None:
        first, number = _of_user(user)
    whose = f"the {number} IDs that there are" if user is None else f"the {number} IDs of user {USER}"
    if rule.spares_last and first + number >= ALL_IDS:
        raise SpecRefused(f"the IDs of user {USER} end with {first + number - 1}, and the kubelet gives none beyond {ALL_IDS - 2}")
    if first % each or first < each:
        raise SpecRefused(f"the IDs of user {USER} begin at {first}, and the kubelet wants a multiple of {each} that is not 0")
    if number % each:
        raise SpecRefused(f"{whose} are no multiple of the {each} that each pod gets")
    if number // each < pods:
        raise SpecRefused(f"{whose} are {count(number // each, 'block')} of {each}, and the kubelet wants one for each of {pods} pods")
    return Pool(each, first, first + number)


def _of_user(seen: SubordinateIDs) -> tuple[int, int]:
    if not seen.tool:
        raise SpecRefused(f"there is a user {USER}, and no {TOOL} to ask for its IDs")
    if not seen.users or not seen.groups:
        raise SpecRefused(f"there is a user {USER}, and it has no IDs for user namespaces (/etc/subuid, /etc/subgid)")
    if seen.users != seen.groups:
        raise SpecRefused(f"user {USER} has other IDs of users than of groups (/etc/subuid, /etc/subgid)")
    if len(seen.users) > 1:
        raise SpecRefused(f"user {USER} has {len(seen.users)} ranges of IDs, and the kubelet takes one")
    first, number = seen.users[0]
    if not (0 <= first < ALL_IDS and 0 <= number < ALL_IDS):
        raise SpecRefused(f"the IDs of user {USER} are more than 32 bits can tell")
    return first, number


def refused_mappings(rule: MappingRule, pool: Pool, found: Iterable[PodMapping]) -> Iterator[tuple[PodMapping, str]]:
    """The files of pods that a kubelet ends at, each with what is the matter with it, as a clause."""
    taken = set[int]()
    for one in found:
        try:
            first = _first(one, pool)
            if first is None:
                continue
            if first in taken:
                raise SpecRefused("its IDs are another pod's as well")
            if rule.at_most is not None and len(taken) >= rule.at_most:
                raise SpecRefused(f"it is one more than the {rule.at_most} pods that may have IDs of their own")
            taken.add(first)
        except SpecRefused as error:
            yield one, error.reason


def _first(one: PodMapping, pool: Pool) -> int | None:
    """The first ID of a pod's block; None where the file stands for none."""
    if one.problem:
        raise SpecRefused(one.problem)
    first, length = one.first, one.length
    if first is None:
        return None
    if length != pool.each:
        raise SpecRefused(f"it holds {length} IDs, and the kubelet gives each pod {pool.each}")
    if first % pool.each:
        raise SpecRefused(f"its IDs begin at {first}, which is no multiple of {pool.each}")
    if first < pool.first or (pool.bounded and first >= pool.last):
        raise SpecRefused(f"its IDs begin at {first}, outside of those that the kubelet may give ({pool.first} to {pool.last - 1})")
    return first
