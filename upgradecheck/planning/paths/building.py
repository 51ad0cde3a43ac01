"""Ways between two kubelet versions, cheapest first, as a document.

Cheapest: with pods, the fewest restarts, those that only may come counted in; then the fewest sure ones; then the fewest hops. Without
pods, by the two versions of a hop alone: the fewest hops that restart every container, then those that restart some, then the same of
static pods. Beside the cheapest stand two to compare them with: minor by minor, and at one go, even where the policy does not cover that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from upgradecheck.decisions.skew import may_go, may_stay, skew_trouble
from upgradecheck.hashing.sandboxes import sandbox_losses
from upgradecheck.hashing.schemas.changes import effect_reasons, newest_build
from upgradecheck.hashing.staticuid.steps import static_pod_change
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.changes import Effect, PairCounts, UIDChange, effect_of
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.paths import Hop, UpgradePath, UpgradePaths
from upgradecheck.model.version import KubeletVersion, Minor
from upgradecheck.planning.paths.counting import Fleet, State
from upgradecheck.planning.paths.searching import Cost, cheapest, how_many

MOST = 5
"""How many of the cheapest ways are told."""


class ControlPlane(msgspec.Struct, frozen=True, gc=False):
    """The API server's minor before and after; known: the first was given or seen."""

    old: Minor
    new: Minor
    known: bool


def builds_between(old: KubeletBuild, new: KubeletBuild, catalog: SchemaCatalog) -> tuple[KubeletBuild, ...]:
    """The kubelets of a way from the one to the other, minor by minor; those between are the newest patches that are known."""
    between = (newest_build(minor, catalog) for minor in catalog.minors() if old.minor < minor < new.minor)
    return old, *between, new


def upgrade_paths(
    releases: tuple[str, str], builds: Sequence[KubeletBuild], servers: ControlPlane, catalog: SchemaCatalog, fleet: Fleet | None
) -> UpgradePaths:
    """The ways from the first to the last of some kubelets, one of each minor, oldest first.

    releases: what the two are called; fleet: the containers given, if any were.
    """
    paths = _Paths(builds, servers, catalog, fleet)
    return UpgradePaths(
        *releases,
        paths.minors,
        servers.old,
        servers.new,
        servers.known,
        how_many(paths.minors, paths.onward),
        tuple(map(paths.told, paths.chosen())),
        _trouble(builds[0], servers.old, catalog) if servers.known else None,
        _trouble(builds[-1], servers.new, catalog),
        None if fleet is None else fleet.pods,
        () if fleet is None else fleet.missing,
        None if fleet is None else fleet.recorded,
    )


def onward(builds: Sequence[KubeletBuild], server: Minor) -> Mapping[Minor, Sequence[Minor]]:
    """To which minors the policy lets kubelets of each one go. server: the control plane before all of it."""
    return {old.minor: [new.minor for new in builds if old.minor < new.minor and may_go(old.schema, new.minor, server)] for old in builds}


def _trouble(kubelet: KubeletBuild, server: Minor, catalog: SchemaCatalog) -> str | None:
    found = skew_trouble(kubelet.version, KubeletVersion(f"v{server}", server), catalog)
    return None if found is None else found.found


class _Paths:
    """The hops between some kubelets."""

    def __init__(self, builds: Sequence[KubeletBuild], servers: ControlPlane, catalog: SchemaCatalog, fleet: Fleet | None) -> None:
        self._builds = {build.minor: build for build in builds}
        self._servers, self._catalog, self._fleet = servers, catalog, fleet
        self._known: dict[tuple[Minor, Minor], Hop] = {}
        self.minors = tuple(self._builds)
        self.onward = onward(builds, servers.old)

    def chosen(self) -> list[tuple[Minor, ...]]:
        """The cheapest ways, and those to compare them with."""
        best = [way.minors for way in cheapest(self.minors, self.onward, self._start(), self._step, MOST)]
        return list(dict.fromkeys((*best, self.minors, (self.minors[0], self.minors[-1]))))

    def told(self, minors: Sequence[Minor]) -> UpgradePath:
        """A way there and back."""
        state, server = self._start(), self._servers.old
        hops = []
        for old, new in pairwise(minors):
            hop, state = self._hop(state, old, new)
            steps = tuple(Minor(new.major, number) for number in range(server.minor + 1, new.minor + 1))
            server = max(server, new)
            hops.append(msgspec.structs.replace(hop, within_policy=new in self.onward[old], control_plane=steps))
        back = []
        for old, new in pairwise(reversed(minors)):
            hop, state = self._hop(state, old, new)
            back.append(msgspec.structs.replace(hop, within_policy=may_stay(self._builds[new].schema, self._servers.new)))
        return UpgradePath(tuple(hops), tuple(back))

    def _start(self) -> State:
        return () if self._fleet is None else self._fleet.start(self.minors[0])

    def _step(self, state: State, old: Minor, new: Minor) -> tuple[Cost, State]:
        if self._fleet is None:
            return _cost_of_versions(self._versions(old, new)), state
        return self._fleet.cost(state, old, new)

    def _hop(self, state: State, old: Minor, new: Minor) -> tuple[Hop, State]:
        hop = self._versions(old, new)
        steps = list(self._one_by_one(state, old, new))
        striking = tuple((before, after) for before, after, counts in steps if self._strikes(before, after, counts))
        if len(striking) > 1:
            hop = msgspec.structs.replace(hop, absorbs=striking)
        if self._fleet is None:
            return hop, state
        counts, left = self._fleet.hop(state, old, new)
        unknown = sum(counts.unknown for _, _, counts in steps if counts is not None)
        alone = unknown + sum(counts.restart for _, _, counts in steps if counts is not None)
        workloads = self._fleet.workloads(state, old, new)
        return msgspec.structs.replace(hop, counts=counts, alone=alone, alone_unknown=unknown, workloads=workloads), left

    def _one_by_one(self, state: State, old: Minor, new: Minor) -> Iterator[tuple[Minor, Minor, PairCounts | None]]:
        """The same minor by minor."""
        low, high = min(old, new), max(old, new)
        crossed = [minor for minor in self.minors if low <= minor <= high]
        for before, after in pairwise(crossed if old < new else reversed(crossed)):
            if self._fleet is None:
                yield before, after, None
            else:
                counts, state = self._fleet.hop(state, before, after)
                yield before, after, counts

    def _strikes(self, old: Minor, new: Minor, counts: PairCounts | None) -> bool:
        if counts is not None:
            return counts.restart + counts.unknown > 0
        hop = self._versions(old, new)
        return hop.effect is not Effect.NONE or hop.static_pods.change is not UIDChange.NONE

    def _versions(self, old: Minor, new: Minor) -> Hop:
        """A hop as the two versions alone make it."""
        known = self._known.get((old, new))
        if known is None:
            before, after = self._builds[old], self._builds[new]
            reasons = effect_reasons(before.hash_class, after.hash_class, self._catalog)
            uids, sandboxes = static_pod_change(before, after), sandbox_losses(before, after)
            known = self._known[old, new] = Hop(old, new, effect_of(reasons), reasons, uids, sandboxes=sandboxes)
        return known


def _cost_of_versions(hop: Hop) -> Cost:
    containers, pods = hop.effect, hop.static_pods.change
    return (
        int(containers is Effect.ALL),
        int(containers is Effect.CONDITIONAL),
        int(pods is UIDChange.ALL),
        int(pods is UIDChange.CONDITIONAL),
        1,
    )
