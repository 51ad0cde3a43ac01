"""What decisions ask of a spec beside its hashes, read out of the pod as a kubelet decodes it; tiny, since 150,000 of them are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from upgradecheck.decisions.amounts import nanos
from upgradecheck.decisions.resizing import NOT_RESIZABLE, Resizable
from upgradecheck.decisions.state import RestartPolicy, RestartRule, RuleAction
from upgradecheck.hashing.codecs import GoValue, printable
from upgradecheck.hashing.containers import DecodedContainer, resizes_with_a_restart, set_resources
from upgradecheck.model.gates import MovedGate
from upgradecheck.model.schema import Schema

_POLICIES = {policy.value: policy for policy in RestartPolicy}
_ACTIONS = {action.value: action for action in RuleAction}
_RESIZING = (b"PodResizePending", b"PodResizeInProgress")
_CPU_ROUNDED_TO = 10_000_000
_AMONG = {b"In": True, b"NotIn": False}


class PodTraits(msgspec.Struct, frozen=True, gc=False):
    """restart_policy defaults to Always, as every API server and kubelet fills it in. moves: the new kubelet looks for the pod's cgroup
    in another place than the old one, since it finds another QoS class. resources: some container of it, or the pod as a whole, sets any.
    gates: of those that moved, those for whose features it asks. told_class: whether the class that its status tells is the one that its
    document makes under the kubelet that runs; None where no status tells what such a kubelet, which heeds all that counts, made of it.
    """

    restart_policy: RestartPolicy = RestartPolicy.ALWAYS
    host_network: bool = False
    moves: bool = False
    resources: bool = False
    gates: tuple[MovedGate, ...] = ()
    told_class: bool | None = None


class ContainerTraits(msgspec.Struct, frozen=True, gc=False):
    """startup_probe: it has one. restart_policy and restart_rules are the container's own (1.34 on)."""

    startup_probe: bool = False
    restart_policy: RestartPolicy | None = None
    restart_rules: tuple[RestartRule, ...] = ()
    resizable: Resizable = NOT_RESIZABLE


_pod_traits = lru_cache(maxsize=64)(PodTraits)
_container_traits = lru_cache(maxsize=1024)(ContainerTraits)


def pod_traits(
    pod: GoValue,
    containers: Iterable[DecodedContainer] = (),
    *,
    moves: bool = False,
    gates: tuple[MovedGate, ...] = (),
    told_class: bool | None = None,
) -> PodTraits:
    """The traits of a decoded pod; hostNetwork stands in the spec in every version of the API."""
    spec = pod.get("Spec", {})
    policy = _POLICIES.get(printable(spec.get("RestartPolicy", b"")), RestartPolicy.ALWAYS)
    resources = any(set_resources(one or {}) for one in (spec.get("Resources"), *(each.content.get("Resources") for each in containers)))
    return _pod_traits(policy, bool(spec.get("HostNetwork")), moves, resources, gates, told_class)


def container_traits(container: DecodedContainer, pod: GoValue, *, policies_shown: bool) -> ContainerTraits:
    """The traits of a container of a decoded pod. policies_shown: a resize policy that it has stands in the document."""
    content = container.content
    return _container_traits(
        content.get("StartupProbe") is not None,
        _POLICIES.get(printable(content.get("RestartPolicy") or b"")),
        tuple(_rules(content.get("RestartPolicyRules") or ())),
        _resizable(container, pod, policies_shown=policies_shown),
    )


def _rules(rules: Iterable[GoValue]) -> Iterator[RestartRule]:
    """The rules that can match; one without exit codes or with an operator that is not known never does."""
    for rule in rules:
        codes = rule.get("ExitCodes") or {}
        among = _AMONG.get(codes.get("Operator") or b"")
        if among is not None:
            yield RestartRule(_ACTIONS.get(printable(rule.get("Action") or b"")), tuple(codes.get("Values") or ()), among)


def _resizable(container: DecodedContainer, pod: GoValue, *, policies_shown: bool) -> Resizable:
    own = set_resources(container.content.get("Resources", {}))
    of_pod = set_resources(pod.get("Spec", {}).get("Resources") or {})
    restarts = resizes_with_a_restart(container)
    unseen = bool(own | of_pod) and not policies_shown
    asked = container.content.get("Resources") or {}
    pending = bool(restarts) and (_says_it_resizes(pod) or bool(restarts & set(_not_given(_status_of(container, pod), asked))))
    return Resizable(bool(restarts & own), bool(restarts & (of_pod - own)), unseen, pending)


def _says_it_resizes(pod: GoValue) -> bool:
    """Whether a pod's status says that a resize is not done, whatever amounts it shows: by a field up to 1.32, then by conditions."""
    status = pod.get("Status") or {}
    conditions = (one for one in status.get("Conditions") or () if one.get("Status") == b"True")
    return bool(status.get("Resize")) or any(one.get("Type") in _RESIZING for one in conditions)


def _status_of(container: DecodedContainer, pod: GoValue) -> GoValue:
    """The status of a container in the document that holds its spec; empty where there is none."""
    status = pod.get("Status") or {}
    found = (*(status.get("ContainerStatuses") or ()), *(status.get("InitContainerStatuses") or ()))
    return next((one for one in found if printable(one.get("Name") or b"") == container.name), {})


def _not_given(status: GoValue, asked: GoValue) -> Iterator[bytes]:
    """The resources of which a status shows another amount than is asked for.

    A limit on the cpu is read back out of the cgroup, where it is rounded.
    """
    given = status.get("Resources") or {}
    wanted = asked.get("Requests") or {}
    for name, amount in (status.get("AllocatedResources") or {}).items():
        if name in wanted and nanos(wanted[name]) != nanos(amount):
            yield name
    limits = asked.get("Limits") or {}
    for name, amount in (given.get("Limits") or {}).items():
        slack = _CPU_ROUNDED_TO if name == b"cpu" else 0
        if name in limits and abs(nanos(limits[name]) - nanos(amount)) > slack:
            yield name


def knows_resize_policies(schema: Schema) -> bool:
    return any(field.go == "ResizePolicy" for field in schema.types[schema.roots["Container"]].fields)
