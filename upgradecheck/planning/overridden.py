"""Overrides laid over all pods; a pod that its containers decide on then has their worst verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from upgradecheck.model.override import Override
from upgradecheck.model.plan import Verdict
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.overriding import Reach, override_pod
from upgradecheck.planning.verdicts import in_doubt, may_be_refused, worst_of


class OverriddenPods(msgspec.Struct, frozen=True, gc=False):
    """The pods with overrides laid over, and all overrides by container ID."""

    pods: tuple[DecidedPod, ...]
    overrides: Mapping[str, Override]


def override_pods(pods: Iterable[DecidedPod], reach: Reach) -> OverriddenPods:
    """Each pod with the overrides that its chances and its runtime allow."""
    overrides: dict[str, Override] = {}
    found = []
    for one in pods:
        laid = override_pod(one.pod, one.chances, reach)
        overrides |= laid.overrides
        pod = laid.pod
        if one.by_containers and pod.verdict is Verdict.RESTART:
            worst = worst_of(pod.containers)
            pod = replace(pod, verdict=worst.verdict, reason=worst.reason)
        pod = pod if one.doubt is None else in_doubt(pod, one.doubt)
        pod = may_be_refused(pod) if one.doubted else pod
        found.append(replace(one, pod=pod, chances={}))
    return OverriddenPods(tuple(found), overrides)
