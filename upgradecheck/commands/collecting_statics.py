"""What the kubelets of all minors make of the manifests of this node's static pods: UIDs and hashes, for its bundle.

It goes the way of a plan of manifests: each kubelet decodes, defaults and validates the file by itself, with the gates that the one here
is given. What the patches of a minor do not agree on is left out; all of a minor of which one refuses the file: nobody could answer.
Nothing else of a spec is kept.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from upgradecheck.catalog import Catalog
from upgradecheck.decisions.manifests.documents import pod_of_file
from upgradecheck.decisions.manifests.outcomes import RefusedManifest
from upgradecheck.decisions.manifests.reading import read_static_pod
from upgradecheck.decode.guard import guarded
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.containers import HashedContainer
from upgradecheck.hashing.staticuid.uids import static_uid
from upgradecheck.model.bundle import ComputedContainer, ComputedStatic, ComputedStatics, OfMinors
from upgradecheck.model.errors import SpecRefused, UpgradecheckError
from upgradecheck.model.hash import Hash
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import Origin
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.static_uid import ManifestFile, NoUID
from upgradecheck.model.version import Minor
from upgradecheck.pinning.manifests import Manifest, NodeKubelet, manifests, opened_directory
from upgradecheck.reading.pod import ReadPod, Taken

T = TypeVar("T")


class _Made(msgspec.Struct, frozen=True, gc=False):
    """What one kubelet makes of a manifest. uid: None where it cannot be told."""

    uid: str | None
    containers: tuple[HashedContainer, ...]


def statics_of(kubelet: LocalKubelet, node: str, catalog: Catalog) -> ComputedStatics | None:
    """What is made of the manifests in the directory of a kubelet. node: its name of its node.

    None where it has no directory, has pods from elsewhere, too, or nobody can see, or trust, what is in there.
    """
    config = kubelet.config
    if config is None or not kubelet.static_pods or any(one.feature_gates != config.feature_gates for one in config.each()):
        return None
    directory = "/" + posixpath.normpath(config.static_pod_path).lstrip("/")
    here = NodeKubelet("", (), node, directory, kubelet.static_pods)
    gates = dict(config.feature_gates)
    builds = [tuple(with_gates(build, gates) for build in catalog.builds_of(minor)) for minor in catalog.finished_minors()]
    try:
        with opened_directory(here.place) as opened:
            found = manifests(opened, here)
    except UpgradecheckError:
        return None
    return ComputedStatics(gates, tuple(pod for one in found if (pod := _computed(one, here, builds)) is not None))


def with_gates(build: KubeletBuild, gates: dict[str, bool]) -> KubeletBuild:
    """A kubelet that is given gates, of which it takes those that it knows."""
    known = {name: value for name, value in gates.items() if build.knows_feature_gate(name)}
    return replace(build, feature_gates={**build.feature_gates, **known})


def _computed(manifest: Manifest, here: NodeKubelet, builds: Sequence[tuple[KubeletBuild, ...]]) -> ComputedStatic | None:
    """None of a file that gives no pod of any name, and of one whose names no JSON can hold."""
    file = f"{here.directory.rstrip('/')}/{manifest.name}"
    if manifest.read is None or not manifest.pod or not _is_text(file, manifest.namespace, manifest.pod):
        return None
    try:
        pod = ReadPod(pod_of_file(manifest.read.content), Origin("file", manifest.name))
    except SpecRefused:
        return None
    made = [(each[0].minor, found) for each in builds if (found := _made_by(pod, each, here.node, file))]
    uids = ((minor, only) for minor, each in made if (only := _only([one.uid for one in each])) is not None)
    name = f"{manifest.pod}-{here.node.lower()}"
    return ComputedStatic(manifest.namespace, name, file, _spans(uids), _containers(made), _read_alike(pod, builds))


def _containers(made: Sequence[tuple[Minor, Sequence[_Made]]]) -> dict[str, ComputedContainer]:
    """By name; what is to one minor a sidecar is to those before an init container."""
    names = sorted({one.name for _, each in made for pod in each for one in pod.containers})
    return {name: _container([(minor, [_named(name, pod) for pod in each]) for minor, each in made]) for name in names}


def _named(name: str, pod: _Made) -> HashedContainer | None:
    return next((one for one in pod.containers if one.name == name), None)


def _container(made: Sequence[tuple[Minor, Sequence[HashedContainer | None]]]) -> ComputedContainer:
    hashes = [(minor, [None if one is None else one.hash for one in each]) for minor, each in made]
    without = [(minor, [None if one is None else one.without_resources for one in each]) for minor, each in made]
    init = any(one is not None and one.kind is not ContainerKind.APP for _, each in made for one in each)
    return ComputedContainer(_of_hashes(hashes), _of_hashes(without), init)


def _of_hashes(made: Iterable[tuple[Minor, Sequence[Hash | None]]]) -> tuple[OfMinors, ...]:
    return _spans((minor, only.hex) for minor, each in made if (only := _only(each)) is not None)


def _only(made: Sequence[T | None]) -> T | None:
    """What all kubelets of a minor make; None where they do not agree, or one makes nothing."""
    return made[0] if all(one == made[0] for one in made) else None


def _read_alike(pod: ReadPod, builds: Sequence[tuple[KubeletBuild, ...]]) -> tuple[tuple[Minor, Minor], ...]:
    """Minors that follow one another and of which each kubelet takes the same out of the manifest, the defaults that it sets left aside."""
    found: list[tuple[Minor, Minor, GoValue]] = []
    for each in builds:
        minor, taken = each[0].minor, _taken(pod, each)
        if taken is None:
            continue
        if found and found[-1][2] == taken and minor.minor == found[-1][1].minor + 1:
            found[-1] = (found[-1][0], minor, taken)
        else:
            found.append((minor, minor, taken))
    return tuple((oldest, newest) for oldest, newest, _ in found)


def _is_text(*names: str) -> bool:
    return all(one == one.encode("utf-8", "replace").decode() for one in names)


def _taken(pod: ReadPod, builds: tuple[KubeletBuild, ...]) -> GoValue | None:
    """What all kubelets of a minor take out of a manifest; None where they do not agree, or one refuses it."""
    try:
        return _only([guarded(partial(_as_written, pod, build)) for build in builds])
    except SpecRefused:
        return None


def _as_written(pod: ReadPod, build: KubeletBuild) -> GoValue:
    return pod.under(build, Taken.AS_WRITTEN).value


def _made_by(pod: ReadPod, builds: tuple[KubeletBuild, ...], node: str, file: str) -> tuple[_Made, ...]:
    """What each kubelet of a minor makes of it; nothing where one refuses it."""
    try:
        return tuple(guarded(partial(_made, pod, build, node, file)) for build in builds)
    except SpecRefused:
        return ()


def _made(pod: ReadPod, build: KubeletBuild, node: str, file: str) -> _Made:
    refused = read_static_pod(pod, build)
    if isinstance(refused, RefusedManifest):
        raise SpecRefused(refused.reason)
    uid = static_uid(pod.under(build, Taken.DEFAULTED).value, build, node, ManifestFile(file))
    hashed = (one for one in pod.hashed(build, Taken.DEFAULTED) if one.kind is not ContainerKind.EPHEMERAL)
    return _Made(None if isinstance(uid, NoUID) else uid, tuple(hashed))


def _spans(made: Iterable[tuple[Minor, str]]) -> tuple[OfMinors, ...]:
    return tuple(_joined(made))


def _joined(made: Iterable[tuple[Minor, str]]) -> Iterator[OfMinors]:
    """Minors that follow one another, and make the same, are one entry."""
    last: OfMinors | None = None
    for minor, text in made:
        if last is not None and last.made == text and minor.minor == last.newest.minor + 1:
            last = replace(last, newest=minor)
            continue
        if last is not None:
            yield last
        last = OfMinors(minor, minor, text)
    if last is not None:
        yield last
