"""Overrides laid over all pods; a pod that its containers decide on then has their worst verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from upgradecheck.model.override import Override
from upgradecheck.model.plan import Verdict
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.overriding import IN_FORCE, Reach, bare_id, override_pod
from upgradecheck.planning.verdicts import in_doubt, may_be_refused, worst_of


class OverriddenPods(msgspec.Struct, frozen=True, gc=False):
    """The pods with overrides laid over, and all overrides by container ID."""

    pods: tuple[DecidedPod, ...]
    overrides: Mapping[str, Override]


def with_shown(held: OverriddenPods, shown: Mapping[str, Override]) -> Mapping[str, Override]:
    """All that a map of this plan is to show, where it shows anything new: also what goes on since a map before shows it so.

    A proxy that is given the new map in the place of that one would show its record again, and the new kubelet would restart it.
    """
    if not held.overrides or not shown:
        return held.overrides
    containers = (one for pod in held.pods for one in pod.pod.containers if one.override == IN_FORCE)
    going_on = {bare_id(one.container_id or "") for one in containers}
    return {**{key: told for key, told in shown.items() if key in going_on}, **held.overrides}


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
