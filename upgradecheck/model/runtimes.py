"""Container runtimes as Kubernetes names them: before ``://`` in a Node's version of it, and in the IDs of its containers."""

from __future__ import annotations

from collections.abc import Mapping

from upgradecheck.model.patterns import pattern

CONTAINERD, CRIO, DOCKER = "containerd", "cri-o", "docker"
LAST_DOCKERSHIM = (1, 23)
"""The last minor whose kubelet speaks to docker itself (Kubernetes 1.24, CHANGELOG: dockershim is removed)."""
_WITH_V1: Mapping[str, tuple[int, int]] = {CONTAINERD: (1, 6), CRIO: (1, 21)}
"""First versions that surely speak version v1 of CRI: containerd's RELEASES.md; cri-o/cri-o 4400 began it while 1.20 was made."""
_TELLS_DRIVER: Mapping[str, tuple[int, int]] = {CONTAINERD: (2, 0), CRIO: (1, 28)}
"""First versions of runtimes with RuntimeConfig: kubernetes.io, Container Runtimes."""
_OPTIONS: Mapping[str, str] = {CONTAINERD: CONTAINERD, CRIO: CRIO, DOCKER: "cri-dockerd"}
_VERSION = pattern(r"v?([0-9]{1,9})\.([0-9]{1,9})(?![0-9])")


def runtime_name(text: str | None) -> str | None:
    """The name, None where the text has none: ``containerd://1.7.2`` and ``containerd://3f2a9c…`` are of containerd."""
    name, separator, _ = (text or "").partition("://")
    return name.lower() or None if separator else None


def runtime_version(text: str) -> tuple[int, int] | None:
    """Major and minor of a runtime's version, ``1.7.27`` or ``v2.1``; None where it is none."""
    match = _VERSION.match(text)
    return None if match is None else (int(match[1]), int(match[2]))


def runtime_option(text: str) -> str:
    """What ``--to-runtime`` takes for a Node's version of its runtime: ``containerd/1.7``; empty where it takes no such runtime."""
    kind, _, version = text.partition("://")
    found, name = runtime_version(version), _OPTIONS.get(kind, "")
    return f"{name}/{found[0]}.{found[1]}" if name and found is not None and kind != DOCKER else name


def keeps_what_runs(before: str, after: str) -> bool:
    """Whether a runtime goes on with the containers of another, as far as Nodes tell both; CRI-O of another minor removes them."""
    (kind, _, old), (other, _, new) = before.partition("://"), after.partition("://")
    return not kind or not other or (kind == other and (kind != CRIO or runtime_version(old) == runtime_version(new)))


def tells_no_driver(runtime: str) -> bool:
    """Whether a Node's version of its runtime is one that does not tell the kubelet its cgroup driver (RuntimeConfig of CRI)."""
    kind, _, version = runtime.partition("://")
    first, found = _TELLS_DRIVER.get(kind), runtime_version(version)
    return first is not None and found is not None and found < first


def is_of_no_version(runtime: str) -> bool:
    """Whether a Node names no runtime, or containerd with a version that cannot be read."""
    kind, _, version = runtime.partition("://")
    return not kind or (kind == CONTAINERD and _VERSION.match(version) is None)


def lacks_cri_v1(runtime: str | None) -> bool:
    """Whether a Node's version of its runtime is one that is known not to speak version v1 of CRI."""
    kind, _, version = (runtime or "").partition("://")
    first, found = _WITH_V1.get(kind), runtime_version(version)
    return first is not None and found is not None and found < first


def may_lack_cri_v1(runtime: str) -> bool:
    """Whether nothing in a Node's version of its runtime tells that it speaks version v1 of CRI.

    Of docker cri-dockerd has to, from 0.3.0 on (Mirantis/cri-dockerd 125, 136), whose version no Node tells.
    """
    kind, _, version = runtime.partition("://")
    found = runtime_version(version)
    return kind not in _WITH_V1 or found is None or found < _WITH_V1[kind]
