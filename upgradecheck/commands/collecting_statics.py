"""What the kubelets of all minors make of the manifests of this node's static pods: UIDs and hashes, for its bundle.

It goes the way of a plan of manifests: each kubelet decodes, defaults and validates the file by itself, with the gates that the one here
is given. A minor of which patches do not agree, or one refuses the file, is left out: nobody could answer for it. Nothing else of a spec
is kept.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from functools import partial

import msgspec
from msgspec.structs import replace

from upgradecheck.catalog import Catalog
from upgradecheck.decisions.manifests.documents import pod_of_file
from upgradecheck.decisions.manifests.outcomes import RefusedManifest
from upgradecheck.decisions.manifests.reading import read_static_pod
from upgradecheck.decode.guard import guarded
from upgradecheck.hashing.staticuid.uids import static_uid
from upgradecheck.model.bundle import ComputedStatic, ComputedStatics, OfMinors
from upgradecheck.model.errors import SpecRefused, UpgradecheckError
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import Origin
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.static_uid import ManifestFile, NoUID
from upgradecheck.model.version import Minor
from upgradecheck.pinning.manifests import Manifest, NodeKubelet, manifests, opened_directory
from upgradecheck.reading.pod import ReadPod, Taken


class _Made(msgspec.Struct, frozen=True, gc=False):
    """What one kubelet makes of a manifest. uid: None where it cannot be told."""

    uid: str | None
    hashes: tuple[tuple[str, str], ...]


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


def _computed(manifest: Manifest, here: NodeKubelet, builds: Iterable[tuple[KubeletBuild, ...]]) -> ComputedStatic | None:
    """None of a file that gives no pod of any name, and of one whose names no JSON can hold."""
    file = f"{here.directory.rstrip('/')}/{manifest.name}"
    if manifest.read is None or not manifest.pod or not _is_text(file, manifest.namespace, manifest.pod):
        return None
    try:
        pod = ReadPod(pod_of_file(manifest.read.content), Origin("file", manifest.name))
    except SpecRefused:
        return None
    made = [(alike[0].minor, one) for alike in builds if (one := _made_alike(pod, alike, here.node, file)) is not None]
    uids = _spans((minor, one.uid) for minor, one in made if one.uid is not None)
    names = sorted({name for _, one in made for name, _ in one.hashes})
    hashes = {name: _spans((minor, text) for minor, one in made for its, text in one.hashes if its == name) for name in names}
    return ComputedStatic(manifest.namespace, f"{manifest.pod}-{here.node.lower()}", file, uids, hashes)


def _is_text(*names: str) -> bool:
    return all(one == one.encode("utf-8", "replace").decode() for one in names)


def _made_alike(pod: ReadPod, builds: tuple[KubeletBuild, ...], node: str, file: str) -> _Made | None:
    """What all kubelets of a minor make of it; None where they do not agree, or one refuses it."""
    try:
        made = {guarded(partial(_made, pod, build, node, file)) for build in builds}
    except SpecRefused:
        return None
    return made.pop() if len(made) == 1 else None


def _made(pod: ReadPod, build: KubeletBuild, node: str, file: str) -> _Made:
    refused = read_static_pod(pod, build)
    if isinstance(refused, RefusedManifest):
        raise SpecRefused(refused.reason)
    uid = static_uid(pod.under(build, Taken.DEFAULTED).value, build, node, ManifestFile(file))
    hashed = (one for one in pod.hashed(build, Taken.DEFAULTED) if one.kind is ContainerKind.APP)
    return _Made(None if isinstance(uid, NoUID) else uid, tuple((one.name, one.hash.hex) for one in hashed))


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
