"""Another container runtime, or another version of it, that comes with the upgrade (``--to-runtime``).

Another runtime knows none of the pods: the kubelet finds no sandbox of any, and makes all anew, while what the old one runs goes on until
somebody ends it. containerd keeps what runs over its own upgrades, from 1 to 2 as well, and cri-dockerd what docker runs. CRI-O removes all
containers when it starts as another minor than its version files say (version_file, on a tmpfs; version_file_persist, where it is set): the
server itself with internal_wipe, else ``crio wipe`` before it, where that unit is enabled; the servers of some minors removed images alone.
Neither configuration nor files are seen here.

Mirrors podSandboxChanged in pkg/kubelet/kuberuntime for a pod without sandbox; wipeIfAppropriate in server/server.go of cri-o/cri-o.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.model.errors import UsageError
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.reasons import Reason
from upgradecheck.model.runtimes import CONTAINERD, CRIO, DOCKER, lacks_cri_v1, runtime_version
from upgradecheck.planning.asking.here import Here
from upgradecheck.planning.asking.steps import NodeStep, Steps

_NAMES: Mapping[str, str] = {"containerd": CONTAINERD, "cri-o": CRIO, "crio": CRIO, "cri-dockerd": DOCKER, "docker": DOCKER}


class NewRuntime(msgspec.Struct, frozen=True, gc=False):
    """The runtime that a node has after the upgrade, as Nodes name it. version: major and minor, None where it was not said."""

    name: str
    version: tuple[int, int] | None
    text: str


def parse_runtime(text: str) -> NewRuntime:
    """``containerd``, ``containerd/2.1`` or ``containerd://2.1.4``.

    Raises:
        UsageError: no runtime of these, or no version.
    """
    name, slash, version = text.replace("://", "/").partition("/")
    found = runtime_version(version)
    if name.lower() not in _NAMES or (slash and found is None):
        raise UsageError(f"--to-runtime {text}: wanted containerd, cri-o or cri-dockerd, perhaps with a version, such as containerd/2.1.")
    return NewRuntime(_NAMES[name.lower()], found, text)


def with_new_runtime(steps: Steps, nodes: Sequence[NodeFacts], new: NewRuntime | None, here: Here | None) -> Steps:
    """The steps, with what the new runtime does to the pods of each node."""
    if new is None:
        return steps
    reported = {node.name: node.runtime for node in nodes if node.runtime}
    if here is not None and here.node is not None and here.runtime:
        reported.setdefault(here.node, here.runtime)
    by_node = {name: _told(one, reported.get(name, ""), new) for name, one in steps.by_node.items()}
    return replace(steps, by_node=by_node, default=_told(steps.default, "", new), new_runtime=new.text)


def _told(one: NodeStep, runtime: str, new: NewRuntime) -> NodeStep:
    if one.step is None:
        return one
    step = replace(one.step, obstacle=None, loses_docker=False, runtime_untold=False, docker_over_cri=new.name == DOCKER)
    if _cannot_serve(step.target, new):
        return replace(one, step=replace(step, obstacle=Reason.RUNTIME_REMOVED))
    kind, _, version = runtime.partition("://")
    if kind and kind != new.name:
        return replace(one, step=replace(step, recreates=Reason.RUNTIME_CHANGED))
    if kind == CRIO:
        before = runtime_version(version)
        same = before is not None and before == new.version
        return replace(one, step=step if same else replace(step, recreates=Reason.RUNTIME_MAY_END_ALL))
    return replace(one, step=step if kind else replace(step, recreates=Reason.RUNTIME_MAY_END_ALL))


def _cannot_serve(target: KubeletEnd, new: NewRuntime) -> bool:
    """Whether the new kubelet speaks to no such runtime."""
    old = new.version is not None and lacks_cri_v1(f"{new.name}://{new.version[0]}.{new.version[1]}")
    return old and all(build.decisions.cri_v1_only for build in target.builds)
