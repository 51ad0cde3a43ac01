"""What kubelets make of static pods' manifests, in a bundle, both ways."""

from __future__ import annotations

from functools import lru_cache

from upgradecheck.contract.v1.bundle import (
    ComputedContainerJson,
    ComputedStaticJson,
    ComputedStaticsJson,
    MadeHashJson,
    MadeUidJson,
)
from upgradecheck.decode.kubelet.version import parse_minor
from upgradecheck.model.bundle import ComputedStatic, ComputedStatics, OfMinors

_minor = lru_cache(maxsize=256)(parse_minor)
"""Each once, however many bundles name it."""


def statics_json(found: ComputedStatics) -> ComputedStaticsJson:
    """All of it, in the order of names."""
    pods = sorted(found.pods, key=lambda one: (one.namespace, one.name, one.file))
    return ComputedStaticsJson(dict(found.feature_gates), tuple(map(_pod_json, pods)))


def _pod_json(pod: ComputedStatic) -> ComputedStaticJson:
    uids = tuple(MadeUidJson(str(one.oldest), str(one.newest), one.made) for one in pod.uids)
    containers = (
        ComputedContainerJson(name, tuple(MadeHashJson(str(one.oldest), str(one.newest), one.made) for one in made))
        for name, made in sorted(pod.containers.items())
    )
    return ComputedStaticJson(pod.namespace, pod.name, pod.file, uids, tuple(containers))


def statics_in(found: ComputedStaticsJson) -> ComputedStatics:
    """What a bundle has of it."""
    return ComputedStatics(found.feature_gates, tuple(map(_pod_in, found.pods)))


def _pod_in(pod: ComputedStaticJson) -> ComputedStatic:
    uids = tuple(OfMinors(_minor(one.oldest), _minor(one.newest), one.uid) for one in pod.uids)
    containers = {
        one.name: tuple(OfMinors(_minor(each.oldest), _minor(each.newest), each.hash) for each in one.hashes) for one in pod.containers
    }
    return ComputedStatic(pod.namespace, pod.name, pod.file, uids, containers)
