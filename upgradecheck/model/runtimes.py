"""Container runtimes as Kubernetes names them: before ``://`` in a Node's version of it, and in the IDs of its containers."""

from __future__ import annotations

CONTAINERD, DOCKER = "containerd", "docker"


def runtime_name(text: str | None) -> str | None:
    """The name, None where the text has none: ``containerd://1.7.2`` and ``containerd://3f2a9c…`` are of containerd."""
    name, separator, _ = (text or "").partition("://")
    return name.lower() or None if separator else None
