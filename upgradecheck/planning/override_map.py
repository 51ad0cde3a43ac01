"""The overrides of a saved plan, as ``override apply``, ``proxy`` and ``patch`` read them."""

from __future__ import annotations

import re

import msgspec

from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.override import Override, OverrideMap, Rewrite
from upgradecheck.planning.digest import PodRow, plan_digest

_MAJOR = "1"
_HASH = re.compile(r"0|[1-9a-f][0-9a-f]{0,7}")


class _Evidence(msgspec.Struct):
    hash: str | None = None


class _Computed(msgspec.Struct, rename={"from_hash": "from", "to_hash": "to"}):
    from_hash: str | None = None
    to_hash: str | None = None


class _Container(msgspec.Struct):
    name: str
    kind: str
    verdict: str
    reason: str
    evidence: _Evidence
    computed: _Computed
    container_id: str | None = None
    override: str | None = None


class _Pod(msgspec.Struct):
    namespace: str
    name: str
    uid: str
    verdict: str
    containers: list[_Container]
    node: str | None = None


class _Rewrite(msgspec.Struct, rename={"before": "from", "after": "to"}):
    before: str | None
    after: str


class _Override(msgspec.Struct, rename={"before": "from", "after": "to"}):
    before: str | None
    after: str
    namespace: str
    pod: str
    uid: str
    container: str
    node: str | None = None
    without_resources: _Rewrite | None = None


class _Plan(msgspec.Struct, rename={"target": "to", "start": "from"}):
    format_version: str
    kind: str
    target: str
    plan_hash: str
    pods: list[_Pod]
    overrides: dict[str, _Override]
    start: str | None = None


def read_override_map(raw: bytes) -> OverrideMap:
    """The overrides of a plan in JSON, as ``plan --override -o json`` writes it.

    Raises:
        SpecRefused: it is no such plan, of a newer format, or its plan_hash is not that of what it holds.
    """
    try:
        found = msgspec.json.decode(raw, type=_Plan)
    except msgspec.DecodeError as error:
        raise SpecRefused(f"no plan in JSON (upgradecheck plan --override -o json makes one): {error}") from None
    if found.kind != "Plan":
        raise SpecRefused(f"{found.kind!r} where Plan is wanted", "kind")
    if found.format_version.split(".")[0] != _MAJOR:
        raise SpecRefused(f"{found.format_version!r} is of a newer upgradecheck; this one reads {_MAJOR}.x", "format_version")
    overrides = {container_id: _override(container_id, one) for container_id, one in found.overrides.items()}
    if plan_digest(found.target, map(_row, found.pods), overrides) != found.plan_hash:
        raise SpecRefused("is not that of what the file holds: it was changed after the plan was made; plan again", "plan_hash")
    return OverrideMap(found.plan_hash, found.start, found.target, overrides)


def _row(pod: _Pod) -> PodRow:
    return pod.uid, pod.namespace, pod.name, pod.node, pod.verdict, [_container(one) for one in pod.containers]


def _container(one: _Container) -> tuple[str | None, ...]:
    hashes = one.evidence.hash, one.computed.from_hash, one.computed.to_hash
    return one.name, one.kind, one.container_id, one.verdict, one.reason, one.override, *hashes


def _override(container_id: str, one: _Override) -> Override:
    path = f"overrides.{container_id}"
    hashes = _checked(path, one.before, one.after)
    beside = None if one.without_resources is None else _checked(path, one.without_resources.before, one.without_resources.after)
    if hashes.before is None:
        raise SpecRefused("has no recorded hash; only one that the container carries can be overridden", path)
    return Override(hashes, one.namespace, one.pod, one.uid, one.container, one.node, beside)


def _checked(path: str, before: str | None, after: str) -> Rewrite:
    for text in (after, *([] if before is None else [before])):
        if not _HASH.fullmatch(text):
            raise SpecRefused(f"{text[:12]!r} is no container hash (up to 8 lower-case hex digits)", path)
    return Rewrite(before, after)
