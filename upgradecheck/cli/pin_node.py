"""What the commands of pins ask this machine: which kubelet runs, with which static pod directory, and which UIDs it makes."""

from __future__ import annotations

import posixpath
from pathlib import Path

from upgradecheck.machine.node import Machine
from upgradecheck.machine.which_kubelet import FoundKubelet, find_kubelet
from upgradecheck.model.errors import UsageError
from upgradecheck.override.errors import OverrideRefused
from upgradecheck.pinning.here import kubelet_here, seen_from_here
from upgradecheck.pinning.manifests import NodeKubelet

MACHINE = Machine()
_GIVE = "Give it with --static-pods, as the kubelet was told it"


def running_kubelet(static_pods: str | None, node: str | None, pid: int | None) -> NodeKubelet:
    """The kubelet that runs here.

    Raises:
        KubeletNotFound: none runs, or several do.
        OverrideRefused: nobody can tell where its manifests are.
        UsageError: --static-pods is no path that a kubelet can be told.
    """
    found = find_kubelet(MACHINE, pid, patience=0, by_pid=True)
    return kubelet_here(found, MACHINE, _directory(found, static_pods), node)


def _directory(found: FoundKubelet, given: str | None) -> str:
    """The directory of manifests as the kubelet was told it, and as it goes into UIDs: without what filepath.Clean takes away."""
    path = given
    if path is None:
        if found.settings is None:
            raise OverrideRefused(f"kubelet: its static pod directory cannot be seen. {_GIVE}; nothing was changed.")
        path = found.settings.config().static_pod_path
    if not path.startswith("/"):
        raise _wrong(path, given)
    directory = "/" + posixpath.normpath(path).lstrip("/")
    if not Path(seen_from_here(directory, found.pid, MACHINE)).is_dir():
        raise OverrideRefused(f"{directory}: is no directory, and only manifests in one can be pinned. {_GIVE}; nothing was changed.")
    return directory


def _wrong(path: str, given: str | None) -> Exception:
    if given is not None:
        return UsageError(f"--static-pods {path!r}: is no path from the root. Give the directory as the kubelet was told it.")
    told = f"{path!r}, which is no path from the root" if path else "none"
    return OverrideRefused(f"kubelet: was told {told}, as the directory of static pods. Nothing was changed.")
