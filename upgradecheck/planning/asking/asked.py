"""Runtimes by the names that Node objects and runtimes give them: ``containerd://1.7.2``, of which official builds say ``v1.7.2``."""

from __future__ import annotations


def is_same_runtime(one: str | None, other: str | None) -> bool:
    """Whether both are known, and of one kind and version."""
    return one is not None and other is not None and _parts(one) == _parts(other)


def is_another_kind(one: str | None, other: str | None) -> bool:
    """Whether both are known, and of different kinds."""
    return one is not None and other is not None and _parts(one)[0] != _parts(other)[0]


def _parts(runtime: str) -> tuple[str, str]:
    kind, _, version = runtime.partition("://")
    return kind, version.removeprefix("v")
