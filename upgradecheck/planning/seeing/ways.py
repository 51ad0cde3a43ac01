"""In which ways API servers may make a pod of a manifest, for whoever compares many minors: servers that make the same are one way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.schemas.makers import WHOEVER, Makers
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.planning.seeing.makers import with_gates
from upgradecheck.reading.pod import ReadPod


class PodServers(msgspec.Struct, frozen=True, gc=False):
    """The API servers that may make pods of manifests: the one that is known, or those that are supposed."""

    supposed: tuple[KubeletBuild, ...] = ()
    known: KubeletBuild | None = None

    def ways(self, pod: ReadPod) -> Sequence[tuple[Makers, KubeletBuild | None]]:
        """Each with one server that makes it; a pod that is there already has one, as it is (None).

        Raises:
            SpecRefused: as of ReadPod.view.
        """
        if not pod.is_unmade:
            return ((WHOEVER, None),)
        if self.known is not None:
            return ((WHOEVER, self.known),)
        return tuple((_makers(one), one.first) for one in _alike(pod, self.supposed))


class _Alike(NamedTuple):
    made: GoValue | None
    first: KubeletBuild
    plain: list[KubeletBuild]
    gated: list[KubeletBuild]


def _alike(pod: ReadPod, servers: Sequence[KubeletBuild]) -> Sequence[_Alike]:
    found: list[_Alike] = []
    for maker, gated in _every(pod, servers):
        made = _made(pod, maker)
        one = next((each for each in found if each.made == made), None)
        if one is None:
            found.append(one := _Alike(made, maker, [], []))
        (one.gated if gated else one.plain).append(maker)
    return found


def _every(pod: ReadPod, servers: Sequence[KubeletBuild]) -> Iterator[tuple[KubeletBuild, bool]]:
    """The servers by default, then those with gates of fields that the manifest has."""
    yield from ((server, False) for server in servers)
    for server in servers:
        gated = with_gates(pod.raw, server)
        if gated is not None:
            yield gated, True


def _made(pod: ReadPod, maker: KubeletBuild) -> GoValue | None:
    try:
        return pod.created(maker)
    except SpecRefused:
        return None


def _makers(one: _Alike) -> Makers:
    return Makers(frozenset(server.minor for server in one.plain), frozenset(server.minor for server in one.gated))
