"""A plan's hash: over what it decides and overrides, so that two plans with one hash do the same, and a file that was edited shows.

It is made of what the JSON report holds, so that whoever reads that report can make it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from upgradecheck.model.hash import hex_of
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.plan import PlannedContainer, PlannedPod


def plan_digest(target: str, pods: Iterable[PlannedPod], overrides: Mapping[str, Override]) -> str:
    """SHA-256, as hex, of the new version, the pods in their order and the overrides by container ID; takes each pod once."""
    digest = hashlib.sha256(msgspec.json.encode(target))
    for pod in pods:
        digest.update(msgspec.json.encode(_pod_row(pod)))
    for container_id in sorted(overrides):
        digest.update(msgspec.json.encode((container_id, _override_row(overrides[container_id]))))
    return digest.hexdigest()


def _pod_row(pod: PlannedPod) -> tuple[object, ...]:
    row = pod.uid, pod.namespace, pod.name, pod.node, pod.verdict.value, [_container_row(one) for one in pod.containers]
    return row if pod.would_be is None else (*row, pod.would_be.value)


def _container_row(one: PlannedContainer) -> tuple[str | None, ...]:
    hashes = (one.evidence.hash, one.computed.from_hash, one.computed.to_hash)
    row = one.name, one.kind.value, one.container_id, one.verdict.value, one.reason.value, one.override, *map(hex_of, hashes)
    return row if one.would_be is None else (*row, one.would_be.value)


def _override_row(one: Override) -> tuple[object, ...]:
    return one.namespace, one.pod, one.uid, one.container, one.node, _rewrite(one.hash), _rewrite(one.without_resources)


def _rewrite(one: Rewrite | None) -> tuple[str | None, str] | None:
    return None if one is None else (hex_of(one.before), one.after.hex)
