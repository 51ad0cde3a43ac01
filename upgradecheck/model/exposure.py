"""What a pod is exposed to beside its verdict while its kubelet is away and when the next one starts, though nothing of it is stopped.

A probe's numbers as the API has them by default: a period of 10 s, and one success. A startup probe has one success always.
"""

from __future__ import annotations

import msgspec

from upgradecheck.model.keyed import NeededKey


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


class Pulled(msgspec.Struct, frozen=True, gc=False):
    """A container whose image is pulled at each start. registry: where from. tagged: by no digest, so that it may be another by now."""

    container: str
    registry: str
    tagged: bool = True


class Exposure(msgspec.Struct, frozen=True, gc=False):
    """probed: those of its containers that have such probes.

    stays: for how many seconds it tolerates a node that is not ready or not reachable, by its own word; None where that is for ever, or
    nothing says so. bare: it is on a node and tolerates neither, which admission by default lets no pod be.
    pulled: those of its containers whose images are pulled at each start. inits: its init containers that are no sidecars.
    keys: those of ConfigMaps and Secrets without which their environments cannot be made; files: without which its volumes cannot.
    pinned: its QoS class is Guaranteed, so that managers give it memory and cpus of its own; several: to more than one container.
    """

    probed: tuple[Probed, ...] = ()
    stays: int | None = None
    bare: bool = False
    pulled: tuple[Pulled, ...] = ()
    inits: tuple[str, ...] = ()
    pinned: bool = False
    several: bool = False
    keys: tuple[NeededKey, ...] = ()
    files: tuple[NeededKey, ...] = ()


NOT_EXPOSED = Exposure()
