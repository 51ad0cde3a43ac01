"""Where a kubelet does what the decisions mirror: file and function in k8s.io/kubernetes, so that one can read on there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A function in a file."""

    file: str
    function: str


@dataclass(frozen=True, slots=True)
class Places:
    """The places that differ between minors. resize: None for those that compare no resources."""

    admission: Place
    cgroup: Place
    sandbox: Place
    init: Place
    resize: Place | None = None
