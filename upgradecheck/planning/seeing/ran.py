"""The static pods that run under UIDs which their kubelet made, and where their manifests may be; of a directory, which it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from posixpath import normpath

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.manifests.outcomes import Ran, UIDCheck
from upgradecheck.decisions.manifests.places import (
    directories,
    directory_of,
    guessed_places,
    places_of_file,
    places_of_url,
)
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.manifests import ManifestFile, ManifestSource
from upgradecheck.model.pod import PodSource, PodView, View
from upgradecheck.model.static_uid import Source
from upgradecheck.planning.seeing.facts import Step
from upgradecheck.planning.seeing.statics import Running, made_by_kubelet
from upgradecheck.reading.pod import DecodedPod, ReadPod, Taken

_NO_URL = places_of_url("")


class Proof(msgspec.Struct, frozen=True, gc=False):
    """A manifest made the UID that runs. directory: the one that it is in for the kubelet, None where that does not count."""

    directory: str | None = None


class Found(msgspec.Struct, frozen=True, gc=False):
    """A manifest whose pod runs under a UID that a kubelet made. running: see StaticIndex."""

    file: ManifestFile
    pod: ReadPod
    running: Running


def ran_of_view(view: PodView, step: Step) -> Ran | None:
    """What a view of a static pod shows to run; None where its UID is not one that a kubelet made, or cannot be computed."""
    uid = view.config_hash or view.uid
    if view.source is PodSource.API or view.view is View.SPEC or view.node is None or not made_by_kubelet(uid) or step.start is None:
        return None
    if view.source is PodSource.HTTP:
        return None if _place_counts(step) else Ran(uid, view.node, _NO_URL, viewed=True)
    name = view.name.removesuffix(f"-{view.node.lower()}")
    return Ran(uid, view.node, guessed_places(name, _candidates(step)), moved_to=_moved_to(step), viewed=True)


def ran_of_manifest(file: ManifestFile, running: Running, node: str | None, step: Step, proof: Proof | None) -> Ran | None:
    """What runs of a manifest; None as of ran_of_view."""
    if node is None or running.uid is None or not made_by_kubelet(running.uid) or step.start is None:
        return None
    return Ran(
        running.uid,
        node,
        _places(file, step, proof),
        proved=proof is not None,
        moved_to=_moved_to(step, None if proof is None else proof.directory),
    )


def _places(file: ManifestFile, step: Step, proof: Proof | None) -> tuple[Source, ...]:
    if file.source is ManifestSource.HTTP:
        return places_of_url(file.path)
    if proof is not None and proof.directory is not None:
        return places_of_file(file.path, (proof.directory,))
    return places_of_file(file.path, _candidates(step, file.path.rpartition("/")[0]))


def proof_of(found: Iterable[Found], node: str | None, step: Step | None) -> Proof | None:
    """The first proof that manifests, or what is seen to run of them, give. One that gives its own UID has that wherever it is."""
    if step is None or step.start is None:
        return None
    from upgradecheck.decisions.manifests.reproducing import place_counts, reproduce

    for one in found:
        if one.pod.view.uid or (ran := ran_of_manifest(one.file, one.running, node, step, None)) is None:
            continue
        for document, view, places in _documents(one, step, ran.sources):
            for build in step.start.builds:
                made = reproduce(_manifests(document, view, build), build, replace(ran, sources=places))
                if isinstance(made, UIDCheck) and made.source is not None:
                    return Proof(directory_of(made.source) if place_counts(build) else None)
    return None


def _documents(found: Found, step: Step, places: tuple[Source, ...]) -> Iterator[tuple[ReadPod, View, tuple[Source, ...]]]:
    """The manifest, and what runs of it, whose file may have had another name; each with the places where it may have been."""
    yield found.pod, View.SPEC, places
    if found.running.document is not None:
        seen = found.running.document.view
        name = seen.name.removesuffix(f"-{seen.node.lower()}") if seen.node else seen.name
        guessed = guessed_places(name, _candidates(step, found.file.path.rpartition("/")[0]))
        yield found.running.document, seen.view, tuple(dict.fromkeys((*places, *guessed)))


def _manifests(pod: ReadPod, view: View, build: KubeletBuild) -> Sequence[GoValue]:
    from upgradecheck.planning.seeing.fates import manifests_under

    def under(build: KubeletBuild) -> DecodedPod:
        return pod.under(build, Taken.DEFAULTED)

    try:
        return manifests_under(under, view)(build)
    except SpecRefused:
        return ()


def _candidates(step: Step, named: str = "") -> tuple[str, ...]:
    return directories((step.configs.old.static_pod_path,), (named,))


def _moved_to(step: Step, proved: str | None = None) -> str | None:
    """The directory of the new kubelet, where it is another one. proved: the old one's, where its configuration does not tell it."""
    old, new = step.configs.old.static_pod_path or proved or "", step.configs.new.static_pod_path
    return normpath(new) if old and new and normpath(old) != normpath(new) else None


def _place_counts(step: Step) -> bool:
    from upgradecheck.decisions.manifests.reproducing import place_counts

    return step.start is not None and any(map(place_counts, step.start.builds))
