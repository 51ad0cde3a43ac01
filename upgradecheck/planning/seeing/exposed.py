"""A pod's document to what the pod is exposed to when its kubelet is restarted; few answers are different, so they are shared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from upgradecheck.hashing.codecs import GoValue, printable
from upgradecheck.model.exposure import Exposure, Probe, Probed, Pulled
from upgradecheck.model.keyed import NeededKey

_NOT_THERE = (b"node.kubernetes.io/unreachable", b"node.kubernetes.io/not-ready")
"""What a node is tainted with, to the effect NoExecute, once its kubelet is not heard of, or says that it is not ready."""

_PERIOD, _SUCCESSES = 10, 1
_DOCKER_HUB = "docker.io"
_NEVER_AGAIN = (b"IfNotPresent", b"Never")
_shared = lru_cache(maxsize=8192)(Exposure)


def exposure_of(pod: GoValue, *, guaranteed: bool = False) -> Exposure:
    """Of a pod as a kubelet decodes it, defaulted or not. guaranteed: that is its QoS class."""
    spec, status = pod.get("Spec") or {}, pod.get("Status") or {}
    tolerations = spec.get("Tolerations") or ()
    found = [one for one in (_first(tolerations, key) for key in _NOT_THERE) if one is not None]
    inits = tuple(spec.get("InitContainers") or ())
    return _shared(
        tuple(_probed(spec, status)),
        min((max(0, one["TolerationSeconds"]) for one in found if one.get("TolerationSeconds") is not None), default=None),
        not found and bool(spec.get("NodeName")),
        tuple(_pulled((*inits, *(spec.get("Containers") or ())))),
        tuple(_name(one) for one in inits if not _is_sidecar(one)),
        guaranteed,
        guaranteed and len(inits) + len(spec.get("Containers") or ()) > 1,
        tuple(_keys((*inits, *(spec.get("Containers") or ())))),
        tuple(_files(spec)),
    )


def _name(container: GoValue) -> str:
    return printable(container.get("Name") or b"")


def _is_sidecar(container: GoValue) -> bool:
    return bool(container.get("RestartPolicy") == b"Always")


def _pulled(containers: Iterable[GoValue]) -> Iterator[Pulled]:
    """Those whose policy is to pull always, as it is by default for an image that is called latest, or not called otherwise."""
    for container in containers:
        if container.get("ImagePullPolicy") in _NEVER_AGAIN:
            continue
        image = printable(container.get("Image") or b"")
        name, _, digest = image.partition("@")
        first, slash, rest = name.partition("/")
        tag = (rest if slash else first).rpartition(":")[2] if ":" in (rest if slash else first) else ""
        policy = container.get("ImagePullPolicy") or (b"Always" if not digest and tag in ("", "latest") else b"")
        if policy == b"Always" and image:
            named = slash and ("." in first or ":" in first or first == "localhost")
            yield Pulled(_name(container), first if named else _DOCKER_HUB, not digest)


def _keys(containers: Iterable[GoValue]) -> Iterator[NeededKey]:
    """Those that are not optional."""
    for container in containers:
        for variable in container.get("Env") or ():
            source = variable.get("ValueFrom") or {}
            for kind in ("ConfigMap", "Secret"):
                asked = source.get(f"{kind}KeyRef")
                if asked is not None and not asked.get("Optional"):
                    yield NeededKey(_name(container), kind, _name(asked), printable(asked.get("Key") or b""))


def _files(spec: GoValue) -> Iterator[NeededKey]:
    """Of volumes that a container mounts, the keys that they are made of by name; a whole or an optional object needs none.

    A volume that none mounts is not waited for. Mirrors GetPodVolumeNames in pkg/volume/util/util.go.
    """
    containers = (*(spec.get("InitContainers") or ()), *(spec.get("Containers") or ()))
    mounted = {mount.get("Name") for one in containers for mount in one.get("VolumeMounts") or ()}
    for volume in spec.get("Volumes") or ():
        if volume.get("Name") in mounted:
            for source in (volume, *((volume.get("Projected") or {}).get("Sources") or ())):
                yield from _items(source)


def _items(source: GoValue) -> Iterator[NeededKey]:
    for kind in ("ConfigMap", "Secret"):
        asked = source.get(kind)
        if asked is not None and not asked.get("Optional"):
            name = printable(asked.get("SecretName") or asked.get("Name") or b"")
            yield from (NeededKey("", kind, name, printable(item.get("Key") or b"")) for item in asked.get("Items") or ())


def _probed(spec: GoValue, status: GoValue) -> Iterator[Probed]:
    sidecars = filter(_is_sidecar, spec.get("InitContainers") or ())
    for container in (*sidecars, *(spec.get("Containers") or ())):
        readiness, startup = container.get("ReadinessProbe"), container.get("StartupProbe")
        if readiness is not None or startup is not None:
            name = _name(container)
            yield Probed(name, _probe(readiness), _probe(startup), _ready(name, status))


def _probe(probe: GoValue | None) -> Probe | None:
    return None if probe is None else Probe(probe.get("PeriodSeconds") or _PERIOD, probe.get("SuccessThreshold") or _SUCCESSES)


def _ready(name: str, status: GoValue) -> bool | None:
    found = (*(status.get("ContainerStatuses") or ()), *(status.get("InitContainerStatuses") or ()))
    return next((bool(one.get("Ready")) for one in found if _name(one) == name), None)


def _first(tolerations: Iterable[GoValue], key: bytes) -> GoValue | None:
    """The first toleration of a taint, which is the one that counts.

    Mirrors GetMatchingTolerations in pkg/apis/core/v1/helper and getMinTolerationTime of the taint manager.
    """
    return next((one for one in tolerations if _matches(one, key)), None)


def _matches(toleration: GoValue, key: bytes) -> bool:
    if toleration.get("Effect") not in (None, b"", b"NoExecute") or toleration.get("Key") not in (None, b"", key):
        return False
    return toleration.get("Operator") == b"Exists" or (toleration.get("Key") == key and not toleration.get("Value"))
