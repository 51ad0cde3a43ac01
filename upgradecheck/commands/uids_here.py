"""Whether the kubelet that runs here made the UIDs of the static pods that run here, for ``doctor``.

A kubelet makes them of its directory's manifests when it starts. Where it makes them all, manifests, directory, node name and version are
what they are taken to be; those of another minor tell that this one runs, whatever the binary says that is on the disk.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from upgradecheck.catalog import Catalog
from upgradecheck.decode.guard import guarded
from upgradecheck.machine.node import Machine
from upgradecheck.machine.which_kubelet import FoundKubelet
from upgradecheck.model.diagnosis import Area, Check, CheckState
from upgradecheck.model.errors import SpecRefused, UnknownVersion, UpgradecheckError
from upgradecheck.model.pod import SandboxRecord
from upgradecheck.model.wording import count
from upgradecheck.pinning.here import kubelet_here
from upgradecheck.pinning.manifests import Manifest, NodeKubelet, manifests, opened_directory, uids_of

_WHAT = "UIDs of static pods"
_NAMED = 3
_OTHER = "Look which kubelet runs (its binary may have been replaced under it), restart it, and plan from the version that then runs."
_EDITED = "They were edited or renamed while no kubelet ran, or the kubelet has another directory: the next one makes other pods of them."


class _Odd(msgspec.Struct, frozen=True, gc=False):
    """A manifest that does not make the UID that runs, and the minors that make it of it."""

    name: str
    minors: tuple[str, ...]


def uids_check(found: FoundKubelet, machine: Machine, sandboxes: Iterable[SandboxRecord]) -> Check | None:
    """What the UIDs tell; None where nobody can tell which directory the kubelet has, or none of its pods runs."""
    kubelet = _kubelet(found, machine)
    if kubelet is None:
        return None
    run = {(one.pod_namespace, one.pod_name): one.pod_uid for one in sorted(sandboxes, key=lambda one: one.created_at) if one.ready}
    try:
        with opened_directory(kubelet.place) as directory:
            computed = [one for one in manifests(directory, kubelet) if not (one.stated or one.problem)]
    except UpgradecheckError as error:
        return Check(Area.VERSIONS, _WHAT, CheckState.SKIPPED, str(error).partition(". ")[0])
    pods = [(one, run[key]) for one in computed if (key := _key(one, kubelet)) in run]
    return _told(kubelet, pods) if pods else None


def _told(kubelet: NodeKubelet, pods: list[tuple[Manifest, str]]) -> Check:
    odd = [_Odd(one.name, tuple(_made_by(one, uid, kubelet))) for one, uid in pods if uid not in one.uids]
    made_here = f"kubelet {kubelet.version} makes {len(pods) - len(odd)} of {count(len(pods), 'UID')} that run"
    made = f"{made_here} of the manifests in {kubelet.directory}"
    if not odd:
        return Check(Area.VERSIONS, _WHAT, CheckState.OK, made)
    others = tuple(dict.fromkeys(minor for one in odd for minor in one.minors))
    more = f" and {len(odd) - _NAMED:,} more" if len(odd) > _NAMED else ""
    names = f"{', '.join(one.name for one in odd[:_NAMED])}{more}"
    if others:
        return Check(Area.VERSIONS, _WHAT, CheckState.WARNING, f"{made}; kubelet {' or '.join(others)} made those of {names}", _OTHER)
    return Check(Area.VERSIONS, _WHAT, CheckState.WARNING, f"{made}; not those of {names}", _EDITED)


def _made_by(manifest: Manifest, uid: str, kubelet: NodeKubelet) -> Iterator[str]:
    """The minors whose kubelets make a UID of a manifest."""
    catalog, running = Catalog(), {build.minor for build in kubelet.builds}
    others = [catalog.builds_of(minor)[-1] for minor in catalog.finished_minors() if minor not in running]
    return (str(build.minor) for build in others if uid in _uids(manifest, replace(kubelet, builds=(build,))))


def _uids(manifest: Manifest, kubelet: NodeKubelet) -> frozenset[str]:
    """What a kubelet makes of it; nothing where it refuses it, or nobody can tell."""
    read = manifest.read
    try:
        return frozenset() if read is None else guarded(lambda: uids_of(read.content, manifest.name, kubelet))
    except SpecRefused:
        return frozenset()


def _key(manifest: Manifest, kubelet: NodeKubelet) -> tuple[str, str]:
    return manifest.namespace, f"{manifest.pod}-{kubelet.node.lower()}"


def _kubelet(found: FoundKubelet, machine: Machine) -> NodeKubelet | None:
    """The kubelet with its directory as it was told it; None where it was told none that starts at the root, or nobody can see that."""
    path = "" if found.settings is None else found.settings.config().static_pod_path
    if not path.startswith("/"):
        return None
    try:
        return kubelet_here(found, machine, "/" + posixpath.normpath(path).lstrip("/"))
    except UnknownVersion:
        return None
