"""A plan's hash: over what it decides and overrides, so that two plans with one hash do the same, and a file that was edited shows.

It is made of what the JSON report holds, so that whoever reads that report can make it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import msgspec

from upgradecheck.contract.holes import Text, cut, mark
from upgradecheck.model.alike import FIRST, OF_EACH, Form, Pods, own_values
from upgradecheck.model.hash import Hash, hex_of
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.plan import PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind

_AT_ONCE = 64


def plan_digest(target: str, pods: Iterable[PlannedPod], overrides: Mapping[str, Override]) -> str:
    """SHA-256, as hex, of the new version, the pods in their order and the overrides by container ID; takes each pod once."""
    digest = hashlib.sha256(msgspec.json.encode(target))
    for row in _by_form(pods) if isinstance(pods, Pods) else map(_row, pods):
        digest.update(row)
    for container_id in sorted(overrides):
        digest.update(msgspec.json.encode((container_id, _override_row(overrides[container_id]))))
    return digest.hexdigest()


def _by_form(pods: Pods) -> Iterator[bytes]:
    """The rows of pods whose forms are told, some of them at once."""
    texts = [_text(of.pod) if isinstance(of, Form) and times > 1 else None for of, times in zip(pods.forms, pods.counts, strict=True)]
    run = list[str]()
    for row, number in zip(pods.rows, pods.numbers, strict=True):
        text = texts[number]
        if text is None or isinstance(row, PlannedPod):
            run.append(_row(pods.made(row, number)).decode())
        else:
            run.append(text(row))
        if len(run) == _AT_ONCE:
            yield "".join(run).encode()
            run = []
    yield "".join(run).encode()


def _text(pod: PlannedPod) -> Text | None:
    """The text of all that have the form of a pod; None where they are to be written each by itself."""
    return None if _plain_row(pod) is None else cut(msgspec.json.encode(_marked(pod)).decode())


def _row(pod: PlannedPod) -> bytes:
    return _plain_row(pod) or msgspec.json.encode(_pod_row(pod))


def _marked(pod: PlannedPod) -> tuple[object, ...]:
    """The row of a pod with marks in place of what is its own, as own_values tells it."""
    values = own_values(pod)
    marks = [None if value is None else mark(number, "s") for number, value in enumerate(values)]
    _, namespace, _, _, verdict, _, *beside = _pod_row(pod)
    rows = []
    for place, one in enumerate(pod.containers):
        first = FIRST + OF_EACH * place
        name, kind, _, *decided = _container_row(one)
        rows.append((name, kind, marks[first], *decided[:3], *marks[first + 1 : first + 4], *decided[6:]))
    return marks[1], namespace, marks[0], marks[2], verdict, rows, *beside


def _pod_row(pod: PlannedPod) -> tuple[object, ...]:
    row = pod.uid, pod.namespace, pod.name, pod.node, pod.verdict.value, [_container_row(one) for one in pod.containers]
    return row if pod.would_be is None else (*row, pod.would_be.value)


def _plain_row(pod: PlannedPod) -> bytes | None:
    """The same as JSON, sooner; None where a text in it may have to be escaped, and for what is suppressed."""
    if pod.would_be is not None:
        return None
    node, containers = pod.node, pod.containers
    rows = []
    own = [pod.uid, pod.namespace, pod.name, node or ""]
    for one in containers:
        if one.would_be is not None:
            return None
        begin, between = _around(one.name, one.kind, one.verdict, one.reason, one.override)
        identity, computed = one.container_id, one.computed
        own += (one.name, identity or "")
        told = "null" if identity is None else f'"{identity}"'
        hashes = f"{_hex(one.evidence.hash)},{_hex(computed.from_hash)},{_hex(computed.to_hash)}"
        rows.append(f"{begin}{told}{between}{hashes}]")
    texts = "".join(own)
    if not texts.isascii() or not texts.isprintable() or '"' in texts or "\\" in texts:
        return None
    on = "null" if node is None else f'"{node}"'
    return f'["{pod.uid}","{pod.namespace}","{pod.name}",{on},"{pod.verdict._value_}",[{",".join(rows)}]]'.encode()


@lru_cache(maxsize=1024)
def _around(name: str, kind: ContainerKind, verdict: Verdict, reason: Reason, override: str | None) -> tuple[str, str]:
    """What stands before a container's ID, and between it and its hashes."""
    first = msgspec.json.encode((name, kind.value)).decode()
    then = msgspec.json.encode((verdict.value, reason.value, override)).decode()
    return f"{first[:-1]},", f",{then[1:-1]},"


def _hex(known: Hash | None) -> str:
    return "null" if known is None else f'"{known.number:x}"'


def _container_row(one: PlannedContainer) -> tuple[str | None, ...]:
    hashes = (one.evidence.hash, one.computed.from_hash, one.computed.to_hash)
    row = one.name, one.kind.value, one.container_id, one.verdict.value, one.reason.value, one.override, *map(hex_of, hashes)
    return row if one.would_be is None else (*row, one.would_be.value)


def _override_row(one: Override) -> tuple[object, ...]:
    return one.namespace, one.pod, one.uid, one.container, one.node, _rewrite(one.hash), _rewrite(one.without_resources)


def _rewrite(one: Rewrite | None) -> tuple[str | None, str] | None:
    return None if one is None else (hex_of(one.before), one.after.hex)
