"""Whether a kubelet makes the UID that runs of a pod's manifest, and which UID the new one makes of it.

One that is made proves all of the manifest, the place where the kubelet reads it, the node's name, and that this kubelet runs. One that is
not shows that one of these is otherwise: the manifest was edited, its file was renamed or moved, or another kubelet runs.

Mirrors applyDefaults in pkg/kubelet/config/common.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from posixpath import basename
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.manifests.outcomes import Ran, UIDCheck, UIDOutcome
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.staticuid.uids import Summed, static_uids, summed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import UIDInput
from upgradecheck.model.static_uid import ManifestFile, NoUID, Source

Manifests: TypeAlias = Callable[[KubeletBuild], Sequence[GoValue]]
"""What a manifest is under a kubelet, decoded and defaulted; where only a view of its pod is seen, what it can have been."""


def check_uid(manifests: Manifests, start: Sequence[KubeletBuild], target: Sequence[KubeletBuild], ran: Ran) -> UIDCheck | None:
    """What a UID tells that runs; None where what a manifest says does not tell the UID."""
    computed = False
    for build in start:
        found = reproduce(manifests(build), build, ran)
        if isinstance(found, UIDCheck):
            places = (found.source,) if found.source is not None and place_counts(build) else ran.sources
            outcome, new = _under(manifests, target, replace(ran, sources=places), found.number)
            return replace(found, exact=None if outcome is UIDOutcome.UNKNOWN else outcome, new=new)
        computed = computed or found is None
    return _not_reproduced(manifests, (*start, *target), target, ran) if computed else None


def _not_reproduced(manifests: Manifests, builds: Sequence[KubeletBuild], target: Sequence[KubeletBuild], ran: Ran) -> UIDCheck:
    if ran.viewed:
        return UIDCheck(viewed=True)
    outcome, new = _under(manifests, target, ran, 0)
    vendors = any(build.vendor.uid_input is not None for build in builds)
    certain = ran.proved or not (vendors or any(map(place_counts, target)))
    if certain or outcome is UIDOutcome.KEPT:
        return UIDCheck(exact=None if outcome is UIDOutcome.UNKNOWN else outcome, new=new, edited=ran.proved)
    return UIDCheck()


class Printed(msgspec.Struct, frozen=True, gc=False):
    """All that a manifest can have been and that can be printed, as one kubelet prints it, each with its number; on any node."""

    build: KubeletBuild
    summed: tuple[tuple[int, Summed], ...]

    def reproduce(self, ran: Ran) -> UIDCheck | None:
        """As reproduce."""
        for number, made in self.summed:
            if (place := made.place(ran.uid, ran.node, ran.sources)) is not None:
                return UIDCheck(ran.sources[place], number)
        return None


def printed(manifests: Manifests, builds: Sequence[KubeletBuild]) -> tuple[Printed, ...]:
    """What some kubelets print of a manifest. builds: one of each minor, the oldest first."""
    return tuple(Printed(build, tuple(_summed(readable(manifests, build), build))) for build in builds)


def _summed(manifests: Sequence[GoValue], build: KubeletBuild) -> Iterator[tuple[int, Summed]]:
    for number, manifest in enumerate(manifests):
        made = summed(manifest, build)
        if not isinstance(made, NoUID):
            yield number, made


def made_by_others(check: UIDCheck, others: Sequence[Printed], manifests: Manifests, target: Sequence[KubeletBuild], ran: Ran) -> UIDCheck:
    """A check of a UID that the running kubelet does not make, with the minors that do, in the order of the others.

    What one of them made proves manifest and place as well: what the new kubelet makes of it is then certain.
    """
    found = [(one.build, made) for one in others if (made := one.reproduce(ran)) is not None]
    if not found:
        return check
    build, made = found[-1]
    places = (made.source,) if made.source is not None and place_counts(build) else ran.sources
    outcome, new = _under(manifests, target, replace(ran, sources=places), made.number)
    exact = None if outcome is UIDOutcome.UNKNOWN else outcome
    return replace(check, number=made.number, exact=exact, new=new, edited=False, minors=tuple(str(build.minor) for build, _ in found))


def readable(manifests: Manifests, build: KubeletBuild) -> Sequence[GoValue]:
    """What a kubelet has of it; nothing where its decoder refuses it."""
    try:
        return manifests(build)
    except SpecRefused:
        return ()


def reproduce(manifests: Sequence[GoValue], build: KubeletBuild, ran: Ran) -> UIDCheck | NoUID | None:
    """The first of what the manifest can be, and of the places, that makes the UID; None if none does, NoUID if none can be computed."""
    why: NoUID | None = None
    for number, manifest in enumerate(manifests):
        made = summed(manifest, build)
        if isinstance(made, NoUID):
            why = why or made
        elif (place := made.place(ran.uid, ran.node, ran.sources)) is not None:
            return UIDCheck(ran.sources[place], number)
    return why


def place_counts(build: KubeletBuild) -> bool:
    """Whether the UID hangs on where the manifest is."""
    return UIDInput.SOURCE in build.static_pod_uid.input


def _under(manifests: Manifests, builds: Sequence[KubeletBuild], ran: Ran, number: int) -> tuple[UIDOutcome, str | None]:
    """What the new kubelet makes, whichever of these it is, against what runs; and the UID, where it is one."""
    sources = tuple(_moved(source, ran.moved_to) for source in ran.sources)
    kept, made = set[bool](), set[str]()
    for build in builds:
        known = manifests(build)
        uids = static_uids(known[min(number, len(known) - 1)], build, ran.node, sources)
        if isinstance(uids, NoUID):
            return UIDOutcome.UNKNOWN, None
        kept.add(ran.uid in uids)
        made.update(uids)
    outcome = UIDOutcome.UNKNOWN if len(kept) > 1 else UIDOutcome.KEPT if True in kept else UIDOutcome.CHANGED
    return outcome, made.pop() if len(made) == 1 else None


def _moved(source: Source, directory: str | None) -> Source:
    if directory is None or not isinstance(source, ManifestFile):
        return source
    return ManifestFile(f"{directory.rstrip('/')}/{basename(source.path)}")
