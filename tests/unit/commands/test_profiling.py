"""``matrix`` and ``path`` count of many pods what they count of each alone, whichever path hashed it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bench.fleet import fleet
from tests.builders import Document, crictl_ps, listed, pod, raw, record, recorded_by, with_field, with_init
from upgradecheck.commands import profiling
from upgradecheck.commands.matrix import MatrixRequest, compare_minors
from upgradecheck.commands.path import PathRequest, find_paths
from upgradecheck.decode.kubelet.version import parse_minor
from upgradecheck.hashing.fast.pods import FEW
from upgradecheck.reading.pod import ReadPod

MINORS = frozenset(map(parse_minor, ("1.13", "1.15", "1.16", "1.28", "1.30", "1.31")))
AWARE = {"seccompProfile": {"type": "RuntimeDefault"}}


def numbered(number: int, document: Document) -> Document:
    document["metadata"].update(name=f"web-{number}", uid=f"{number:08x}-0000-4000-8000-000000000001")
    for status in document["status"]["containerStatuses"]:
        status["containerID"] = f"containerd://id-{number}"
    return document


def documents() -> Iterator[Document]:
    """More than are read before the fast path begins: fields that some minors know, one that is refused, a static pod, a template's."""
    yield from fleet(FEW + 8)
    for number in range(0, 12, 4):
        yield numbered(number, with_field(pod(), "app", "securityContext", AWARE))
        yield numbered(number + 1, with_init(pod()))
        static = numbered(number + 2, with_field(pod(), "app", "command", []))
        static["metadata"]["annotations"] = {"kubernetes.io/config.source": "file"}
        yield static
        yield numbered(number + 3, with_field(pod(), "app", "ports", [{"containerPort": "none"}]))
    yield numbered(0, with_field(pod(), "app", "securityContext", AWARE))


def written(folder: Path) -> tuple[str, ...]:
    pods = list(documents())
    seen = pods[-1], numbered(1, with_init(pod())), numbered(9, pod())
    records = [recorded_by("1.15", seen[0]), recorded_by("1.28", seen[1]), record(seen[2], hash_text=None)]
    for one, of in zip(records, (0, 1, 9), strict=True):
        one["id"] = f"id-{of}"
    names = []
    for name, document in (("pods", listed(*pods)), ("ps", crictl_ps(*records))):
        path = folder / f"{name}.json"
        path.write_bytes(raw(document))
        names.append(str(path))
    return tuple(names)


def found(files: tuple[str, ...]) -> Any:
    matrix = compare_minors(MatrixRequest(starts=MINORS, ends=MINORS, files=files[:1]))
    return matrix, find_paths(PathRequest("1.28", "1.31", files=files))


def test_many_pods_are_counted_as_each_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = written(tmp_path)
    quickly, made = found(files), profiling._Profiles._of_replica
    known = 0

    def counted(*given: Any) -> Any:
        nonlocal known
        one = made(*given)
        known += one is not None
        return one

    monkeypatch.setattr(profiling._Profiles, "_of_replica", counted)
    assert found(files) == quickly
    assert known > 2 * FEW
    paths, _ = quickly[1]
    assert paths.recorded == 3
    monkeypatch.setattr(profiling._Profiles, "_of_replica", lambda *given: None)
    monkeypatch.setattr(ReadPod, "_read_fast", lambda self: None)
    assert found(files) == quickly
