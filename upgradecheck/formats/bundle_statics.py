"""What kubelets make of static pods' manifests, in a bundle, both ways."""

from __future__ import annotations

from functools import lru_cache

from upgradecheck.contract.v1.bundle import (
    ComputedContainerJson,
    ComputedStaticJson,
    ComputedStaticsJson,
    MadeHashJson,
    MadeUidJson,
    MinorsJson,
)
from upgradecheck.decode.kubelet.version import parse_minor
from upgradecheck.model.bundle import ComputedContainer, ComputedStatic, ComputedStatics, OfMinors

_minor = lru_cache(maxsize=256)(parse_minor)
"""Each once, however many bundles name it."""


def statics_json(found: ComputedStatics) -> ComputedStaticsJson:
    """All of it, in the order of names."""
    pods = sorted(found.pods, key=lambda one: (one.namespace, one.name, one.file))
    return ComputedStaticsJson(dict(found.feature_gates), tuple(map(_pod_json, pods)))


def _pod_json(pod: ComputedStatic) -> ComputedStaticJson:
    uids = tuple(MadeUidJson(str(one.oldest), str(one.newest), one.made) for one in pod.uids)
    containers = (
        ComputedContainerJson(name, _hashes(made.hashes), _hashes(made.without_resources), made.init)
        for name, made in sorted(pod.containers.items())
    )
    alike = tuple(MinorsJson(str(oldest), str(newest)) for oldest, newest in pod.read_alike)
    return ComputedStaticJson(pod.namespace, pod.name, pod.file, uids, tuple(containers), alike)


def _hashes(made: tuple[OfMinors, ...]) -> tuple[MadeHashJson, ...]:
    return tuple(MadeHashJson(str(one.oldest), str(one.newest), one.made) for one in made)


def statics_in(found: ComputedStaticsJson) -> ComputedStatics:
    """What a bundle has of it."""
    return ComputedStatics(found.feature_gates, tuple(map(_pod_in, found.pods)))


def _pod_in(pod: ComputedStaticJson) -> ComputedStatic:
    uids = tuple(OfMinors(_minor(one.oldest), _minor(one.newest), one.uid) for one in pod.uids)
    containers = {
        one.name: ComputedContainer(_of_minors(one.hashes), _of_minors(one.hashes_without_resources), one.init) for one in pod.containers
    }
    alike = tuple((_minor(one.oldest), _minor(one.newest)) for one in pod.read_alike)
    return ComputedStatic(pod.namespace, pod.name, pod.file, uids, containers, alike)


def _of_minors(made: tuple[MadeHashJson, ...]) -> tuple[OfMinors, ...]:
    return tuple(OfMinors(_minor(one.oldest), _minor(one.newest), one.hash) for one in made)
