"""The rows of each document, and how a row is written (RFC 4180, but with line feeds)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from upgradecheck.model.changes import Matrix, SchemaDiff
from upgradecheck.model.hashlist import HashEntry, HashItem
from upgradecheck.model.plan import Cause, Plan, PlannedContainer, PlannedPod
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.versionlist import VersionList
from upgradecheck.renderers import hex_hash
from upgradecheck.renderers.effect_words import sentences
from upgradecheck.renderers.safe_text import safe_text

Row = tuple[str | int | bool | None, ...]

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def written(rows: Iterable[Row]) -> Iterator[str]:
    """The rows as text, one by one."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _cell(value: str | int | bool | None) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            text = safe_text(value)
            return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def plan_rows(plan: Plan) -> Iterator[Row]:
    """One row a container; a pod whose containers are not known has one of its own."""
    yield (
        "namespace", "pod", "uid", "mirror_uid", "node", "workload_kind", "workload", "source", "stays_on_drained_node",
        "container", "kind", "container_id", "verdict", "reason", "override", "grade", "hash", "creator", "from_hash", "to_hash", "causes",
        "override_refused",
    )  # fmt: skip
    for pod in plan.pods:
        if not pod.containers:
            yield (*_pod(pod), None, None, None, pod.verdict.value, pod.reason.value, None, None, None, None, None, None, None, None)
        for container in pod.containers:
            yield (*_pod(pod), *_container(container))


def _pod(pod: PlannedPod) -> Row:
    workload = pod.workload.kind, pod.workload.name
    return pod.namespace, pod.name, pod.uid, pod.mirror_uid, pod.node, *workload, pod.source.value, not pod.drained


def _container(container: PlannedContainer) -> Row:
    evidence, computed = container.evidence, container.computed
    return (
        container.name,
        container.kind.value,
        container.container_id,
        container.verdict.value,
        container.reason.value,
        container.override,
        evidence.grade.value,
        _hash(evidence.hash),
        evidence.creator,
        _hash(computed.from_hash),
        _hash(computed.to_hash),
        "; ".join(map(_cause, container.causes)),
        None if container.override_refused is None else container.override_refused.value,
    )


def _hash(number: int | None) -> str | None:
    return None if number is None else hex_hash(number)


def _cause(cause: Cause) -> str:
    return " ".join(part for part in (cause.kind.value, cause.path, cause.since) if part)


def hash_rows(entries: Iterable[HashEntry]) -> Iterator[Row]:
    """One row a hash; a document without hashes has one with its error."""
    yield "namespace", "pod", "uid", "container", "kind", "kubelet", "era", "hash", "hash_without_resources", "error_path", "error"
    for entry in entries:
        if isinstance(entry, HashItem):
            hashes = hex_hash(entry.hash), _hash(entry.hash_without_resources)
            identity = entry.namespace, entry.pod, entry.uid, entry.container, entry.container_kind.value
            yield (*identity, entry.kubelet, entry.era.value, *hashes, None, None)
        else:
            yield entry.namespace, entry.pod, entry.uid, None, None, entry.kubelet, None, None, None, entry.path, entry.reason


def version_rows(versions: VersionList) -> Iterator[Row]:
    """One row a minor, or one for each way that an explained version may hash."""
    if versions.explained:
        yield "version", "release", "vendor", "minor", "era", "kinds_compared", "short_control_escapes", "go"
        for told in versions.explained:
            for one in told.classes:
                hashes = str(one.minor), one.era.value, _kinds(one.kinds_compared), one.short_control_escapes
                yield told.text, told.release, told.vendor, *hashes, told.go
        return
    yield "minor", "era", "first_patch", "newest_patch", "go_first", "go_newest", "kinds_known", "kinds_compared", "hash_without_resources"
    for known in versions.minors:
        patches = f"{known.minor}.{known.patches[0]}", f"{known.minor}.{known.patches[-1]}"
        kinds = _kinds(known.kinds_known), _kinds(known.kinds_compared)
        yield str(known.minor), known.era.value, *patches, known.go_first, known.go_last, *kinds, known.hash_without_resources


def _kinds(kinds: tuple[ContainerKind, ...]) -> str:
    return " ".join(kind.value for kind in kinds)


def matrix_rows(matrix: Matrix) -> Iterator[Row]:
    """One row a pair."""
    yield "from", "to", "verdict", "restart", "safe", "unknown", "reasons"
    for cell in matrix.cells:
        counts = (None, None, None) if cell.counts is None else (cell.counts.restart, cell.counts.safe, cell.counts.unknown)
        yield str(cell.old), str(cell.new), cell.effect.value, *counts, "; ".join(sentences(cell.reasons))


def diff_rows(diff: SchemaDiff) -> Iterator[Row]:
    """One row a field."""
    yield "from", "to", "change", "path", "type", "type_before", "aspects"
    for field in diff.fields:
        aspects = " ".join(aspect.value for aspect in field.aspects)
        yield diff.old.version, diff.new.version, field.change.value, field.path, field.type, field.type_before, aspects
