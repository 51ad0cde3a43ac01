"""A manifest against the pod that was seen to run from it, both as the running kubelet has them."""

from __future__ import annotations

from msgspec.structs import replace

from upgradecheck.decisions.manifests.edits import UNEDITED, Edits, edits
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import View
from upgradecheck.planning.seeing.facts import ContainerFacts, SpecFacts, Step
from upgradecheck.reading.pod import ReadPod, Taken


def edits_of(manifest: ReadPod, name: str, seen: ReadPod | None, step: Step) -> Edits | None:
    """How the manifest is other than what runs; None where nobody saw that, or says which kubelet it is. name: its pod's."""
    if seen is None or step.start is None:
        return None
    mirror, renamed = seen.view.view is View.MIRROR, seen.view.name != name
    try:
        found = {
            edits(manifest.under(build, Taken.DEFAULTED), seen.under(build, Taken.DEFAULTED), mirror=mirror) for build in step.start.builds
        }
    except SpecRefused:
        return None
    if len(found) == 1:
        (only,) = found
        return replace(only, paths=("metadata.name", *only.paths)) if renamed else only
    return Edits(in_doubt=tuple(dict.fromkeys(path for one in found for path in (*one.paths, *one.in_doubt))))


def as_it_runs(manifest: SpecFacts, seen: SpecFacts) -> SpecFacts:
    """The facts of a manifest under which a pod goes on that was edited: what runs of it was made of the text before."""
    found = manifest.fate.edits if manifest.fate is not None else UNEDITED
    if not found.paths:
        return manifest
    before = {one.name: one for one in seen.containers}
    containers = tuple(_made_before(one, before.get(one.name)) if found.touches(one.name) else one for one in manifest.containers)
    return replace(manifest, containers=containers, traits=replace(manifest.traits, moves=manifest.traits.moves or found.moves))


def _made_before(now: ContainerFacts, before: ContainerFacts | None) -> ContainerFacts:
    """A container of a manifest, with the hashes of the text that it runs by; it is new where that has none of its name."""
    if before is None or before.kind is not now.kind:
        return replace(now, from_hashes=(), candidates=(), creators=(), causes=(), edited=True)
    return replace(
        now,
        kind_before=before.kind_before,
        from_hashes=before.from_hashes,
        from_hashes_without_resources=before.from_hashes_without_resources,
        candidates=before.candidates,
        creators=before.creators,
        written=before.written,
        causes=before.causes,
        causes_by_hash=before.causes_by_hash,
        edited=True,
    )
