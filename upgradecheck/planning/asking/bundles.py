"""The bundles of nodes among all else that was given: each belongs to the node that it names, or is set aside by name.

What contradicts a bundle is what shows that it is of another machine, another boot, another kubelet or runtime, or another day than what
the cluster or the dump tells of its node; that another bundle of its node is newer; and that one of another node has the same containers.
What hangs on one that is set aside is unknown, as with any evidence that cannot be trusted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise

import msgspec
from msgspec.structs import replace

from upgradecheck.model.arguments import KubeletArguments, behind_program
from upgradecheck.model.bundle import Bundle, Collected
from upgradecheck.model.checkpoint import Checkpoint, FoundCheckpoint, Loaded, NodeIdentity, Problem
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.packed import NUMBER_BITS, containers_of, keys_of, sandboxes_of
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.runtimes import keeps_what_runs
from upgradecheck.model.snapshot import EmptyList, Facts, SetAside
from upgradecheck.model.statefiles import StateFile
from upgradecheck.model.times import SECOND, rfc3339
from upgradecheck.model.version import KubeletVersion
from upgradecheck.model.wording import count
from upgradecheck.planning.evidence.in_force import overrides_shown
from upgradecheck.planning.evidence.staleness import is_foreign

_MOST_NAMED = 20
_UNITS = (("hour", 3600), ("minute", 60), ("second", 1))
_ASIDE = "it is set aside: {}"


class Joining(msgspec.Struct, frozen=True, gc=False):
    """What becomes of bundles: those that are used, by node, and what is said of the others. nodes: those that they alone tell of."""

    used: Mapping[str, Bundle]
    missing: tuple[Missing, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    notices: tuple[str, ...] = ()
    nodes: tuple[NodeFacts, ...] = ()


def joining(facts: Facts, longest: float, only: frozenset[str] = frozenset()) -> Joining:
    """Which bundles are used. longest: by how many seconds one may be older, or newer, than what is known of its node.

    only: the nodes that were asked for, where not all were; bundles of others are of no interest but where they have the same containers.
    """
    return _Joining(facts, int(longest) * SECOND, only).made()


def joined(facts: Facts, found: Joining) -> Facts:
    """Facts with what bundles tell."""
    if not (found.used or found.missing or found.notices):
        return facts
    used = found.used.values()
    return replace(
        facts,
        nodes=_with_versions(facts.nodes, found),
        containers=containers_of((facts.containers, *(one.containers for one in used))),
        sandboxes=sandboxes_of((facts.sandboxes, *(one.sandboxes for one in used))),
        arguments=(*facts.arguments, *(_arguments(name, one) for name, one in found.used.items() if one.kubelet.arguments)),
        state_files=(*facts.state_files, *(_of_node(file, name) for name, one in found.used.items() for file in one.state_files)),
        empty_lists=(*facts.empty_lists, *(_without(one) for one in used if not (one.containers and one.sandboxes))),
        missing=(*facts.missing, *found.missing, *(_unread(one) for one in used if one.journals_problem)),
        set_aside=(*facts.set_aside, *found.set_aside),
        notices=(*facts.notices, *found.notices),
        collected={name: _collected(name, one) for name, one in found.used.items()},
        bundles=(),
    )


def with_collected(given: tuple[FoundCheckpoint, ...] | None, collected: Mapping[str, Collected]) -> tuple[FoundCheckpoint, ...] | None:
    """The checkpoints that were given, and those of bundles; None where nobody gave any, and no bundle has one.

    What an agent has seen now and then stands back behind any history that was kept at every start, or given.
    """
    bundled = [_found_checkpoint(one) for one in collected.values() if one.checkpoint is not None or one.checkpoint_problem is not None]
    found = (*(given or ()), *bundled)
    known = {name.lower() for name in map(_whose, found) if name is not None}
    polled = (
        FoundCheckpoint(_place(one), _own(one.polled, one.node), alone=False, node=one.node, seen=True)
        for one in collected.values()
        if one.polled is not None and one.node.lower() not in known
    )
    found = (*found, *polled)
    return found if found or given is not None else None


def _whose(one: FoundCheckpoint) -> str | None:
    return one.node if one.loaded.checkpoint is None else one.loaded.checkpoint.node.name


def _place(one: Collected) -> str:
    return f"{one.source} (of node {one.node})"


def _found_checkpoint(one: Collected) -> FoundCheckpoint:
    loaded = Loaded(None, one.checkpoint_problem) if one.checkpoint is None else _own(one.checkpoint, one.node, one.checkpoint_problem)
    return FoundCheckpoint(_place(one), loaded, alone=False, node=one.node)


def _own(checkpoint: Checkpoint, node: str, problem: Problem | None = None) -> Loaded:
    """The history, if it is the bundle's node's: no node speaks for another."""
    foreign = is_foreign(checkpoint, NodeIdentity(node))
    return Loaded(checkpoint, problem) if foreign is None else Loaded(None, foreign)


def lacking(nodes: Iterable[NodeFacts], facts: Facts) -> tuple[Missing, ...]:
    """The nodes that have published no bundle; of one that was set aside it is said why. A provider's service that poses as a node has none
    to give.
    """
    aside = {one.node for one in facts.set_aside}
    names = [one.name for one in nodes if not one.virtual and one.name not in facts.collected and one.name not in aside]
    found = [Missing(bundle_of(name), "none was published: nothing is seen of what it runs") for name in names[:_MOST_NAMED]]
    more = len(names) - _MOST_NAMED
    return (*found, *([Missing(f"bundles of {count(more, 'more node')}", "none was published of them, either")] if more > 0 else []))


def bundle_of(node: str) -> str:
    """How a report calls the bundle of a node that has none, or whose own cannot be used."""
    return f"bundle of node {node}"


def _named(bundle: Bundle) -> str:
    return f"{bundle.source} (bundle of node {bundle.name})"


def _unread(bundle: Bundle) -> Missing:
    return Missing(
        f"journals of overrides on node {bundle.name} ({bundle.source})",
        f"{bundle.journals_problem.rstrip('.')}; so nobody knows which hashes there an override wrote",
    )


def _without(bundle: Bundle) -> EmptyList:
    """A bundle is its runtime's list of containers and that of sandboxes, so it has an empty one where it has none of either."""
    return EmptyList(_named(bundle), sandboxes=bool(bundle.containers), node=bundle.name)


def _arguments(node: str, bundle: Bundle) -> KubeletArguments:
    place = "the command line of its kubelet" if bundle.kubelet.runs else "the unit of its kubelet"
    return KubeletArguments(behind_program(bundle.kubelet.arguments), f"{bundle.source}: {place}", node, runs=bundle.kubelet.runs)


def _collected(node: str, bundle: Bundle) -> Collected:
    kubelet = bundle.kubelet
    user = None if kubelet.user_ids is None else replace(kubelet.user_ids, node=node, place=f"{bundle.source} ({kubelet.user_ids.place})")
    blocks = tuple(replace(one, node=node, place=f"{bundle.source} ({one.place})") for one in kubelet.pod_ids)
    own = kubelet.providers
    providers = None if own is None else replace(own, node=node, place=f"{bundle.source} ({own.place})")
    config = kubelet.config if kubelet.runs or kubelet.config != KubeletConfig() else None  # defaults may stand for a file elsewhere
    return Collected(
        node=node,
        source=bundle.source,
        config=config,
        config_problem=kubelet.config_problem,
        config_refused=kubelet.config_refused,
        cgroup_v1=kubelet.cgroup_v1,
        user_ids=user,
        pod_ids=blocks,
        providers=providers,
        checkpoint=bundle.checkpoint,
        checkpoint_problem=bundle.checkpoint_problem,
        journals=bundle.journals,
        shown=overrides_shown(bundle.shown, bundle.containers, node),
        in_swarm=bundle.in_swarm,
        polled=bundle.polled,
        static_pods=bundle.static_pods,
    )


def _of_node(file: StateFile, node: str) -> StateFile:
    return file if file.node == node else replace(file, node=node)


def _with_versions(nodes: Sequence[NodeFacts], found: Joining) -> tuple[NodeFacts, ...]:
    """The nodes, with the versions and runtimes that only bundles tell."""
    told = []
    for node in nodes:
        bundle = found.used.get(node.name)
        if bundle is not None and node.kubelet_version is None:
            node = replace(node, kubelet_version=bundle.kubelet_version)
        if bundle is not None and not node.runtime:
            node = replace(node, runtime=bundle.runtime)
        told.append(node)
    return (*told, *found.nodes)


_AT_ONCE = "another bundle of that node was collected in the same second and says something else"


class _Joining:
    """Bundles, sorted."""

    def __init__(self, facts: Facts, longest: int, only: frozenset[str]) -> None:
        self._facts, self._longest = facts, longest
        self._others = tuple(one for one in facts.bundles if only and one.name not in only)
        self._nodes = {node.name: node for node in facts.nodes}
        self._used: dict[str, Bundle] = {}
        self._at_once: dict[str, list[Bundle]] = {}
        self._missing: list[Missing] = []
        self._aside: list[SetAside] = []
        self._notices: list[str] = []

    def made(self) -> Joining:
        """What becomes of them."""
        others = {id(one) for one in self._others}
        for bundle in self._facts.bundles:
            if id(bundle) not in others:
                self._take(bundle)
        for name, bundles in self._at_once.items():
            newest = self._used[name]
            if newest.collected_at == bundles[0].collected_at:
                del self._used[name]
                for one in bundles:
                    self._set_aside(one, _AT_ONCE)
            else:
                self._missing += [_older(one, newest) for one in bundles[1:]]
        for bundle, other in _with_same_ids((*self._used.values(), *self._others)):
            if self._used.pop(bundle.name, None) is None:
                continue
            self._set_aside(bundle, f"it lists sandboxes that {_named(other)} lists, too, and no two nodes run one")
        nodes = tuple(map(_node_of, self._used.values())) if not self._nodes else ()
        return Joining(self._used, tuple(self._missing), tuple(self._aside), tuple(self._notices), nodes)

    def _take(self, bundle: Bundle) -> None:
        problem = self._against(bundle)
        if problem:
            self._set_aside(bundle, problem)
            return
        known = self._used.setdefault(bundle.name, bundle)
        if known is bundle:
            return
        if known.digest == bundle.digest:
            self._notices.append(f"{_named(bundle)}: says the same as {known.source}, which was taken.")
        if known.digest != bundle.digest and known.collected_at == bundle.collected_at:
            self._at_once[bundle.name] = [*self._at_once.get(bundle.name, [known]), bundle]
            return
        older, newer = sorted((known, bundle), key=lambda one: one.collected_at)
        self._used[bundle.name] = newer
        if known.digest != bundle.digest:
            self._missing.append(_older(older, newer))

    def _against(self, bundle: Bundle) -> str:
        """Why a bundle cannot be of its node as that is known; empty where nothing says so."""
        node = self._nodes.get(bundle.name)
        if node is None:
            return "" if not self._nodes else "that node is not among those that are known"
        if node.boot_id and bundle.boot_id and node.boot_id != bundle.boot_id:
            return f"it is of another boot than {node.origin} tells, so it is older, or newer, or another machine's"
        version, its = node.kubelet_version, bundle.kubelet_version
        if its is not None and isinstance(version, KubeletVersion) and version.release != its.release:
            return f"kubelet {its} ran there, and {node.origin} says {version}"
        if node.runtime and not keeps_what_runs(bundle.runtime, node.runtime):
            return f"runtime {bundle.runtime} ran there, and {node.origin} says {node.runtime}"
        return self._against_time(bundle, node)

    def _against_time(self, bundle: Bundle, node: NodeFacts) -> str:
        read = self._facts.cluster
        now, what = (node.seen_at, f"what {node.origin} tells") if read is None else (read.read_at, "the cluster as it is read now")
        if not now or abs(now - bundle.collected_at) <= self._longest:
            return ""
        apart = _apart(abs(now - bundle.collected_at) // SECOND)
        than = "older" if bundle.collected_at < now else "newer"
        return f"it was collected at {rfc3339(bundle.collected_at)}, {apart} {than} than {what} (--max-bundle-age)"

    def _set_aside(self, bundle: Bundle, problem: str) -> None:
        pods = frozenset(one.pod_uid for one in bundle.sandboxes) | frozenset(one.pod_uid for one in bundle.containers)
        self._missing.append(Missing(_named(bundle), _ASIDE.format(problem)))
        self._aside.append(SetAside(bundle.source, pods, node=bundle.name))


def _apart(seconds: int) -> str:
    """How far two times are from each other, in the largest unit of which there are at least two."""
    name, size = next(one for one in _UNITS if seconds >= 2 * one[1] or one[1] == 1)
    return count(seconds // size, name)


def _older(one: Bundle, newer: Bundle) -> Missing:
    when = rfc3339(newer.collected_at)
    return Missing(_named(one), _ASIDE.format(f"{newer.source} is a newer bundle of that node, of {when}"))


def _node_of(bundle: Bundle) -> NodeFacts:
    return NodeFacts(bundle.name, bundle.kubelet_version, bundle.runtime, {}, Origin(bundle.source), boot_id=bundle.boot_id)


def _with_same_ids(bundles: Iterable[Bundle]) -> list[tuple[Bundle, Bundle]]:
    """Bundles of different nodes that list a sandbox of one ID, each with the other."""
    whose: dict[str, Bundle] = {}
    found: dict[str, tuple[Bundle, Bundle]] = {}
    for bundle in _that_may_share(tuple(bundles)):
        for one in bundle.sandboxes:
            other = whose.setdefault(one.sandbox_id, bundle)
            if other is not bundle:
                found.setdefault(bundle.name, (bundle, other))
                found.setdefault(other.name, (other, bundle))
    return list(found.values())


def _that_may_share(bundles: Sequence[Bundle]) -> Iterator[Bundle]:
    """Those of which sandboxes have keys that others have, too: hardly ever one, and no ID has to be looked at."""
    keys = [_keys(one) for one in bundles]
    every = sorted(chain.from_iterable(keys))
    shared = {one for one, following in pairwise(every) if one == following}
    return (bundle for bundle, its in zip(bundles, keys, strict=True) if not shared.isdisjoint(its))


def _keys(bundle: Bundle) -> Collection[int]:
    """Of its sandboxes."""
    return {key >> NUMBER_BITS for key in keys_of(bundle.sandboxes)}
