"""What a pod is exposed to beside its verdict while its kubelet is away and when the next one starts, though nothing of it is stopped.

A probe's numbers as the API has them by default: a period of 10 s, and one success. A startup probe has one success always.
"""

from __future__ import annotations

import msgspec


class Probe(msgspec.Struct, frozen=True, gc=False):
    """How often a kubelet asks, in seconds, and how many answers in a row it wants before it believes them."""

    period: int = 10
    successes: int = 1


class Probed(msgspec.Struct, frozen=True, gc=False):
    """An app container or sidecar with probes that decide on its readiness. ready: what its status shows; None where it shows nothing."""

    container: str
    readiness: Probe | None = None
    startup: Probe | None = None
    ready: bool | None = None


class Exposure(msgspec.Struct, frozen=True, gc=False):
    """probed: those of its containers that have such probes.

    stays: for how many seconds it tolerates a node that is not ready or not reachable, by its own word; None where that is for ever, or
    nothing says so. bare: it is on a node and tolerates neither, which admission by default lets no pod be.
    """

    probed: tuple[Probed, ...] = ()
    stays: int | None = None
    bare: bool = False


NOT_EXPOSED = Exposure()
