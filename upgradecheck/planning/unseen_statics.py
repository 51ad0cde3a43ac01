"""Static pods that only the runtime's list shows, by what their node's bundle has of their manifests (commands.collecting_statics).

That a pod goes can be told of it: the UID that runs is one that some kubelet makes of the manifest, which proves manifest, place and node,
and the new kubelet takes it and makes another. That a pod stays cannot: admission, sandbox and spec are not seen. So it stays unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import dirname, normpath

from msgspec.structs import replace

from upgradecheck.model.bundle import Collected, ComputedStatic, OfMinors
from upgradecheck.model.hash import Hash
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Computed, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import Reason
from upgradecheck.model.vendors import UPSTREAM
from upgradecheck.model.version import Minor
from upgradecheck.planning.deciding import source_moves
from upgradecheck.planning.seeing.facts import Step


def by_bundle(pod: PlannedPod, step: Step | None, collected: Collected | None) -> PlannedPod:
    """A pod of which nothing is known but that it runs, with what its node's bundle tells beside that."""
    statics = None if collected is None else collected.static_pods
    if step is None or statics is None or pod.reason is not Reason.NO_SPEC or pod.source is not PodSource.FILE:
        return pod
    if step.obstacle or step.loses_docker or source_moves(step.configs, pod.source):
        return pod
    found = [one for one in statics.pods if _made(one, pod) and _stays(one, step)]
    if len(found) != 1 or not all(_is_asked(build, statics.feature_gates) for build in step.target.builds):
        return pod
    new = {_of(found[0].uids, build.minor) for build in step.target.builds}
    return pod if None in new or pod.uid in new else _recreated(pod, found[0], step)


def _made(one: ComputedStatic, pod: PlannedPod) -> bool:
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


def _of(made: tuple[OfMinors, ...], minor: Minor) -> str | None:
    return next((one.made for one in made if one.oldest <= minor <= one.newest), None)


def _recreated(pod: PlannedPod, manifest: ComputedStatic, step: Step) -> PlannedPod:
    def told(one: PlannedContainer) -> PlannedContainer:
        made = manifest.containers.get(one.name, ())
        start = None if step.start is None else _only(made, step.start.builds)
        computed = Computed(start, _only(made, step.target.builds))
        return replace(one, verdict=Verdict.RECREATE, reason=Reason.STATIC_UID_CHANGED, computed=computed)

    containers = tuple(map(told, pod.containers))
    return replace(pod, verdict=Verdict.RECREATE, reason=Reason.STATIC_UID_CHANGED, containers=containers)


def _only(made: tuple[OfMinors, ...], builds: tuple[KubeletBuild, ...]) -> Hash | None:
    found = {_of(made, build.minor) for build in builds}
    text = found.pop() if len(found) == 1 else None
    return None if text is None else Hash(int(text, 16))
