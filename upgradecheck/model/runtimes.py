"""Container runtimes as Kubernetes names them: before ``://`` in a Node's version of it, and in the IDs of its containers."""

from __future__ import annotations

from upgradecheck.model.patterns import pattern

CONTAINERD, DOCKER = "containerd", "docker"
_CONTAINERD_WITH_V1 = (1, 6)
_VERSION = pattern(r"v?([0-9]{1,9})\.([0-9]{1,9})(?![0-9])")


def runtime_name(text: str | None) -> str | None:
    """The name, None where the text has none: ``containerd://1.7.2`` and ``containerd://3f2a9c…`` are of containerd."""
    name, separator, _ = (text or "").partition("://")
    return name.lower() or None if separator else None


def is_of_no_version(runtime: str) -> bool:
    """Whether a Node names no runtime, or containerd with a version that cannot be read: it may be one that does not speak CRI v1."""
    kind, _, version = runtime.partition("://")
    return not kind or (kind == CONTAINERD and _VERSION.match(version) is None)


def lacks_cri_v1(runtime: str | None) -> bool:
    """Whether a Node's version of its runtime is one that is known not to speak version v1 of CRI."""
    kind, _, version = (runtime or "").partition("://")
    match = _VERSION.match(version)
    return kind == CONTAINERD and match is not None and (int(match[1]), int(match[2])) < _CONTAINERD_WITH_V1
