"""Where a kubelet does what the decisions mirror: file and function in k8s.io/kubernetes, so that one can read on there."""

from __future__ import annotations

import msgspec


class Place(msgspec.Struct, frozen=True, gc=False):
    """A function in a file."""

    file: str
    function: str


class Places(msgspec.Struct, frozen=True, gc=False):
    """The places that differ between minors. resize: None for those that compare no resources."""

    admission: Place
    cgroup: Place
    sandbox: Place
    init: Place
    resize: Place | None = None
