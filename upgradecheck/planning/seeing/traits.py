"""What decisions ask of a spec beside its hashes, read out of the pod as a kubelet decodes it; tiny, since 150,000 of them are kept."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from upgradecheck.decisions.resizing import NOT_RESIZABLE, Resizable
from upgradecheck.decisions.state import RestartPolicy
from upgradecheck.hashing.codecs import GoValue, printable
from upgradecheck.hashing.containers import DecodedContainer, resizes_with_a_restart, set_resources
from upgradecheck.model.schema import Schema

_POLICIES = {policy.value: policy for policy in RestartPolicy}


class PodTraits(msgspec.Struct, frozen=True, gc=False):
    """restart_policy defaults to Always, as every API server and kubelet fills it in. moves: the new kubelet looks for the pod's cgroup
    in another place than the old one, since it finds another QoS class. resources: some container of it, or the pod as a whole, sets any.
    """

    restart_policy: RestartPolicy = RestartPolicy.ALWAYS
    host_network: bool = False
    moves: bool = False
    resources: bool = False


class ContainerTraits(msgspec.Struct, frozen=True, gc=False):
    """startup_probe: it has one. restart_policy and restart_rules are the container's own (1.34 on)."""

    startup_probe: bool = False
    restart_policy: RestartPolicy | None = None
    restart_rules: bool = False
    resizable: Resizable = NOT_RESIZABLE


_pod_traits = lru_cache(maxsize=64)(PodTraits)
_container_traits = lru_cache(maxsize=1024)(ContainerTraits)


def pod_traits(pod: GoValue, containers: Iterable[DecodedContainer] = (), *, moves: bool = False) -> PodTraits:
    """The traits of a decoded pod; hostNetwork stands in the spec in every version of the API."""
    spec = pod.get("Spec", {})
    policy = _POLICIES.get(printable(spec.get("RestartPolicy", b"")), RestartPolicy.ALWAYS)
    resources = any(set_resources(one or {}) for one in (spec.get("Resources"), *(each.content.get("Resources") for each in containers)))
    return _pod_traits(policy, bool(spec.get("HostNetwork")), moves, resources)


def container_traits(container: DecodedContainer, pod: GoValue, *, seen_under: Schema | None) -> ContainerTraits:
    """The traits of a container of a decoded pod. seen_under: the minor through which alone the spec was seen, if it was."""
    content = container.content
    return _container_traits(
        content.get("StartupProbe") is not None,
        _POLICIES.get(printable(content.get("RestartPolicy") or b"")),
        bool(content.get("RestartPolicyRules")),
        _resizable(container, pod, seen_under),
    )


def _resizable(container: DecodedContainer, pod: GoValue, seen_under: Schema | None) -> Resizable:
    own = set_resources(container.content.get("Resources", {}))
    of_pod = set_resources(pod.get("Spec", {}).get("Resources") or {})
    restarts = resizes_with_a_restart(container)
    unseen = bool(own | of_pod) and seen_under is not None and not _knows_resize_policies(seen_under)
    return Resizable(bool(restarts & own), bool(restarts & (of_pod - own)), unseen)


def _knows_resize_policies(schema: Schema) -> bool:
    return any(field.go == "ResizePolicy" for field in schema.types[schema.roots["Container"]].fields)
