"""Static pods that only the runtime's list shows, by what their node's bundle has of their manifests (bundled_manifests).

That a pod goes can be told of it: the UID that runs is one that some kubelet makes of the manifest, and the new kubelet takes it and makes
another; or it makes the same one, and another hash than the one that was recorded, which is the running kubelet's of this manifest. That a
pod stays cannot: what admission, sandboxes, cgroups and resources ask of its spec is not seen. So it stays unknown, and is told where its
manifest is.
"""

from __future__ import annotations

from msgspec.structs import replace

from upgradecheck.model.plan import Cause, CauseKind, Computed, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.pod import RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.planning.bundled_manifests import BundledManifest, BundledManifests
from upgradecheck.reading.identity import identity_of

BY_BUNDLE = "by its node's bundle, which has what kubelets make of {}"
THERE = "its manifest is {} on its node: give that with --static-pods"


def by_bundle(pod: PlannedPod, manifests: BundledManifests) -> PlannedPod:
    """A pod of which nothing is known but that it runs, with what its node's bundle tells beside that."""
    if pod.reason is not Reason.NO_SPEC:
        return pod
    found, files = manifests.of(pod, pod.source, of_docker=False), manifests.files(pod)
    if found is not None:
        manifests.used[identity_of(pod)] = found
        pod = _told(pod, found)
    return pod if pod.verdict is not Verdict.UNKNOWN else replace(pod, details=(*pod.details, *map(THERE.format, files)))


def _told(pod: PlannedPod, found: BundledManifest) -> PlannedPod:
    containers = tuple(_with_hashes(one, found) for one in pod.containers)
    if None not in found.new_uids and pod.uid not in found.new_uids:
        causes, told = (Cause(CauseKind.STATIC_UID),), (BY_BUNDLE.format(found.told.file),)
        gone = tuple(replace(one, verdict=Verdict.RECREATE, reason=Reason.STATIC_UID_CHANGED, causes=causes) for one in containers)
        return replace(pod, verdict=Verdict.RECREATE, reason=Reason.STATIC_UID_CHANGED, containers=gone, details=(*pod.details, *told))
    if found.new_uids != {pod.uid}:
        return replace(pod, containers=containers)
    restarting = tuple(_restarted(one, found) if _restarts(one) else one for one in containers)
    if restarting == containers:
        return replace(pod, containers=containers)
    return replace(pod, verdict=Verdict.RESTART, reason=Reason.HASH_CHANGED, containers=restarting)


def _with_hashes(one: PlannedContainer, found: BundledManifest) -> PlannedContainer:
    made = found.told.containers.get(one.name)
    kind = one.kind if made is None or not made.init else ContainerKind.INIT
    return replace(one, kind=kind, computed=Computed(*found.hashes(one.name)))


def _restarts(one: PlannedContainer) -> bool:
    """Whether a container that runs carries what the running kubelet makes of the manifest, and the new one makes something else of it."""
    made, carried = one.computed, one.evidence.hash
    known = carried is not None and carried == made.from_hash and made.to_hash is not None
    return known and one.kind is ContainerKind.APP and one.state is RunState.RUNNING and made.to_hash != carried


def _restarted(one: PlannedContainer, found: BundledManifest) -> PlannedContainer:
    return replace(one, verdict=Verdict.RESTART, reason=Reason.HASH_CHANGED, decided_at=None, causes=found.causes(one.name))
