"""What a node's bundle has of a static pod's manifest (commands.collecting_statics), as far as it answers for one step of that node.

It answers where what runs is a UID that some kubelet makes of the manifest (which proves manifest, place and node, or is the manifest's
own), where the new kubelet has the manifest at that place, too, and where it is a release with the gates of the one that runs. Of anything
else nothing is said.

A mirror pod, or the running kubelet's view of a pod, is what that kubelet made of the manifest; fields that it does not know are gone.
Which minors see the same fields of a manifest the bundle tells, and so whether the new kubelet sees what we do not. Where it does, the
hash that it makes is in the bundle, too: another one than the recorded one restarts the container, the same one leaves open what else it
sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import dirname, normpath

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.manifests.outcomes import UIDCheck, UIDComparison, UIDOutcome
from upgradecheck.model.bundle import Collected, ComputedStatic, OfMinors
from upgradecheck.model.hash import Hash
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Cause, CauseKind
from upgradecheck.model.pod import PodSource
from upgradecheck.model.schema import Era
from upgradecheck.model.static_uid import ManifestFile
from upgradecheck.model.vendors import UPSTREAM
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.steps import Steps
from upgradecheck.planning.deciding import source_moves
from upgradecheck.planning.seeing.facts import ContainerFacts, Step
from upgradecheck.planning.seeing.joining import JoinedPod
from upgradecheck.planning.seeing.statics import StaticFate, made_by_kubelet
from upgradecheck.reading.identity import Identity, Named

A_FIELD = Cause(CauseKind.FIELD_ADDED)
"""What no bundle names: which field it is that the new kubelet sees first."""
_OTHER = "the new kubelet makes another one of {}"
_SAME = "both versions make the same UID of {}"


class BundledManifest(msgspec.Struct, frozen=True, gc=False):
    """The manifest of a pod that runs, and what the kubelets of a step make of it. Among UIDs None stands for one that is not told."""

    told: ComputedStatic
    step: Step
    gates: Mapping[str, bool]

    @property
    def new_uids(self) -> frozenset[str | None]:
        """The UIDs that the new kubelet may make of it."""
        return frozenset(of_minor(self.told.uids, build.minor) for build in self.step.target.builds)

    @property
    def old_uids(self) -> frozenset[str | None]:
        """Those that the running one may make."""
        return frozenset(of_minor(self.told.uids, build.minor) for build in self._running)

    @property
    def _running(self) -> tuple[KubeletBuild, ...]:
        """The kubelets that run, as far as the bundle answers for them."""
        builds = () if self.step.start is None else self.step.start.builds
        return builds if all(_is_asked(build, self.gates) for build in builds) else ()

    @property
    def is_read_alike(self) -> bool:
        """Whether both kubelets see the same fields of it."""
        minors = [build.minor for build in (*self._running, *self.step.target.builds)]
        return bool(self._running) and any(all(old <= one <= new for one in minors) for old, new in self.told.read_alike)

    def hashes(self, name: str) -> tuple[Hash | None, Hash | None]:
        """What the running kubelet, and the new one, make of a container; None where that is not told."""
        made = self.told.containers.get(name)
        if made is None:
            return None, None
        return _only(made.hashes, self._running), _only(made.hashes, self.step.target.builds)

    def causes(self, name: str) -> tuple[Cause, ...]:
        """Why the new kubelet makes another hash of a container, as far as that can be told."""
        target, made = self.step.target, self.told.containers.get(name)
        span = None if made is None else next((one for one in made.hashes if one.oldest <= target.builds[-1].minor <= one.newest), None)
        eras = {build.schema.era for build in self._running}
        if span is None or not eras:
            return ()
        if target.hashes_image_and_name_only() and target.builds[-1].schema.era not in eras:
            return (Cause(CauseKind.ALGORITHM, since=str(span.oldest)),)  # name and image are the same in every minor
        newer = all(build.minor < target.builds[-1].minor for build in self._running)
        return (A_FIELD,) if eras == {Era.JSON} and target.builds[-1].schema.era is Era.JSON and newer else ()


def manifest_of(pod: Named, source: PodSource, step: Step | None, collected: Collected | None) -> BundledManifest | None:
    """What its node's bundle has of the manifest of a pod that runs; None where it answers for none, or for several."""
    statics = None if collected is None else collected.static_pods
    if step is None or statics is None or source is not PodSource.FILE or step.obstacle:
        return None
    if source_moves(step.configs, source) or not all(_is_asked(build, statics.feature_gates) for build in step.target.builds):
        return None
    found = [one for one in statics.pods if _is_made(one, pod) and _stays(one, step)]
    return BundledManifest(found[0], step, statics.feature_gates) if len(found) == 1 else None


def files_of(pod: Named, collected: Collected | None) -> tuple[str, ...]:
    """Where the manifests of a pod of this name are, as far as its node's bundle tells."""
    statics = None if collected is None else collected.static_pods
    return () if statics is None else tuple(one.file for one in statics.pods if (one.namespace, one.name) == (pod.namespace, pod.name))


class BundledManifests:
    """What the bundles of a plan answer, pod by pod. used: of which pods it was."""

    def __init__(self, steps: Steps, collected: Mapping[str, Collected]) -> None:
        self._steps, self._collected = steps, collected
        self.used: dict[Identity, BundledManifest] = {}

    def of(self, pod: Named, source: PodSource, *, of_docker: bool = True) -> BundledManifest | None:
        """Of a pod that runs. of_docker: also where the new kubelet does not speak to docker, which its runtime may be."""
        collected, step = self._collected.get(pod.node or ""), self._steps.of(pod.node).step
        if collected is None or step is None or (step.loses_docker and not of_docker):
            return None
        return manifest_of(pod, source, step, collected)

    def files(self, pod: Named) -> tuple[str, ...]:
        """Where the manifests of pods of this name are."""
        return files_of(pod, self._collected.get(pod.node or ""))


def with_manifest(joined: JoinedPod, found: BundledManifest | None) -> JoinedPod:
    """A pod that was seen through its kubelet alone, with what the bundle tells of its manifest.

    Nothing of it is used where the bundle does not make of a container what that view makes of it under the running kubelet: then it is of
    another manifest, or the view has lost something.
    """
    facts = joined.spec.facts
    if found is None or facts.refused is not None or facts.fate is None or facts.fate.refused is not None:
        return joined
    told = [_told(one, *found.hashes(one.name)) for one in facts.containers]
    if {one.name for one in facts.containers} != set(found.told.containers) or None in told:
        return joined
    containers = tuple(one for one in told if one is not None)
    facts = replace(facts, containers=containers, fate=_fate(facts.fate, found, joined.status.uid))
    return replace(joined, spec=replace(joined.spec, facts=facts), read_alike=found.is_read_alike)


def _told(one: ContainerFacts, before: Hash | None, after: Hash | None) -> ContainerFacts | None:
    if after is None or before is None or one.from_hashes != (before,):
        return None
    return one if one.to_hashes == (after,) else replace(one, to_hashes=(after,), causes=one.causes or (A_FIELD,))


def _fate(fate: StaticFate, found: BundledManifest, uid: str) -> StaticFate:
    """Its fate, with the UIDs that the bundle tells."""
    if not made_by_kubelet(uid) or None in found.new_uids:
        return fate
    kept, file = found.new_uids == {uid}, found.told.file
    if not kept and uid in found.new_uids:
        return fate
    outcome = UIDOutcome.KEPT if kept else UIDOutcome.CHANGED
    known = () if fate.uid is None or fate.uid.outcome is not outcome else fate.uid.because
    because = known or ((_SAME if kept else _OTHER).format(file),)
    new = next(iter(found.new_uids)) if len(found.new_uids) == 1 else None
    source = ManifestFile(file) if found.old_uids == {uid} else None
    known_check = fate.check or UIDCheck()
    check = replace(known_check, source=source or known_check.source, exact=outcome, new=new)
    return replace(fate, uid=UIDComparison(outcome, because), check=check, doubtful=False)


def of_minor(made: tuple[OfMinors, ...], minor: Minor) -> str | None:
    """What the kubelets of a minor make; None where that is not told."""
    return next((one.made for one in made if one.oldest <= minor <= one.newest), None)


def _only(made: tuple[OfMinors, ...], builds: tuple[KubeletBuild, ...]) -> Hash | None:
    found = {of_minor(made, build.minor) for build in builds}
    text = found.pop() if len(found) == 1 else None
    return None if text is None else Hash(int(text, 16))


def _is_made(one: ComputedStatic, pod: Named) -> bool:
    """Whether some kubelet makes the UID that runs of this manifest."""
    return (one.namespace, one.name) == (pod.namespace, pod.name) and any(its.made == pod.uid for its in one.uids)


def _stays(one: ComputedStatic, step: Step) -> bool:
    """Whether the new kubelet has the manifest where the running one has it, as far as is told."""
    path = step.configs.new.static_pod_path
    return not (step.configs.new_told and path) or normpath(path) == dirname(one.file)


def _is_asked(build: KubeletBuild, gates: Mapping[str, bool]) -> bool:
    """Whether this is a kubelet that the bundle answers for: a release, with the gates of the one that runs."""
    known = {name: value for name, value in gates.items() if build.knows_feature_gate(name)}
    return build.vendor == UPSTREAM and dict(build.feature_gates) == known
