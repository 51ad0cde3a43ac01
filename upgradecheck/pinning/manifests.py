"""The static pod directory of the kubelet that runs: each manifest with the UID that this kubelet gives its pod.

Only that proves that a manifest is what runs: a UID is made of all of it, of the node's name and, from 1.21 on, of the path as the kubelet
was told it, which need not be where it lies (a link in the path counts as it is written). Files whose names begin with a dot are no
manifests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from upgradecheck.decisions.manifests.documents import pod_of_file
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.yaml.documents import MAX_DOCUMENT
from upgradecheck.hashing.staticuid.uids import static_uid
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import Origin
from upgradecheck.model.static_uid import ManifestFile, NoUID
from upgradecheck.override.errors import OverrideRefused
from upgradecheck.pinning.editing import uid_in
from upgradecheck.reading.pod import ReadPod, Taken
from upgradecheck.safekeeping.directory import Directory, ReadFile, opened
from upgradecheck.safekeeping.obstacles import Obstacle, ObstacleKind
from upgradecheck.safekeeping.system import REAL, System


class NodeKubelet(msgspec.Struct, frozen=True, gc=False):
    """The kubelet that runs. directory: as it was told; place: the same as this program can open it. node: its own name of the node."""

    version: str
    builds: tuple[KubeletBuild, ...]
    node: str
    directory: str
    place: str


class Manifest(msgspec.Struct, frozen=True, gc=False):
    """A file of the directory. uids: what the kubelet may make of it; stated: it says its UID itself; problem: why there is none."""

    name: str
    read: ReadFile | None = None
    namespace: str = ""
    pod: str = ""
    uids: frozenset[str] = frozenset()
    stated: bool = False
    problem: str = ""


@contextmanager
def opened_directory(place: str, system: System = REAL) -> Iterator[Directory]:
    """A directory of manifests, which nobody but root (or this user) can have written.

    Raises:
        OverrideRefused: it cannot be used; nothing was changed.
    """
    with opened(os.path.realpath(place), live=True, system=system) as found:
        if isinstance(found, Obstacle):
            raise OverrideRefused(
                f"{place}: {found.found}. Nothing was changed; name the kubelet's static pod directory with --static-pods."
            )
        yield found


def manifests(directory: Directory, kubelet: NodeKubelet) -> tuple[Manifest, ...]:
    """All files that a kubelet would take.

    Raises:
        OverrideRefused: the directory cannot be listed.
    """
    try:
        names = sorted(name for name in directory.names() if not name.startswith("."))
    except OSError as error:
        raise OverrideRefused(f"{directory.path}: cannot be listed ({error.strerror}). Nothing was changed; run as root.") from error
    return tuple(_manifest(name, directory.read_file(name, MAX_DOCUMENT), kubelet) for name in names)


def uids_of(content: bytes, name: str, kubelet: NodeKubelet) -> frozenset[str]:
    """What the kubelet may make of a manifest: one UID, unless it may be several kubelets.

    Raises:
        SpecRefused: none, since it refuses the manifest, or nobody can tell.
    """
    pod = ReadPod(pod_of_file(content), Origin("file", name))
    source = ManifestFile(f"{kubelet.directory.rstrip('/')}/{name}")
    made = {static_uid(pod.under(build, Taken.DEFAULTED).value, build, kubelet.node, source) for build in kubelet.builds}
    for one in made:
        if isinstance(one, NoUID):
            raise SpecRefused(one.why.value)
    return frozenset(map(str, made))


def _manifest(name: str, found: ReadFile | Obstacle, kubelet: NodeKubelet) -> Manifest:
    if isinstance(found, Obstacle):
        return Manifest(name, problem=found.found if found.kind is not ObstacleKind.MISSING else "is gone")
    bare = Manifest(name, found)
    try:
        names = guarded(lambda: ReadPod(pod_of_file(found.content), Origin("file", name)).names)
        bare = Manifest(name, found, names.namespace or "default", names.name or "")
        uids = guarded(lambda: uids_of(found.content, name, kubelet))
        return msgspec.structs.replace(bare, uids=uids, stated=bool(uid_in(found.content)))
    except SpecRefused as error:
        return msgspec.structs.replace(bare, problem=str(error))
